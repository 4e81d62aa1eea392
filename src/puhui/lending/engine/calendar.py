"""Due dates: every n days, weeks, months or years, at month ends, around holidays given as data.

Promises dates that depend on the first day alone, so that a short February never moves the days after it. Refuses a
frequency below one and a maturity that is not after the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from puhui.days import add_months

ONE_DAY = timedelta(days=1)


class Unit(StrEnum):
    """What a frequency counts in."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class MonthEnd(StrEnum):
    """Where a due date goes whose day is missing in a month, such as 31 February."""

    CLAMP = "clamp"  # to the last day of that month
    ROLL = "roll"  # to the first day of the next month
    STICK = "stick"  # a loan that starts on a month's last day falls due on every month's last day


class BusinessDayRule(StrEnum):
    """Where a due date goes that falls on a day without business (the names of the ISDA 2006 definitions)."""

    NONE = "none"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified_following"  # following, unless that is another month: then preceding
    PRECEDING = "preceding"


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often an instalment falls due.

    >>> Frequency(Unit.WEEK, 2).after(date(2024, 1, 1), 3)
    datetime.date(2024, 2, 12)
    """

    unit: Unit
    every: int = 1

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"a frequency of every {self.every} {self.unit}s never falls due")

    @property
    def months(self) -> int:
        """Whole months between two due dates; 0 for days and weeks."""
        return {Unit.MONTH: self.every, Unit.YEAR: 12 * self.every}.get(self.unit, 0)

    def after(self, start: date, count: int, month_end: MonthEnd = MonthEnd.CLAMP) -> date:
        """The `count`-th due date after a start."""
        if not self.months:
            return start + timedelta(days=count * self.every * (7 if self.unit is Unit.WEEK else 1))
        return nominal(start, count * self.months, month_end)


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` to `due` that one instalment pays for; interest runs from start until due.

    `months` is how many months the period stands for under a frequency in months, and None under days and weeks.
    """

    start: date
    due: date
    months: Fraction | None = None

    def __post_init__(self) -> None:
        if self.due <= self.start:
            raise ValueError(f"the period from {self.start} falls due on {self.due}, which is not later")

    @property
    def days(self) -> int:
        """Actual days from the start to the due date."""
        return (self.due - self.start).days


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """Days with business: Monday to Friday, less the holidays, plus the weekend days worked in their stead.

    Both sets are data: for China, the State Council publishes them each year.

    >>> spring_2024 = BusinessDays(
    ...     holidays=frozenset(date(2024, 2, day) for day in range(10, 18)),
    ...     worked=frozenset({date(2024, 2, 4), date(2024, 2, 18)}))
    >>> spring_2024.adjust(date(2024, 2, 10), BusinessDayRule.FOLLOWING)
    datetime.date(2024, 2, 18)
    """

    holidays: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def open_on(self, day: date) -> bool:
        """Whether there is business on a day."""
        return day in self.worked or (day.weekday() < 5 and day not in self.holidays)

    def adjust(self, day: date, rule: BusinessDayRule) -> date:
        """The day itself, or the nearest day with business that the rule names."""
        if rule is BusinessDayRule.NONE:
            return day
        step = -ONE_DAY if rule is BusinessDayRule.PRECEDING else ONE_DAY
        moved = day
        while not self.open_on(moved):
            moved += step
        if rule is BusinessDayRule.MODIFIED_FOLLOWING and moved.month != day.month:
            return self.adjust(day, BusinessDayRule.PRECEDING)
        return moved


def nominal(start: date, months: int, month_end: MonthEnd) -> date:
    """The day some months after a start, under a rule for days that the month does not have.

    >>> [str(nominal(date(2025, 1, 31), 1, rule)) for rule in MonthEnd]
    ['2025-02-28', '2025-03-01', '2025-02-28']
    >>> [str(nominal(date(2025, 2, 28), 1, rule)) for rule in MonthEnd]
    ['2025-03-28', '2025-03-28', '2025-03-31']
    """
    if month_end is MonthEnd.STICK and (start + ONE_DAY).day == 1:
        return add_months(start + ONE_DAY, months) - ONE_DAY
    held = add_months(start, months)
    return held + ONE_DAY if month_end is MonthEnd.ROLL and held.day < start.day else held


def due_dates(
    start: date,
    frequency: Frequency,
    count: int,
    *,
    first_due: date | None = None,
    month_end: MonthEnd = MonthEnd.CLAMP,
    rule: BusinessDayRule = BusinessDayRule.NONE,
    business: BusinessDays | None = None,
) -> list[date]:
    """The due dates of `count` instalments; `first_due` makes the first period shorter or longer than the others.

    Each date is counted from the first and adjusted for holidays by itself, so an adjustment never spreads.

    >>> [str(day) for day in due_dates(date(2024, 1, 15), Frequency(Unit.MONTH), 3, first_due=date(2024, 1, 31))]
    ['2024-01-31', '2024-02-29', '2024-03-31']
    """
    anchor, shift = (first_due, 0) if first_due else (start, 1)
    plain = [frequency.after(anchor, number + shift, month_end) for number in range(count)]
    return [(business or BusinessDays()).adjust(day, rule) for day in plain]


def periods(start: date, dues: Sequence[date], frequency: Frequency) -> tuple[Period, ...]:
    """The periods between a start and its due dates.

    >>> [str(each.months) for each in periods(date(2025, 1, 31), [date(2025, 3, 1), date(2025, 3, 31)],
    ...                                       Frequency(Unit.MONTH))]
    ['1', '1']
    """
    starts = [start, *dues]
    return tuple(
        Period(begin, due, months_between(begin, due, start) if frequency.months else None)
        for begin, due in zip(starts, dues, strict=False)
    )


def months_between(start: date, due: date, anchor: date) -> Fraction:
    """Months from a start to a due date: whole ones if both fall on the same nominal day, else pro rata.

    Nominal days are those of the anchor (the loan's first day), of the due date and of the start, where a missing
    day is clamped or rolled. A broken month counts by its actual days.

    >>> months_between(date(2025, 2, 28), date(2025, 3, 31), anchor=date(2025, 1, 31))
    Fraction(1, 1)
    >>> months_between(date(2024, 1, 1), date(2024, 2, 15), anchor=date(2024, 1, 1))
    Fraction(43, 29)
    """
    for day in (anchor.day, due.day, start.day):
        for rule in (MonthEnd.CLAMP, MonthEnd.ROLL):
            begin, end = _month_of(start, day, rule), _month_of(due, day, rule)
            if begin is not None and end is not None and end > begin:
                return Fraction(end - begin)
    whole = 0
    while add_months(start, whole + 1) <= due:
        whole += 1
    reached, following = add_months(start, whole), add_months(start, whole + 1)
    return whole + Fraction((due - reached).days, (following - reached).days)


def _month_of(when: date, day: int, rule: MonthEnd) -> int | None:
    """Which month (counted from year 0) has its nominal `day` on this date, if any."""
    for month in (when.year * 12 + when.month - 1, when.year * 12 + when.month - 2):
        first = date(month // 12, month % 12 + 1, 1)
        last = add_months(first, 1) - ONE_DAY
        there = first.replace(day=day) if day <= last.day else (last if rule is MonthEnd.CLAMP else last + ONE_DAY)
        if there == when:
            return month
    return None
