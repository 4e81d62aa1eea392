"""The room's acts: open accounts, book, let time-outs pass, fold the general accounts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from django.db import connection, transaction
from psycopg.rows import TupleRow

from puhui.ids import RequestId
from puhui.ledger.accounts import Balance, Bound, NewAccount
from puhui.ledger.lines import AccountId, Kind, Line, Row, TransferId, currency_number, expire, rows
from puhui.ledger.reasons import Reason
from puhui.refusals import BadInput, Code, Refused

AS_ARRAY = str.maketrans("[]", "{}")
LINES_IN_A_NUMBER = 10_000  # a transfer's id is its act's number times this, plus its line
EXPIRED_IN_ONE_ACT = 500

BOOK = """insert into ledger_act (request, happened_on, learned_at, lines) values (%s, %s, %s, %s::bigint[])
    returning number, refusals, available"""
BOOK_MANY = """insert into ledger_act (request, happened_on, learned_at, lines)
    select request, %s::date, %s::timestamptz, lines::bigint[]
    from unnest(%s::text[], %s::text[]) with ordinality as act (request, lines, n) order by n
    returning request, number, refusals, available"""
ANSWER = "select number, refusals, available, happened_on, lines from ledger_act where request = %s"
OPEN = """insert into ledger_account (name, ledger, code, debits_must_not_exceed_credits,
        credits_must_not_exceed_debits, general, opened_on, debits_pending, debits_posted, credits_pending,
        credits_posted)
    select *, %s::date, 0, 0, 0, 0
    from unnest(%s::text[], %s::smallint[], %s::smallint[], %s::bool[], %s::bool[], %s::bool[])
    on conflict (name) do nothing"""
OPENED = """select id, name, ledger, code, debits_must_not_exceed_credits, credits_must_not_exceed_debits, general
    from ledger_account where name = any (%s)"""

HOLD = """select id, debits_pending, debits_posted, credits_pending, credits_posted from ledger_account
    where id = any (%s) and not general order by id for no key update"""


@dataclass(frozen=True, slots=True)
class Booked:
    """The act is in the books: its number, and for each line the id of its transfer (None for a closing)."""

    act: int
    transfers: tuple[TransferId | None, ...]


Answer = Booked | Refused


@dataclass(frozen=True, slots=True)
class Act:
    """What is asked of the ledger under one request id."""

    lines: tuple[Line, ...]
    request: RequestId


def open_accounts(accounts: Sequence[NewAccount], *, on: date) -> list[AccountId] | Refused:
    """Open accounts, all or none; returns their ids in the order given. One that is open on the same terms is left so.

    Refuses ACCOUNT_HAS_OTHER_TERMS when a name is taken on other terms.
    """
    terms = {each.name: _terms(each) for each in accounts}
    columns = [list(column) for column in zip(*terms.values(), strict=True)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OPEN, [on, *columns])
        cursor.execute(OPENED, [list(terms)])
        found = {row[1]: (row[0], row[1:]) for row in cursor.fetchall()}
        for each in accounts:
            if found[each.name][1] != _terms(each):
                transaction.set_rollback(True)
                return Refused(Code.ACCOUNT_HAS_OTHER_TERMS, {"account": each.name})
    return [AccountId(found[each.name][0]) for each in accounts]


def book(lines: Sequence[Line], *, request: RequestId, on: date, at: datetime) -> Answer:
    """Book an act: all of its lines, or none. One round trip, and a transaction of its own unless one is open.

    `on` is the business date, `at` the moment (with its zone) that time-outs are counted from. A repeated `request`
    gives the first answer again, be it booked or refused, whatever its moment. Refuses what `reasons.Reason` lists,
    for the first line that cannot be booked, and REQUEST_HAS_OTHER_CONTENT for a request id used for something else.
    """
    return book_each([lines], request=request, on=on, at=at)[0]


def book_each(chains: Sequence[Sequence[Line]], *, request: RequestId, on: date, at: datetime) -> list[Answer]:
    """Book several chains of lines as one act. Each is booked whole or refused whole, whatever becomes of the others.

    Later chains see what earlier ones have booked. Raises BadInput for an empty chain or more than 8,190 lines.
    """
    asked = rows(chains)
    _has_a_zone(at)
    answer = _query(BOOK, [request, on, at, _literal(asked)])
    if answer is None:
        number, refusals, available, first_on, first_lines = _query(ANSWER, [request]) or (0, None, None, None, None)
        if (first_on, first_lines) != (on, asked):
            return [Refused(Code.REQUEST_HAS_OTHER_CONTENT, {"request": request, "act": number})] * len(chains)
        answer = number, refusals, available
    return _answers(chains, asked, *answer)


def book_acts(acts: Sequence[Act], *, on: date, at: datetime) -> list[Answer]:
    """Book many acts in one round trip, in their order, each as `book` would: what is refused stops no other.

    Acts of one date and moment under request ids of their own. In a transaction that the caller holds open they are in
    the books together.
    """
    if not acts:
        return []
    _has_a_zone(at)
    asked = [rows([act.lines]) for act in acts]
    values = [on, at, [act.request for act in acts], [_literal(each) for each in asked]]
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        new = {request: answer for request, *answer in cursor.execute(BOOK_MANY, values, prepare=True)}
    return [
        _answers([act.lines], lines, *new[act.request])[0]
        if act.request in new
        else book(act.lines, request=act.request, on=on, at=at)
        for act, lines in zip(acts, asked, strict=True)
    ]


def hold(accounts: Collection[AccountId]) -> dict[AccountId, Balance]:
    """Lock accounts until the end of the caller's transaction, in the order of their ids, and tell what they hold.

    For an act whose lines depend on what is free: give all accounts that the act will touch, before it is booked. A
    general account is never locked, and is left out.
    """
    assert connection.in_atomic_block, "a lock outlives nothing but its transaction"
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [list(accounts)])
        return {AccountId(row[0]): Balance(*row[1:]) for row in cursor.fetchall()}


def expire_pending(*, on: date, at: datetime) -> int:
    """Set free every pending transfer whose time was up at a moment; returns how many. Asking twice changes nothing."""
    freed = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                """select t.id from ledger_transfer t where t.expires_at <= %s
                    and not exists (select from ledger_transfer l where l.refers = t.id) order by t.id limit %s""",
                [at, EXPIRED_IN_ONE_ACT],
            )
            due = [TransferId(row[0]) for row in cursor.fetchall()]
        if not due:
            return freed
        # Another process may be at the same ones: what it has freed meanwhile is refused here, and not counted.
        request = RequestId(f"expire/{due[0]}-{due[-1]}/{at.isoformat()}")
        answers = book_each([[expire(each)] for each in due], request=request, on=on, at=at)
        freed += sum(isinstance(answer, Booked) for answer in answers)


def fold() -> int:
    """Sum up general accounts as far as acts are final; returns the number of the last act that is summed up.

    Nobody waits for it, and no total changes by it: reading a general account only becomes faster.
    """
    if connection.in_atomic_block:
        raise BadInput("a fold is a transaction of its own", then="call it outside of a transaction")
    with connection.cursor() as cursor:
        cursor.execute("insert into ledger_fold default values returning folded_to")
        return int(cursor.fetchone()[0])


def _has_a_zone(at: datetime) -> None:
    if at.tzinfo is None:
        raise BadInput(f"the moment {at} has no zone", then="give it one, as `days.now()` does")


def _terms(each: NewAccount) -> tuple[object, ...]:
    return (
        each.name,
        currency_number(each.currency),
        each.code,
        each.bound is Bound.DEBITS_MUST_NOT_EXCEED_CREDITS,
        each.bound is Bound.CREDITS_MUST_NOT_EXCEED_DEBITS,
        each.general,
    )


def _query(statement: str, values: list[Any]) -> TupleRow | None:
    """One prepared statement, bound by the server: Django's own cursor would write the values into the text."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(statement, values, prepare=True).fetchone()


def _literal(asked: list[Row]) -> str:
    """The lines as PostgreSQL writes an array. The driver's own way looks at every number's size, and takes longer."""
    return str(asked).translate(AS_ARRAY).replace("None", "NULL")


def _answers(
    chains: Sequence[Sequence[Line]],
    asked: list[Row],
    number: int,
    refusals: list[int] | None,
    available: list[int | None] | None,
) -> list[Answer]:
    answers: list[Answer] = []
    start = 0
    for chain in chains:
        places = range(start, start + len(chain))
        start += len(chain)
        wrong = next((i for i in places if refusals and refusals[i] > Reason.LINKED_LINE_REFUSED), None)
        if wrong is not None and refusals and available:
            answers.append(_refused(asked[wrong], wrong - places.start + 1, Reason(refusals[wrong]), available[wrong]))
            continue
        ids = (
            None if line.kind is Kind.CLOSE else TransferId(number * LINES_IN_A_NUMBER + place + 1)
            for line, place in zip(chain, places, strict=True)
        )
        answers.append(Booked(number, tuple(ids)))
    return answers


def _refused(asked: Row, line: int, reason: Reason, available: int | None) -> Refused:
    _, _, debit, credit, amount, _, _, refers, _ = asked
    facts = {"line": line, "debit": debit, "credit": credit, "transfer": refers, "asked": amount}
    facts["available"] = available
    return Refused(reason.code, {name: value for name, value in facts.items() if value is not None})
