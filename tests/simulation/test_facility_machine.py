"""A machine of facilities: whatever order hypothesis finds for the acts on a line, it agrees with its shadow.

Every example opens a line of its own in one book, on the first day that is open; days pass for all of them.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from shadow_lines import DAY
from years import Years

CHANCE = st.randoms(use_true_random=False)


class Facility(RuleBasedStateMachine):
    """One line, and what may be done on it in any order."""

    years: ClassVar[Years]

    @initialize(chance=CHANCE)
    def open(self, chance: Random) -> None:
        self.years.chance = chance
        if self.years.day <= self.years.closed_to:
            self.years.day = self.years.closed_to + DAY
        self.years.lines = [self.years._open(self.years.count)]
        self.line = self.years.lines[0]

    @rule(chance=CHANCE, act=st.sampled_from(["draw", "draw_too_much", "repay", "overpay", "date_back", "fee", "rate"]))
    def money(self, chance: Random, act: str) -> None:
        self.years.chance = chance
        getattr(self.years, f"_{act}")(self.line)

    @rule(chance=CHANCE, act=st.sampled_from(["freeze", "extend", "renew", "lose_draw", "misuse"]))
    def terms(self, chance: Random, act: str) -> None:
        self.years.chance = chance
        getattr(self.years, f"_{act}")(self.line)

    @precondition(lambda self: self.line.pending)
    @rule(chance=CHANCE)
    def clear(self, chance: Random) -> None:
        self.years.chance = Random(0)  # lets the enquiry happen
        while self.line.pending:
            self.years._settle_lost()

    @rule(chance=CHANCE, nights=st.integers(1, 12), closes=st.booleans())
    def nights(self, chance: Random, nights: int, closes: bool) -> None:
        self.years.chance = chance
        for _ in range(nights):
            self.line.shadow.dusk()
            if closes:
                self.years.close()
            self.years.day += DAY
            self.line.shadow.dawn(self.years.day)

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "line"):
            self.years._same_quote(self.line)


def test_lines_in_any_order_of_acts_agree_with_their_shadow(book: Path) -> None:
    Facility.years = Years(0, since=date(2025, 12, 28), lines=0)
    quick = settings(
        max_examples=5,
        stateful_step_count=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],  # the book goes on from example to example: nothing can be shrunk in it
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Facility, settings=quick)
    assert Facility.years.done["draw"] > 3
