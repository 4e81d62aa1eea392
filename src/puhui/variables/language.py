"""The little language in which variables are declared: measures, windows, and what is made of them.

A *measure* adds up rows of some kinds: `SALES = total("amount", of=("sale", "sale_return"))`.
Placed at one of the three grains it becomes a value:

    SALES.over(months(12))             one number per firm
    SALES.monthly                      one number per firm and month, gathered by .mean(window), .slope(window) …
    SALES.by_partner(months(12))       one number per firm and counterparty, gathered by .sum(), .largest() …
    DEBT.by("lender", months(3))       the same for another name that the channel's rows bear

Values are combined by `+ - * /` and the functions below. Sums and counts of nothing are 0, because nothing
happened; averages, extremes and ratios of nothing are missing, and so is every division by zero.
Nothing here touches data: a value is a frozen description that `engine` compiles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum

PARTNER = "partner"  # what the first, and mostly the only, partner of a reading is called


class Grain(StrEnum):
    """What one number of a value speaks of."""

    FIRM = "firm"
    FIRM_MONTH = "firm × month"
    FIRM_COUNTERPARTY = "firm × counterparty"


@dataclass(frozen=True, slots=True)
class Window:
    """Whole months that end `ago` months before the as-of day; `length` None reaches back to the first row.

    >>> months(3), months(3, ago=12), EVER
    (Window(length=3, ago=0), Window(length=3, ago=12), Window(length=None, ago=0))
    """

    length: int | None
    ago: int = 0

    def __post_init__(self) -> None:
        if self.ago < 0 or (self.length is not None and self.length < 1):
            raise ValueError(f"a window holds at least one month and ends in the past, not {self}")

    @property
    def reach(self) -> int | None:
        """How many months back the window goes; None = to the first row."""
        return None if self.length is None else self.ago + self.length


def months(length: int, *, ago: int = 0) -> Window:
    """The `length` whole months that end `ago` months before the as-of day."""
    return Window(length, ago)


def before(ago: int) -> Window:
    """Everything up to `ago` months before the as-of day."""
    return Window(None, ago)


EVER = Window(None)


class Value:
    """A number of a firm, of its months or of its partners; combine with `+ - * /`, compare with `> <`."""

    __slots__ = ()

    @property
    def grain(self) -> Grain:
        """What one number of this value speaks of."""
        grains = {part.grain for part in self.parts()} - {Grain.FIRM}
        if len(grains) > 1:
            raise TypeError("months and partners cannot meet in one number: gather each to the firm first")
        return grains.pop() if grains else Grain.FIRM

    @property
    def whom(self) -> frozenset[str]:
        """By which of the reading's partners its numbers are told apart; empty for a firm's or a month's."""
        return _sorts(self)

    def parts(self) -> Iterator[Value]:
        """The values this one is made of."""
        for item in fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            part = getattr(self, item.name)
            if isinstance(part, Value):
                yield part

    def walk(self) -> Iterator[Value]:
        """This value and everything below it."""
        yield self
        for part in self.parts():
            yield from part.walk()

    def __add__(self, other: Value | float) -> Value:
        return Arithmetic("+", self, _value(other))

    def __sub__(self, other: Value | float) -> Value:
        return Arithmetic("-", self, _value(other))

    def __mul__(self, other: Value | float) -> Value:
        return Arithmetic("*", self, _value(other))

    def __rmul__(self, other: float) -> Value:
        return Arithmetic("*", _value(other), self)

    def __truediv__(self, other: Value | float) -> Value:
        return Arithmetic("/", self, _value(other))

    def __rsub__(self, other: float) -> Value:
        return Arithmetic("-", _value(other), self)

    def __gt__(self, other: Value | float) -> Value:
        return Arithmetic(">", self, _value(other))

    def __lt__(self, other: Value | float) -> Value:
        return Arithmetic("<", self, _value(other))

    def __and__(self, other: Value) -> Value:
        return Arithmetic("&", self, other)

    def sum(self, window: Window | None = None, *, where: Value | None = None) -> Value:
        """The sum over a firm's months or partners; 0 over none."""
        return Gathered("sum", self, where, window)

    def mean(self, window: Window | None = None, *, where: Value | None = None) -> Value:
        """The plain average; missing over none."""
        return Gathered("mean", self, where, window)

    def largest(self, window: Window | None = None, *, where: Value | None = None) -> Value:
        """The largest; missing over none."""
        return Gathered("largest", self, where, window)

    def smallest(self, window: Window | None = None, *, where: Value | None = None) -> Value:
        """The smallest; missing over none."""
        return Gathered("smallest", self, where, window)

    def count(self, window: Window | None = None) -> Value:
        """In how many months, or with how many partners, a comparison holds (it is 1 where it holds, otherwise 0)."""
        return self.sum(window)

    def latest(self, window: Window, *, where: Value | None = None) -> Value:
        """The latest month's number that is not missing; missing when there is none."""
        return Gathered("latest", self, where, window)

    def deviation(self, window: Window | None = None, *, where: Value | None = None) -> Value:
        """The sample standard deviation (divisor n − 1); missing under two."""
        return Gathered("deviation", self, where, window)

    def slope(self, window: Window) -> Value:
        """Least-squares change per month over the months of the window; missing under two months."""
        return Gathered("slope", self, None, window)

    def correlation(self, other: Value, window: Window) -> Value:
        """Pearson correlation of two monthly values; missing where one of them never moves."""
        return Gathered("correlation", self, None, window, other)


@dataclass(frozen=True, slots=True)
class Constant(Value):
    """A plain number."""

    number: float


@dataclass(frozen=True, slots=True)
class Measure:
    """One aggregate over the rows of some kinds: the atoms of every variable."""

    how: str
    column: str
    of: tuple[str, ...]

    def over(self, window: Window) -> Value:
        """The measure over all rows of a firm in a window."""
        return OverFirm(self, window)

    @property
    def monthly(self) -> Value:
        """The measure in each month since the firm's first row; months without rows count as 0."""
        return InMonth(self)

    def by_partner(self, window: Window) -> Value:
        """The measure over the rows with each counterparty in a window."""
        return self.by(PARTNER, window)

    def by(self, whom: str, window: Window) -> Value:
        """The measure over the rows of each lender, meter, country … that the reading names so, in a window."""
        return WithPartner(self, window, whom)


def total(column: str, *, of: tuple[str, ...]) -> Measure:
    """The sum of a column of the reading; 0 over no rows."""
    return Measure("sum", column, of)


def count(*, of: tuple[str, ...]) -> Measure:
    """The number of rows."""
    return Measure("count", "", of)


def largest(column: str, *, of: tuple[str, ...]) -> Measure:
    """The largest value of a column; missing over no rows."""
    return Measure("largest", column, of)


def smallest(column: str, *, of: tuple[str, ...]) -> Measure:
    """The smallest value of a column; missing over no rows."""
    return Measure("smallest", column, of)


def latest(column: str, *, of: tuple[str, ...]) -> Measure:
    """A column's value in the last row that has one, by day and then by the reading's `order`; missing over no rows.

    Of rows that stand in one place the largest counts, so that the order of arrival never does.
    """
    return Measure("latest", column, of)


@dataclass(frozen=True, slots=True)
class OverFirm(Value):
    """A measure over all rows of a firm in a window."""

    measure: Measure
    window: Window


@dataclass(frozen=True, slots=True)
class InMonth(Value):
    """A measure in each month of a firm."""

    measure: Measure

    @property
    def grain(self) -> Grain:
        return Grain.FIRM_MONTH


@dataclass(frozen=True, slots=True)
class WithPartner(Value):
    """A measure with each counterparty of a firm in a window."""

    measure: Measure
    window: Window
    of_whom: str

    @property
    def grain(self) -> Grain:
        return Grain.FIRM_COUNTERPARTY

    @property
    def whom(self) -> frozenset[str]:
        return frozenset((self.of_whom,))


@dataclass(frozen=True, slots=True)
class MonthsSince(Value):
    """For each month, how many months ago `condition` last held: 0 where it holds, missing before it ever did."""

    condition: Value


@dataclass(frozen=True, slots=True)
class MonthsEarlier(Value):
    """For each month, the value `by` months earlier; missing before the firm's first row."""

    of: Value
    by: int


@dataclass(frozen=True, slots=True)
class Foremost(Value):
    """For each partner, whether it is among the firm's `places` largest that are above zero; ties go by the id."""

    of: Value
    places: int


@dataclass(frozen=True, slots=True)
class Least(Value):
    """For each partner, the smallest number that any of the firm's partners has."""

    of: Value


@dataclass(frozen=True, slots=True)
class Named(Value):
    """The value of a declared variable, by its name: what a `Derived` is made of."""

    name: str


@dataclass(frozen=True, slots=True)
class Arithmetic(Value):
    """Two values of one grain, or one of them a constant; a missing side makes the result missing.

    Beside the signs there are `smaller` and `percent`, see the functions of these names.
    """

    operator: str
    left: Value
    right: Value

    def __post_init__(self) -> None:
        sides = (self.left, self.right)
        grains = {side.grain for side in sides if not isinstance(side, Constant)}
        if len(grains) > 1:
            raise TypeError(f"'{self.operator}' joins two numbers of one grain, not {' and '.join(sorted(grains))}")
        _require_one_sort(self)


@dataclass(frozen=True, slots=True)
class Function(Value):
    """A function of one value: `ln`, `exp`, `positive` (missing unless above zero) or `or_zero`."""

    name: str
    of: Value


@dataclass(frozen=True, slots=True)
class Gathered(Value):
    """Months or partners gathered to one number of the firm."""

    how: str
    of: Value
    where: Value | None = None
    window: Window | None = None
    other: Value | None = None

    def __post_init__(self) -> None:
        inner = self.gathers
        if inner is Grain.FIRM:
            raise TypeError(f"{self.how} gathers months or partners, and {self.of} is one number of the firm already")
        if (inner is Grain.FIRM_MONTH) != (self.window is not None):
            raise TypeError("months are gathered over a window; partners bring theirs from by_partner(window)")
        if any(part.grain is not inner for part in self.parts()):
            raise TypeError(f"what is gathered, and where, must both speak of each {inner}")
        _require_one_sort(self)

    @property
    def gathers(self) -> Grain:
        """The grain below the firm that is gathered here."""
        return Value.grain.fget(self)  # type: ignore[attr-defined, no-any-return]

    @property
    def gathers_by(self) -> str:
        """The reading's partner whose numbers are gathered here; empty for months."""
        return next(iter(_sorts(self)), "")

    @property
    def grain(self) -> Grain:
        return Grain.FIRM

    @property
    def whom(self) -> frozenset[str]:
        return frozenset()


def ln(of: Value) -> Value:
    """Natural logarithm; missing at zero and below."""
    return Function("ln", positive(of))


def exp(of: Value) -> Value:
    """e to the power of the value."""
    return Function("exp", of)


def positive(of: Value) -> Value:
    """The value where it is above zero, otherwise missing."""
    return Function("positive", of)


def or_zero(of: Value) -> Value:
    """The value, or 0 where it is missing: for what is missing because there is none of it."""
    return Function("or_zero", of)


def smaller(one: Value, other: Value) -> Value:
    """The smaller of two values."""
    return Arithmetic("smaller", one, other)


MOST_PERCENT = 1000.0  # beyond ten-fold, a ratio says no more than that its base was next to nothing


def percent(part: Value, whole: Value) -> Value:
    """A part in % of a whole that is above zero, otherwise missing; held within ± MOST_PERCENT."""
    return Arithmetic("percent", part, whole)


def growth(now: Value, then: Value) -> Value:
    """Change in % from then to now, held within ± MOST_PERCENT; missing unless there was something then."""
    return percent(now - then, then)


def hhi(ties: Value) -> Value:
    """Herfindahl–Hirschman index of the positive ties, 0 to 1: the sum of squared shares (Hirschman 1964)."""
    some = ties > 0
    return (ties * ties).sum(where=some) / positive(ties.sum(where=some) * ties.sum(where=some))


def top_share(ties: Value, places: int) -> Value:
    """Share in % of the largest `places` ties in all positive ties."""
    return percent(ties.sum(where=Foremost(ties, places)), ties.sum(where=ties > 0))


def effective_number(ties: Value) -> Value:
    """exp of Shannon's entropy of the shares: how many equal partners would spread the trade as widely."""
    some = ties > 0
    whole = ties.sum(where=some)
    return exp(ln(whole) - (ties * ln(ties)).sum(where=some) / positive(whole))


def _sorts(value: Value) -> frozenset[str]:
    return frozenset(name for part in value.parts() for name in part.whom)


def _require_one_sort(value: Value) -> None:
    if len(sorts := _sorts(value)) > 1:
        raise TypeError(f"{' and '.join(sorted(sorts))} cannot meet in one number: gather each to the firm first")


def _value(given: Value | float) -> Value:
    return given if isinstance(given, Value) else Constant(float(given))
