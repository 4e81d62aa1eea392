"""What the ledger does with what it is asked."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import psycopg
import pytest
from paper_books import DAY, NOON, WITHIN_CREDITS, WITHIN_DEBITS, Books

from puhui import postgres
from puhui.ids import RequestId
from puhui.ledger import selectors, services
from puhui.ledger.accounts import NewAccount
from puhui.ledger.lines import close, expire, post, reserve, reverse, transfer, void
from puhui.ledger.reasons import Reason
from puhui.ledger.services import Act, Booked
from puhui.money import Money
from puhui.refusals import BadInput, Code, Refused

LATER = NOON + timedelta(minutes=10)
NEXT_DAY = date(2026, 4, 2)
OURS = {1, 2, 7}  # the codes of these stories; lending opens its own general accounts in every book


def test_a_transfer_takes_from_one_account_what_it_gives_to_another(books: Books) -> None:
    savings = books.account("savings")
    books.ok(transfer(books.cash, savings, Money(70_00), code=1), transfer(savings, books.income, Money(5_00), code=2))
    assert books.totals(savings) == (0, 5_00, 0, 70_00)
    assert books.totals(books.cash) == (0, 70_00, 0, 0)
    assert books.totals(books.income) == (0, 0, 0, 5_00)
    ours = [row for row in selectors.trial_balance() if row.code in OURS]
    assert [(row.code, row.accounts, row.balance.net_debit) for row in ours] == [
        (1, 1, 70_00),
        (2, 1, -5_00),
        (7, 1, -65_00),
    ]
    assert selectors.check().holds


def test_an_act_is_booked_whole_or_not_at_all(books: Books) -> None:
    line, loan = books.account("line", WITHIN_CREDITS, credit=100), books.account("loan")
    answer = books.book(transfer(loan, books.cash, Money(101), code=1), transfer(line, books.cash, Money(101), code=1))
    assert answer == Refused(
        Code.EXCEEDS_CREDITS, {"line": 2, "debit": line, "credit": books.cash, "asked": 101, "available": 100}
    )
    assert books.totals(loan) == books.totals(books.account("never touched"))
    assert books.totals(line) == (0, 0, 0, 100)


def test_chains_of_one_act_stand_or_fall_alone_and_later_ones_see_earlier_ones(books: Books) -> None:
    line, loan = books.account("line", WITHIN_CREDITS, credit=100), books.account("loan")

    def draw(fen: int) -> list[object]:
        return [transfer(loan, books.cash, Money(fen), code=1), transfer(line, books.cash, Money(fen), code=2)]

    first, second, third = services.book_each(
        [draw(60), draw(60), draw(40)], request=RequestId("chains"), on=DAY, at=NOON
    )
    assert isinstance(first, Booked) and isinstance(third, Booked)
    assert isinstance(second, Refused) and second.details["available"] == 40
    assert books.totals(loan) == (*books.totals(line)[:2], 0, 0) == (0, 100, 0, 0)
    seen = selectors.act(RequestId("chains"))
    assert seen is not None
    assert [reason.name for reason in seen.reasons] == [
        "BOOKED",
        "BOOKED",
        "LINKED_LINE_REFUSED",
        "EXCEEDS_CREDITS",
        "BOOKED",
        "BOOKED",
    ]


def test_acts_booked_together_are_answered_each_as_if_alone(books: Books) -> None:
    line = books.account("line", WITHIN_CREDITS, credit=100)

    def draw(fen: int, request: str) -> Act:
        return Act((transfer(line, books.cash, Money(fen), code=1),), RequestId(request))

    asked = [draw(60, "first"), draw(60, "second"), draw(40, "third")]
    answers = services.book_acts(asked, on=DAY, at=NOON)
    first, second, third = answers
    assert isinstance(first, Booked) and isinstance(third, Booked) and third.act == first.act + 2
    assert isinstance(second, Refused) and second.details["available"] == 40
    assert books.totals(line) == (0, 100, 0, 100)
    again = services.book_acts([draw(40, "third"), draw(1, "first"), *asked[:2]], on=DAY, at=LATER)
    assert isinstance(again[1], Refused) and again[1].code is Code.REQUEST_HAS_OTHER_CONTENT
    assert [again[0], *again[2:]] == [third, first, second], "asked again, the first answer"
    assert services.book_acts([], on=DAY, at=NOON) == []
    assert selectors.check().holds


def test_a_pending_amount_is_held_back_then_posted_in_part(books: Books) -> None:
    line = books.account("line", WITHIN_CREDITS, credit=100)
    (held,) = books.ok(reserve(line, books.cash, Money(80), code=1))
    assert books.totals(line) == (80, 0, 0, 100)
    assert isinstance(books.book(transfer(line, books.cash, Money(21), code=1)), Refused)
    (posted,) = books.ok(post(held, Money(50)))
    assert books.totals(line) == (0, 50, 0, 100)
    entries = [(entry.kind.name, entry.refers, entry.debit_fen) for entry in selectors.history(line)[1:]]
    assert entries == [("PENDING", None, 0), ("POST", held, 50)]
    assert selectors.history(line)[-1].transfer == posted


def test_a_voided_amount_is_free_again(books: Books) -> None:
    line = books.account("line", WITHIN_CREDITS, credit=100)
    (held,) = books.ok(reserve(line, books.cash, Money(80), code=1))
    books.ok(void(held))
    assert books.totals(line) == (0, 0, 0, 100)
    assert books.totals(books.cash) == (0, 100, 0, 0)


def test_a_pending_amount_is_free_again_when_its_time_is_up(books: Books) -> None:
    line = books.account("line", WITHIN_CREDITS, credit=100)
    (held,) = books.ok(reserve(line, books.cash, Money(80), code=1, timeout=timedelta(minutes=10)))
    assert services.expire_pending(on=DAY, at=LATER - timedelta(seconds=1)) == 0
    assert services.expire_pending(on=DAY, at=LATER) == 1
    assert services.expire_pending(on=DAY, at=LATER) == 0
    assert books.totals(line) == (0, 0, 0, 100)
    answer = books.book(post(held), at=LATER)
    assert isinstance(answer, Refused) and answer.code is Code.PENDING_HAS_EXPIRED


def test_time_outs_by_the_hundred_pass_at_once(books: Books) -> None:
    line = books.account("line", WITHIN_CREDITS, credit=2_000)
    second = timedelta(seconds=1)
    books.ok(*(reserve(line, books.cash, Money(1), code=1, timeout=second) for _ in range(1_100)))
    assert services.expire_pending(on=DAY, at=LATER) == 1_100
    assert books.totals(line) == (0, 0, 0, 2_000)


def test_both_bounds_hold_to_the_fen(books: Books) -> None:
    asset = books.account("asset", WITHIN_DEBITS)
    books.ok(transfer(asset, books.cash, Money(100), code=1))
    assert isinstance(books.book(transfer(books.cash, asset, Money(101), code=1)), Refused)
    books.ok(transfer(books.cash, asset, Money(100), code=1))
    assert books.totals(asset) == (0, 100, 0, 100)


def test_asking_twice_books_once_and_answers_alike(books: Books) -> None:
    line = books.account("line", WITHIN_CREDITS, credit=100)
    draw, more = (transfer(line, books.cash, Money(fen), code=1) for fen in (60, 70))
    booked, refused = books.book(draw, request="r1"), books.book(more, request="r2")
    assert isinstance(booked, Booked) and isinstance(refused, Refused)
    books.ok(transfer(books.cash, line, Money(1_000), code=1))
    assert books.book(draw, request="r1", at=LATER) == booked
    assert books.book(more, request="r2", at=LATER) == refused, "a refusal is an answer, too"
    assert books.totals(line) == (0, 60, 0, 1_100)


@pytest.mark.parametrize("difference", ["amount", "day", "lines"])
def test_a_request_id_stands_for_one_content(books: Books, difference: str) -> None:
    draw = transfer(books.account("loan"), books.cash, Money(60), code=1)
    books.book(draw, request="r1")
    changed = {
        "amount": lambda: books.book(transfer(draw.debit, books.cash, Money(61), code=1), request="r1"),
        "day": lambda: books.book(draw, request="r1", on=NEXT_DAY),
        "lines": lambda: books.book(draw, draw, request="r1"),
    }[difference]()
    assert isinstance(changed, Refused) and changed.code is Code.REQUEST_HAS_OTHER_CONTENT
    assert books.totals(draw.debit) == (0, 60, 0, 0)


def test_a_mistake_is_mended_by_new_transfers_that_name_the_old_one(books: Books) -> None:
    loan = books.account("loan")
    (wrong,) = books.ok(transfer(loan, books.cash, Money(60), code=3))
    undone, right = books.ok(reverse(wrong), transfer(loan, books.cash, Money(16), code=3), on=NEXT_DAY)
    shown = [(e.transfer, e.refers, e.debit_fen, e.credit_fen, e.balance.net_debit) for e in selectors.history(loan)]
    assert shown == [(wrong, None, 60, 0, 60), (undone, wrong, 0, 60, 0), (right, None, 16, 0, 16)]
    books.ok(reverse(undone))
    assert books.totals(loan) == (0, 136, 0, 60)


def test_what_an_account_held_at_the_end_of_a_day(books: Books) -> None:
    loan = books.account("loan")
    for day, fen in ((1, 10), (3, 20), (2, 5)):  # the last one is booked late, for an earlier day
        books.ok(transfer(loan, books.cash, Money(fen), code=1), on=date(2026, 4, day))
        services.fold()
    days = [date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2), date(2026, 4, 3)]
    assert [books.totals(loan, day)[1] for day in days] == [0, 10, 15, 35]
    assert [books.totals(books.cash, day)[3] for day in days] == [0, 10, 15, 35]
    assert [sum(row.balance.net_debit for row in selectors.trial_balance(on=day)) for day in days] == [0] * 4
    ours = {row.code: row.balance.net_debit for row in selectors.trial_balance(on=days[2]) if row.code in OURS}
    assert ours == {1: -15, 2: 0, 7: 15}
    shown = selectors.history(loan, since=days[2], until=days[2])
    assert [(entry.debit_fen, entry.balance.net_debit) for entry in shown] == [(5, 35)]


def test_folding_changes_no_total_and_waits_for_what_is_not_final(books: Books) -> None:
    loan = books.account("loan")
    books.ok(transfer(loan, books.cash, Money(10), code=1))
    with psycopg.connect(postgres.url()) as slow:  # an act that is not committed while later ones are
        slow.execute(
            "insert into ledger_act (request, happened_on, learned_at, lines) values ('slow', %s, now(), %s)",
            [DAY, [[1, 1, books.cash, books.income, 7, 156, 1, None, None]]],
        )
        books.ok(transfer(loan, books.cash, Money(20), code=1))
        assert max(services.fold() for _ in range(3)) < 2, "the open act is the second"
        assert books.totals(books.cash) == (0, 0, 0, 30)
    assert books.totals(books.cash) == (0, 7, 0, 30)
    services.fold()
    assert services.fold() == 3
    assert books.totals(books.cash) == (0, 7, 0, 30)
    assert selectors.check().holds


def test_a_fold_is_no_part_of_another_transaction(books: Books) -> None:
    from django.db import transaction

    with transaction.atomic(), pytest.raises(BadInput, match="transaction of its own"):
        services.fold()


def test_an_account_opens_once_on_its_terms(books: Books) -> None:
    line = NewAccount("line", 7, WITHIN_CREDITS)
    first = services.open_accounts([line], on=DAY)
    assert services.open_accounts([line, NewAccount("other", 8)], on=NEXT_DAY)[0] == first[0]
    refused = services.open_accounts([NewAccount("new", 7), NewAccount("line", 7)], on=DAY)
    assert refused == Refused(Code.ACCOUNT_HAS_OTHER_TERMS, {"account": "line"})
    assert set(selectors.accounts(["line", "new", "other"])) == {"line", "other"}, "all or none"


def test_an_account_closes_empty_and_for_good(books: Books) -> None:
    loan = books.account("loan")
    books.ok(transfer(loan, books.cash, Money(5), code=1))
    books.ok(transfer(books.cash, loan, Money(5), code=1), close(loan), on=NEXT_DAY)
    assert selectors.accounts(["loan"])["loan"].closed_on == NEXT_DAY
    answer = books.book(transfer(loan, books.cash, Money(5), code=1))
    assert isinstance(answer, Refused) and answer.code is Code.DEBIT_ACCOUNT_CLOSED


@pytest.mark.parametrize("chains", [[], [[]], [[close(1)] * 8_191]], ids=["no chain", "an empty chain", "too many"])
def test_an_act_has_lines(books: Books, chains: list[list[object]]) -> None:
    with pytest.raises(BadInput, match="cannot be booked"):
        services.book_each(chains, request=RequestId("r"), on=DAY, at=NOON)


def test_a_moment_has_a_zone(books: Books) -> None:
    with pytest.raises(BadInput, match="no zone"):
        books.book(expire(1), at=datetime(2026, 4, 1))  # noqa: DTZ001


def test_an_unknown_request_was_never_answered(books: Books) -> None:
    assert selectors.act(RequestId("never")) is None
    books.book(transfer(books.cash, books.income, Money(1), code=1), request="r")
    seen = selectors.act(RequestId("r"))
    assert seen is not None and seen.reasons == (Reason.BOOKED,)
