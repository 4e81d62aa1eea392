"""Short ways to open accounts and book, with a business date and a moment that stand still."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import TypeVar

from django.db import connections

from puhui.ids import RequestId, new_request
from puhui.ledger import selectors, services
from puhui.ledger.accounts import Balance, Bound, NewAccount
from puhui.ledger.lines import AccountId, Line, TransferId, transfer
from puhui.ledger.services import Booked
from puhui.money import Money
from puhui.refusals import Refused

DAY = date(2026, 4, 1)
NOON = datetime(2026, 4, 1, 4, tzinfo=UTC)
WITHIN_CREDITS = Bound.DEBITS_MUST_NOT_EXCEED_CREDITS
WITHIN_DEBITS = Bound.CREDITS_MUST_NOT_EXCEED_DEBITS
Result = TypeVar("Result")


class Books:
    """The ledger of one test: general accounts `cash` and `income`, and what a test opens."""

    def __init__(self) -> None:
        self.cash, self.income = self._open(NewAccount("cash", 1, general=True), NewAccount("income", 2, general=True))

    def _open(self, *accounts: NewAccount) -> list[AccountId]:
        opened = services.open_accounts(accounts, on=DAY)
        assert not isinstance(opened, Refused)
        return opened

    def account(self, name: str, bound: Bound = Bound.NONE, *, credit: int = 0, currency: str = "CNY") -> AccountId:
        """Open an account; `credit` fen are put in from cash."""
        (opened,) = self._open(NewAccount(name, 7, bound, currency=currency))
        if credit:
            self.ok(transfer(self.cash, opened, Money(credit), code=1))
        return opened

    def book(self, *lines: Line, request: str | None = None, on: date = DAY, at: datetime = NOON) -> Booked | Refused:
        return services.book(lines, request=RequestId(request) if request else new_request(), on=on, at=at)

    def ok(self, *lines: Line, on: date = DAY, at: datetime = NOON) -> list[TransferId]:
        """Book what must succeed; returns the transfers."""
        answer = self.book(*lines, on=on, at=at)
        assert isinstance(answer, Booked), answer
        return [each for each in answer.transfers if each is not None]

    def totals(self, account: AccountId, on: date | None = None) -> tuple[int, int, int, int]:
        """Debits pending, debits posted, credits pending, credits posted."""
        held: Balance = selectors.balance(account, on=on)
        return held.debits_pending, held.debits_posted, held.credits_pending, held.credits_posted


def at_once(times: int, act: Callable[[int], Result]) -> list[Result]:
    """Run an act many times at once, each in a thread with a connection of its own."""

    def alone(number: int) -> Result:
        try:
            return act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(alone, range(times)))
