"""A machine of facilities: in whatever order hypothesis acts on a firm's lines, they agree with their shadow.

Every example opens two lines of a firm of its own in one book, on the first day that is open; days pass for both.
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
    """Two lines of a firm, and what may be done on them in any order."""

    years: ClassVar[Years]

    @initialize(chance=CHANCE)
    def open(self, chance: Random) -> None:
        self.years.chance = chance
        if self.years.day <= self.years.closed_to:
            self.years.day = self.years.closed_to + DAY
        firm = f"M{self.years.count}"
        self.years.lines = [self.years._open(firm) for _ in range(2)]

    def _on(self, chance: Random, act: str) -> None:
        """Do an act on one of the lines that live."""
        self.years.chance = chance
        living = [line for line in self.years.lines if line.shadow.life.status in ("open", "frozen")]
        if living:
            getattr(self.years, f"_{act}")(chance.choice(living))

    @rule(chance=CHANCE, act=st.sampled_from(["draw", "draw_too_much", "repay", "overpay", "date_back", "fee"]))
    def money(self, chance: Random, act: str) -> None:
        self._on(chance, act)

    @rule(chance=CHANCE, act=st.sampled_from(["rate", "extend", "renew", "misuse", "restructure"]))
    def terms(self, chance: Random, act: str) -> None:
        self._on(chance, act)

    @rule(chance=CHANCE, act=st.sampled_from(["freeze", "hold", "lose_draw", "account", "write_off", "end"]))
    def states(self, chance: Random, act: str) -> None:
        self._on(chance, act)

    @precondition(lambda self: any(line.pending for line in self.years.lines))
    @rule(chance=CHANCE)
    def clear(self, chance: Random) -> None:
        self.years.chance = Random(0)  # lets the enquiry happen
        while any(line.pending for line in self.years.lines):
            self.years._settle_lost()

    @rule(chance=CHANCE, nights=st.integers(1, 30), closes=st.booleans())
    def nights(self, chance: Random, nights: int, closes: bool) -> None:
        self.years.chance = chance
        for _ in range(nights):
            self.years.dusk()
            if closes:
                self.years.close()
            self.years.day += DAY
            self.years.dawn()

    @invariant()
    def agrees(self) -> None:
        for line in self.years.lines:
            self.years._same_quote(line)


def test_lines_in_any_order_of_acts_agree_with_their_shadow(book: Path) -> None:
    Facility.years = Years(0, since=date(2025, 12, 28), lines=0)
    quick = settings(
        max_examples=4,
        stateful_step_count=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],  # the book goes on from example to example: nothing can be shrunk in it
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Facility, settings=quick)
    assert Facility.years.done["draw"] > 3 and Facility.years.done["hold_draws"]
