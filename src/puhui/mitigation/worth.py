"""What a thing may carry on a day: its valuation, less the claims before ours, under the rules of its kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from puhui.days import add_months
from puhui.mitigation.kinds import KINDS, Rules, Security
from puhui.money import Money
from puhui.words import Label

NOTHING = Money(0)


@dataclass(frozen=True, slots=True)
class Valuation:
    """What a valuer says a thing is worth on a day; `document` is the SHA-256 of the report."""

    on: date
    value: Money
    valuer: str
    document: str


@dataclass(frozen=True, slots=True)
class Thing:
    """Collateral as it stands on a day. `senior` are others' claims that rank before ours, at their highest."""

    kind: str
    valuation: Valuation | None
    perfected_on: date | None
    released_on: date | None = None
    insured_until: date | None = None
    senior: Money = NOTHING


@dataclass(frozen=True, slots=True)
class Worth:
    """What a thing may carry, and in words why it is no more."""

    lendable: Money
    because: tuple[Label, ...] = ()


UNPERFECTED = Label("not perfected: it counts for nothing yet", "尚未办妥登记：暂不计值")
RELEASED = Label("released: it no longer counts", "已解除：不再计值")
UNVALUED = Label("never valued: it counts for nothing yet", "尚未评估：暂不计值")
OVERDUE = Label("its revaluation is overdue: only a part counts", "重估已逾期：只计部分价值")
UNINSURED = Label("it is not insured: only a part counts, if any", "未投保或保险到期：只计部分或不计值")
SENIOR = Label("others' claims rank before ours", "在先权利人优先受偿")


def revaluation_due(kind_rules: Rules, valuation: Valuation) -> date:
    """The day by which the thing must be valued again.

    >>> from puhui.mitigation.kinds import rules
    >>> revaluation_due(rules("equipment", on=date(2026, 1, 1)), Valuation(date(2025, 2, 28), Money(1), "v", ""))
    datetime.date(2026, 2, 28)
    """
    return add_months(valuation.on, kind_rules.revalue_months)


def worth(thing: Thing, kind_rules: Rules, *, on: date) -> Worth:
    """What the thing may carry on a day: loan-to-value × valuation, less where stale or uninsured, less senior claims.

    >>> from puhui.mitigation.kinds import rules
    >>> flat = Thing("residential_property", Valuation(date(2026, 1, 5), Money(2_000_000_00), "a valuer", "ab"),
    ...     perfected_on=date(2026, 1, 9), insured_until=date(2027, 1, 1), senior=Money(500_000_00))
    >>> str(worth(flat, rules(flat.kind, on=date(2026, 3, 1)), on=date(2026, 3, 1)).lendable)
    '900,000.00 CNY'
    >>> worth(flat, rules(flat.kind, on=date(2027, 3, 1)), on=date(2027, 3, 1)).lendable
    Money(fen=0, currency='CNY')
    """
    if thing.released_on is not None and thing.released_on <= on:
        return Worth(NOTHING, (RELEASED,))
    if thing.perfected_on is None or thing.perfected_on > on:
        return Worth(NOTHING, (UNPERFECTED,))
    if thing.valuation is None:
        return Worth(NOTHING, (UNVALUED,))
    share, because = kind_rules.loan_to_value, []
    if revaluation_due(kind_rules, thing.valuation) < on:
        share, because = share * kind_rules.overdue_share, [OVERDUE]
    if KINDS[thing.kind].insured and (thing.insured_until is None or thing.insured_until < on):
        share, because = share * kind_rules.uninsured_share, [*because, UNINSURED]
    gross = thing.valuation.value.times(share)
    if thing.senior:
        because.append(SENIOR)
    return Worth(max(NOTHING, gross - thing.senior), tuple(because))


def margin_call(thing: Thing, kind_rules: Rules, *, secured: Money) -> Money:
    """How much a pledge must be topped up so that the loan is again its loan-to-value of the value; 0 = not called.

    >>> from puhui.mitigation.kinds import rules
    >>> stock = Thing("warehouse_receipt", Valuation(date(2026, 1, 5), Money(100_000_00), "v", ""), date(2026, 1, 9))
    >>> held = rules(stock.kind, on=date(2026, 1, 9))
    >>> margin_call(stock, held, secured=Money(80_000_00))
    Money(fen=0, currency='CNY')
    >>> str(margin_call(stock, held, secured=Money(81_000_00)))
    '35,000.00 CNY'
    """
    if KINDS[thing.kind].security is not Security.PLEDGE or thing.valuation is None:
        return NOTHING
    value = thing.valuation.value
    if secured <= value.times(kind_rules.margin_call_at):
        return NOTHING
    return secured.times(Decimal(1) / kind_rules.loan_to_value) - value
