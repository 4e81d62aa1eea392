"""Ways of repaying one and the same amount, side by side: what each instalment is, and what all of them cost. Pure.

Promises rows of the same engine that loans are repaid by; refuses nothing that a product offers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from puhui.lending.engine.calendar import Frequency, Unit, due_dates, periods
from puhui.lending.engine.payments import schedule_of
from puhui.lending.engine.schedule import Row
from puhui.lending.engine.terms import Amortization, Draw, Loan, Terms
from puhui.money import Money
from puhui.words import Label

WORDS: Mapping[Amortization, Label] = {
    Amortization.ANY_TIME: Label("Any time, interest by the day", "随借随还，按日计息"),
    Amortization.BULLET: Label("Interest monthly, principal at the end", "按月付息，到期还本"),
    Amortization.EQUAL_INSTALMENTS: Label("Equal instalments", "等额本息"),
    Amortization.EQUAL_PRINCIPAL: Label("Equal principal", "等额本金"),
}
assert WORDS.keys() == set(Amortization)


@dataclass(frozen=True, slots=True)
class Way:
    """One way of repaying, worked out."""

    way: Amortization
    rows: tuple[Row, ...]

    @property
    def interest(self) -> Money:
        """All interest together."""
        return Money(sum(row.interest for row in self.rows))

    @property
    def first(self) -> Money:
        """The first instalment."""
        return Money(self.rows[0].total)

    @property
    def most(self) -> Money:
        """The largest instalment."""
        return Money(max(row.total for row in self.rows))


def compare(ways: tuple[str, ...], *, amount: Money, annual_rate: Decimal, months: int, on: date) -> list[Way]:
    """Each way of repaying an amount in monthly instalments from a day on.

    >>> both = compare(("bullet", "equal_principal"), amount=Money(120_000_00), annual_rate=Decimal("0.06"), months=12,
    ...                on=date(2026, 1, 15))
    >>> [(str(one.way), one.first.fen, one.interest < Money(7_400_00)) for one in both]
    [('bullet', 62000, True), ('equal_principal', 1062000, True)]
    """
    monthly = Frequency(Unit.MONTH)
    spans = periods(on, due_dates(on, monthly, months), monthly)
    found = []
    for name in ways:
        way = Amortization(name)
        terms = Terms(annual_rate=annual_rate, periods=spans, amortization=way)
        found.append(Way(way, schedule_of(Loan(terms=terms, draws=(Draw(on, amount.fen),)))))
    return found
