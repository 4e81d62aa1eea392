"""Openings, draws, repayments, silent banks, merges and splits, on the real caps and on a shadow of a few lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from paper_firms import DAY, Bank, Firm, noon
from test_at_once import cap

from puhui.exposure import selectors
from puhui.exposure import services as exposure
from puhui.exposure.caps import CapKey, Counts, Scope
from puhui.ids import RequestId, new_request
from puhui.lending import selectors as lending
from puhui.lending import services
from puhui.lending.acts.acting import Acted
from puhui.lending.rail import Outcome
from puhui.money import Money
from puhui.refusals import Refused

MILLION = 1_000_000_00
CLIENT, GROUP = 5 * MILLION, 6 * MILLION
FIRMS = st.integers(0, 3)
AMOUNTS = st.sampled_from([MILLION // 2, MILLION, 2 * MILLION, 3 * MILLION])


class BesideAShadow(RuleBasedStateMachine):
    """Four firms, two groups that they may be in, and what the shadow says is drawn and pending."""

    played: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        BesideAShadow.played += 1
        self.name = f"m{self.played}"
        self.groups = [f"{self.name}-A", f"{self.name}-B"]
        for group in self.groups:
            cap(CapKey(Scope.GROUP, group, Counts.ALL), "6,000,000")
        self.firms = [Firm(f"{self.name}-{n}", "4,000,000") for n in range(4)]
        self.group: list[str] = [""] * 4
        self.drawn, self.pending = [0] * 4, [0] * 4

    def used(self, firm: int) -> int:
        return self.drawn[firm] + self.pending[firm]

    def in_group(self, group: str) -> int:
        return sum(self.used(each) for each in range(4) if self.group[each] == group)

    def fits(self, firm: int, fen: int) -> bool:
        if self.used(firm) + fen > 4 * MILLION:
            return False
        return not self.group[firm] or self.in_group(self.group[firm]) + fen <= GROUP

    @rule(firm=FIRMS, fen=AMOUNTS, silent=st.booleans())
    def draw(self, firm: int, fen: int, silent: bool) -> None:
        fits = self.fits(firm, fen)
        bank = Bank(Outcome.UNKNOWN) if silent else Bank()
        answer = self.firms[firm].draw(f"{fen // 100}", bank=bank)
        assert isinstance(answer, Acted) == fits, (answer, self.group, self.drawn, self.pending)
        if fits:
            (self.pending if silent else self.drawn)[firm] += fen

    @rule(firm=FIRMS, fen=AMOUNTS)
    def repay(self, firm: int, fen: int) -> None:
        answer = self.firms[firm].repay(Money(fen))
        assert isinstance(answer, Acted) == (fen <= self.drawn[firm]), answer
        if isinstance(answer, Acted):
            self.drawn[firm] -= fen

    @rule(paid=st.booleans())
    def hear_of_the_bank(self, paid: bool) -> None:
        services.resolve_draws(Bank(Outcome.PAID if paid else Outcome.REJECTED), at=noon(DAY))
        for firm in range(4):
            self.drawn[firm] += self.pending[firm] if paid else 0
            self.pending[firm] = 0

    @rule(groups=st.lists(st.integers(0, 2), min_size=4, max_size=4))
    def regroup(self, groups: list[int]) -> None:
        self.group = [(*self.groups, "")[each] for each in groups]
        found = pa.table({"firm": [each.name for each in self.firms], "group": self.group})
        asked = {"request": RequestId(new_request()), "on": DAY, "at": noon(DAY), "by": "night", "why": "graph"}
        done = exposure.regroup(found, whole=False, names_kept=False, **asked)
        assert not isinstance(done, Refused)

    @invariant()
    def uses_agree(self) -> None:
        keys = [CapKey(Scope.FIRM, each.name, Counts.ALL) for each in self.firms]
        for key, expected in zip(keys, map(self.used, range(4)), strict=True):
            assert selectors.standings([key], on=DAY)[0].used == Money(expected), key
        for group in self.groups:
            standing = selectors.standings([CapKey(Scope.GROUP, group, Counts.ALL)], on=DAY)[-1]
            assert standing.used == Money(self.in_group(group)), group

    def teardown(self) -> None:
        """Leave nothing pending: the next machine lives in the same database."""
        services.resolve_draws(Bank(Outcome.REJECTED), at=noon(DAY))
        assert lending.disagreements() == []


@pytest.fixture(autouse=True)
def _in_a_book(module_book: Path) -> Iterator[None]:
    yield


TestBesideAShadow = BesideAShadow.TestCase
TestBesideAShadow.settings = settings(max_examples=10, stateful_step_count=14, deadline=None)
