"""The plan of a loan that is repaid in instalments: how much principal falls due when, from the schedule engine.

Promises that a plan's principal adds up to what it was made for, that due days are moved off holidays and interest runs
until then, and that an instalment has the product's conventions (actual/360, half a fen up). A plan that changes is
made anew from a day on. Refuses nothing: `facilities` has checked the way of repaying and the term.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from puhui.lending.engine.calendar import Period
from puhui.lending.engine.interest import rounded
from puhui.lending.engine.payments import schedule_of
from puhui.lending.engine.terms import Amortization, Draw, Loan, RateChange, Terms
from puhui.lending.facility import RATE_UNIT
from puhui.lending.holidays import moved, next_due

WITH_PLAN = frozenset({Amortization.EQUAL_INSTALMENTS, Amortization.EQUAL_PRINCIPAL})
LONGEST_HOLIDAY = timedelta(days=20)  # with room to spare: no two due days are that near to each other
Rates = Sequence[tuple[date, int]]  # from which day on which yearly rate, in hundred-millionths; in order


@dataclass(frozen=True, slots=True)
class Planned:
    """One instalment: the day agreed to, the day it is asked for, its principal, and its interest if all goes to plan.

    `since` is the day from which the whole plan counts.
    """

    nominal_on: date
    due_on: date
    principal: int
    interest: int
    since: date


@dataclass(frozen=True, slots=True)
class Asked:
    """What a plan is to be made for: `balance` fen that are out and not yet due, with interest counted from `since`.

    `drawn_on` is the day of the draw: what was agreed for a day off after it is still asked for on the next day.
    """

    way: Amortization
    balance: int
    since: date
    drawn_on: date
    due_day: int
    matures_on: date
    rates: Rates


def plan(asked: Asked) -> tuple[Planned, ...]:
    """The instalments of a new plan.

    >>> three = Asked(Amortization.EQUAL_PRINCIPAL, 900_00, date(2026, 1, 20), date(2026, 1, 20), 20,
    ...     date(2026, 4, 20), [(date(2026, 1, 20), 6_000_000)])
    >>> [(str(each.due_on), each.principal, each.interest) for each in plan(three)]
    [('2026-02-24', 30000, 525), ('2026-03-20', 30000, 240), ('2026-04-20', 30000, 155)]
    """
    days = _nominal_days(asked)
    terms = Terms(_rate(_rate_on(asked.rates, asked.since)), _periods(asked.since, days), asked.way)
    last = days[-1][1]
    changes = [RateChange(on, _rate(rate)) for on, rate in asked.rates if asked.since < on < last]
    found = schedule_of(Loan(terms, (Draw(asked.since, asked.balance),), rate_changes=tuple(changes)))
    return tuple(Planned(*day, row.principal, row.interest, asked.since) for day, row in zip(days, found, strict=True))


def shortened(asked: Asked, instalment: int) -> tuple[Planned, ...]:
    """The instalments that are left when each stays as large as it was, and the last ones fall away."""
    rows, left = list[Planned](), asked.balance
    days = _nominal_days(asked)
    for number, (day, period) in enumerate(zip(days, _periods(asked.since, days), strict=True)):
        interest = _interest(left, period, asked.rates)
        part = instalment - interest if asked.way is Amortization.EQUAL_INSTALMENTS else instalment
        principal = left if number == len(days) - 1 else min(max(part, 0), left)
        rows.append(Planned(*day, principal, interest, asked.since))
        left -= principal
        if left == 0:
            break
    return tuple(rows)


def instalment_of(way: Amortization, rows: Sequence[Planned]) -> int:
    """The amount that stays the same from one instalment of a plan to the next."""
    return rows[0].principal + (rows[0].interest if way is Amortization.EQUAL_INSTALMENTS else 0)


def _nominal_days(asked: Asked) -> list[tuple[date, date]]:
    """The agreed days until maturity, each with the day it is asked for; of two on one day, the later is kept."""
    nominals, day = list[date](), next_due(max(asked.drawn_on, asked.since - LONGEST_HOLIDAY), asked.due_day)
    while day < asked.matures_on:
        nominals.append(day)
        day = next_due(day, asked.due_day)
    nominals.append(asked.matures_on)
    by_due = {moved(each): each for each in nominals if moved(each) > asked.since}
    return [(nominal, due) for due, nominal in by_due.items()]


def _periods(since: date, days: Sequence[tuple[date, date]]) -> tuple[Period, ...]:
    return tuple(Period(start, due) for start, due in pairwise([since, *(due for _, due in days)]))


def _interest(balance: int, period: Period, rates: Rates) -> int:
    cuts = sorted({period.start, period.due, *(on for on, _ in rates if period.start < on < period.due)})
    numerator = sum(balance * _rate_on(rates, start) * (end - start).days for start, end in pairwise(cuts))
    return rounded(Fraction(numerator, 360 * RATE_UNIT))


def _rate_on(rates: Rates, day: date) -> int:
    return [rate for on, rate in rates if on <= day][-1]


def _rate(whole: int) -> Decimal:
    return Decimal(whole) / RATE_UNIT
