"""Many at once: limits hold to the fen, nothing is ended twice, and nobody waits at cash."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable

import psycopg
from paper_books import DAY, WITHIN_CREDITS, Books, at_once

from puhui import postgres
from puhui.ledger import selectors
from puhui.ledger.lines import Line, post, reserve, transfer, void
from puhui.ledger.services import Booked
from puhui.money import Money
from puhui.refusals import Refused


def _answers(found: list[Booked | Refused]) -> Counter[str]:
    return Counter("BOOKED" if isinstance(each, Booked) else each.code.value for each in found)


def test_64_draws_at_once_never_exceed_the_line(books: Books) -> None:
    line, group = (
        books.account("line", WITHIN_CREDITS, credit=10_000),
        books.account("cap", WITHIN_CREDITS, credit=9_000),
    )
    loan = books.account("loan")
    amounts = [100 + 7 * number for number in range(64)]

    def draw(number: int) -> Booked | Refused:
        fen = Money(amounts[number])
        kind: Callable[..., Line] = reserve if number % 2 else transfer
        return books.book(
            *(kind(each, books.cash, fen, code=2) for each in (line, group)), transfer(loan, books.cash, fen, code=1)
        )

    found = at_once(64, draw)
    drawn = sum(fen for fen, answer in zip(amounts, found, strict=True) if isinstance(answer, Booked))
    refused = [answer for answer in found if isinstance(answer, Refused)]
    assert set(_answers(found)) == {"BOOKED", "EXCEEDS_CREDITS"}
    assert drawn <= 9_000 and sum(amounts) > 10_000
    assert all(answer.details["asked"] > answer.details["available"] for answer in refused)
    pending, posted, _, _ = books.totals(group)
    assert pending + posted == drawn == books.totals(loan)[1]
    assert selectors.check().holds


def test_one_request_sent_many_times_at_once_is_booked_once(books: Books) -> None:
    loan = books.account("loan")
    found = at_once(16, lambda _: books.book(transfer(loan, books.cash, Money(5), code=1), request="the one"))
    assert len(set(map(repr, found))) == 1 and isinstance(found[0], Booked)
    assert books.totals(loan) == (0, 5, 0, 0)


def test_a_pending_transfer_is_ended_once(books: Books) -> None:
    line = books.account("line", WITHIN_CREDITS, credit=100)
    for _ in range(5):
        (held,) = books.ok(reserve(line, books.cash, Money(10), code=1))
        endings = [(post if number % 2 else void)(held) for number in range(8)]
        found = _answers(at_once(8, lambda number, endings=endings: books.book(endings[number])))
        assert found["BOOKED"] == 1
        assert found["ALREADY_POSTED"] + found["ALREADY_VOIDED"] == 7
    assert books.totals(line)[0] == 0
    assert selectors.check().holds


def test_acts_that_name_the_same_accounts_in_opposite_order_do_not_wait_in_a_circle(books: Books) -> None:
    accounts = [books.account(f"a{number}") for number in range(6)]

    def swap(number: int) -> int:
        order = accounts if number % 2 else accounts[::-1]
        pairs = list(itertools.pairwise(order))
        return sum(
            isinstance(books.book(*(transfer(a, b, Money(1), code=1) for a, b in pairs)), Booked) for _ in range(20)
        )

    assert at_once(8, swap) == [20] * 8
    assert selectors.check().holds


def test_nobody_waits_for_an_account_that_everybody_touches(books: Books) -> None:
    mine, yours = books.account("mine"), books.account("yours")
    with psycopg.connect(postgres.url()) as slow:
        row = [1, 1, mine, books.cash, 7, 156, 1, None, None]
        slow.execute(
            "insert into ledger_act (request, happened_on, learned_at, lines) values ('slow', %s, now(), %s)",
            [DAY, [row]],
        )
        with psycopg.connect(postgres.url(), autocommit=True) as hasty:
            hasty.execute("set lock_timeout = '2s'")
            booking = "insert into ledger_act (request, happened_on, learned_at, lines) values (%s, %s, now(), %s)"
            hasty.execute(booking, ["quick", DAY, [[1, 1, yours, *row[3:]]]])
            try:
                hasty.execute(booking, ["same", DAY, [row]])
            except psycopg.errors.LockNotAvailable:
                pass
            else:
                raise AssertionError("an account of one's own is locked until the commit")
        slow.rollback()
    assert books.totals(books.cash) == (0, 0, 0, 7)
