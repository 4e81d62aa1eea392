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
LATE = "o.late > 0 and (o.late >= %(substandard)s or l.{0} >= %(day)s)"
AGE = f"""update lending_loan l set days_past_due = o.late,
    watch_until = case when {LATE.format("watch_until")} and l.watch_until is not null
        then (%(day)s::date + make_interval(months => %(watch)s))::date else l.watch_until end,
    cure_until = case when {LATE.format("cure_until")}
        then (%(day)s::date + make_interval(months => %(cure)s))::date else l.cure_until end
from (
    select l.id, coalesce((select %(day)s::date - min(d.due_on) from lending_due d
        where d.loan_id = l.id and d.paid_fen < d.amount_fen and d.kind < 3), 0) as late
    from lending_loan l where {{where}} and l.status = 'active' and l.accrued_to = %(day)s
) o where l.id = o.id and (l.days_past_due <> o.late
    or {LATE.format("watch_until")} or {LATE.format("cure_until")})"""
OWN_TIER = """case when days_past_due >= %(loss)s then 5 when days_past_due >= %(doubtful)s then 4
    when days_past_due >= %(substandard)s or cure_until >= %(day)s then 3
    when days_past_due >= %(special_mention)s or watch_until >= %(day)s then 2 else 1 end"""
CLASSIFY = f"""with sick as (
    select g.enterprise from lending_loan l join lending_facility g on g.id = l.facility_id
    where l.status = 'active' and g.enterprise in (
        select f.enterprise from lending_loan l join lending_facility f on f.id = l.facility_id where {{where}})
    group by 1
    having sum(l.principal_fen) filter (where {OWN_TIER} >= 3) > %(contagion)s * sum(l.principal_fen)
), found as (
    select l.id, greatest({OWN_TIER}, case when s.enterprise is null then 1 else 3 end) as tier
    from lending_loan l join lending_facility f on f.id = l.facility_id left join sick s on s.enterprise = f.enterprise
    where {{where}} and l.status = 'active' and l.accrued_to = %(day)s
) update lending_loan l set tier = found.tier from found where l.id = found.id and l.tier <> found.tier"""
STAGE = """update lending_loan l set stage = found.stage from (
    select id, case when days_past_due >= %(stage_3)s or tier >= 3 then 3
        when days_past_due >= %(stage_2)s or watch_until >= %(day)s then 2 else 1 end as stage
    from lending_loan l where {where} and status = 'active' and accrued_to = %(day)s
) found where l.id = found.id and l.stage <> found.stage"""
SNAPSHOT = f"""insert into lending_snapshot ("on", loan, facility, fees_fen, principal_fen, interest_fen, penalty_fen,
        compound_fen, days_past_due, tier, stage)
    select %(day)s, l.id, l.facility_id, coalesce((select sum(amount_fen - paid_fen) from lending_due d
            where d.loan_id = l.id and d.kind = 3 and d.paid_fen < d.amount_fen), 0),
        l.principal_fen, {ROUNDED.format("l.interest")} + coalesce((
            select sum(amount_fen - paid_fen) from lending_due d
            where d.loan_id = l.id and d.kind = 1 and d.paid_fen < d.amount_fen), 0),
        {ROUNDED.format("l.penalty")}, {ROUNDED.format("l.compound")}, l.days_past_due, l.tier, l.stage
    from lending_loan l
    where {{where}} and l.status = 'active' and l.drawn_on <= %(day)s and l.accrued_to = %(day)s
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
