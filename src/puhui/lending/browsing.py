"""Lists of facilities and loans for people: filtered, sorted and paged in the database.

Promises one page, and how many rows are behind it up to `MOST_COUNTED`, whatever the size of the book; refuses an order
that it does not know with a KeyError.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import connection

from puhui.enterprises import selectors as enterprises
from puhui.governance.sight import Sight
from puhui.ids import EnterpriseId
from puhui.lending import sealing
from puhui.lending.facility import FacilityId, LoanStatus, Status
from puhui.money import Money
from puhui.refusals import BadInput
from puhui.words import Label

LONGEST = 18  # digits of a number that can be one of a facility
RATE_SCALE = -8  # rates lie in the book as whole hundred-millionths a year
MOST_COUNTED = 10_000
ORDERS: Mapping[str, str] = {
    "number": "f.id",
    "firm": "f.enterprise",
    "limit": "f.limit_fen",
    "rate": "f.rate",
    "opened": "f.opened_on",
    "matures": "f.matures_on",
    "status": "f.status",
}
LINE = """select f.id, f.enterprise, f.product, f.limit_fen, f.rate, f.opened_on, f.matures_on, f.status,
    o.owed, o.late, o.tier from lending_facility f left join lateral (
        select coalesce(sum(principal_fen), 0) as owed, coalesce(max(days_past_due), 0) as late,
            coalesce(max(tier), 1) as tier
        from lending_loan l where l.facility_id = f.id and l.status = 'active') o on true"""


@dataclass(frozen=True, slots=True)
class Line:
    """One facility in a list."""

    number: FacilityId
    enterprise: EnterpriseId
    product: str
    limit: Money
    rate: Decimal
    opened_on: date
    matures_on: date
    status: Status
    owed: Money
    days_past_due: int
    tier: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """One draw of a facility."""

    number: int
    drawn: Money
    principal: Money
    drawn_on: date
    matures_on: date
    purpose: str
    payee: str
    status: LoanStatus
    days_past_due: int
    tier: int


@dataclass(frozen=True, slots=True)
class Book:
    """The whole book in a few figures."""

    facilities: int
    firms: int
    limits: Money
    owed: Money
    late: Money  # principal of loans that are past due
    doubtful: Money  # principal of the three worst tiers


@dataclass(frozen=True, slots=True)
class Closed:
    """One closed day: what its night earned, and what fell due."""

    on: date
    earned: Money
    due: Money


def closes(count: int = 90) -> list[Closed]:
    """The last closed days, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select d.on, coalesce(sum(s.fen) filter (where s.step = 'count the night'), 0),"
            " coalesce(sum(s.fen) filter (where s.step = 'fall due'), 0)"
            " from (select distinct c.on from lending_close_step c order by 1 desc limit %s) d"
            " join lending_close_step s on s.on = d.on group by 1 order by 1",
            [count],
        )
        return [Closed(on, Money(int(earned)), Money(int(due))) for on, earned, due in cursor.fetchall()]


def lines(
    *,
    enterprise: str = "",
    status: str = "",
    words: Sequence[str] = (),
    firms: Collection[EnterpriseId] | None = None,
    order: str = "number",
    down: bool = True,
    first: int = 0,
    many: int = 50,
    counted: int = MOST_COUNTED,
) -> tuple[list[Line], int]:
    """A page of facilities, of some firms or of all, under whichever of a firm's ids; words are a number, or begin a
    firm's code. Beside it how many there are, so far as `counted` asks.
    """
    conditions, values = ["true"], list[Any]()
    if status:
        conditions.append("f.status = %s")
        values.append(status)
    for asked in ([EnterpriseId(enterprise)] if enterprise else None, firms):
        if asked is not None:
            conditions.append("f.enterprise = any (%s)")
            values.append([str(each) for ids in enterprises.ids_of_each(asked).values() for each in ids])
    for word in words:
        conditions.append("(f.enterprise like %s or f.enterprise like %s or f.id = %s)")
        values += [f"{word}%", f"{word.upper()}%", int(word) if word.isdigit() and len(word) < LONGEST else 0]
    where = " and ".join(conditions)
    by = f"{ORDERS[order or 'number']} {'desc' if down else 'asc'}, f.id"
    with connection.cursor() as cursor:
        cursor.execute(f"{LINE} where {where} order by {by} limit %s offset %s", [*values, many, first])
        rows, total = cursor.fetchall(), 0
        if counted > many:
            found = f"select 1 from lending_facility f where {where} limit {counted + 1}"
            cursor.execute(f"select count(*) from ({found}) counted", values)
            (total,) = cursor.fetchone()
    return [_line(row) for row in rows], max(total, len(rows))


def newest_of(firms: Collection[EnterpriseId]) -> dict[EnterpriseId, Line]:
    """The newest facility of each of some firms that have one, under whichever of its ids, in one look."""
    firm_of = {each: firm for firm, ids in enterprises.ids_of_each(firms).items() for each in ids}
    with connection.cursor() as cursor:
        cursor.execute(
            f"{LINE} where f.id in (select max(g.id) from lending_facility g where g.enterprise = any (%s)"
            " group by g.enterprise)",
            [list(map(str, firm_of))],
        )
        rows = cursor.fetchall()
    lines = sorted(map(_line, rows), key=lambda each: each.number)
    return {firm_of[each.enterprise]: each for each in lines}


def line(facility: FacilityId) -> Line:
    """One facility as a list shows it. Raises BadInput when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(f"{LINE} where f.id = %s", [facility])
        row = cursor.fetchone()
    if row is None:
        raise BadInput(
            Label(f"there is no facility {facility}", f"没有额度{facility}"),
            then=Label("name one that `puhui facility` knows", "请从额度清单中选择"),
        )
    return _line(row)


def draws(facility: FacilityId, *, sight: Sight = Sight.MASKED) -> list[Drawn]:
    """Every draw of a facility, the newest first, with purposes and payees as far as `sight` goes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, drawn_fen, principal_fen, drawn_on, matures_on, purpose, payee, status, days_past_due, tier,"
            " request"
            " from lending_loan where facility_id = %s order by id desc",
            [facility],
        )
        rows = cursor.fetchall()
    sealed = [(row[5], sealing.purpose_of(row[10])) for row in rows]
    texts = sealing.opened(sealed + [(row[6], sealing.payee_of(row[10])) for row in rows])
    return [
        Drawn(
            *(row[0], Money(row[1]), Money(row[2]), row[3], row[4]),
            *(sealing.read(purpose, sight), sealing.seen(payee, sight), LoanStatus(row[7]), row[8], row[9]),
        )
        for row, purpose, payee in zip(rows, texts[: len(rows)], texts[len(rows) :], strict=True)
    ]


def book_at(day: date) -> Book:
    """The whole book at the close of a day, which no later act changes: worked out once, then kept."""
    return _book_at(day, str(connection.settings_dict["NAME"]))


@lru_cache(maxsize=32)
def _book_at(day: date, _database: str) -> Book:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*), count(distinct enterprise), coalesce(sum(limit_fen), 0) from lending_facility"
            " where opened_on <= %s and status not in ('closed', 'written_off')",
            [day],
        )
        facilities, firms, limits = cursor.fetchone()
        cursor.execute(
            "select coalesce(sum(principal_fen), 0), coalesce(sum(principal_fen) filter (where days_past_due > 0), 0),"
            " coalesce(sum(principal_fen) filter (where tier >= 3), 0) from lending_snapshot s where s.on = %s",
            [day],
        )
        owed, late, doubtful = cursor.fetchone()
    return Book(facilities, firms, Money(int(limits)), Money(int(owed)), Money(int(late)), Money(int(doubtful)))


def book() -> Book:
    """The whole book, as it stands now: reads all of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*), count(distinct enterprise), coalesce(sum(limit_fen), 0) from lending_facility"
            " where status not in ('closed', 'written_off')"
        )
        facilities, firms, limits = cursor.fetchone()
        cursor.execute(
            "select coalesce(sum(principal_fen), 0), coalesce(sum(principal_fen) filter (where days_past_due > 0), 0),"
            " coalesce(sum(principal_fen) filter (where tier >= 3), 0) from lending_loan where status = 'active'"
        )
        owed, late, doubtful = cursor.fetchone()
    return Book(facilities, firms, Money(int(limits)), Money(int(owed)), Money(int(late)), Money(int(doubtful)))


def _line(row: tuple[Any, ...]) -> Line:
    number, enterprise, product, limit, rate, opened, matures, status, owed, late, tier = row
    return Line(
        FacilityId(number), EnterpriseId(enterprise), product, Money(limit), Decimal(rate).scaleb(RATE_SCALE), opened,
        matures, Status(status), Money(int(owed)), late, tier,
    )  # fmt: skip
