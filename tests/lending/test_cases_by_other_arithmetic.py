"""Cases around each convention, drawn from seeds, worked out once more by other code: plain loops over exact fractions.

What is compared is what `puhui schedule` prints. The other arithmetic follows the conventions as the peer tells them,
shares no code with the engine, and knows no payments: those have cases of the peer's own, and a shadow ledger.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from puhui.lending.engine import cases

COUNTS = [("360", "30"), ("360", "actual"), ("365", "actual"), ("364", "actual"), ("actual", "actual")]
MODES = {"HALF_EVEN": ROUND_HALF_EVEN, "HALF_UP": ROUND_HALF_UP}
FREQUENCIES = [("month", 1), ("month", 1), ("month", 2), ("month", 3), ("week", 1), ("week", 2), ("day", 15)]
STARTS = [date(2023, 12, 15), date(2024, 1, 31), date(2024, 2, 29), date(2024, 12, 1), date(2025, 8, 30)]
CHANCES = range(300)


def _later(start: date, unit: str, many: int) -> date:
    if unit != "month":
        return start + timedelta(days=many * (7 if unit == "week" else 1))
    year, month = divmod(start.year * 12 + start.month - 1 + many, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def case_of(seed: int) -> dict[str, Any]:
    """A case: every convention has its turn, and facts of a life where there is room for them."""
    chance = Random(seed)
    (unit, every), count, start = chance.choice(FREQUENCIES), chance.randint(1, 12), chance.choice(STARTS)
    year, month = COUNTS[seed % len(COUNTS)]
    end = _later(start, unit, every * count)
    within = (end - start).days - 1

    def some_day() -> date:
        return start + timedelta(days=chance.randint(1, within))

    draws = [[start, chance.randint(1, 900_000)]] + [
        [some_day(), chance.randint(1, 300_000)] for _ in range(chance.choice([0, 0, 1, 2]))
    ]
    changes = [[some_day(), chance.choice([0, 4, 9.4822, 12, 18])] for _ in range(chance.choice([0, 0, 1, 2]))]
    pause = sorted([some_day(), some_day()]) if chance.random() < 0.25 and not changes else []
    return {
        "id": f"seed {seed}", "annual_rate_pct": str(chance.choice([0, 3.45, 7, 9.4822, 12.3, 24])),
        "principal": f"{sum(cents for _, cents in draws) / 100:.2f}", "n_repayments": count,
        "day_count": {"days_in_year": year, "days_in_month": month}, "frequency": {"unit": unit, "every": every},
        "amortization": chance.choice(["equal_instalments", "equal_instalments", "equal_principal", "bullet"]),
        "disbursements": [[str(on), f"{cents / 100:.2f}"] for on, cents in draws],
        "rate_changes": [[str(on), str(rate)] for on, rate in sorted(changes)],
        "interest_pauses": [[str(day) for day in pause]] if pause and pause[0] < pause[1] else [],
        "rounding": {
            "mode": chance.choice(list(MODES)), "interest_rounded": chance.choice(["per_segment", "per_period"]),
            "intermediate_significant_digits": 28,
        },
    }  # fmt: skip


@dataclass
class Other:
    """The same case by hand: `dues` are the due dates with the day before the first of them."""

    case: dict[str, Any]

    def __post_init__(self) -> None:
        case = self.case
        self.draws = [(date.fromisoformat(on), int(Decimal(text) * 100)) for on, text in case["disbursements"]]
        start, (unit, every) = min(on for on, _ in self.draws), case["frequency"].values()
        self.n = case["n_repayments"]
        self.dues = [_later(start, unit, every * number) for number in range(self.n + 1)]
        self.months = every if unit == "month" else 0
        self.rates = [(start, Fraction(case["annual_rate_pct"]) / 100)]
        self.rates += [(date.fromisoformat(on), Fraction(text) / 100) for on, text in case["rate_changes"]]
        self.pauses = [(date.fromisoformat(a), date.fromisoformat(b)) for a, b in case["interest_pauses"]]

    def cents(self, exact: Fraction) -> int:
        whole, rest = divmod(exact.numerator, exact.denominator)
        doubled = 2 * rest
        if doubled == exact.denominator:
            even = self.case["rounding"]["mode"] == "HALF_EVEN"
            return whole + (whole % 2 if even else 1)
        return whole + (doubled > exact.denominator)

    def number_of(self, day: date) -> int:
        """The period of a day; a due date belongs to the next one."""
        return next(number for number in range(self.n) if day < self.dues[number + 1])

    def years(self, number: int, begin: date, end: date) -> Fraction:
        """The part of a year between two days of a period."""
        year, days = self.case["day_count"]["days_in_year"], (end - begin).days
        if self.case["day_count"]["days_in_month"] == "30" and self.months:
            return Fraction(self.months, 12) * days / (self.dues[number + 1] - self.dues[number]).days
        if year != "actual":
            return Fraction(days, int(year))
        found, day = Fraction(0), begin
        while day < end:  # a year ends on its 31 December: that day counts to the next
            new_year = (day + timedelta(days=1)).year
            found += Fraction(1, 366 if calendar.isleap(new_year) else 365)
            day += timedelta(days=1)
        return found

    def rate_on(self, day: date, known: int, *, paused: bool) -> Fraction:
        if paused and any(begin <= day < end for begin, end in self.pauses):
            return Fraction(0)
        told = [rate for on, rate in self.rates if on <= day and self.number_of(on) <= known]
        return told[-1]

    def interest(self, number: int, out_at: int, known: int, *, paused: bool) -> int:
        """Of one period that begins with `out_at` of earlier periods' principal, by what is known in a period."""
        begin, end = self.dues[number], self.dues[number + 1]
        happened = {on for on, _ in [*self.draws, *self.rates] if begin <= on < end and self.number_of(on) <= known}
        cuts = {begin, end} | happened | {day for pause in self.pauses for day in pause if paused}
        inside = sorted(day for day in cuts if begin <= day <= end)
        parts = []
        for first, last in pairwise(inside):
            drawn = sum(cents for on, cents in self.draws if begin <= on <= first and self.number_of(on) <= known)
            out = out_at + drawn
            parts.append(out * self.rate_on(first, known, paused=paused) * self.years(number, first, last))
        if self.case["rounding"]["interest_rounded"] == "per_segment":
            return sum(self.cents(part) for part in parts)
        return self.cents(sum(parts, Fraction(0)))

    def drawn(self, until: int) -> int:
        """Paid out before the end of a period."""
        return sum(cents for on, cents in self.draws if self.number_of(on) <= until)

    def rows_from(self, first: int, repaid: int, planned: int, *, known: int, paused: bool) -> list[tuple[int, int]]:
        """Principal and interest of the rows from one on, each planned alike, by what is known in a period."""
        found, way = [], self.case["amortization"]
        for number in range(first, self.n):
            before = sum(
                cents for on, cents in self.draws if self.number_of(on) < number and self.number_of(on) <= known
            )
            out = self.drawn(min(number, known)) - repaid
            interest = self.interest(number, before - repaid, known, paused=paused)
            if number == self.n - 1:
                principal = out
            elif way == "bullet":
                principal = 0
            else:
                asked = planned - interest if way == "equal_instalments" else planned
                principal = min(max(asked, 0), out)
                interest = min(interest, planned) if way == "equal_instalments" else interest
            repaid += principal
            found.append((principal, interest))
        return found

    def plan(self, first: int, repaid: int) -> int:
        """What is planned for each row from one on."""
        left, count = self.drawn(first) - repaid, self.n - first
        if self.case["amortization"] == "equal_principal":
            return self.cents(Fraction(left, count))
        growth, annuity = Fraction(1), Fraction(0)
        for number in range(first, self.n):
            bears, (begin, end) = Fraction(0), self.dues[number : number + 2]
            cuts = sorted(
                {begin, end} | {on for on, _ in self.rates if begin < on < end and self.number_of(on) <= first}
            )
            for day, last in pairwise(cuts):
                bears += self.rate_on(day, first, paused=False) * self.years(number, day, last)
            growth, annuity = growth * (1 + bears), annuity * (1 + bears) + 1
        even = self.cents(left * growth / annuity)
        off = self.off(first, repaid, even)
        if abs(off) <= count // 2:
            return even
        sign = 1 if off > 0 else -1
        tried = even + sign * self.cents(Fraction(abs(off), count))
        return tried if abs(self.off(first, repaid, tried)) < abs(off) else even

    def off(self, first: int, repaid: int, planned: int) -> int:
        totals = [sum(row) for row in self.rows_from(first, repaid, planned, known=first, paused=False)]
        return totals[-1] - totals[-2] if len(totals) > 1 else 0

    def answer(self) -> list[tuple[str, str, str]]:
        """Due date, principal and interest of each row: planned anew in each period that something happens in."""
        happens = {self.number_of(on) for on, _ in [*self.draws, *self.rates]}
        found, repaid, planned = list[tuple[int, int]](), 0, 0
        for number in range(self.n):
            if number in happens and self.case["amortization"] != "bullet":
                planned = self.plan(number, repaid)
            row = self.rows_from(number, repaid, planned, known=number, paused=True)[0]
            found.append(row)
            repaid += row[0]
        return [
            (str(due), f"{Decimal(principal) / 100:.2f}", f"{Decimal(interest) / 100:.2f}")
            for due, (principal, interest) in zip(self.dues[1:], found, strict=True)
        ]


@pytest.mark.parametrize("way", ["equal_instalments", "equal_principal", "bullet"])
def test_schedules_by_other_arithmetic_are_the_same_to_the_cent(way: str) -> None:
    tried = [case for case in map(case_of, CHANCES) if case["amortization"] == way]
    for case in tried:
        rows = [(row["due"], row["principal"], row["interest"]) for row in cases.answer(case)["rows"]]
        assert rows == Other(case).answer(), case
    told = {name for case in tried for name in ("rate_changes", "interest_pauses") if case[name]}
    assert len(tried) > 50 and told == {"rate_changes", "interest_pauses"}
    assert {len(case["disbursements"]) for case in tried} == {1, 2, 3}
    assert {case["n_repayments"] for case in tried} == set(range(1, 13))
    assert {tuple(case["day_count"].values()) for case in tried} == set(COUNTS)
