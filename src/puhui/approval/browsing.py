"""Lists of applications for people: filtered, sorted and paged in the database.

Promises one page, and how many rows are behind it up to `MOST_COUNTED`, whatever the number of applications; refuses an
order that it does not know with a KeyError.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from puhui.approval.states import Status
from puhui.enterprises import selectors as enterprises
from puhui.ids import EnterpriseId
from puhui.money import Money

MOST_COUNTED = 10_000
ORDERS: Mapping[str, str] = {"number": "a.number", "firm": "a.enterprise", "on": "a.on", "product": "a.product"}
FROM = """from approval_application a join lateral (
    select s.status from approval_step s where s.application_id = a.number order by s.place desc limit 1) s on true"""


@dataclass(frozen=True, slots=True)
class Row:
    """One application in a list. `asked` is None where the firm named no amount."""

    number: str
    firm: EnterpriseId
    product: str
    asked: Money | None
    on: date
    status: Status


def applications(
    *,
    words: Sequence[str] = (),
    product: str = "",
    status: str = "",
    firms: Collection[EnterpriseId] | None = None,
    order: str = "on",
    down: bool = True,
    first: int = 0,
    many: int = 50,
) -> tuple[list[Row], int]:
    """A page of applications, of some firms or of all; words begin an application's number or a firm's code."""
    conditions, values = ["true"], list[Any]()
    for column, wanted in (("a.product", product), ("s.status", status)):
        if wanted:
            conditions.append(f"{column} = %s")
            values.append(wanted)
    for word in words:
        conditions.append("(a.number like %s or a.enterprise like %s or a.enterprise like %s)")
        values += [f"{word.upper()}%", f"{word.upper()}%", f"{word}%"]
    if firms is not None:
        conditions.append("a.enterprise = any (%s)")
        values.append([str(each) for ids in enterprises.ids_of_each(firms).values() for each in ids])
    where = " and ".join(conditions)
    way = "desc" if down else "asc"
    by = f"{ORDERS[order or 'on']} {way}, a.number {way}"
    source = FROM if status else "from approval_application a"
    with connection.cursor() as cursor:
        cursor.execute(
            f"select count(*) from (select 1 {source} where {where} limit {MOST_COUNTED + 1}) counted",  # noqa: S608
            values,
        )
        (total,) = cursor.fetchone()
        cursor.execute(
            f"select a.number, a.enterprise, a.product, a.asked_fen, a.on, s.status {FROM}"
            f" where {where} order by {by} limit %s offset %s",
            [*values, many, first],
        )
        rows = cursor.fetchall()
    return [
        Row(number, EnterpriseId(firm), of, None if asked is None else Money(asked), on, Status(stands))
        for number, firm, of, asked, on, stands in rows
    ], int(total)
