"""Day counts: what part of a year lies between two days.

Promises exact fractions, additive over neighbouring spans. Refuses a base that no contract names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache

from puhui.lending.engine.calendar import Period

BASES = (360, 364, 365)


@dataclass(frozen=True, slots=True)
class DayCount:
    """A convention: days in a year (None: the calendar's own 365 or 366) and whether a month counts as 30 days.

    >>> str(ACTUAL_360), str(THIRTY_360), str(ACTUAL_ACTUAL)
    ('actual/360', '30/360', 'actual/actual')
    """

    year: int | None
    month_of_30: bool = False

    def __post_init__(self) -> None:
        if self.year is not None and self.year not in BASES:
            known = ", ".join(str(base) for base in BASES)
            raise ValueError(f"a year of {self.year} days is not a day count: known are {known} and actual")

    def __str__(self) -> str:
        return f"{'30' if self.month_of_30 else 'actual'}/{self.year or 'actual'}"


ACTUAL_360 = DayCount(360)
ACTUAL_365 = DayCount(365)
ACTUAL_364 = DayCount(364)
ACTUAL_ACTUAL = DayCount(None)
THIRTY_360 = DayCount(360, month_of_30=True)


@lru_cache(maxsize=65_536)
def year_fraction(count: DayCount, start: date, end: date, period: Period) -> Fraction:
    """The part of a year from `start` until `end`, two days within `period`.

    Under months of 30 days a whole period is its months x 30 / days in the year, and a part of it is pro rata to the
    period's actual days; periods of weeks and days have no months and always count actual days. Under actual/actual
    a span that crosses the year is split at 31 December.

    >>> month = Period(date(2024, 2, 1), date(2024, 3, 1), Fraction(1))
    >>> year_fraction(THIRTY_360, date(2024, 2, 1), date(2024, 2, 15), month) == Fraction(1, 12) * Fraction(14, 29)
    True
    >>> winter = Period(date(2023, 12, 15), date(2024, 1, 15))
    >>> year_fraction(ACTUAL_ACTUAL, winter.start, winter.due, winter) == Fraction(16, 365) + Fraction(15, 366)
    True
    """
    assert period.start <= start <= end <= period.due, f"{start}..{end} is not within {period}"
    day_weight = Fraction(1)
    if count.month_of_30 and period.months is not None:
        day_weight = 30 * period.months / period.days
    if count.year is not None:
        return day_weight * (end - start).days / count.year
    return day_weight * sum((Fraction(days, length) for days, length in _by_year(start, end)), Fraction(0))


def _by_year(start: date, end: date) -> list[tuple[int, int]]:
    """Days of a span in each calendar year, with that year's length; a year ends on its 31 December."""
    spans, begin = [], start
    for year in range(start.year, end.year + 1):
        until = min(end, date(year, 12, 31))
        if until > begin:
            spans.append(((until - begin).days, 366 if date(year, 12, 31).timetuple().tm_yday == 366 else 365))
            begin = until
    return spans
