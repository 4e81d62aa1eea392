"""Lines: what an act asks the ledger to do.

Promises that a line can be built only from whole amounts and typed ids, and that equal lines are equal rows, so that
a repeated request can be told from a new one. Whether a line may be booked is for the database to say, once, under
lock: see `reasons`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import NewType

from puhui.money import Money
from puhui.refusals import BadInput

AccountId = NewType("AccountId", int)
TransferId = NewType("TransferId", int)
Row = list[int | None]

CURRENCIES = {"CNY": 156, "USD": 840, "EUR": 978, "HKD": 344}  # ISO 4217 numbers: the ledger that an account is in
MOST_LINES = 8_190  # in one act, as in TigerBeetle


class Kind(IntEnum):
    """What a line does. The first six become transfers; the numbers are those in the database."""

    POSTED = 1
    PENDING = 2
    POST = 3
    VOID = 4
    EXPIRE = 5
    REVERSE = 6
    CLOSE = 7


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an act. Make it with the functions below."""

    kind: Kind
    debit: AccountId | None = None
    credit: AccountId | None = None
    amount: Money | None = None
    code: int | None = None
    refers: TransferId | None = None
    timeout_seconds: int | None = None

    def row(self, chain: int) -> Row:
        """The line as the database reads it: nine numbers."""
        amount = self.amount
        return [
            chain,
            int(self.kind),
            self.debit,
            self.credit,
            None if amount is None else amount.fen,
            None if amount is None else currency_number(amount.currency),
            self.code,
            self.refers,
            self.timeout_seconds,
        ]


def currency_number(currency: str) -> int:
    """The ISO 4217 number of a currency.

    >>> currency_number("CNY")
    156
    """
    if currency not in CURRENCIES:
        raise BadInput(f"the ledger keeps no {currency}", then=f"use one of {', '.join(CURRENCIES)}")
    return CURRENCIES[currency]


def transfer(debit: AccountId, credit: AccountId, amount: Money, *, code: int) -> Line:
    """Move an amount at once: debit one account, credit the other. `code` says what for; its meaning is the caller's.

    >>> transfer(AccountId(1), AccountId(2), Money(500), code=7).row(1)
    [1, 1, 1, 2, 500, 156, 7, None, None]
    """
    return Line(Kind.POSTED, debit, credit, amount, code)


def reserve(debit: AccountId, credit: AccountId, amount: Money, *, code: int, timeout: timedelta | None = None) -> Line:
    """Hold an amount back until it is posted or voided, or until the time-out (whole seconds) has passed.

    >>> reserve(AccountId(1), AccountId(2), Money(500), code=7, timeout=timedelta(minutes=5)).row(1)
    [1, 2, 1, 2, 500, 156, 7, None, 300]
    """
    seconds = None if timeout is None else int(timeout.total_seconds())
    return Line(Kind.PENDING, debit, credit, amount, code, None, seconds)


def post(pending: TransferId, amount: Money | None = None) -> Line:
    """Post a pending transfer, all of it or less; what is not posted is set free."""
    return Line(Kind.POST, amount=amount, refers=pending)


def void(pending: TransferId) -> Line:
    """Set a pending transfer free."""
    return Line(Kind.VOID, refers=pending)


def expire(pending: TransferId) -> Line:
    """Set a pending transfer free whose time is up. `services.expire_pending` does it for all of them."""
    return Line(Kind.EXPIRE, refers=pending)


def reverse(posted: TransferId) -> Line:
    """Undo a posted transfer by one of the same amount the other way, which names it. It can be done once."""
    return Line(Kind.REVERSE, refers=posted)


def close(account: AccountId) -> Line:
    """Close an account for good: it must be empty, and not a general one."""
    return Line(Kind.CLOSE, debit=account)


def rows(chains: Sequence[Sequence[Line]]) -> list[Row]:
    """The lines of an act, chain after chain. Raises BadInput when there are none, or more than one act can hold."""
    listed = [line.row(number) for number, chain in enumerate(chains, start=1) for line in chain]
    if not 0 < len(listed) <= MOST_LINES or not all(chains):
        raise BadInput(
            f"an act of {len(listed)} lines in {len(chains)} chains cannot be booked",
            then=f"give 1 to {MOST_LINES:,} lines, at least one in each chain",
        )
    return listed
