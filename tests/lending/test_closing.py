"""The close of day: goes on where it was killed, lets customers through, and agrees with a shadow to the fen."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from paper_lines import OPENED, Line, noon

from puhui import postgres
from puhui.ledger import selectors as ledger
from puhui.lending import closing, selectors, services
from puhui.lending.acting import Acted
from puhui.lending.facility import Component
from puhui.lending.models import CloseStepRow, SnapshotRow
from puhui.refusals import BadInput


@pytest.fixture
def small_lots(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lots of two loans, so that a few loans make several."""
    monkeypatch.setattr(closing, "LOT", 2)
    yield


def _lines(count: int) -> list[Line]:
    lines = [Line(firm=f"E{n}", until=date(2026, 4, 19)) for n in range(count)]
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
    assert {row.days_past_due for row in SnapshotRow.objects.filter(on=end)} == {1}
    services.close_days(end + timedelta(days=1), at=noon(end))
    assert selectors.disagreements(snapshot_of=end + timedelta(days=1)) == []


def test_nothing_to_close_says_so(book: Path) -> None:
    with pytest.raises(BadInput, match="nothing to close"):
        services.close_days(OPENED, at=noon(OPENED))
    assert not CloseStepRow.objects.exists()


class Shadow:
    """One line once more: plain fractions, one night after the other. It shares no code with the room."""

    def __init__(self, rate: Fraction, matures: date) -> None:
        self.rate, self.matures = rate, matures
        self.loans: list[dict[str, Fraction]] = []
        self.dues: list[dict[str, int]] = []

    def night(self, day: date) -> None:
        for loan, due in zip(self.loans, self.dues, strict=True):
            overdue = loan["principal"] if day > self.matures else Fraction(0)
            loan["accrued"] += (loan["principal"] - overdue) * self.rate / 360
            loan["penalty"] += overdue * self.rate * Fraction(3, 2) / 360
            loan["compound"] += due["interest"] * self.rate * Fraction(3, 2) / 360
            if day.day == 20 or day == self.matures:
                due["interest"] += _rounded(loan["accrued"])
                if _rounded(loan["accrued"]):
                    loan["accrued"] = Fraction(0)

    def owed(self) -> dict[str, int]:
        pairs = list(zip(self.loans, self.dues, strict=True))
        return {
            "penalty": sum(_rounded(loan["penalty"]) for loan, _ in pairs),
            "compound": sum(_rounded(loan["compound"]) for loan, _ in pairs),
            "interest": sum(due["interest"] + _rounded(loan["accrued"]) for loan, due in pairs),
            "principal": int(sum(loan["principal"] for loan, _ in pairs)),
        }

    def draw(self, fen: int) -> None:
        self.loans.append(
            {"principal": Fraction(fen), **dict.fromkeys(("accrued", "penalty", "compound"), Fraction(0))}
        )
        self.dues.append({"interest": 0})

    def repay(self, fen: int) -> None:
        for loan, due in zip(self.loans, self.dues, strict=True):
            for part in ("penalty", "compound", "due", "accrued", "principal"):
                owed = due["interest"] if part == "due" else _rounded(loan[part])
                paid = min(fen, owed)
                fen -= paid
                if part == "due":
                    due["interest"] -= paid
                else:
                    loan[part] = Fraction(0) if paid == owed else loan[part] - paid
        assert fen == 0


def _rounded(exact: Fraction) -> int:
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


@pytest.mark.parametrize("seed", [3, 11])
def test_random_months_agree_with_a_shadow_every_day(book: Path, seed: int) -> None:
    chance, matures = random.Random(seed), OPENED + timedelta(days=22)
    line, shadow, limit = Line(until=matures), Shadow(Fraction(615, 10_000), matures), 500_000_00
    day, replayed = OPENED, []
    for _ in range(32):
        if day > OPENED:
            shadow.night(day)
        if chance.random() < 0.5 and day < matures:
            fen = chance.randrange(1, 90_000_00)
            answer = line.draw(f"{fen / 100:.2f}", day)
            if sum(shadow.owed()[part] for part in ("principal",)) + fen <= limit:
                assert isinstance(answer, Acted), answer
                shadow.draw(fen)
        owed = sum(shadow.owed().values())
        if chance.random() < 0.4 and owed:
            fen = chance.choice([owed, chance.randrange(1, owed + 1), min(owed, 7)])
            assert isinstance(line.repay(f"{fen / 100:.2f}", day), Acted)
            shadow.repay(fen)
        if chance.random() < 0.7:
            services.close_days(day, at=noon(day))
            assert selectors.disagreements(snapshot_of=day) == []
        parts = services.quote(line.facility, on=day, at=noon(day)).parts
        assert {str(each): parts[each] for each in Component} == shadow.owed(), f"seed {seed}, {day}"
        replayed.append(sum(parts.values()))
        day += timedelta(days=1)
    assert max(replayed) > 0 and selectors.disagreements() == []
