"""Stage: what waits for people at the end of a showing: doubts about identities, security, money, a broken row.

A branch's customer list is linked: most of it names firms soundly, three of its entries cannot be right. One officer
proposes security that nobody has confirmed yet; a payment came that names no line; and an invoice whose date is none
lies in quarantine. Leaves nothing.
"""

from __future__ import annotations

import csv
import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from puhui.channels import at_once
from puhui.channels import services as channels
from puhui.enterprises import services as enterprises
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId, RequestId
from puhui.lending import selectors as lending
from puhui.lending.correspondence import incoming
from puhui.mitigation import acts
from puhui.mitigation import services as mitigation
from puhui.progress import Step
from puhui.refusals import BadInput, Refused
from puhui.showcase.play import Play, Sheet, Stage, Told
from puhui.words import Label

OFFICER, LIST = "a credit officer", "branch_list"
SOUND = 12  # firms that the list names as they are
SALES = "企业代号,发票号码,开票日期,购方单位代号,金额,税额,价税合计,发票状态"


def work(play: Play, tell: Step) -> Told:
    """Leave something real for each kind of person to decide on."""
    closed, firms = lending.last_closed(), play.left["variables"]
    on = play.world.lends_from if closed is None else closed + timedelta(days=1)
    linked = enterprises.link(
        _customers(firms, on=on, by=play.by), on=on, request=RequestId(f"branch list {on}"), by=play.by
    )
    tell(0.5, "a branch's list")
    thing = acts.Register("residential_property", firms[0], f"title of a home {on}")
    offered = mitigation.propose(f"home {on}", thing, on=on, request=RequestId(f"home {on}"), by=OFFICER)
    if isinstance(offered, Refused):
        raise BadInput(str(offered), then="play a world in a fresh PUHUI_HOME")
    with tempfile.TemporaryDirectory() as folder:
        credit, sales = Path(folder) / "statement.csv", Path(folder) / "sales.csv"
        _written(credit, ["day", "amount", "payer", "reference", "line"], [[on, "8600.00", "不详", "货款", f"B{on}"]])
        incoming.import_statement(credit, on=on, at=datetime.combine(on, time(5), UTC), by=play.by)
        rows = [
            [firms[0], f"{on:%Y%m}9{n}", said, "B1", 100, 13, 113, "有效发票"]
            for n, said in enumerate((on, "2023/13/2"))
        ]
        _written(sales, SALES.split(","), rows)
        broken = channels.deliver("vat_invoices", sales, source="a branch", on=on, by=play.by)
    counted = {**linked.cases, "security": 1, "payments": len(incoming.waiting()), "rows": broken.quarantined}
    facts: dict[str, Any] = {"on": on, "waits": counted}
    return Told((Sheet("what waits for people", ("of", "number"), tuple(sorted(counted.items()))),), facts)


def _customers(firms: list[EnterpriseId], *, on: date, by: str) -> pa.Table:
    """The branch's list, as the registry names the firms; and three entries, each wrong in its own way."""
    wanted = {"registry": firms[: SOUND + 3]}
    told = at_once.rows(wanted, purpose=Purpose.CREDIT_DECISION, as_of=on, on=on, by=by, only_permitted=True)[
        "registry"
    ]
    if isinstance(told, Refused):
        raise BadInput(str(told), then="play the stages before this one")
    known = {row["enterprise"]: row for row in told.to_pylist() if row["kind"] == "identity" and row["name"]}
    rows = [
        {"own_code": f"K{place:03}", "code": firm, "name": row["name"], "address": row["address"]}
        for place, (firm, row) in enumerate(known.items())
    ]
    *sound, mistyped, other = rows
    wrong = [
        mistyped | {"code": _mistyped(mistyped["code"])},
        other | {"code": sound[0]["code"], "name": "示例市远方商贸有限公司", "address": "示例市远方路9号"},
        {**sound[1], "code": other["code"]},
    ]
    listed = [each | {"source": LIST, "record": f"{LIST}/{n}"} for n, each in enumerate([*sound, *wrong])]
    return pa.Table.from_pylist(listed)


def _mistyped(code: str) -> str:
    """A code with its last sign wrong, as a slip of the hand leaves it."""
    return code[:-1] + ("0" if code[-1] != "0" else "1")


def _written(file: Path, head: list[str], rows: list[list[Any]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([head, *rows])


LABEL = Label(
    "leave what waits for people: doubts, security, a payment, a broken row",
    "留待人工处理的事项：身份疑点、担保、来款、错误行",
)
STAGE = Stage("waiting", LABEL, work, ("variables", "lines", "secured"))
