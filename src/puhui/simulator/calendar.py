"""Months and days of a world, and when people work: weekends, the weeks around Chinese New Year.

Days are counted from 1970-01-01, as Arrow's date32 counts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from puhui.days import add_months
from puhui.refusals import BadInput
from puhui.simulator.arrays import Real, Whole

EPOCH = date(1970, 1, 1).toordinal()
# The first day of the Chinese year. Source: the Purple Mountain Observatory's calendar.
NEW_YEAR = tuple(
    date.fromisoformat(day)
    for day in (
        *("2015-02-19", "2016-02-08", "2017-01-28", "2018-02-16", "2019-02-05", "2020-01-25", "2021-02-12"),
        *("2022-02-01", "2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26"),
        *("2029-02-13", "2030-02-03", "2031-01-23", "2032-02-11", "2033-01-31", "2034-02-19", "2035-02-08"),
        *("2036-01-28", "2037-02-15", "2038-02-04", "2039-01-24", "2040-02-12"),
    )
)
EARLIEST, LATEST = date(2016, 1, 1), date(2040, 1, 31)
CLOSED_FROM, CLOSED_TO = -4, 11  # days from New Year in which small firms are closed
SLOW_TO = 18  # and in which workers are still coming back
RUSH_FROM = -34  # stocks are filled and bills are settled before the feast
WEEKEND, CLOSED, SLOW, RUSH = 0.22, 0.05, 0.45, 1.18


@dataclass(frozen=True)
class Calendar:
    """The months of a world. Month 0 begins on `first`, a first of a month; there are `months` of them."""

    first: date
    months: int

    def __post_init__(self) -> None:
        assert self.first.day == 1, "a world begins on the first of a month"
        if self.first < EARLIEST or add_months(self.first, self.months) > LATEST:
            raise BadInput(
                f"{self.months} months from {self.first} leave the years whose New Year's days are known",
                then=f"stay between {EARLIEST} and {LATEST}",
            )

    @cached_property
    def starts(self) -> Whole:
        """The first day of each month, and of the month after the last."""
        firsts = [add_months(self.first, m).toordinal() - EPOCH for m in range(self.months + 1)]
        return np.array(firsts, np.int64)

    @property
    def last_day(self) -> int:
        """The world's last day."""
        return int(self.starts[-1]) - 1

    def length(self, month: int) -> int:
        """Days of a month."""
        return int(self.starts[month + 1] - self.starts[month])

    def label(self, month: int) -> str:
        """The month as files are named after it.

        >>> Calendar(date(2022, 1, 1), 36).label(13)
        '2023-02'
        """
        return f"{add_months(self.first, month):%Y-%m}"

    def of_year(self, month: int) -> int:
        """The month's number in its year, 1 to 12."""
        return add_months(self.first, month).month

    def month_of(self, days: Whole) -> Whole:
        """The month of each day; `months` or more when it lies beyond the last one."""
        return np.searchsorted(self.starts, days, side="right") - 1

    @cached_property
    def work(self) -> list[Real]:
        """How much is traded on each day of each month; an ordinary weekday is 1.

        >>> january = Calendar(date(2022, 1, 1), 12).work[0]
        >>> january[0], january[2], january[30]  # a Saturday, a Monday before the feast, the eve of New Year
        (np.float64(0.2596), np.float64(1.18), np.float64(0.05))
        """
        return [self._work_of(m) for m in range(self.months)]

    @cached_property
    def tempo(self) -> Real:
        """How much is traded in each month against an ordinary one of 30 days."""
        ordinary = 30 * (5 + 2 * WEEKEND) / 7
        return np.array([day.sum() for day in self.work]) / ordinary

    def draw_days(self, month: int, size: int, rng: np.random.Generator) -> Whole:
        """Days in a month, more of them where more is traded."""
        cumulated = np.cumsum(self.work[month])
        within = np.searchsorted(cumulated, rng.random(size) * cumulated[-1], side="right")
        return np.asarray(self.starts[month] + within)

    def _work_of(self, month: int) -> Real:
        days = np.arange(self.starts[month], self.starts[month + 1])
        work = np.where((days + 3) % 7 >= 5, WEEKEND, 1.0)  # 1970-01-01 was a Thursday
        for feast in NEW_YEAR:
            away = days - (feast.toordinal() - EPOCH)
            work = np.where((away >= RUSH_FROM) & (away < CLOSED_FROM), work * RUSH, work)
            work = np.where((away >= CLOSED_FROM) & (away <= CLOSED_TO), CLOSED, work)
            work = np.where((away > CLOSED_TO) & (away <= SLOW_TO), work * SLOW, work)
        return work


def day_number(day: date) -> int:
    """A day as the simulator counts it.

    >>> day_number(date(1970, 1, 2))
    1
    """
    return day.toordinal() - EPOCH
