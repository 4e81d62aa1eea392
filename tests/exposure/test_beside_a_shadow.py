"""Openings, draws, repayments, silent banks, merges, splits, pledges, revaluations and releases, beside a shadow."""

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
from paper_security import PROOF, done, workshop
from test_at_once import cap

from puhui.exposure import selectors
from puhui.exposure import services as exposure
from puhui.exposure.caps import CapKey, Counts, Scope
from puhui.ids import RequestId, new_request
from puhui.lending import selectors as lending
from puhui.lending import services
from puhui.lending.acts.acting import Acted
from puhui.lending.rail import Outcome
from puhui.mitigation import acts
from puhui.mitigation.parts import Parts
from puhui.money import Money, yuan
from puhui.refusals import Refused

MILLION = 1_000_000_00
GROUP = 6 * MILLION
FIRMS = st.integers(0, 3)
AMOUNTS = st.sampled_from([MILLION // 2, MILLION, 2 * MILLION, 3 * MILLION])


SECURED = 2  # of the four firms, so many have a workshop behind half of their line


class BesideAShadow(RuleBasedStateMachine):
    """Four firms, two groups that they may be in, workshops behind two of them; the shadow keeps parts by hand.

    A draw fills the mortgage part first, a repayment frees the credit part first; what a workshop no longer carries
    is not drawn again.
    """

    played: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        BesideAShadow.played += 1
        self.name = f"m{self.played}"
        self.groups = [f"{self.name}-A", f"{self.name}-B"]
        for group in self.groups:
            cap(CapKey(Scope.GROUP, group, Counts.ALL), "6,000,000")
        self.firms = []
        self.group: list[str] = [""] * 4
        self.drawn, self.pending = [[0, 0] for _ in range(4)], [[0, 0] for _ in range(4)]  # credit, mortgage
        self.worth, self.things = [0] * 4, [0] * 4
        for firm in range(4):
            secured = {"mortgage": "2,000,000", "number": f"{self.name}-L{firm}"} if firm < SECURED else {}
            self.firms.append(Firm(f"{self.name}-{firm}", "4,000,000", **secured))
            if secured:
                self.pledge_anew(firm)

    def pledge_anew(self, firm: int) -> None:
        self.things[firm] += 1
        workshop(self.thing(firm), self.firms[firm].name, "4,000,000")
        done(self.thing(firm), acts.Charge(self.firms[firm].number, yuan("2,000,000")))
        self.worth[firm] = 4 * MILLION

    def thing(self, firm: int) -> str:
        return f"{self.name}-W{firm}-{self.things[firm]}"

    def parts(self, firm: int) -> tuple[int, int]:
        """What is used of the credit part and of the mortgage part."""
        return tuple(a + b for a, b in zip(self.drawn[firm], self.pending[firm], strict=True))

    def carries(self, firm: int) -> int:
        return min(2 * MILLION, self.worth[firm] // 2)

    def used(self, firm: int) -> int:
        return sum(self.parts(firm))

    def in_group(self, group: str) -> int:
        return sum(self.used(each) for each in range(4) if self.group[each] == group)

    def placed(self, firm: int, fen: int) -> tuple[int, int] | None:
        """The parts that a draw would use; None where line, workshop or group has no room."""
        credit, mortgage = self.parts(firm)
        in_mortgage = min(fen, max(0, self.carries(firm) - mortgage))
        in_credit = fen - in_mortgage
        if in_credit > (2 if firm < SECURED else 4) * MILLION - credit:
            return None
        if self.group[firm] and self.in_group(self.group[firm]) + fen > GROUP:
            return None
        return in_credit, in_mortgage

    @rule(firm=FIRMS, fen=AMOUNTS, silent=st.booleans())
    def draw(self, firm: int, fen: int, silent: bool) -> None:
        placed = self.placed(firm, fen)
        bank = Bank(Outcome.UNKNOWN) if silent else Bank()
        answer = self.firms[firm].draw(f"{fen // 100}", bank=bank)
        assert isinstance(answer, Acted) == (placed is not None), (answer, self.group, self.drawn, self.pending)
        for part, more in enumerate(placed or ()):
            (self.pending if silent else self.drawn)[firm][part] += more

    @rule(firm=FIRMS, fen=AMOUNTS)
    def repay(self, firm: int, fen: int) -> None:
        answer = self.firms[firm].repay(Money(fen))
        assert isinstance(answer, Acted) == (fen <= sum(self.drawn[firm])), answer
        if isinstance(answer, Acted):
            of_credit = min(fen, self.drawn[firm][0])
            self.drawn[firm] = [self.drawn[firm][0] - of_credit, self.drawn[firm][1] - (fen - of_credit)]

    @rule(paid=st.booleans())
    def hear_of_the_bank(self, paid: bool) -> None:
        services.resolve_draws(Bank(Outcome.PAID if paid else Outcome.REJECTED), at=noon(DAY))
        for firm in range(4):
            if paid:
                self.drawn[firm] = [a + b for a, b in zip(self.drawn[firm], self.pending[firm], strict=True)]
            self.pending[firm] = [0, 0]

    @rule(groups=st.lists(st.integers(0, 2), min_size=4, max_size=4))
    def regroup(self, groups: list[int]) -> None:
        self.group = [(*self.groups, "")[each] for each in groups]
        found = pa.table({"firm": [each.name for each in self.firms], "group": self.group})
        asked = {"request": RequestId(new_request()), "on": DAY, "at": noon(DAY), "by": "night", "why": "graph"}
        done = exposure.regroup(found, whole=False, names_kept=False, **asked)
        assert not isinstance(done, Refused)

    @rule(firm=st.integers(0, SECURED - 1), millions=st.sampled_from([1, 3, 8]))
    def revalue(self, firm: int, millions: int) -> None:
        if self.worth[firm]:
            done(self.thing(firm), acts.Value(Money(millions * MILLION), "a valuer", PROOF))
            self.worth[firm] = millions * MILLION

    @rule(firm=st.integers(0, SECURED - 1))
    def release_or_pledge_anew(self, firm: int) -> None:
        if not self.worth[firm]:
            self.pledge_anew(firm)
            return
        done(self.thing(firm), acts.Release("given back"))
        self.worth[firm] = 0

    @invariant()
    def uses_agree(self) -> None:
        keys = [CapKey(Scope.FIRM, each.name, Counts.ALL) for each in self.firms]
        for key, expected in zip(keys, map(self.used, range(4)), strict=True):
            assert selectors.standings([key], on=DAY)[0].used == Money(expected), key
        for firm in range(SECURED):
            standing, (credit, mortgage) = selectors.line(self.firms[firm].number, on=DAY), self.parts(firm)
            assert standing.used == Parts(Money(credit), Money(mortgage)), self.firms[firm].number
            assert standing.excess.mortgage == Money(max(0, mortgage - self.carries(firm)))
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
TestBesideAShadow.settings = settings(max_examples=6, stateful_step_count=14, deadline=None)
