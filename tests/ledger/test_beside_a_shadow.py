"""Random acts, on the real ledger and on its shadow: the same answers and the same totals, always."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from paper_books import DAY, NOON
from shadow import Shadow, ShadowAccount

from puhui.ids import RequestId, new_request
from puhui.ledger import selectors, services
from puhui.ledger.accounts import Bound, NewAccount
from puhui.ledger.lines import AccountId, Kind, Line, TransferId
from puhui.ledger.services import Booked
from puhui.money import MOST_FEN, Money

PLACES = st.integers(0, 7)  # 0 and 1 are general, 2 and 3 bounded, 4 and 5 free, 6 in dollars, 7 is nobody's
AMOUNTS = st.one_of(st.integers(1, 40), st.integers(0, 200), st.sampled_from([-1, MOST_FEN]))
ENDINGS = st.sampled_from([Kind.POST, Kind.POST, Kind.VOID, Kind.EXPIRE, Kind.REVERSE, Kind.REVERSE])
NEW = st.tuples(
    st.sampled_from([Kind.POSTED, Kind.POSTED, Kind.PENDING]), PLACES, PLACES, AMOUNTS, st.sampled_from([None, 60, 600])
)
END = st.tuples(ENDINGS, st.integers(0, 60), st.none() | st.integers(0, 60))
CLOSE = st.tuples(st.just(Kind.CLOSE), PLACES)
ACTS = st.lists(st.one_of(NEW, NEW, NEW, END, END, CLOSE), min_size=1, max_size=4)


class BesideAShadow(RuleBasedStateMachine):
    """One ledger, its shadow, and a clock that only the test moves."""

    opened: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        BesideAShadow.opened += 1
        self.shadow, self.now, self.known = Shadow(), NOON, list[int]()
        self.answers: list[tuple[RequestId, tuple[Line, ...], object]] = []
        free = {"bound": Bound.NONE}
        terms: list[dict[str, object]] = [{"general": True}] * 2
        terms += [{"bound": bound} for bound in Bound if bound is not Bound.NONE] + [free, free, {"currency": "USD"}]
        accounts = [NewAccount(f"{self.opened}/{place}", 1, **each) for place, each in enumerate(terms)]
        opened = services.open_accounts(accounts, on=DAY)
        assert isinstance(opened, list)
        self.ids: list[int] = [*opened, 10**12]
        for number, account in zip(opened, accounts, strict=True):
            self.shadow.accounts[number] = ShadowAccount(
                account.bound is Bound.DEBITS_MUST_NOT_EXCEED_CREDITS,
                account.bound is Bound.CREDITS_MUST_NOT_EXCEED_DEBITS,
                account.general,
                account.currency,
            )

    def _line(self, drawn: tuple[object, ...]) -> Line:
        kind, first, *more = drawn
        assert isinstance(kind, Kind) and isinstance(first, int)
        if kind is Kind.CLOSE:
            return Line(kind, debit=AccountId(self.ids[first]))
        if kind in (Kind.POSTED, Kind.PENDING):
            second, fen, timeout = more
            return Line(
                kind,
                AccountId(self.ids[first]),
                AccountId(self.ids[second]),
                Money(fen, "USD" if first == 6 else "CNY"),
                1,
                timeout_seconds=timeout if kind is Kind.PENDING else None,
            )
        amount = Money(more[0]) if more[0] is not None and kind is Kind.POST else None
        return Line(kind, amount=amount, refers=TransferId(self.known[-1 - first] if first < len(self.known) else 1))

    @rule(drawn=ACTS)
    def act(self, drawn: list[tuple[object, ...]]) -> None:
        lines, request = tuple(self._line(each) for each in drawn), new_request()
        answer = services.book(lines, request=request, on=DAY, at=self.now)
        seen = selectors.act(request)
        assert seen is not None
        ids = [seen.number * 10_000 + place for place in range(1, len(lines) + 1)]
        expected = self.shadow.book(lines, self.now, ids)
        assert ("BOOKED" if isinstance(answer, Booked) else answer.code.value) == expected
        if isinstance(answer, Booked):
            self.known += [each for each in answer.transfers if each is not None]
        self.answers.append((request, lines, answer))

    @rule(which=st.integers(0, 50))
    def ask_again(self, which: int) -> None:
        if self.answers:
            request, lines, answer = self.answers[which % len(self.answers)]
            assert services.book(lines, request=request, on=DAY, at=self.now) == answer

    @rule(seconds=st.sampled_from([1, 59, 60, 300]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def let_time_outs_pass(self) -> None:
        due = [n for n, t in self.shadow.transfers.items() if t.expires and t.expires <= self.now and not t.ended_by]
        assert services.expire_pending(on=DAY, at=self.now) == len(due)
        for number in due:
            ended = self.shadow.book((Line(Kind.EXPIRE, refers=TransferId(number)),), self.now, [-number])
            assert ended == "BOOKED"

    @rule()
    def fold(self) -> None:
        services.fold()

    @invariant()
    def totals_agree(self) -> None:
        held = selectors.balances([AccountId(number) for number in self.shadow.accounts])
        for number, account in self.shadow.accounts.items():
            balance = held[AccountId(number)]
            found = [balance.debits_pending, balance.debits_posted, balance.credits_pending, balance.credits_posted]
            assert found == account.totals, number

    def teardown(self) -> None:
        """Leave nothing pending: the next ledger lives in the same database, on a clock that starts at noon again."""
        services.expire_pending(on=DAY, at=NOON + timedelta(days=3650))
        checked = selectors.check()
        assert checked.holds, checked.wrong


@pytest.fixture(autouse=True)
def _in_a_book(module_book: Path) -> Iterator[None]:
    yield


TestBesideAShadow = BesideAShadow.TestCase
TestBesideAShadow.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
