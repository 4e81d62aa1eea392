"""Signs of too much credit (多头授信), each with its evidence: more lenders, enquiries and debt, stacked applications.

Thresholds are dated data in `catalogue/signals.json`. A sign calls a person; it refuses nothing. Pure but for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from puhui import dated
from puhui.exposure.caps import CATALOGUE
from puhui.exposure.elsewhere import Elsewhere
from puhui.money import Money
from puhui.words import Label


@dataclass(frozen=True, slots=True)
class Signal:
    """A sign that is there: what it is, what was found, and from where on it is one."""

    name: str
    label: Label
    found: str
    threshold: str
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """An application of a firm or of one tied to it."""

    firm: str
    on: date
    amount: Money


def over_credit(
    there: Elsewhere, *, ours: Money, our_days: Sequence[date], applications: Sequence[Asked], on: date
) -> list[Signal]:
    """The signs that a firm shows on a day: `ours` is what it owes here, `our_days` when its lines here were opened."""
    terms = dated.load(CATALOGUE / "signals.json", on=on)
    found = [
        *_counts(there, terms),
        *_ratios(there, ours, terms),
        *_after_ours(there, our_days, terms),
        *_stacked(applications, terms, on),
    ]
    return [each for each in found if each is not None]


def _signal(terms: dated.Terms, name: str, found: str, evidence: dict[str, Any]) -> Signal:
    term = terms.terms[name]
    return Signal(name, term.label, found, term.shown().removesuffix(" count"), evidence)


def _counts(there: Elsewhere, terms: dated.Terms) -> list[Signal]:
    sides = {
        "many_lenders": there.lenders,
        "many_enquiries": there.enquirers,
        "guaranteed_overdue": there.guaranteed_overdue,
    }
    return [
        _signal(terms, name, str(len(who)), {"who": list(who)})
        for name, who in sides.items()
        if len(who) >= terms.whole(name)
    ]


def _ratios(there: Elsewhere, ours: Money, terms: dated.Terms) -> list[Signal]:
    found: dict[str, tuple[Decimal, dict[str, Any]]] = {}
    if there.debt_before.fen > 0:
        growth = Decimal(there.debt.fen) / there.debt_before.fen - 1
        found["debt_growing"] = growth, {"debt": there.debt, "half_a_year_before": there.debt_before}
    if (ratio := there.debt_to_sales(ours)) is not None:
        found["debt_to_sales"] = ratio, {"elsewhere": there.debt, "here": ours, "sales": there.sales}
    if there.net_worth is not None and there.net_worth.fen > 0:
        share = Decimal(there.guaranteed.fen) / there.net_worth.fen
        found["guarantees_to_worth"] = share, {"guaranteed": there.guaranteed, "net_worth": there.net_worth}
    return [
        _signal(terms, name, f"{value * 100:.0f} %", facts)
        for name, (value, facts) in found.items()
        if value > Decimal(terms.number(name))
    ]


def _after_ours(there: Elsewhere, our_days: Sequence[date], terms: dated.Terms) -> list[Signal]:
    within = timedelta(days=terms.whole("opened_after_ours"))
    after = [
        each
        for each in there.accounts
        if each.opened_on is not None and any(day < each.opened_on <= day + within for day in our_days)
    ]
    evidence = {"opened": [{"lender": each.lender, "on": each.opened_on, "limit": each.limit} for each in after]}
    return [_signal(terms, "opened_after_ours", str(len(after)), evidence)] if after else []


def _stacked(applications: Sequence[Asked], terms: dated.Terms, on: date) -> list[Signal]:
    within = timedelta(days=terms.whole("stacked_days"))
    lately = [each for each in applications if on - within < each.on <= on]
    if len(lately) < terms.whole("stacked_applications"):
        return []
    evidence = {"applications": [{"firm": each.firm, "on": each.on, "asked": each.amount} for each in lately]}
    return [_signal(terms, "stacked_applications", str(len(lately)), evidence)]
