"""How long the server works at each page of the workbench with 100,000 firms and 1 M loans, and what a page weighs.

A small simulated world goes through every room first, so that each page has something real on it; then firms, lines,
loans, ledger accounts and transfers, applications, decisions, audit records and exposure are copied set by set. Every
page is asked for as who may open it, the parts that follow a page's frame as pages of their own; `first_ms` is its
first view in the life of the server, which the others leave out. Each query of a page
is explained: one that reads a table of more than 50,000 rows from end to end is named. Beside them stands the plainest
page of the same server, `/healthz`, which asks the database once. Lighthouse then judges an owner's home and offer and
an enterprise file over HTTP, where it is installed (`make peers`). `puhui bench pages --json` (`--no-big`: a tenth).
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

from puhui.progress import Teller

sys.path.insert(0, str(Path(__file__).parent / "worlds"))
import lighthouse
import workers

FIRMS, LOANS = 100_000, 1_000_000
REAL_FIRMS, MONTHS = 60, 19
TIMES, MANY_ROWS = 30, 50_000
HERE = Path(__file__).resolve()
AIMS = {"p95_ms": 150, "worst_ms": 400, "weight_kb": 300}


def run(data: Path, *, big: bool, teller: Teller) -> dict[str, Any]:
    """Measure on a server of the bench's own; `data` is not looked at."""
    return workers.measure_apart(str(HERE), 1 if big else 10, teller=teller)


def measure(share: int) -> None:
    """Make the book, ask for every page, and print the result."""
    import django

    from puhui import days, postgres

    postgres.open_book()
    django.setup()
    postgres.use(postgres.as_owner(postgres.url()))  # who may analyse every table
    from puhui.lending import kept
    from puhui.web import reading, warm

    started = perf_counter()
    _real_bank()
    workers.tell(f"a bank of {REAL_FIRMS} firms lives after {perf_counter() - started:.0f} s")
    _many_firms(FIRMS // share)
    _copies(FIRMS // share, LOANS // share)
    kept.keep_sums(on=reading.business_day(), at=days.now())
    warm.read()  # as a server does when it begins
    workers.tell(f"{FIRMS // share:,} firms and {LOANS // share:,} loans after {perf_counter() - started:.0f} s")
    pages = {name: _page(client, at, part=part) for name, client, at, part in _asked()}
    plain = pages.pop("healthz")["p50_ms"]
    slow = sorted(pages, key=lambda name: -pages[name]["p95_ms"])
    result = {
        "firms": FIRMS // share,
        "loans": LOANS // share,
        "aims": AIMS,
        "healthz_p50_ms": plain,
        "pages": {name: pages[name] for name in slow},
        "over_150_ms": [name for name in slow if pages[name]["p95_ms"] > AIMS["p95_ms"]],
        "over_400_ms": [name for name in slow if pages[name]["worst_ms"] > AIMS["worst_ms"]],
        "whole_reads": {name: pages[name]["whole_reads"] for name in slow if pages[name]["whole_reads"]},
        "script_and_style_kb": _assets(),
        "lighthouse": _judged(),
        "peak_mb": _peak(),
    }
    print(json.dumps(result), flush=True)


def _real_bank() -> None:
    """A small world through every room."""
    from puhui.showcase import services as showcase
    from puhui.simulator import services as simulator

    with tempfile.TemporaryDirectory() as folder:
        world = Path(folder) / "world"
        simulator.simulate(world, seed=7, firms=REAL_FIRMS, months=MONTHS, processes=1)
        for stage, _told in showcase.show(world, by="bench", teller=Teller(quiet=True)):
            workers.tell(f"stage {stage.name}")


def _many_firms(count: int) -> None:
    """Many firms in the registry, each with its name, and the right to read it for research."""
    from puhui.channels import services as channels
    from puhui.governance import services as rights
    from puhui.ids import EnterpriseId

    day, firms = date(2023, 4, 10), [EnterpriseId(f"firm-{number}") for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "many.csv"
        head = "统一社会信用代码,登记编号,登记日期,登记类型,名称,注册资本,行业,住所\n"
        rows = (
            f"{firm},R1,2015-03-08,设立,第{n}号食品有限公司,1000000,食品制造,示例市\n" for n, firm in enumerate(firms)
        )
        file.write_text(head + "".join(rows), encoding="utf-8")
        channels.deliver("registry", file, source="bench", on=day, by="bench")
    rights.register_public_basis(firms, channels=["registry"], dataset="many", evidence="made", on=day, by="bench")


def _copies(firms: int, loans: int) -> None:
    """Rows of the real bank again and again, with other numbers: as many as a big bank has."""
    from django.db import connection

    lines = loans // 5
    firm = f"'firm-' || (n %% {firms})"
    sets = (
        (
            "lending_facility",
            lines,
            {"id": "100000 + n", "approval": "'copy-' || n", "enterprise": firm, "firm": firm},
        ),
        (
            "lending_loan",
            loans,
            {"id": "100000 + n", "facility_id": f"100000 + 1 + n %% {lines}", "request": "'copy-' || n"},
        ),
        ("lending_snapshot", loans, {"id": "10000000 + n", "loan": "100000 + n"}),
        ("lending_act", lines, {"id": "1000000 + n", "request": "'copy-' || n", "facility": "100000 + n"}),
        ("ledger_account", 2 * lines, {"id": "10000000 + n", "name": "'facility/' || (100000 + n) || '/copy'"}),
        ("exposure_line", lines, {"id": "100000 + n", "line": "'copy-' || n", "firm": firm}),
        ("exposure_place", firms, {"firm": firm, '"group"': "'G' || (n %% 5000)", "trade": "'T' || (n %% 20)"}),
        ("approval_application", firms, {"number": "'C' || n", "enterprise": firm, "request": "'copy-' || n"}),
        ("approval_step", firms, {"id": "100000 + n", "application_id": "'C' || n"}),
        (
            "approval_decision",
            firms,
            {"id": "100000 + n", "enterprise": firm, "request": "'copy-' || n", "application_id": "'C' || n"},
        ),
        ("governance_auditrecord", loans, {"number": "10000000 + n", "hash": "md5(n::text) || md5('x' || n)"}),
    )
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")  # copies are no acts: nothing follows from them
        for table, count, changed in sets:
            _copy(cursor, table, count, changed)
        cursor.execute("set session_replication_role = origin")
        cursor.execute("vacuum analyze")


def _copy(cursor: Any, table: str, count: int, changed: dict[str, str]) -> None:
    cursor.execute(
        "select column_name from information_schema.columns where table_name = %s and is_generated = 'NEVER'", [table]
    )
    columns = [f'"{row[0]}"' for row in cursor.fetchall()]
    changes = {name if name.startswith('"') else f'"{name}"': value for name, value in changed.items()}
    values = ", ".join(changes.get(each, f"t.{each}") for each in columns)
    cursor.execute(
        f"insert into {table} ({', '.join(columns)}) overriding system value select {values}"
        f" from generate_series(1, %s) n, (select * from {table} order by 1 desc limit 1) t",
        [count],
    )


def _asked() -> Iterator[tuple[str, Any, str, bool]]:
    """Every page that only shows: its name, who opens it, where it lies, and whether it is the part after a frame."""
    from django.test import Client
    from django.urls import reverse

    from puhui.governance import users
    from puhui.governance.access import MAY, Act, Role, Skill
    from puhui.governance.models import User
    from puhui.web import urls

    clients = {}
    for role in Role:
        name = f"b-{role.replace('_', '-')}"
        users.add_user(
            name,
            role=role,
            email=f"{name}@example.org",
            skills=tuple(Skill),
            password="a long bench password",
            by="bench",
        )
        clients[role] = Client(SERVER_NAME="127.0.0.1")
        clients[role].force_login(User.objects.get(name=name))
    yield "healthz", clients[Role.AUDITOR], "/healthz", False
    for page in urls.PAGES:
        if page.needs in (Act.VISIT, Act.PROVE_CONTROL, Act.APPLY) or page.name in ELSEWHERE:
            continue
        may = MAY[page.needs]
        client = clients[Role.AUDITOR if Role.AUDITOR in may else min(may)]
        arguments = _arguments(page)
        if arguments is None:
            continue
        at = reverse(page.name, kwargs=arguments) + ASKED.get(page.name, "")
        yield page.name, client, at, False
        if page.name in PARTS:
            yield f"{page.name}, the part", client, at, True


ELSEWHERE = {"products_simulate"}  # answers a form
PARTS = {
    f"firms_{name}"
    for name in ("file", "facts", "data", "relations", "variables", "variable", "exposure", "security", "credit")
}
ASKED = {"search": "?q=firm-1", "firms_exposure_tried": "?lend=500000", "applications_tried": "?asked=100000"}


def _arguments(page: Any) -> dict[str, Any] | None:
    """Of the real bank, what a page's address needs; None where the world has nothing of the kind."""
    from puhui.approval import selectors as approval
    from puhui.channels import selectors as channels
    from puhui.channels.catalogue import CHANNELS
    from puhui.governance import selectors as governance

    opened = next(iter(approval.applications(count=1)))
    cases, left = approval.queue(), channels.unmended()
    row = channels.quarantine(left[0][0], by="bench")[0].id if left and "mend" in page.at else None
    known = {
        "queue_one": {"number": cases[0].number} if cases else None,
        "applications_one": {"number": opened.number},
        "applications_tried": {"number": approval.decisions(count=1)[0].number},
        "products_one": {"name": "invoice_credit"},
        "products_studio": {"name": "invoice_credit"},
        "proposals_one": {"number": governance.proposals(waiting=False, count=1)[0].number},
        "facilities_file": {"number": 1},
        "models_one": {"product": "invoice_credit", "number": 1},
        "deliveries_quarantine": {"delivery": left[0][0]} if left else None,
        "deliveries_mend": {"delivery": left[0][0], "row": row} if left and row else None,
        "ledger_account": {"number": 1},
        "ledger_act": {"number": 1},
    }
    if page.name in known:
        return known[page.name]
    if page.at.startswith("firms/<"):
        named = {"code": opened.firm}
        return named | {"name": "vat_sales_12m"} if "<str:name>" in page.at else named
    assert CHANNELS
    return None if "<" in page.at else {}


def _page(client: Any, at: str, *, part: bool) -> dict[str, Any]:
    """One page, many times: how long, how heavy, and which of its queries read a big table from end to end."""
    headers = {"HX-Request": "true"} if part else {}
    asked: list[tuple[str, Any]] = []
    started = perf_counter()
    with _listened(asked):
        answer = client.get(at, headers=headers)
    first = (perf_counter() - started) * 1e3
    weight, times = len(gzip.compress(answer.content)), []
    for _ in range(TIMES):
        started = perf_counter()
        client.get(at, headers=headers)
        times.append((perf_counter() - started) * 1e3)
    times.sort()
    return {
        "status": answer.status_code,
        "first_ms": round(first, 1),
        "p50_ms": round(times[TIMES // 2], 1),
        "p95_ms": round(times[int(TIMES * 0.95) - 1], 1),
        "worst_ms": round(times[-1], 1),
        "queries": len(asked),
        "weight_kb": round(weight / 1024, 1),
        "whole_reads": sorted({table for query in asked for table in _whole_reads(*query)}),
    }


@contextmanager
def _listened(asked: list[tuple[str, Any]]) -> Iterator[None]:
    from django.db import connection

    def listen(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        asked.append((sql, values))
        return execute(sql, values, many, context)

    with connection.execute_wrapper(listen):
        yield


def _whole_reads(sql: str, values: Any) -> list[str]:
    """The big tables that a query reads from end to end, by the planner's word."""
    from django.db import connection

    if not sql.lstrip().lower().startswith(("select", "with")):
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"explain (format json) {sql}", values)
        plan = cursor.fetchone()[0]
        plan = json.loads(plan) if isinstance(plan, str) else plan
        cursor.execute("select relname, reltuples from pg_class where relkind = 'r' and reltuples > %s", [MANY_ROWS])
        big = {name for name, _rows in cursor.fetchall()}
    return [table for table in _scanned(plan[0]["Plan"]) if table in big]


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield str(node["Relation Name"])
    for below in node.get("Plans", []):
        yield from _scanned(below)


def _judged() -> Any:
    """Three pages judged over real HTTP: of an owner who holds an offer, and an auditor's file of the same firm."""
    from django.test import Client

    from puhui.governance.access import Role
    from puhui.governance.models import User
    from puhui.web import server

    with server.beside() as port:
        offered = _offer()
        if offered is None:
            return "not measured: nobody was offered anything"
        number, firm = offered
        sessions = {}
        for role in (Role.BORROWER, Role.AUDITOR):
            client = Client(SERVER_NAME="127.0.0.1")
            client.force_login(User.objects.get(name=f"b-{role}"))
            sessions[role] = client.cookies["sessionid"].value
        base = f"http://127.0.0.1:{port}"
        return lighthouse.judged(
            {
                "portal home": (f"{base}/my/", sessions[Role.BORROWER], False),
                "offer": (f"{base}/my/applications/{number}/", sessions[Role.BORROWER], False),
                "enterprise file": (f"{base}/firms/{firm}/?whole=1", sessions[Role.AUDITOR], True),
            }
        )


def _offer() -> tuple[str, str] | None:
    """An application that waits for its owner to agree, and its firm; the bench's borrower is the owner."""
    from django.conf import settings

    from puhui import days
    from puhui.approval import services as approval
    from puhui.approval.states import Status
    from puhui.governance import users
    from puhui.governance.access import Role
    from puhui.ids import RequestId
    from puhui.lending import browsing
    from puhui.refusals import Refused
    from puhui.simulator import offices
    from puhui.web import outside, reading

    on, at = reading.business_day(), days.now()
    firms = dict.fromkeys(line.enterprise for line in browsing.lines(down=False, many=30)[0] if not line.days_past_due)
    with offices.open_all() as found:
        settings.OUTSIDE.update(found)
        for firm in firms:
            users.prove_control(
                f"b-{Role.BORROWER}", firm, person="the representative", identity_number="-",
                service=outside.identity_service(), request=RequestId(f"bench/{firm}"), at=at,
            )  # fmt: skip
            begun = approval.apply(
                firm, "account_credit", asked=None, by="bench", request=RequestId(f"bench/{firm}"), on=on, at=at
            )
            if isinstance(begun, Refused):
                continue
            approval.consent(begun.number, evidence="a bench", by="bench", on=on, at=at)
            told = approval.advance(begun.number, on=on, at=at, by="bench")
            if not isinstance(told, Refused) and told.status is Status.OFFERED:
                return begun.number, firm
    return None


def _assets() -> dict[str, float]:
    """What a first visit loads beside the page, packed."""
    from puhui.web.static_files import BUILT

    return {file.stem: round(file.stat().st_size / 1024, 1) for file in sorted(BUILT.glob("*.gz"))}


def _peak() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    measure(int(sys.argv[1]))
