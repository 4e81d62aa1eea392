"""Openings, draws, repayments, silent banks, merges, splits, pledges, guarantees and releases, beside a shadow."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from paper_firms import DAY, Bank, Firm, noon
from paper_security import PROOF, agreed_long_ago, done, fund, workshop
from test_at_once import cap

from puhui.exposure import selectors
from puhui.exposure import services as exposure
from puhui.exposure.caps import CapKey, Counts, Scope
from puhui.ids import EnterpriseId, RequestId, new_request
from puhui.lending import selectors as lending
from puhui.lending import services
from puhui.lending.acts.acting import Acted
from puhui.lending.rail import Outcome
from puhui.mitigation import acts
from puhui.mitigation.guarantees import Turn
from puhui.mitigation.parts import Parts
from puhui.money import Money, yuan
from puhui.refusals import Refused

MILLION = 1_000_000_00
GROUP = 6 * MILLION
FIRMS = st.integers(0, 3)
AMOUNTS = st.sampled_from([MILLION // 2, MILLION, 2 * MILLION, 3 * MILLION])
CREDIT, MORTGAGE, GUARANTEE = range(3)
WORKSHOPS, GUARANTEED = (0, 1), 2  # of the four firms: half of the line stands on these


class BesideAShadow(RuleBasedStateMachine):
    """Four firms, two groups that they may be in, workshops behind two, a fund behind a third; the shadow counts parts.

    A draw fills what is secured first, a repayment frees the credit part first; what a workshop or the fund no longer
    carries is not drawn again. The fund answers for four fifths, so that the bank's fifth is credit.
    """

    played: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        BesideAShadow.played += 1
        self.name = f"m{self.played}"
        self.groups = [f"{self.name}-A", f"{self.name}-B"]
        for group in self.groups:
            cap(CapKey(Scope.GROUP, group, Counts.ALL), "6,000,000")
        self.group: list[str] = [""] * 4
        self.drawn, self.pending = [[0, 0, 0] for _ in range(4)], [[0, 0, 0] for _ in range(4)]
        self.more: list[int | None] = [None] * 4  # what was drawn on a second line, once it is open
        self.worth, self.things, self.promised, self.was_released = [0] * 4, [0] * 4, True, False
        self.fund = EnterpriseId(f"{self.name}-fund")
        fund(self.fund, "800,000")  # it may stand for ten times as much
        self.promise = acts.Promise(
            f"{self.name}-L2", EnterpriseId(f"{self.name}-2"), self.fund, yuan("2,000,000"), Decimal("0.8"),
            Turn.PRO_RATA, False, PROOF,
        )  # fmt: skip
        agreed_long_ago(f"{self.name}-S", self.promise)
        self.firms = []
        for firm in range(4):
            part = {"mortgage": "2,000,000"} if firm in WORKSHOPS else {}
            part |= {"guarantee": "2,000,000"} if firm == GUARANTEED else {}
            self.firms.append(Firm(f"{self.name}-{firm}", "4,000,000", number=f"{self.name}-L{firm}", **part))
            if firm in WORKSHOPS:
                self.pledge_anew(firm)

    def pledge_anew(self, firm: int) -> None:
        self.things[firm] += 1
        workshop(self.thing(firm), self.firms[firm].name, "4,000,000")
        agreed_long_ago(self.thing(firm), acts.Charge(self.firms[firm].number, yuan("2,000,000")))
        self.worth[firm] = 4 * MILLION

    def thing(self, firm: int) -> str:
        return f"{self.name}-W{firm}-{self.things[firm]}"

    def parts(self, firm: int) -> list[int]:
        """What is used of each part."""
        return [a + b for a, b in zip(self.drawn[firm], self.pending[firm], strict=True)]

    def carries(self, firm: int) -> int:
        return min(2 * MILLION, self.worth[firm] // 2)

    def covers(self, exposure: int) -> int:
        """How much of an exposure the fund answers for."""
        return min(2 * MILLION, exposure * 4 // 5) if self.promised else 0

    def used(self, firm: int) -> int:
        return sum(self.parts(firm)) + (self.more[firm] or 0)

    def in_group(self, group: str) -> int:
        return sum(self.used(each) for each in range(4) if self.group[each] == group)

    def fits_its_group(self, firm: int, fen: int) -> bool:
        return not self.group[firm] or self.in_group(self.group[firm]) + fen <= GROUP

    def placed(self, firm: int, fen: int) -> list[int] | None:
        """The parts that a draw would use; None where line, security or group has no room."""
        credit, mortgage, guarantee = self.parts(firm)
        in_mortgage = in_guarantee = 0
        if firm in WORKSHOPS:
            in_mortgage = min(fen, max(0, self.carries(firm) - mortgage))
        if firm == GUARANTEED:
            in_guarantee = min(fen, max(0, self.covers(credit + guarantee + fen) - guarantee))
        in_credit = fen - in_mortgage - in_guarantee
        if in_credit > (2 if firm in (*WORKSHOPS, GUARANTEED) else 4) * MILLION - credit:
            return None
        return [in_credit, in_mortgage, in_guarantee] if self.fits_its_group(firm, fen) else None

    @rule(firm=FIRMS, fen=AMOUNTS, silent=st.booleans())
    def draw(self, firm: int, fen: int, silent: bool) -> None:
        placed = self.placed(firm, fen)
        bank = Bank(Outcome.UNKNOWN) if silent else Bank()
        answer = self.firms[firm].draw(f"{fen // 100}", bank=bank)
        assert isinstance(answer, Acted) == (placed is not None), (answer, self.group, self.drawn, self.pending)
        for part, more in enumerate(placed or ()):
            (self.pending if silent else self.drawn)[firm][part] += more

    @rule(firm=FIRMS, fen=st.sampled_from([MILLION // 2, MILLION]))
    def open_a_second_line_and_draw_it(self, firm: int, fen: int) -> None:
        if self.more[firm] is None:
            second = Firm(self.firms[firm].name, "1,000,000")
            answer = second.draw(f"{fen // 100}")
            assert isinstance(answer, Acted) == self.fits_its_group(firm, fen), answer
            self.more[firm] = fen if isinstance(answer, Acted) else 0

    @rule(firm=FIRMS, fen=AMOUNTS)
    def repay(self, firm: int, fen: int) -> None:
        answer = self.firms[firm].repay(Money(fen))
        assert isinstance(answer, Acted) == (fen <= sum(self.drawn[firm])), answer
        if isinstance(answer, Acted):
            left, now = fen, self.drawn[firm]
            for part in (CREDIT, GUARANTEE, MORTGAGE):
                off = min(left, now[part])
                now[part], left = now[part] - off, left - off
            bare = max(0, now[GUARANTEE] - self.covers(now[CREDIT] + now[GUARANTEE]))
            now[GUARANTEE], now[CREDIT] = now[GUARANTEE] - bare, now[CREDIT] + bare

    @rule(paid=st.booleans())
    def hear_of_the_bank(self, paid: bool) -> None:
        services.resolve_draws(Bank(Outcome.PAID if paid else Outcome.REJECTED), at=noon(DAY))
        for firm in range(4):
            if paid:
                self.drawn[firm] = self.parts(firm)
            self.pending[firm] = [0, 0, 0]

    @rule(groups=st.lists(st.integers(0, 2), min_size=4, max_size=4))
    def groups_merge_and_split(self, groups: list[int]) -> None:
        self.group = [(*self.groups, "")[each] for each in groups]
        found = pa.table({"firm": [each.name for each in self.firms], "group": self.group})
        asked = {"request": RequestId(new_request()), "on": DAY, "at": noon(DAY), "by": "night", "why": "graph"}
        done = exposure.regroup(found, whole=False, names_kept=False, **asked)
        assert not isinstance(done, Refused)

    @rule(firm=st.sampled_from(WORKSHOPS), millions=st.sampled_from([1, 3, 8]))
    def revalue(self, firm: int, millions: int) -> None:
        if self.worth[firm]:
            done(self.thing(firm), acts.Value(Money(millions * MILLION), "a valuer", PROOF))
            self.worth[firm] = millions * MILLION

    @rule(firm=st.sampled_from(WORKSHOPS))
    def release_or_pledge_anew(self, firm: int) -> None:
        if not self.worth[firm]:
            self.pledge_anew(firm)
            return
        done(self.thing(firm), acts.Release("given back"))
        self.worth[firm] = 0

    @rule()
    def release_the_guarantee_or_promise_anew(self) -> None:
        done(f"{self.name}-S", acts.Release("called back") if self.promised else self.promise)
        self.promised, self.was_released = not self.promised, True

    @invariant()
    def uses_agree(self) -> None:
        names = [each.name for each in self.firms]
        keys = [CapKey(Scope.FIRM, name, Counts.ALL) for name in names]
        keys += [CapKey(Scope.GROUP, group, Counts.ALL) for group in self.groups]
        keys += [CapKey(Scope.GUARANTOR, self.fund, Counts.GUARANTEED)]
        found = {each.key.subject: each for each in selectors.standings(keys, on=DAY)}
        for firm, name in enumerate(names):
            assert found[name].used == Money(self.used(firm)), name
        for group in self.groups:
            assert found[group].used == Money(self.in_group(group)), group
        if not self.was_released:  # what it no longer answers for is uncounted at the line's next act
            assert found[self.fund].used == Money(self.parts(GUARANTEED)[GUARANTEE])
        for firm in (*WORKSHOPS, GUARANTEED):
            standing, (credit, mortgage, guarantee) = selectors.line(self.firms[firm].number, on=DAY), self.parts(firm)
            assert standing.used == Parts(Money(credit), Money(mortgage), Money(guarantee)), self.firms[firm].number
            carries = self.carries(firm) if firm in WORKSHOPS else 0
            assert standing.excess.mortgage == Money(max(0, mortgage - carries))
            assert standing.excess.guarantee == Money(guarantee if not self.promised else 0)

    def teardown(self) -> None:
        """Leave nothing pending: the next machine lives in the same database."""
        services.resolve_draws(Bank(Outcome.REJECTED), at=noon(DAY))
        assert lending.disagreements() == []


@pytest.fixture(autouse=True)
def _in_a_book(module_book: Path) -> Iterator[None]:
    yield


TestBesideAShadow = BesideAShadow.TestCase
TestBesideAShadow.settings = settings(max_examples=6, stateful_step_count=14, deadline=None)
