"""Seeded random weeks of a line beside a shadow that shares no code with lending, to the fen every day."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from paper_lines import OPENED, Line, noon

from puhui.lending import selectors, services
from puhui.lending.acts import past
from puhui.lending.acts.acting import Acted
from puhui.lending.facility import Component
from puhui.lending.models import FacilityRow


class Shadow:
    """One line once more: plain fractions, one night after the other. It shares no code with the room."""

    def __init__(self, rate: Fraction, matures: date) -> None:
        self.rate, self.matures, self.today = rate, matures, OPENED
        self.loans: list[dict[str, Fraction]] = []
        self.dues: list[dict[str, int]] = []

    def night(self, day: date) -> None:
        self.today = day
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
            "fees": 0,
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
        """What has fallen due first, loan after loan; then what has not: interest so far, and principal."""
        matured = self.today >= self.matures
        for parts in (("penalty", "compound", "due", *(("principal",) if matured else ())), ("accrued", "principal")):
            for loan, due in zip(self.loans, self.dues, strict=True):
                for part in parts:
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
    life = past.play(FacilityRow.objects.get(), past.acts_of(line.facility), until=day - timedelta(days=1))
    assert isinstance(life, past.Life)
    assert past.stands(life), "the acts played again in order give what stands in the tables"
