"""What one day does to loans, as set-based SQL: the same for one facility at a payment and for all at the close.

A night from one day to the next bears interest on the principal of that night: contract interest on what is not
overdue; penalty on overdue principal, and on all of it after misuse, at the heavier rate and not the sum; compound
interest at the overdue rate on interest that fell due and is unpaid (PBoC 2003 No 251). On the due day (the month's
last day if it is short) and at maturity, accrued interest is rounded half up and falls due; so does the principal that
a plan names for that day, and all of it at maturity. What is agreed for a holiday falls due on the next business day.
`past` does the same to one facility in memory. Promises that a day counts once, however often it is asked for. Refuses
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from puhui.lending.facility import FEN_UNIT, Component
from puhui.lending.holidays import asked_for, nominal_of

ROUNDED = f"div(2 * {{}} + {FEN_UNIT}, {2 * FEN_UNIT})"
GAINED = ", ".join(
    f"{ROUNDED.format('new.' + part)} - {ROUNDED.format('old.' + part)} as {part}"
    for part in ("interest", "penalty", "compound")
)
NIGHT = f"""
with counted as (
    update lending_loan l set accrued_to = %(day)s, (interest, penalty, compound) = (
        select l.interest + (l.principal_fen - bad.principal) * f.rate,
            l.penalty + (bad.principal - o.principal) * f.misuse_rate
                + o.principal * greatest(f.overdue_rate, case when f.misused then f.misuse_rate end),
            l.compound + o.interest * f.overdue_rate
        from lending_facility f, lateral (
            select coalesce(sum(amount_fen - paid_fen) filter (where kind = 2), 0) as principal,
                coalesce(sum(amount_fen - paid_fen) filter (where kind = 1), 0) as interest
            from lending_due d
            where d.loan_id = l.id and d.paid_fen < d.amount_fen and d.due_on + f.grace_days < %(day)s
        ) o, lateral (select case when f.misused then l.principal_fen else o.principal end as principal) bad
        where f.id = l.facility_id
    )
    where l.status = 'active' and l.accrued_to = %(day)s::date - 1 and {{where}}
    returning {GAINED}
)
select count(*), coalesce(sum(interest), 0), coalesce(sum(penalty), 0), coalesce(sum(compound), 0) from counted
"""
FALL_DUE = f"""
with falling as (
    select l.id, {ROUNDED.format("l.interest")} as fen, l.principal_fen - u.due as undue,
        case when l.matures_on = any(%(nominals)s::date[]) then l.principal_fen when l.plan > 0 then (
                select coalesce(sum(p.principal_fen), 0) from lending_plan p
                where p.loan = l.id and p.version = l.plan and p.nominal_on = any(%(nominals)s::date[]))
            else 0 end as planned
    from lending_loan l join lending_facility f on f.id = l.facility_id, lateral (
        select coalesce(sum(amount_fen - paid_fen), 0) as due from lending_due d
        where d.loan_id = l.id and d.kind = 2 and d.paid_fen < d.amount_fen) u
    where l.status = 'active' and l.accrued_to = %(day)s and {{where}} and (
        l.matures_on = any(%(nominals)s::date[]) or l.drawn_on < (%(nominal_of)s::date[])[f.due_day])
    order by l.id for no key update of l
), fallen as (
    insert into lending_due (loan_id, due_on, kind, amount_fen, paid_fen)
    select id, %(day)s, 1, fen, 0 from falling where fen > 0
    union all
    select id, %(day)s, 2, least(planned, undue), 0 from falling where least(planned, undue) > 0
    on conflict (loan_id, due_on, kind) do nothing
    returning loan_id, kind, amount_fen
), rounded as (
    update lending_loan l set interest = 0 from fallen where l.id = fallen.loan_id and fallen.kind = 1
)
select count(distinct loan_id), coalesce(sum(amount_fen), 0) from fallen
"""


@dataclass(frozen=True, slots=True)
class Passed:
    """How many loans a night was counted for, and what it added in whole fen."""

    loans: int
    parts: dict[Component, int]


def count_night(day: date, where: str, values: dict[str, Any]) -> Passed:
    """Count the night before `day` for the loans that a condition on `l` chooses and that have not counted it."""
    loans, interest, penalty, compound = _one(NIGHT.format(where=where), {"day": day, **values})
    parts = {Component.INTEREST: interest, Component.PENALTY: penalty, Component.COMPOUND: compound}
    return Passed(int(loans), {each: int(fen) for each, fen in parts.items()})


def fall_due(day: date, where: str, values: dict[str, Any]) -> tuple[int, int]:
    """Let fall due what is asked for on `day`; returns loans and fen. Nothing falls due on a holiday."""
    nominals = asked_for(day)
    if not nominals:
        return 0, 0
    moved = {"nominals": list(nominals), "nominal_of": nominal_of(day)}
    loans, fen = _one(FALL_DUE.format(where=where), {"day": day, **moved, **values})
    return int(loans), int(fen)


def _one(statement: str, values: dict[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
