"""Caps: on whom, on what, by which law or decision, and whether they hold or guide. Pure but for the dated figures.

Rules that hold and count the same of the same subject share one account in the ledger, and the smallest of them is its
amount: it is reached first. Figures are dated data in `catalogue/caps.json`; shares are of the bank's own capital in
`catalogue/bank.json`, which a bank replaces by its own in the folder that PUHUI_HOME names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from puhui import dated, settings
from puhui.money import FEN_PER_YUAN, Money
from puhui.words import Label

CATALOGUE = Path(__file__).parent / "catalogue"
SHARDS = 16  # accounts that share a wide cap, so that firms which share nothing else seldom wait for each other


class Scope(StrEnum):
    """Who shares a cap."""

    FIRM = "firm"
    OWNER = "owner"
    GROUP = "group"
    CIRCLE = "circle"
    GUARANTOR = "guarantor"
    TRADE = "trade"
    REGION = "region"
    PRODUCT = "product"
    BRANCH = "branch"


WIDE = frozenset({Scope.TRADE, Scope.REGION, Scope.PRODUCT, Scope.BRANCH})
OF_A_LINE = frozenset({Scope.PRODUCT, Scope.BRANCH})  # the others follow the firm, a guarantor follows its promise
SCOPES: Mapping[Scope, Label] = {
    Scope.FIRM: Label("firm", "客户"),
    Scope.OWNER: Label("owner", "实际控制人"),
    Scope.GROUP: Label("group", "集团"),
    Scope.CIRCLE: Label("guarantee circle", "担保圈"),
    Scope.GUARANTOR: Label("guarantor", "保证人"),
    Scope.TRADE: Label("trade", "行业"),
    Scope.REGION: Label("region", "地区"),
    Scope.PRODUCT: Label("product", "产品"),
    Scope.BRANCH: Label("branch", "机构"),
}
assert SCOPES.keys() == set(Scope)


class Counts(StrEnum):
    """What of a line a cap counts."""

    ALL = "all"  # drawn and pending, whatever secures it
    UNSECURED = "unsecured"  # the credit part only: net of what mortgages and guarantees carry
    GUARANTEED = "guaranteed"  # what this guarantor would have to pay


class Force(StrEnum):
    """What happens at a cap."""

    HOLDS = "holds"  # a draw beyond it cannot be booked
    REFERS = "refers"  # a person decides
    WARNS = "warns"  # it is said, and nothing else


@dataclass(frozen=True, slots=True)
class Rule:
    """One cap: its amount on a day is the term of its name."""

    name: str
    scope: Scope
    counts: Counts
    force: Force
    legal: bool


RULES = (
    Rule("client_loans", Scope.FIRM, Counts.ALL, Force.HOLDS, legal=True),
    Rule("client_exposure", Scope.FIRM, Counts.ALL, Force.HOLDS, legal=True),
    Rule("inclusive_client", Scope.FIRM, Counts.ALL, Force.HOLDS, legal=True),
    Rule("unsecured_client", Scope.FIRM, Counts.UNSECURED, Force.HOLDS, legal=False),
    Rule("large_exposure", Scope.FIRM, Counts.ALL, Force.WARNS, legal=True),
    Rule("dependence_check", Scope.FIRM, Counts.ALL, Force.REFERS, legal=True),
    Rule("owner", Scope.OWNER, Counts.ALL, Force.HOLDS, legal=False),
    Rule("group_loans", Scope.GROUP, Counts.ALL, Force.HOLDS, legal=True),
    Rule("group_exposure", Scope.GROUP, Counts.ALL, Force.HOLDS, legal=True),
    Rule("group_internal", Scope.GROUP, Counts.ALL, Force.HOLDS, legal=False),
    Rule("circle", Scope.CIRCLE, Counts.ALL, Force.HOLDS, legal=False),
    Rule("trade", Scope.TRADE, Counts.ALL, Force.HOLDS, legal=False),
    Rule("region", Scope.REGION, Counts.ALL, Force.REFERS, legal=False),
    Rule("product", Scope.PRODUCT, Counts.ALL, Force.HOLDS, legal=False),
    Rule("branch", Scope.BRANCH, Counts.ALL, Force.REFERS, legal=False),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """A rule as it holds on a day: its amount in words and figures, and where it comes from."""

    rule: Rule
    label: Label
    amount: Money
    source: str
    confidence: str


@dataclass(frozen=True, slots=True, order=True)
class CapKey:
    """What one account of the ledger caps: a subject of a scope, and what is counted of it."""

    scope: Scope
    subject: str
    counts: Counts

    def __str__(self) -> str:
        return f"{self.scope} {self.subject}" + ("" if self.counts is Counts.ALL else f" ({self.counts})")


HELD = tuple(dict.fromkeys((rule.scope, rule.counts) for rule in RULES if rule.force is Force.HOLDS))


@lru_cache(maxsize=64)
def limits(on: date) -> tuple[Limit, ...]:
    """All rules as they hold on a day.

    >>> found = {limit.rule.name: limit.amount for limit in limits(date(2026, 1, 1))}
    >>> str(found["inclusive_client"])
    '10,000,000.00 CNY'
    """
    terms, bank = dated.load(CATALOGUE / "caps.json", on=on), dated.load(_own("bank.json"), on=on)
    found = []
    for rule in RULES:
        term = terms.terms[rule.name]
        base, source = FEN_PER_YUAN, term.source
        if term.unit == "share":
            capital = bank.terms[str(terms.terms[f"{rule.name}_of"].value[0])]  # type: ignore[index]  # a list of one
            base = int(capital.value) * FEN_PER_YUAN  # type: ignore[arg-type]  # capital is whole yuan
            source = f"{source}; {capital.label.en}: {capital.shown()}"
        amount = Money(base).times(Decimal(terms.number(rule.name)))
        found.append(Limit(rule, term.label, amount, source, term.confidence))
    return tuple(found)


def held_amount(scope: Scope, counts: Counts, *, on: date) -> Money:
    """The amount of the account of a scope: the smallest of the rules that hold."""
    holding = [each for each in limits(on) if each.rule.force is Force.HOLDS]
    return min(each.amount for each in holding if (each.rule.scope, each.rule.counts) == (scope, counts))


def binding(scope: Scope, counts: Counts, *, on: date) -> Limit:
    """The rule that is reached first among those of one account."""
    holding = [each for each in limits(on) if each.rule.force is Force.HOLDS]
    return min((x for x in holding if (x.rule.scope, x.rule.counts) == (scope, counts)), key=lambda x: x.amount)


def _own(name: str) -> Path:
    """The bank's own file where it has one, else the one that comes with the house."""
    own = settings.HOME / "exposure" / name
    return own if own.is_file() else CATALOGUE / name
