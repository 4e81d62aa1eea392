"""Due dates: month ends, leap years, weeks, and Chinese New Year as given data."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puhui.lending.engine.calendar import (
    BusinessDayRule,
    BusinessDays,
    Frequency,
    MonthEnd,
    Unit,
    due_dates,
    months_between,
    periods,
)

MONTHLY = Frequency(Unit.MONTH)
# The State Council's notices for 2024 and 2025: the days off around the Spring Festival and the weekend days worked.
SPRING_FESTIVALS = BusinessDays(
    holidays=frozenset(date(2024, 2, 10) + timedelta(days=n) for n in range(8))
    | frozenset(date(2025, 1, 28) + timedelta(days=n) for n in range(8)),
    worked=frozenset({date(2024, 2, 4), date(2024, 2, 18), date(2025, 1, 26), date(2025, 2, 8)}),
)

MONTH_ENDS = """
first day    rule    the next four due dates
2024-01-31   clamp   2024-02-29  2024-03-31  2024-04-30  2024-05-31
2024-01-31   roll    2024-03-01  2024-03-31  2024-05-01  2024-05-31
2024-01-31   stick   2024-02-29  2024-03-31  2024-04-30  2024-05-31
2025-01-31   clamp   2025-02-28  2025-03-31  2025-04-30  2025-05-31
2025-01-30   clamp   2025-02-28  2025-03-30  2025-04-30  2025-05-30
2025-01-30   roll    2025-03-01  2025-03-30  2025-04-30  2025-05-30
2024-02-29   clamp   2024-03-29  2024-04-29  2024-05-29  2024-06-29
2024-02-29   stick   2024-03-31  2024-04-30  2024-05-31  2024-06-30
2024-11-15   roll    2024-12-15  2025-01-15  2025-02-15  2025-03-15
"""


@pytest.mark.parametrize("line", MONTH_ENDS.strip().splitlines()[1:])
def test_month_ends(line: str) -> None:
    first, rule, *dues = line.split()
    found = due_dates(date.fromisoformat(first), MONTHLY, 4, month_end=MonthEnd(rule))
    assert [str(day) for day in found] == dues


HOLIDAYS = """
falls on     rule                 moves to     because
2024-02-09   following            2024-02-09   the eve was a working Friday in 2024
2024-02-10   following            2024-02-18   the Sunday after the festival is worked
2024-02-10   preceding            2024-02-09   the last day before it
2024-02-17   modified_following   2024-02-18   still in February
2025-01-28   following            2025-02-05   eight days off
2025-01-28   modified_following   2025-01-27   February is another month
2025-01-26   following            2025-01-26   a Sunday that is worked
2025-02-02   none                 2025-02-02   the contract says so
2024-06-01   following            2024-06-03   a plain weekend
2024-03-31   modified_following   2024-03-29   a month end on a Sunday
"""


@pytest.mark.parametrize("line", HOLIDAYS.strip().splitlines()[1:])
def test_due_dates_on_days_without_business(line: str) -> None:
    day, rule, moved, *_ = line.split()
    found = SPRING_FESTIVALS.adjust(date.fromisoformat(day), BusinessDayRule(rule))
    assert str(found) == moved


def test_a_moved_due_date_does_not_move_the_next_one() -> None:
    found = due_dates(date(2023, 12, 10), MONTHLY, 4, rule=BusinessDayRule.FOLLOWING, business=SPRING_FESTIVALS)
    assert [str(day) for day in found] == ["2024-01-10", "2024-02-18", "2024-03-11", "2024-04-10"]


def test_weeks_days_quarters_and_years() -> None:
    start = date(2024, 1, 31)
    assert due_dates(start, Frequency(Unit.WEEK, 2), 3)[-1] == date(2024, 3, 13)
    assert due_dates(start, Frequency(Unit.DAY, 15), 2)[-1] == date(2024, 3, 1)
    assert due_dates(start, Frequency(Unit.MONTH, 3), 4)[-1] == date(2025, 1, 31)
    assert due_dates(date(2024, 2, 29), Frequency(Unit.YEAR), 4)[-1] == date(2028, 2, 29)
    with pytest.raises(ValueError, match="never falls due"):
        Frequency(Unit.MONTH, 0)


def test_a_first_due_date_of_its_own_makes_the_first_period_longer() -> None:
    dues = due_dates(date(2024, 1, 10), MONTHLY, 3, first_due=date(2024, 2, 21))
    first, *others = periods(date(2024, 1, 10), dues, MONTHLY)
    assert [str(day) for day in dues] == ["2024-02-21", "2024-03-21", "2024-04-21"]
    assert first.months == 1 + Fraction(11, 29)  # 10 February to 21 February, of the 29 days to 10 March
    assert [each.months for each in others] == [1, 1]


@given(
    start=st.dates(date(2020, 1, 1), date(2032, 12, 31)),
    every=st.integers(1, 4),
    rule=st.sampled_from([MonthEnd.CLAMP, MonthEnd.ROLL]),
)
def test_regular_periods_are_whole_months_however_short_february_is(start: date, every: int, rule: MonthEnd) -> None:
    frequency = Frequency(Unit.MONTH, every)
    found = periods(start, due_dates(start, frequency, 14, month_end=rule), frequency)
    assert {each.months for each in found} == {Fraction(every)}
    assert all(before.due == after.start for before, after in pairwise(found))


@given(start=st.dates(date(2020, 1, 1), date(2032, 12, 31)), days=st.integers(1, 1000))
def test_broken_months_grow_with_every_day(start: date, days: int) -> None:
    due = start + timedelta(days=days)
    months = months_between(start, due, anchor=start)
    assert months > 0
    assert abs(months - Fraction(days * 12, 365)) < Fraction(1, 4)
