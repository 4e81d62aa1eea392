"""The frozen values of a loan: its terms, and the facts of its life. None can be built wrong.

Amounts are whole units of the smallest money (fen), rates are exact decimals (0.0615 is 6.15 % a year). Promises
that whatever is built here can be played by the engine; refuses contradictions with a ValueError that names them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from puhui.lending.engine.calendar import Period
from puhui.lending.engine.daycount import ACTUAL_360, DayCount
from puhui.lending.engine.interest import RoundingMode


class Amortization(StrEnum):
    """How principal comes back."""

    EQUAL_INSTALMENTS = "equal_instalments"  # principal and interest add up to the same amount each time
    EQUAL_PRINCIPAL = "equal_principal"  # the same principal each time, with falling interest
    BULLET = "bullet"  # interest each time, the principal at the end
    ANY_TIME = "any_time"  # interest by the day on what is out; principal whenever the borrower likes


class InterestRounding(StrEnum):
    """Whether each stretch of equal balance and rate is rounded by itself, or a period's sum once."""

    PER_SEGMENT = "per_segment"
    PER_PERIOD = "per_period"


class Rest(StrEnum):
    """How finely a late payment counts: to the day, or to the end of the period in which it comes."""

    DAILY = "daily"
    REPAYMENT_PERIOD = "same_as_repayment_period"


class Allocation(StrEnum):
    """What a payment settles first inside an instalment. Between instalments the oldest always comes first."""

    PRINCIPAL_FIRST = "principal_first"
    INTEREST_FIRST = "interest_first"


class PayoffCharge(StrEnum):
    """Until when a pay-off bears interest."""

    TO_DATE = "to_date"
    TO_NEXT_DUE_DATE = "to_next_due_date"


class EarlyPayment(StrEnum):
    """What money that comes before its due date does, once the interest to its day is settled."""

    NEXT_INSTALMENTS = "next_instalments"  # it settles the instalments that are next, oldest first
    SHORTENS_TERM = "shortens_term"  # it lowers the principal at once; instalments stay, the last fall away
    LOWERS_INSTALMENT = "lowers_instalment"  # it lowers the principal at once; the rest is spread anew


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract fixes. The defaults are the product's own: actual/360, half a fen up, rounded per period.

    `recalculates` is False where payments change no row. `late_rest` is None where late principal bears nothing in
    the schedule, because the penalty is charged beside it. `grace` is how many first instalments carry interest
    only. `multiple` is what instalments are whole multiples of, in fen.
    """

    annual_rate: Decimal
    periods: tuple[Period, ...]
    amortization: Amortization
    day_count: DayCount = ACTUAL_360
    rounding: RoundingMode = RoundingMode.HALF_UP
    interest_rounded: InterestRounding = InterestRounding.PER_PERIOD
    recalculates: bool = True
    late_rest: Rest | None = None
    early: EarlyPayment = EarlyPayment.SHORTENS_TERM
    allocation: Allocation = Allocation.INTEREST_FIRST
    grace: int = 0
    multiple: int = 1

    def __post_init__(self) -> None:
        _check_rate(self.annual_rate)
        if not self.periods:
            raise ValueError("there is no period to repay in")
        for before, after in pairwise(self.periods):
            if before.due != after.start:
                raise ValueError(f"a period ends on {before.due} and the next begins on {after.start}")
        if not 0 <= self.grace < len(self.periods):
            raise ValueError(f"a grace of {self.grace} instalments leaves none of {len(self.periods)} to repay in")
        if self.multiple < 1:
            raise ValueError(f"instalments in multiples of {self.multiple} cannot be paid")

    @property
    def start(self) -> date:
        """The first day of the first period."""
        return self.periods[0].start

    @property
    def maturity(self) -> date:
        """The last due date."""
        return self.periods[-1].due

    @property
    def settles_ahead(self) -> bool:
        """Whether early money settles whole instalments; a loan without planned principal has none to settle."""
        return self.early is EarlyPayment.NEXT_INSTALMENTS and self.amortization is not Amortization.ANY_TIME

    def period_of(self, day: date) -> int:
        """The number (from 0) of the period that a day belongs to; a due date belongs to the next period."""
        return next((number for number, each in enumerate(self.periods) if day < each.due), len(self.periods) - 1)


@dataclass(frozen=True, slots=True)
class Draw:
    """Money paid out on a day."""

    on: date
    amount: int

    def __post_init__(self) -> None:
        _check_amount("a draw", self.on, self.amount)


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received on a day, to be allocated."""

    on: date
    amount: int

    def __post_init__(self) -> None:
        _check_amount("a payment", self.on, self.amount)


@dataclass(frozen=True, slots=True)
class Component:
    """A payment that says itself what it settles: principal and interest of the instalment due on a day."""

    on: date
    due: date
    principal: int = 0
    interest: int = 0

    def __post_init__(self) -> None:
        if min(self.principal, self.interest) < 0:
            raise ValueError(f"a payment on {self.on} has a negative part")
        _check_amount("a payment", self.on, self.principal + self.interest)


@dataclass(frozen=True, slots=True)
class RateChange:
    """A new yearly rate from a day on."""

    on: date
    annual_rate: Decimal

    def __post_init__(self) -> None:
        _check_rate(self.annual_rate)


@dataclass(frozen=True, slots=True)
class Pause:
    """No interest from `on` until `until`."""

    on: date
    until: date

    def __post_init__(self) -> None:
        if self.until <= self.on:
            raise ValueError(f"an interest pause from {self.on} ends on {self.until}, which is not later")


@dataclass(frozen=True, slots=True)
class Payoff:
    """The whole loan is repaid: on a day with what that takes, or (day None) by a payment that covers it."""

    charge: PayoffCharge
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Loan:
    """Terms and all that has happened. `as_of` is the day until which unpaid principal is known to be unpaid."""

    terms: Terms
    draws: tuple[Draw, ...]
    payments: tuple[Payment, ...] = ()
    components: tuple[Component, ...] = ()
    rate_changes: tuple[RateChange, ...] = ()
    pauses: tuple[Pause, ...] = ()
    as_of: date | None = None
    payoff: Payoff | None = None

    def __post_init__(self) -> None:
        if not self.draws:
            raise ValueError("nothing has been drawn")
        start, maturity = self.terms.start, self.terms.maturity
        for draw in self.draws:
            if not start <= draw.on < maturity:
                raise ValueError(f"a draw on {draw.on} is outside the term from {start} to {maturity}")
        for change in self.rate_changes:
            if not start <= change.on < maturity:
                raise ValueError(f"a rate change on {change.on} is outside the term from {start} to {maturity}")
        self._check_payments()
        self._check_pauses()

    @property
    def first_draw(self) -> date:
        """The day on which the first money went out."""
        return min(draw.on for draw in self.draws)

    def _check_payments(self) -> None:
        paid_on = [payment.on for payment in self.payments] + [component.on for component in self.components]
        if self.payoff and self.payoff.on:
            paid_on.append(self.payoff.on)
        for on in paid_on:
            if on < self.first_draw:
                raise ValueError(f"a payment on {on} is before the first draw on {self.first_draw}")
            if self.as_of and on > self.as_of:
                raise ValueError(f"a payment on {on} is after {self.as_of}, the day that is asked about")
        dues = {period.due for period in self.terms.periods}
        for component in self.components:
            if component.due not in dues:
                raise ValueError(f"a payment names an instalment due on {component.due}: none is due that day")

    def _check_pauses(self) -> None:
        ordered = sorted(self.pauses, key=lambda pause: pause.on)
        for before, after in pairwise(ordered):
            if after.on < before.until:
                raise ValueError(f"the interest pauses from {before.on} and from {after.on} overlap")


def _check_amount(what: str, on: date, amount: int) -> None:
    if type(amount) is not int:
        raise TypeError(f"{what} is whole units of money, not {type(amount).__name__}")
    if amount <= 0:
        raise ValueError(f"{what} on {on} must be more than nothing")


def _check_rate(rate: Decimal) -> None:
    if not rate.is_finite() or rate < 0:
        raise ValueError(f"a yearly rate of {rate} cannot be charged")
