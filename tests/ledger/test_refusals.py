"""Every reason for which a line is refused, and which one is given when several hold: the lowest number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from paper_books import DAY, NOON, WITHIN_CREDITS, WITHIN_DEBITS, Books

from puhui.ids import RequestId
from puhui.ledger import services
from puhui.ledger.accounts import NewAccount
from puhui.ledger.lines import (
    AccountId,
    Kind,
    Line,
    TransferId,
    close,
    expire,
    post,
    reserve,
    reverse,
    transfer,
    void,
)
from puhui.ledger.reasons import Reason
from puhui.money import MOST_FEN, Money
from puhui.refusals import WORDS, Refused

NOWHERE, NEVER = AccountId(999_999), TransferId(1)
LATE = NOON + timedelta(hours=1)


@dataclass
class Scene:
    """Accounts and transfers in every state that a refusal may rest on."""

    books: Books

    def __post_init__(self) -> None:
        books = self.books
        self.cash = books.cash
        self.open = books.account("open")
        self.dollars = books.account("dollars", currency="USD")
        self.line = books.account("line", WITHIN_CREDITS, credit=100)
        self.empty = books.account("empty", WITHIN_CREDITS)
        self.asset = books.account("asset", WITHIN_DEBITS)
        self.closed = books.account("closed")
        self.full_of_debits, self.full_of_credits = books.account("debits"), books.account("credits")
        self.posted, self.to_reverse = books.ok(*[transfer(self.open, self.cash, Money(50), code=1)] * 2)
        self.of_closed, *_ = books.ok(
            transfer(self.closed, self.cash, Money(5), code=1), transfer(self.cash, self.closed, Money(5), code=1)
        )
        books.ok(close(self.closed))
        (self.reversal,) = books.ok(reverse(self.to_reverse))
        hour = timedelta(hours=1)
        hold = reserve(self.line, self.cash, Money(10), code=1)
        self.held, self.was_posted, self.was_voided = books.ok(hold, hold, hold)
        (self.due,) = books.ok(replace(hold, timeout_seconds=3600))
        (self.expired,) = books.ok(reserve(self.line, self.cash, Money(10), code=1, timeout=hour / 2))
        self.post_of, self.void_of = books.ok(post(self.was_posted), void(self.was_voided))
        services.expire_pending(on=DAY, at=NOON + hour / 2)
        books.ok(transfer(self.full_of_debits, self.cash, Money(MOST_FEN), code=1))
        books.ok(transfer(self.cash, self.full_of_credits, Money(MOST_FEN), code=1))

    def asked(self, line: Line, at: datetime = LATE) -> str:
        answer = self.books.book(line, at=at)
        return answer.code.value if isinstance(answer, Refused) else "BOOKED"


@pytest.fixture(scope="module")
def scene(module_book: Path) -> Iterator[Scene]:
    yield Scene(Books())


def _pay(scene: Scene, **changes: object) -> Line:
    return replace(transfer(scene.open, scene.cash, Money(10), code=1), **changes)


CASES: dict[Reason, Callable[[Scene], Line]] = {
    Reason.AMOUNT_NOT_POSITIVE: lambda s: _pay(s, amount=Money(0)),
    Reason.CODE_NOT_POSITIVE: lambda s: _pay(s, code=0),
    Reason.ACCOUNTS_MUST_DIFFER: lambda s: _pay(s, credit=s.open),
    Reason.TIMEOUT_ONLY_FOR_PENDING: lambda s: _pay(s, timeout_seconds=60),
    Reason.TIMEOUT_NOT_POSITIVE: lambda s: _pay(s, kind=Kind.PENDING, timeout_seconds=0),
    Reason.DEBIT_ACCOUNT_UNKNOWN: lambda s: _pay(s, debit=NOWHERE),
    Reason.CREDIT_ACCOUNT_UNKNOWN: lambda s: _pay(s, credit=NOWHERE),
    Reason.TRANSFER_UNKNOWN: lambda s: post(NEVER),
    Reason.TRANSFER_NOT_PENDING: lambda s: post(s.posted),
    Reason.TRANSFER_NOT_POSTED: lambda s: reverse(s.held),
    Reason.ACCOUNTS_OF_TWO_CURRENCIES: lambda s: _pay(s, debit=s.dollars),
    Reason.AMOUNT_OF_OTHER_CURRENCY: lambda s: _pay(s, amount=Money(10, "USD")),
    Reason.ABOVE_PENDING_AMOUNT: lambda s: post(s.held, Money(11)),
    Reason.ALREADY_POSTED: lambda s: void(s.was_posted),
    Reason.ALREADY_VOIDED: lambda s: post(s.was_voided),
    Reason.PENDING_HAS_EXPIRED: lambda s: post(s.due),
    Reason.PENDING_NOT_EXPIRED: lambda s: expire(s.held),
    Reason.ALREADY_REVERSED: lambda s: reverse(s.to_reverse),
    Reason.DEBIT_ACCOUNT_CLOSED: lambda s: _pay(s, debit=s.closed),
    Reason.CREDIT_ACCOUNT_CLOSED: lambda s: _pay(s, credit=s.closed),
    Reason.OVERFLOWS_DEBITS: lambda s: _pay(s, debit=s.full_of_debits),
    Reason.OVERFLOWS_CREDITS: lambda s: _pay(s, debit=s.open, credit=s.full_of_credits),
    Reason.EXCEEDS_CREDITS: lambda s: _pay(s, debit=s.line, amount=Money(101)),
    Reason.EXCEEDS_DEBITS: lambda s: _pay(s, debit=s.cash, credit=s.asset),
    Reason.ACCOUNT_UNKNOWN: lambda s: close(NOWHERE),
    Reason.ACCOUNT_CLOSED: lambda s: close(s.closed),
    Reason.GENERAL_ACCOUNT_STAYS_OPEN: lambda s: close(s.cash),
    Reason.ACCOUNT_NOT_EMPTY: lambda s: close(s.line),
}

# Each ladder starts with a line that is wrong in many ways; each rung mends what was refused before it.
LADDERS: dict[str, list[tuple[Callable[[Scene], dict[str, object]], str]]] = {
    "a transfer": [
        (lambda s: {"amount": Money(0, "USD"), "code": 0, "debit": NOWHERE, "credit": NOWHERE}, "AMOUNT_NOT_POSITIVE"),
        (lambda s: {"amount": Money(MOST_FEN, "USD")}, "CODE_NOT_POSITIVE"),
        (lambda s: {"code": 1, "timeout_seconds": 0}, "ACCOUNTS_MUST_DIFFER"),
        (lambda s: {"debit": TransferId(888_888)}, "TIMEOUT_ONLY_FOR_PENDING"),
        (lambda s: {"timeout_seconds": None}, "DEBIT_ACCOUNT_UNKNOWN"),
        (lambda s: {"debit": s.closed}, "CREDIT_ACCOUNT_UNKNOWN"),
        (lambda s: {"credit": s.dollars}, "ACCOUNTS_OF_TWO_CURRENCIES"),
        (lambda s: {"credit": s.full_of_credits}, "AMOUNT_OF_OTHER_CURRENCY"),
        (lambda s: {"amount": Money(MOST_FEN)}, "DEBIT_ACCOUNT_CLOSED"),
        (lambda s: {"debit": s.full_of_debits, "credit": s.closed}, "CREDIT_ACCOUNT_CLOSED"),
        (lambda s: {"credit": s.full_of_credits}, "OVERFLOWS_DEBITS"),
        (lambda s: {"debit": s.empty}, "OVERFLOWS_CREDITS"),
        (lambda s: {"credit": s.asset}, "EXCEEDS_CREDITS"),
        (lambda s: {"debit": s.open, "amount": Money(1)}, "EXCEEDS_DEBITS"),
        (lambda s: {"credit": s.cash}, "BOOKED"),
    ],
    "a pending transfer": [
        (lambda s: {"kind": Kind.PENDING, "timeout_seconds": 0, "debit": NOWHERE}, "TIMEOUT_NOT_POSITIVE"),
        (lambda s: {"timeout_seconds": 1}, "DEBIT_ACCOUNT_UNKNOWN"),
        (lambda s: {"debit": s.open}, "BOOKED"),
    ],
    "a posting": [
        (
            lambda s: {"kind": Kind.POST, "refers": NEVER, "amount": Money(-1, "USD"), "timeout_seconds": 0},
            "AMOUNT_NOT_POSITIVE",
        ),
        (lambda s: {"amount": Money(11, "USD")}, "TIMEOUT_ONLY_FOR_PENDING"),
        (lambda s: {"timeout_seconds": None}, "TRANSFER_UNKNOWN"),
        (lambda s: {"refers": s.posted}, "TRANSFER_NOT_PENDING"),
        (lambda s: {"refers": s.was_posted}, "AMOUNT_OF_OTHER_CURRENCY"),
        (lambda s: {"amount": Money(11)}, "ABOVE_PENDING_AMOUNT"),
        (lambda s: {"amount": Money(10)}, "ALREADY_POSTED"),
        (lambda s: {"refers": s.was_voided}, "ALREADY_VOIDED"),
        (lambda s: {"refers": s.expired}, "PENDING_HAS_EXPIRED"),
    ],
    "a reversal": [
        (
            lambda s: {"kind": Kind.REVERSE, "refers": NEVER, "amount": None, "timeout_seconds": 9},
            "TIMEOUT_ONLY_FOR_PENDING",
        ),
        (lambda s: {"timeout_seconds": None}, "TRANSFER_UNKNOWN"),
        (lambda s: {"refers": s.void_of}, "TRANSFER_NOT_POSTED"),
        (lambda s: {"refers": s.to_reverse}, "ALREADY_REVERSED"),
        (lambda s: {"refers": s.of_closed}, "CREDIT_ACCOUNT_CLOSED"),
    ],
    "a closing": [
        (lambda s: {"kind": Kind.CLOSE, "debit": NOWHERE, "timeout_seconds": 9}, "TIMEOUT_ONLY_FOR_PENDING"),
        (lambda s: {"timeout_seconds": None}, "ACCOUNT_UNKNOWN"),
        (lambda s: {"debit": s.closed}, "ACCOUNT_CLOSED"),
        (lambda s: {"debit": s.cash}, "GENERAL_ACCOUNT_STAYS_OPEN"),
        (lambda s: {"debit": s.line}, "ACCOUNT_NOT_EMPTY"),
    ],
}


@pytest.mark.parametrize("reason", CASES, ids=lambda reason: reason.name)
def test_each_reason_is_given_and_has_words(scene: Scene, reason: Reason) -> None:
    assert scene.asked(CASES[reason](scene)) == reason.name
    assert all(WORDS[reason.code])


def test_every_reason_has_its_case() -> None:
    assert set(CASES) == set(Reason) - {Reason.BOOKED, Reason.LINKED_LINE_REFUSED}


@pytest.mark.parametrize("name", LADDERS)
def test_of_several_reasons_the_first_of_the_list_is_given(scene: Scene, name: str) -> None:
    line, given = _pay(scene), []
    for changes, expected in LADDERS[name]:
        line = replace(line, **changes(scene))
        assert scene.asked(line) == expected, line
        given += [Reason[expected]] if expected != "BOOKED" else []
    assert given == sorted(given) and len(set(given)) == len(given)


def test_the_second_of_two_endings_in_one_act_is_refused_and_the_act_with_it(scene: Scene) -> None:
    answer = scene.books.book(void(scene.held), post(scene.held))
    assert isinstance(answer, Refused) and answer.code is Reason.ALREADY_VOIDED.code
    assert answer.details == {"line": 2, "transfer": scene.held}
    again, ended = services.book_each(
        [[void(scene.held), post(NEVER)], [post(scene.held)]], request=RequestId("two"), on=DAY, at=NOON
    )
    assert isinstance(again, Refused) and not isinstance(ended, Refused), "what a refused chain ended is not ended"


def test_terms_that_contradict_each_other_are_no_account() -> None:
    for wrong in ({"name": ""}, {"code": 0}, {"general": True, "bound": WITHIN_CREDITS}):
        with pytest.raises(ValueError, match=r"does not lie|no bound|is not a name"):
            NewAccount(**{"name": "a", "code": 1, **wrong})
