"""Accounts, entries and acts for people who look: a page at a time.

Promises what the tables hold, in the order in which it was booked; refuses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from puhui.ids import RequestId
from puhui.ledger.accounts import Account, Balance, Entry
from puhui.ledger.lines import AccountId, Kind, TransferId
from puhui.ledger.selectors import account_of, fetch

LINES_AN_ACT = 10_000  # a transfer's id is its act's number times this, and its line
NEWEST = 500
COLUMNS = (
    "id, name, code, debits_must_not_exceed_credits, credits_must_not_exceed_debits, general, ledger,"
    " opened_on, closed_on"
)


@dataclass(frozen=True, slots=True)
class Booked:
    """One transfer of an act, with both accounts by name."""

    transfer: TransferId
    kind: Kind
    debit: AccountId
    debit_name: str
    credit: AccountId
    credit_name: str
    amount_fen: int
    refers: TransferId | None


@dataclass(frozen=True, slots=True)
class WholeAct:
    """One act and everything that it booked."""

    number: int
    request: RequestId
    happened_on: date
    learned_at: datetime
    lines: tuple[Booked, ...]


def accounts(
    *, code: int | None = None, words: Sequence[str] = (), first: int = 0, many: int = 50, down: bool = False
) -> tuple[list[Account], int]:
    """A page of accounts by name, of one code or of all, whose name begins with the words; and how many there are."""
    name = " ".join(words)
    where = "where (%s::int is null or code = %s) and (%s = '' or name ilike %s)"
    values = [code, code, name, f"{name}%"]
    ((total,),) = fetch(f"select count(*) from ledger_account {where}", values)
    way = "desc" if down else "asc"
    rows = fetch(
        f"select {COLUMNS} from ledger_account {where} order by name {way} limit %s offset %s", [*values, many, first]
    )
    return [account_of(row) for row in rows], int(total)


def account(number: AccountId) -> Account | None:
    """An account by its number."""
    rows = fetch(f"select {COLUMNS} from ledger_account where id = %s", [number])
    return account_of(rows[0]) if rows else None


def entries(account: AccountId) -> list[Entry]:
    """The newest entries of a general account, which everything moves; the balance after each is not counted."""
    rows = fetch(
        "select id, kind, code, happened_on, learned_at, counter_account, refers, debits_posted, credits_posted"
        " from ledger_entry where account = %s order by id desc limit %s",
        [account, NEWEST],
    )
    return [
        Entry(
            TransferId(row[0]), Kind(row[1]), row[2], row[3], row[4], AccountId(row[5]),
            TransferId(row[6]) if row[6] else None, int(row[7]), int(row[8]), Balance(),
        )
        for row in rows
    ]  # fmt: skip


def act(number: int) -> WholeAct | None:
    """An act by its number, with its transfers."""
    heads = fetch("select number, request, happened_on, learned_at from ledger_act where number = %s", [number])
    if not heads:
        return None
    rows = fetch(
        """select t.id, t.kind, d.id, d.name, c.id, c.name, t.amount_fen, t.refers from ledger_transfer t
        join ledger_account d on d.id = t.debit_account join ledger_account c on c.id = t.credit_account
        where t.id >= %s and t.id < %s order by t.id""",
        [number * LINES_AN_ACT, (number + 1) * LINES_AN_ACT],
    )
    lines = tuple(
        Booked(TransferId(r[0]), Kind(r[1]), AccountId(r[2]), r[3], AccountId(r[4]), r[5], int(r[6]), r[7])
        for r in rows
    )
    return WholeAct(heads[0][0], RequestId(heads[0][1]), heads[0][2], heads[0][3], lines)
