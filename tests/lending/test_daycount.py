"""Parts of a year: what each convention counts, by hand and by adding up single days."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puhui.lending.engine.calendar import Period
from puhui.lending.engine.daycount import (
    ACTUAL_360,
    ACTUAL_364,
    ACTUAL_365,
    ACTUAL_ACTUAL,
    THIRTY_360,
    DayCount,
    year_fraction,
)

BY_HAND = [
    # a leap February, a whole month
    (ACTUAL_360, "2024-02-01", "2024-03-01", Fraction(29, 360)),
    (ACTUAL_365, "2024-02-01", "2024-03-01", Fraction(29, 365)),
    (ACTUAL_364, "2024-02-01", "2024-03-01", Fraction(29, 364)),
    (ACTUAL_ACTUAL, "2024-02-01", "2024-03-01", Fraction(29, 366)),
    (THIRTY_360, "2024-02-01", "2024-03-01", Fraction(1, 12)),
    (DayCount(365, month_of_30=True), "2024-02-01", "2024-03-01", Fraction(30, 365)),
    # over New Year into a leap year: split at 31 December
    (ACTUAL_ACTUAL, "2023-12-01", "2024-01-01", Fraction(30, 365) + Fraction(1, 366)),
    (ACTUAL_ACTUAL, "2023-12-31", "2024-01-31", Fraction(31, 366)),
    (THIRTY_360, "2023-12-01", "2024-01-01", Fraction(1, 12)),
]


@pytest.mark.parametrize(("count", "start", "due", "expected"), BY_HAND, ids=str)
def test_whole_months_by_hand(count: DayCount, start: str, due: str, expected: Fraction) -> None:
    month = Period(date.fromisoformat(start), date.fromisoformat(due), Fraction(1))
    assert year_fraction(count, month.start, month.due, month) == expected


def test_weeks_count_actual_days_even_under_months_of_30() -> None:
    fortnight = Period(date(2024, 1, 1), date(2024, 1, 15))
    assert year_fraction(THIRTY_360, fortnight.start, fortnight.due, fortnight) == Fraction(14, 360)


def test_an_unknown_base_is_refused() -> None:
    with pytest.raises(ValueError, match="a year of 361 days is not a day count"):
        DayCount(361)


COUNTS = [ACTUAL_360, ACTUAL_364, ACTUAL_365, ACTUAL_ACTUAL, THIRTY_360, DayCount(None, month_of_30=True)]


@given(
    count=st.sampled_from(COUNTS),
    start=st.dates(date(2019, 1, 1), date(2029, 1, 1)),
    days=st.integers(1, 800),
    months=st.sampled_from([None, Fraction(1), Fraction(3)]),
    share=st.integers(0, 100),
)
def test_a_span_is_the_sum_of_its_days(
    count: DayCount, start: date, days: int, months: Fraction | None, share: int
) -> None:
    period = Period(start, start + timedelta(days=days), months)
    middle = start + timedelta(days=days * share // 100)
    whole = year_fraction(count, period.start, period.due, period)
    assert whole == year_fraction(count, start, middle, period) + year_fraction(count, middle, period.due, period)
    one_by_one = Fraction(0)
    for number in range(days):
        day = start + timedelta(days=number)
        # A year ends on its 31 December, so the day from 31 December on is the next year's.
        length = count.year or (366 if _leap((day + timedelta(days=1)).year) else 365)
        weight = Fraction(30) * months / days if count.month_of_30 and months is not None else Fraction(1)
        one_by_one += weight / length
    assert whole == one_by_one


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
