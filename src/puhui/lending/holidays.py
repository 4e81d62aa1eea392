"""Which days have business, from dated data, and which agreed due days are asked for on a day.

Promises that a due day on a holiday is asked for on the next business day, and that interest runs until then. Refuses
nothing: of a year without data only Saturdays and Sundays are known.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from puhui.days import add_months
from puhui.lending.engine.calendar import ONE_DAY, BusinessDayRule, BusinessDays

HOLIDAYS = Path(__file__).parent / "catalogue" / "holidays.json"


@cache
def china() -> BusinessDays:
    """Business days in mainland China, as far as `catalogue/holidays.json` tells them.

    >>> china().open_on(date(2026, 2, 14)), china().open_on(date(2026, 2, 20))
    (True, False)
    """
    holidays, worked = set[date](), set[date]()
    for year in json.loads(HOLIDAYS.read_text(encoding="utf-8"))["years"]:
        for first, last in year["holidays"]:
            begin, end = date.fromisoformat(first), date.fromisoformat(last)
            holidays |= {begin + timedelta(days=n) for n in range((end - begin).days + 1)}
        worked |= {date.fromisoformat(each) for each in year["worked"]}
    return BusinessDays(frozenset(holidays), frozenset(worked))


@cache
def moved(nominal: date) -> date:
    """The day on which something agreed for a day is asked for.

    >>> moved(date(2026, 2, 20))
    datetime.date(2026, 2, 24)
    """
    return china().adjust(nominal, BusinessDayRule.FOLLOWING)


@cache
def asked_for(day: date) -> tuple[date, ...]:
    """The agreed days that are asked for on a day: itself and the days off before it; none on a day off.

    >>> [str(each) for each in asked_for(date(2026, 6, 22))]
    ['2026-06-22', '2026-06-21', '2026-06-20', '2026-06-19']
    """
    if not china().open_on(day):
        return ()
    nominals = [day]
    while not china().open_on(nominals[-1] - ONE_DAY):
        nominals.append(nominals[-1] - ONE_DAY)
    return tuple(nominals)


@cache
def nominal_of(day: date) -> list[date | None]:
    """For each day of the month from 1 to 31: the agreed day with that number that is asked for on `day`, if any.

    A month's last day stands for those that the month does not have.

    >>> [str(each) for each in nominal_of(date(2026, 6, 22))[18:23]]
    ['2026-06-19', '2026-06-20', '2026-06-21', '2026-06-22', 'None']
    """
    found: list[date | None] = [None] * 31
    for each in asked_for(day):
        ends_month = (each + ONE_DAY).month != each.month
        for number in range(each.day, 32 if ends_month else each.day + 1):
            found[number - 1] = each
    return found


def next_due(after: date, due_day: int) -> date:
    """The next agreed due day after a day: that day of the month, or the month's last.

    >>> next_due(date(2026, 1, 31), 31), next_due(date(2026, 4, 1), 20)
    (datetime.date(2026, 2, 28), datetime.date(2026, 4, 20))
    """
    first = after.replace(day=1)
    for month in (first, add_months(first, 1)):
        last = add_months(month, 1) - ONE_DAY
        if (due := month.replace(day=min(due_day, last.day))) > after:
            return due
    raise AssertionError("a month has a due day")


def last_fallen(drawn_on: date, due_day: int, until: date) -> date | None:
    """The last day up to `until` on which interest of a loan was asked for, if any.

    >>> last_fallen(date(2026, 4, 1), 20, date(2026, 6, 21)), last_fallen(date(2026, 6, 1), 20, date(2026, 6, 21))
    (datetime.date(2026, 5, 20), None)
    """
    for back in (0, -1, -2):
        month = add_months(until.replace(day=1), back)
        nominal = next_due(month - ONE_DAY, due_day)
        if nominal <= drawn_on:
            return None
        if moved(nominal) <= until:
            return moved(nominal)
    return None
