"""How loans stand at the end of a day: age, five tiers, stage, snapshot; set-based, for the loans a condition chooses.

Thresholds are dated terms (`catalogue`). A loan's tier is that of its own days past due; a firm of whose debt more than
the contagion share is substandard or worse has no loan that is better than substandard. A restructured loan is watched:
at best special mention until the watch has passed without a day past due, which begins it anew. A loan that was
non-performing stays so until it has been on time for the time of cure. Promises that asking twice changes nothing.
Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.db import connection

from puhui import dated
from puhui.lending.facility import FEN_UNIT

CATALOGUE = Path(__file__).parent / "catalogue"
REGULATED = "any_time"  # the house's terms; the tiers and stages are the regulator's: every product has the same
ROUNDED = f"div(2 * {{}} + {FEN_UNIT}, {2 * FEN_UNIT})"
BAD = "({0}.days_past_due > 0 or {0}.cure_until is not null)"  # as the index lending_loan_bad has it
LATE = "o.late > 0 and (o.late >= %(substandard)s or l.{0} >= %(day)s)"
LOT = "{where} and l.status = 'active' and l.accrued_to = %(day)s"  # what has been counted to the day and no further
AGE = f"""
with found as materialized (
    select l.id, o.late, {LATE.format("watch_until")} as watched, {LATE.format("cure_until")} as to_cure
    from lending_loan l, lateral (
        select coalesce(%(day)s::date - min(d.due_on), 0) as late from lending_due d
        where d.loan_id = l.id and d.paid_fen < d.amount_fen and d.kind < 3) o
    where {LOT} and (l.days_past_due <> o.late or {LATE.format("watch_until")} or {LATE.format("cure_until")})
) update lending_loan l set days_past_due = found.late,
    watch_until = case when found.watched and l.watch_until is not null
        then (%(day)s::date + make_interval(months => %(watch)s))::date else l.watch_until end,
    cure_until = case when found.to_cure
        then (%(day)s::date + make_interval(months => %(cure)s))::date else l.cure_until end
from found where l.id = found.id and l.accrued_to = %(day)s"""
OWN_TIER = """case when l.days_past_due >= %(loss)s then 5 when l.days_past_due >= %(doubtful)s then 4
    when l.days_past_due >= %(substandard)s or l.cure_until >= %(day)s then 3
    when l.days_past_due >= %(special_mention)s or l.watch_until >= %(day)s then 2 else 1 end"""
# Each loan looks its firm up by index, and only firms with a loan that is late or cures are summed up: however the
# planner estimates a lot, it reads no table whole.
CLASSIFY = f"""
with lot as materialized (
    select l.id, l.tier, {OWN_TIER} as own,
        (select f.firm from lending_facility f where f.id = l.facility_id) as firm
    from lending_loan l where {LOT}
), firms as materialized (
    select e.firm from (select distinct firm from lot) e, lateral (
        select from lending_facility g, lateral (
            select from lending_loan b where b.facility_id = g.id and {BAD.format("b")} limit 1) any_loan
        where g.firm = e.firm limit 1) any_facility
), sick as materialized (
    select firms.firm from firms, lateral (
        select sum(l.principal_fen) as principal, sum(l.principal_fen) filter (where {OWN_TIER} >= 3) as bad
        from lending_facility g join lending_loan l on l.facility_id = g.id
        where g.firm = firms.firm and l.status = 'active') owed
    where owed.bad > %(contagion)s * owed.principal
), found as materialized (
    select lot.id, greatest(lot.own, case when sick.firm is null then 1 else 3 end) as tier, lot.tier as before
    from lot left join sick using (firm)
) update lending_loan l set tier = found.tier from found
where found.tier <> found.before and l.id = found.id and l.accrued_to = %(day)s"""
STAGE_OF = """case when l.days_past_due >= %(stage_3)s or l.tier >= 3 then 3
    when l.days_past_due >= %(stage_2)s or l.watch_until >= %(day)s then 2 else 1 end"""
STAGE = f"update lending_loan l set stage = {STAGE_OF} where {LOT} and l.stage <> {STAGE_OF}"
SNAPSHOT = f"""insert into lending_snapshot ("on", loan, facility, fees_fen, principal_fen, interest_fen, penalty_fen,
        compound_fen, days_past_due, tier, stage)
    select %(day)s, l.id, l.facility_id, o.fees, l.principal_fen, {ROUNDED.format("l.interest")} + o.interest,
        {ROUNDED.format("l.penalty")}, {ROUNDED.format("l.compound")}, l.days_past_due, l.tier, l.stage
    from lending_loan l, lateral (
        select coalesce(sum(amount_fen - paid_fen) filter (where kind = 3), 0) as fees,
            coalesce(sum(amount_fen - paid_fen) filter (where kind = 1), 0) as interest
        from lending_due d where d.loan_id = l.id and d.paid_fen < d.amount_fen) o
    where {LOT} and l.drawn_on <= %(day)s
    on conflict ("on", loan) do nothing"""


@cache
def product_terms(product: str, *, on: date) -> dated.Terms:
    """The lending terms of a product as they hold on a day: the house's, with what the product's own file changes."""
    house, own = dated.load(CATALOGUE / f"{REGULATED}.json", on=on), CATALOGUE / f"{product}.json"
    if product == REGULATED or not own.is_file():
        return house
    found = dated.load(own, on=on)
    return replace(found, terms=MappingProxyType({**house.terms, **found.terms}))


def _step(statement: str) -> Callable[[date, str, dict[str, Any]], int]:
    def step(day: date, where: str, values: dict[str, Any]) -> int:
        terms = product_terms(REGULATED, on=day).terms.values()
        figures = {term.name: term.value for term in terms if term.unit != "list"}
        with connection.cursor() as cursor:
            cursor.execute(statement.format(where=where), {**figures, **values, "day": day})
            return int(cursor.rowcount)

    return step


# Each is asked with a day, a condition on the loan `l`, and the condition's values; it returns how many it changed.
STANDING = {"age": _step(AGE), "classify": _step(CLASSIFY), "stage": _step(STAGE), "snapshot": _step(SNAPSHOT)}
