"""Rates that follow the loan prime rate: on the anniversary of the opening, or on the day a new one holds.

The contract keeps its distance to the rate it follows (`catalogue/lpr.json`, dated data). Promises that nights before
the day keep the old rate, that penalty rates move in proportion, that instalments are planned anew, and that a missed
day moves nothing whose terms have been changed since: whoever changed them has first let that day move it. Refuses
nothing.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection

from puhui import dated
from puhui.lending.acts import owing, past
from puhui.lending.facility import RATE_UNIT, FacilityId
from puhui.lending.models import FacilityRow, LoanRow, TermsRow
from puhui.lending.standing import CATALOGUE, product_terms
from puhui.refusals import BadInput

LPR = CATALOGUE / "lpr.json"
BASIS_POINT = RATE_UNIT // 10_000
AT_ONCE, ANNIVERSARY, NEVER = "at_once", "anniversary", "never"
DUE = """f.status in ('open', 'frozen') and f.opened_on < %(day)s and f.lpr = %(lpr)s and f.product = %(product)s
    and f.rate <> %(prime)s + f.spread and (f.reprices = 'at_once' or f.reprices = 'anniversary' and (
        to_char(f.opened_on, 'MMDD') = to_char(%(day)s::date, 'MMDD')
        or to_char(f.opened_on, 'MMDD') = '0229' and to_char(%(day)s::date + 1, 'MMDD') = '0301'))
    and not exists (select from lending_terms t where t.facility = f.id and t."on" > %(day)s)"""
KINDS = "select distinct f.product, f.lpr from lending_facility f where f.reprices <> 'never' and {where}"
REPRICE = f"""
with moved as (
    update lending_facility f set rate = %(prime)s + f.spread,
        overdue_rate = (%(prime)s + f.spread) * (1 + %(overdue)s),
        misuse_rate = (%(prime)s + f.spread) * (1 + %(misuse)s)
    where {DUE} and {{where}} returning f.*
), kept as (
    insert into lending_terms
        (facility, request, "on", rate, overdue_rate, misuse_rate, misused, matures_on, limit_fen, way)
    select id, 'reprice/' || id || '/' || %(day)s::date, %(day)s, rate, overdue_rate, misuse_rate, misused, matures_on,
        limit_fen, '' from moved
), told as (
    insert into lending_act (request, facility, kind, "on", at, asked, answered)
    select 'reprice/' || id || '/' || %(day)s::date, id, 'reprice', %(day)s, %(at)s, jsonb_build_object('lpr', lpr),
        jsonb_build_object('facts', jsonb_build_object('rate', trim_scale(rate / {RATE_UNIT}.0)::text)) from moved
)
select id from moved order by id
"""


@cache
def prime_rates(day: date) -> dict[str, int]:
    """The loan prime rates that hold on a day, in whole hundred-millionths; none before they were published."""
    try:
        found = dated.load(LPR, on=day)
    except BadInput:
        return {}
    return {name: found.whole(name) * BASIS_POINT for name in found.terms}


def follows(product: str, rate: int, *, on: date) -> dict[str, Any]:
    """What a contract of a product follows from the day it is opened: which rate, how far from it, and when."""
    terms = product_terms(product, on=on)
    (lpr,), (when,) = terms.words("lpr"), terms.words("reprices")
    if lpr not in prime_rates(on) or when not in (AT_ONCE, ANNIVERSARY):
        return {"lpr": "", "spread": 0, "reprices": NEVER}
    return {"lpr": lpr, "spread": rate - prime_rates(on)[lpr], "reprices": when}


def due(row: FacilityRow, day: date) -> bool:
    """Whether a facility's rate moves on a day."""
    prime = prime_rates(day).get(row.lpr)
    if prime is None or row.opened_on >= day or row.rate == prime + row.spread:
        return False
    return row.reprices == AT_ONCE or (row.reprices == ANNIVERSARY and _anniversary(row.opened_on, day))


def reprice(day: date, where: str, values: dict[str, Any], *, at: datetime) -> int:
    """Move the rates that follow the loan prime rate on a day, of the facilities `f` that a condition chooses."""
    moved = list[int]()
    with connection.cursor() as cursor:
        cursor.execute(KINDS.format(where=where), values)
        kinds = [(product, lpr) for product, lpr in cursor.fetchall() if lpr in prime_rates(day)]
        for product, lpr in kinds:
            terms = product_terms(product, on=day)
            uplifts = {"overdue": terms.decimal("overdue_uplift"), "misuse": terms.decimal("misuse_uplift")}
            said = {"day": day, "at": at, "product": product, "lpr": lpr, "prime": prime_rates(day)[lpr]}
            cursor.execute(REPRICE.format(where=where), {**values, **uplifts, **said})
            moved += [row[0] for row in cursor.fetchall()]
    for number in LoanRow.objects.filter(facility__in=moved, plan__gt=0).values_list("facility", flat=True).distinct():
        row = FacilityRow.objects.get(id=number)
        replan(row, TermsRow.objects.filter(facility=number).latest("id"))
    return len(moved)


def replan(row: FacilityRow, terms: TermsRow) -> None:
    """Do to a facility's running loans what its new terms say."""
    debts = owing.debts_of(FacilityId(row.pk))
    history = list(TermsRow.objects.filter(facility=row.pk).order_by("id"))
    before = [each for each in history if each.pk < terms.pk]
    repriced = bool(before) and before[-1].rate != terms.rate
    for debt in debts:
        past.change(debt, terms, row.due_day, past.rates_of(history), repriced=repriced)
    owing.save(debts)


def _anniversary(opened: date, day: date) -> bool:
    if (opened.month, opened.day) == (2, 29):
        return (day + timedelta(days=1)).strftime("%m%d") == "0301"
    return (opened.month, opened.day) == (day.month, day.day)
