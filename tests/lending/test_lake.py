"""The book in the lake: each closed day once, in one commit, with the fen of its snapshot."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from paper_lines import OPENED, Line, noon

from puhui.lending import services
from puhui.lending.close import closing, lake
from puhui.lending.facility import Component
from puhui.lending.models import SnapshotRow


def _played(days: int) -> Line:
    line = Line(until=date(2026, 4, 3))
    line.draw("1234.56", OPENED)
    for day in (OPENED + timedelta(days=n) for n in range(days)):
        services.close_days(day, at=noon(day))
    return line


def _kept(day: date) -> dict[str, int]:
    rows = list(SnapshotRow.objects.filter(on=day))
    return {
        "loans": len(rows),
        **{f"{each}_fen": sum(getattr(row, f"{each}_fen") for row in rows) for each in Component},
    }


def _pass_on(day: date) -> int:
    return len(services.close_days(day, at=noon(day), pass_on=True))


def test_every_closed_day_is_in_the_lake_once_and_to_the_fen(book: Path) -> None:
    line, fifth = _played(4), OPENED + timedelta(days=5)
    assert _pass_on(OPENED + timedelta(days=3)) == 4, "days that were closed without are passed on later"
    line.repay("100", OPENED + timedelta(days=4))
    assert _pass_on(fifth) == 2
    assert _pass_on(fifth) == 0, "closing a date again changes nothing"
    days = [OPENED + timedelta(days=n) for n in range(6)]
    assert lake.days_there() == days
    for day in days:
        assert lake.publish(day) == 1 and lake.sums(day) == _kept(day), day
    assert lake.days_there() == days
    assert lake.sums(days[-1])["loans"] == 1 and lake.sums(days[-1])["penalty_fen"] > 0


def test_a_lake_that_was_written_and_not_noted_is_not_written_again(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _played(2)
    note = closing._note

    def dies(day: date, name: str, *rest: object) -> tuple[int, int]:
        if name == "lake":
            raise KeyboardInterrupt
        return note(day, name, *rest)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(closing, "_note", dies)
        _pass_on(OPENED + timedelta(days=1))
    assert lake.days_there() == [OPENED]
    _pass_on(OPENED + timedelta(days=1))
    assert lake.days_there() == [OPENED, OPENED + timedelta(days=1)]
    assert lake.sums(OPENED) == _kept(OPENED)


def test_a_book_without_a_lake_says_nothing_of_a_day(book: Path) -> None:
    assert lake.days_there() == []
    assert lake.sums(OPENED)["loans"] == 0
