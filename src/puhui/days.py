"""Days and moments. Time is an argument everywhere else: only this module reads the clock.

`on` is a business date; `as_of` asks what was known by the end of a day; a moment is UTC.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


def today() -> date:
    """The calendar day in China now: the default of a business date at the edge, in CLI and web only."""
    return datetime.now(CHINA).date()


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def parse(text: str) -> date:
    """A day from ISO text.

    >>> parse("2020-02-29")
    datetime.date(2020, 2, 29)
    >>> parse("29.2.2020")
    Traceback (most recent call last):
    ...
    ValueError: '29.2.2020' is not a day: write it as 2020-02-29
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is not a day: write it as 2020-02-29") from None


def end_of(day: date) -> datetime:
    """The last moment of a day in China, in UTC: what was learned by then was known on that day.

    >>> end_of(date(2020, 2, 29))
    datetime.datetime(2020, 2, 29, 15, 59, 59, 999999, tzinfo=datetime.timezone.utc)
    """
    return datetime.combine(day, time.max, CHINA).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """The same day some months on (or back, if negative), held back to the month's end.

    >>> add_months(date(2020, 1, 31), 1), add_months(date(2020, 3, 31), -1)
    (datetime.date(2020, 2, 29), datetime.date(2020, 2, 29))
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def months_back(day: date, months: int) -> date:
    """The first day of the window of whole months that ends with `day` (the window holds `day`).

    >>> months_back(date(2020, 2, 29), 12)
    datetime.date(2019, 3, 1)
    >>> months_back(date(2020, 2, 15), 3)
    datetime.date(2019, 11, 16)
    """
    following = day + timedelta(days=1)
    return add_months(following, -months)
