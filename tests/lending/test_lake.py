"""The book in the lake: each closed day once, in one commit, with the fen of its snapshot."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from paper_lines import OPENED, Line, noon

from puhui.lending import services
from puhui.lending.close import lake
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


def test_every_closed_day_is_in_the_lake_once_and_to_the_fen(book: Path) -> None:
    line = _played(4)
    services.publish_book()
    assert services.publish_book() == [], "repeating a date is a no-op"
    line.repay("100", OPENED + timedelta(days=4))
    services.close_days(OPENED + timedelta(days=5), at=noon(OPENED))
    services.publish_book()
    days = [OPENED + timedelta(days=n) for n in range(6)]
    assert lake.days_there() == days
    for day in days:
        assert lake.sums(day) == _kept(day), day
    assert lake.sums(days[-1])["loans"] == 1 and lake.sums(days[-1])["penalty_fen"] > 0


def test_a_publisher_killed_before_its_commit_leaves_nothing_and_goes_on(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _played(3)
    commit = lake._commit

    def dies(table: object, day: date) -> None:
        if day == OPENED + timedelta(days=1):
            raise KeyboardInterrupt
        commit(table, day)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(lake, "_commit", dies)
        services.publish_book()
    assert set(lake.days_there()) <= {OPENED}
    services.publish_book()
    assert lake.days_there() == [OPENED + timedelta(days=n) for n in range(3)]
    assert lake.sums(OPENED) == _kept(OPENED)


def test_a_book_without_closed_days_publishes_nothing(book: Path) -> None:
    assert services.publish_book() == [] and lake.days_there() == []
    assert lake.sums(OPENED)["loans"] == 0
