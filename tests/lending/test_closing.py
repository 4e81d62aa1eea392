"""The close of day: goes on where it was killed, lets customers through, and agrees with a shadow to the fen."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from paper_lines import OPENED, Line, noon

from puhui import postgres
from puhui.ledger import selectors as ledger
from puhui.lending import selectors, services
from puhui.lending.acts.acting import Acted
from puhui.lending.close import closing
from puhui.lending.models import CloseStepRow, SnapshotRow
from puhui.refusals import BadInput


@pytest.fixture
def small_lots(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lots of two loans, so that a few loans make several."""
    monkeypatch.setattr(closing, "LOT", 2)
    yield


def _lines(count: int) -> list[Line]:
    lines = [Line(firm=f"E{n}", until=date(2026, 4, 17)) for n in range(count)]
    for n, line in enumerate(lines):
        line.draw(f"{1000 + 37 * n}.11", OPENED)
    return lines


def _book() -> list[tuple[object, ...]]:
    fields = ("on", "loan", "principal_fen", "interest_fen", "penalty_fen", "compound_fen", "days_past_due", "tier")
    return [*SnapshotRow.objects.order_by("on", "loan").values_list(*fields), tuple(ledger.trial_balance())]


class Killed(Exception):
    """Stands for a kill: it is raised where the process would have died."""


@pytest.mark.usefixtures("small_lots")
def test_a_close_killed_after_any_lot_of_any_step_goes_on_to_the_same_books(
    template_book: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, books, end = postgres.url(), [], date(2026, 4, 21)
    for kills in (False, True):
        postgres.use(postgres.create(f"close_{uuid.uuid4().hex[:8]}", template=template_book))
        _lines(5)
        services.close_days(date(2026, 4, 19), at=noon(OPENED))
        if kills:
            deaths = 0
            for dies_after in (0, 1, 4, 6, 9):
                with monkeypatch.context() as patch, pytest.raises(Killed):
                    _die_after(dies_after, patch)
                    services.close_days(end, at=noon(end))
                deaths += 1
            assert deaths == 5
        services.close_days(end, at=noon(end))
        assert selectors.disagreements(snapshot_of=end) == []
        books.append(_book())
    postgres.use(before)
    assert books[0] == books[1]


def _die_after(lots: int, patch: pytest.MonkeyPatch) -> None:
    left, turns = [lots], closing._take_turns

    def die() -> None:
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        turns()

    patch.setattr(closing, "_take_turns", die)


@pytest.mark.usefixtures("small_lots")
def test_customers_act_on_the_next_day_while_a_close_runs_and_every_book_agrees(book: Path) -> None:
    lines, end = _lines(8), date(2026, 4, 20)
    services.close_days(end - timedelta(days=1), at=noon(OPENED))
    after_cut_off, answers = threading.Event(), []

    def customers() -> None:
        from django.db import connections

        after_cut_off.wait(30)
        for number, line in enumerate(lines):
            answers.append(line.repay(f"{10 + number}.03", end + timedelta(days=1)))
        connections.close_all()

    with pytest.MonkeyPatch.context() as patch:
        cut = closing.cut_off

        def cut_and_tell(*given: object) -> None:
            cut(*given)
            after_cut_off.set()

        patch.setattr(closing, "cut_off", cut_and_tell)
        thread = threading.Thread(target=customers)
        thread.start()
        services.close_days(end, at=noon(end))
        thread.join()
    assert all(isinstance(each, Acted) for each in answers) and len(answers) == 8
    assert SnapshotRow.objects.filter(on=end).count() == 8
    assert {row.days_past_due for row in SnapshotRow.objects.filter(on=end)} == {3}
    services.close_days(end + timedelta(days=1), at=noon(end))
    assert selectors.disagreements(snapshot_of=end + timedelta(days=1)) == []


def test_nothing_to_close_says_so(book: Path) -> None:
    with pytest.raises(BadInput, match="nothing to close"):
        services.close_days(OPENED, at=noon(OPENED))
    assert not CloseStepRow.objects.exists()
