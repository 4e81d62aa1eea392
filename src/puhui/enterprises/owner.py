"""What an owner says of the firm, kept to be held against what registry, tax bureau and social insurance say.

Promises that nothing that was said is changed or lost, and that asking twice says it once. Refuses a request that was
used for other words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pyarrow as pa
from django.db import transaction

from puhui import days
from puhui.enterprises import identity
from puhui.enterprises.models import OwnerStatement
from puhui.governance import services as governance
from puhui.ids import EnterpriseId, RequestId
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label


class Matter(StrEnum):
    """What an owner is asked about. Amounts are fen, staff is heads."""

    CAPITAL = "capital"
    SALES = "sales"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Said:
    """One matter as the owner put it on a day, and who wrote it down."""

    matter: Matter
    amount: int
    on: date
    by: str


MATTERS: dict[Matter, Label] = {
    Matter.CAPITAL: Label("registered capital", "注册资本"),
    Matter.SALES: Label("sales of a year", "全年销售额"),
    Matter.STAFF: Label("people who work there", "员工人数"),
}
assert MATTERS.keys() == set(Matter)


def owner_says(
    firm: EnterpriseId, said: Mapping[Matter, int], *, on: date, request: RequestId, by: str
) -> int | Refused:
    """Keep what an owner says of the firm on a day; returns of how many matters that was.

    A repeated request says it once; REQUEST_HAS_OTHER_CONTENT refuses one that was used for other words. Raises
    BadInput for an amount below zero, and when nothing is said.
    """
    if not said or min(said.values()) < 0:
        raise BadInput(
            Label("an owner says how much or how many, of one matter at least", "业主至少须就一个事项说明金额或数量"),
            then=Label("give amounts from zero on", "请填写零或以上的数值"),
        )
    with transaction.atomic():
        governance.alone(request)
        before = list(OwnerStatement.objects.filter(request=request))
        if before:
            same = {(row.enterprise, row.matter, row.amount) for row in before}
            if same != {(str(firm), str(matter), amount) for matter, amount in said.items()}:
                return Refused(Code.REQUEST_HAS_OTHER_CONTENT, {"request": request})
            return len(before)
        fields = {"enterprise": firm, "on": on, "made_at": days.now(), "by": by, "request": request}
        OwnerStatement.objects.bulk_create(
            OwnerStatement(matter=matter, amount=amount, **fields) for matter, amount in said.items()
        )
        governance.record("owner says", firm, {"matters": sorted(said), "on": on}, by=by)
    return len(said)


def words_of(firm: EnterpriseId, *, as_of: date) -> list[Said]:
    """What the owner has said of the firm by the end of a day, under whichever of its ids, the oldest first."""
    ids = identity.ids_of_each([firm])[firm]
    rows = OwnerStatement.objects.filter(enterprise__in=ids, on__lte=as_of).order_by("on", "pk")
    return [Said(Matter(row.matter), row.amount, row.on, row.by) for row in rows]


def said_of(firms: Collection[EnterpriseId], *, since: date, as_of: date) -> pa.Table:
    """`enterprise, matter, amount, said_on` of the newest words on each matter between two days, of these firms and of
    those that were merged into them, each under the id that was asked for.
    """
    firm_of = {each: firm for firm, ids in identity.ids_of_each(firms).items() for each in ids}
    rows = OwnerStatement.objects.filter(on__gte=since, on__lte=as_of).order_by("on", "pk")
    if len(firm_of) <= identity.MANY:
        rows = rows.filter(enterprise__in=list(firm_of))
    newest = {(firm_of[row.enterprise], row.matter): (row.amount, row.on) for row in rows if row.enterprise in firm_of}
    return pa.table({
        "enterprise": pa.array([firm for firm, _ in newest], pa.string()),
        "matter": pa.array([matter for _, matter in newest], pa.string()),
        "amount": pa.array([amount for amount, _ in newest.values()], pa.int64()),
        "said_on": pa.array([on for _, on in newest.values()], pa.date32()),
    })  # fmt: skip
