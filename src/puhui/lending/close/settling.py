"""Booking at once what the payment bank has taken: many facilities in one transaction, each as an act of its own.

That is for the ordinary case: the bank took all that was asked, it is still all that has fallen due, none of it is
principal, and nobody has acted on the facility since. Then there is nothing to allocate, and what each facility's act
says, and what the ledger books, is what booking it alone would have said and booked (`tests/lending/test_settling.py`
books the same lot both ways). The firms' turns are taken, so that no act of theirs comes in between. Refuses nothing:
what is not ordinary is left to be booked alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from puhui.ids import RequestId
from puhui.ledger import services as ledger
from puhui.ledger.lines import AccountId
from puhui.ledger.services import Act, Booked
from puhui.lending import chart
from puhui.lending.acts.acting import FIRMS, last_closed, sharing
from puhui.lending.facility import Component
from puhui.lending.standing import ROUNDED

PARTS = (Component.FEES, Component.PENALTY, Component.COMPOUND, Component.INTEREST)
FALLEN = f"""select l.id, l.accrued_to, l.principal_fen, {ROUNDED.format("l.penalty")} as penalty,
        {ROUNDED.format("l.compound")} as compound, due.fees, due.interest, due.principal
    from lending_loan l, lateral (
        select coalesce(sum(amount_fen - paid_fen) filter (where kind = 3), 0) as fees,
            coalesce(sum(amount_fen - paid_fen) filter (where kind = 1), 0) as interest,
            coalesce(sum(amount_fen - paid_fen) filter (where kind = 2), 0) as principal
        from lending_due d where d.loan_id = l.id and d.paid_fen < d.amount_fen) due
    where l.facility_id = c.facility and l.status = 'active'"""  # noqa: S608  the names are the room's own
PAID = f"""select c.id from lending_collection c, lateral (
        select coalesce(sum(penalty + compound + fees + interest + principal), 0) as fen from ({FALLEN}) loans) owed
    where c.id = any (%(numbers)s) and owed.fen < c.asked_fen"""  # noqa: S608
OF_ORDERS = "lending_facility f join lending_collection c on c.facility = f.id where c.id = any (%(numbers)s)"
TURNS = f"""select pg_advisory_xact_lock({FIRMS}, firm) from (
    select distinct hashtext(f.firm) as firm from {OF_ORDERS} order by 1) firms"""  # noqa: S608
LOCKED = f"select f.id from {OF_ORDERS} order by f.id for no key update of f"  # noqa: S608
SETTLED = f"""
with found as materialized (
    select c.id, c.facility, c.request, c.asked_fen, owed.*
    from lending_collection c, lateral (
        select min(accrued_to) as first, max(accrued_to) as last, min(principal_fen) as least,
            sum(principal) as principal, {", ".join(f"sum({each})::bigint as {each}" for each in PARTS)}
        from ({FALLEN}) loans) owed
    where c.id = any (%(numbers)s) and c.status = 'sent' and c."on" = %(day)s and owed.first = c."on"
        and owed.last = c."on" and owed.least > 0 and owed.principal = 0
        and owed.fees + owed.penalty + owed.compound + owed.interest = c.asked_fen
        and not exists (select from lending_act a where a.request = c.request)
), taken as (
    update lending_collection c set status = 'taken', taken_fen = c.asked_fen from found where c.id = found.id
), paid as materialized (
    select loans.id from found c, lateral ({FALLEN}) loans
    where loans.fees + loans.penalty + loans.compound + loans.interest > 0
), loans as (
    update lending_loan l set penalty = 0, compound = 0 from paid
    where l.id = paid.id and (l.penalty > 0 or l.compound > 0)
), dues as (
    update lending_due d set paid_fen = d.amount_fen from found, lending_loan l
    where l.facility_id = found.facility and l.status = 'active' and d.loan_id = l.id and d.paid_fen < d.amount_fen
), acts as (
    insert into lending_act (request, facility, kind, "on", at, asked, answered)
    select request, facility, 'collect', %(day)s, %(at)s, jsonb_build_object('fen', asked_fen),
        jsonb_build_object('facts', jsonb_build_object('principal', 0,
            {", ".join(f"'{each}', {each}" for each in PARTS)}))
    from found order by facility
)
select id, request, {", ".join(PARTS)} from found order by facility
"""  # noqa: S608


def paid_meanwhile(numbers: Sequence[int]) -> list[int]:
    """Which of these orders ask for more than is due by now: the customer has paid since."""
    with connection.cursor() as cursor:
        cursor.execute(PAID, {"numbers": list(numbers)})
        return [number for (number,) in cursor.fetchall()]


def settle(day: date, numbers: Sequence[int], *, at: datetime) -> set[int]:
    """Book the ordinary ones among orders of a day that the bank has taken whole; returns which."""
    closed = last_closed()
    if not numbers or (closed is not None and day <= closed):
        return set()
    said: dict[str, Any] = {"numbers": list(numbers), "day": day, "at": at}
    with transaction.atomic(), connection.cursor() as cursor:
        sharing()  # then the turns of the firms, and the rows: in the order in which every act takes them
        cursor.execute(TURNS, said)
        cursor.execute(LOCKED, said)
        cursor.execute(SETTLED, said)
        found = cursor.fetchall()
        acts = [
            Act(tuple(_lines(dict(zip(PARTS, fens, strict=True)))), RequestId(f"{request}/book"))
            for _, request, *fens in found
        ]
        answers = ledger.book_acts(acts, on=day, at=at)
        assert all(isinstance(answer, Booked) for answer in answers), answers
    return {number for number, *_ in found}


def _lines(parts: dict[Component, int]) -> list[Any]:
    return chart.settled(parts, owed=AccountId(0), by=chart.BANK, code=chart.REPAY)
