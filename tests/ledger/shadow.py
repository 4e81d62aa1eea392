"""The ledger once more, in plain Python and without a database: what the real one is held against.

It is written from docs/ledger.md and shares no code with the room but the shape of a line.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from puhui.ledger.lines import Kind, Line
from puhui.money import MOST_FEN


@dataclass
class ShadowAccount:
    within_credits: bool = False
    within_debits: bool = False
    general: bool = False
    currency: str = "CNY"
    closed: bool = False
    totals: list[int] = field(default_factory=lambda: [0, 0, 0, 0])  # dr pending, dr posted, cr pending, cr posted


@dataclass
class ShadowTransfer:
    kind: Kind
    debit: int
    credit: int
    amount: int
    expires: datetime | None
    ended_by: Kind | None = None


class Shadow:
    """Accounts and transfers by the ids that the real ledger gives."""

    def __init__(self) -> None:
        self.accounts: dict[int, ShadowAccount] = {}
        self.transfers: dict[int, ShadowTransfer] = {}

    def book(self, lines: tuple[Line, ...], at: datetime, ids: list[int]) -> str:
        """Book lines as one chain under the ids given; the first refusal takes everything back."""
        before = deepcopy((self.accounts, self.transfers))
        for line, number in zip(lines, ids, strict=True):
            if why := self._one(line, at, number):
                self.accounts, self.transfers = before
                return why
        return "BOOKED"

    def _one(self, line: Line, at: datetime, number: int) -> str:
        if line.kind in (Kind.POSTED, Kind.PENDING):
            return self._new(line, at, number)
        return self._close(line) if line.kind is Kind.CLOSE else self._ending(line, at, number)

    def _new(self, line: Line, at: datetime, number: int) -> str:  # noqa: PLR0911  one return a rule, as in the docs
        assert line.amount is not None and line.debit is not None and line.credit is not None
        fen, debit, credit = line.amount.fen, self.accounts.get(line.debit), self.accounts.get(line.credit)
        if fen <= 0:
            return "AMOUNT_NOT_POSITIVE"
        if line.debit == line.credit:
            return "ACCOUNTS_MUST_DIFFER"
        if debit is None:
            return "DEBIT_ACCOUNT_UNKNOWN"
        if credit is None:
            return "CREDIT_ACCOUNT_UNKNOWN"
        if debit.currency != credit.currency:
            return "ACCOUNTS_OF_TWO_CURRENCIES"
        if line.amount.currency != debit.currency:
            return "AMOUNT_OF_OTHER_CURRENCY"
        if why := self._room(debit, credit, fen):
            return why
        expires = at + timedelta(seconds=line.timeout_seconds) if line.timeout_seconds else None
        self._move(line.kind, line.debit, line.credit, fen, number, expires=expires)
        return ""

    def _room(self, debit: ShadowAccount, credit: ShadowAccount, fen: int) -> str:  # noqa: PLR0911  one return a rule, as in the docs
        if debit.closed:
            return "DEBIT_ACCOUNT_CLOSED"
        if credit.closed:
            return "CREDIT_ACCOUNT_CLOSED"
        if not debit.general and debit.totals[0] + debit.totals[1] + fen > MOST_FEN:
            return "OVERFLOWS_DEBITS"
        if not credit.general and credit.totals[2] + credit.totals[3] + fen > MOST_FEN:
            return "OVERFLOWS_CREDITS"
        if debit.within_credits and debit.totals[0] + debit.totals[1] + fen > debit.totals[3]:
            return "EXCEEDS_CREDITS"
        if credit.within_debits and credit.totals[2] + credit.totals[3] + fen > credit.totals[1]:
            return "EXCEEDS_DEBITS"
        return ""

    def _ending(self, line: Line, at: datetime, number: int) -> str:  # noqa: PLR0911  one return a rule, as in the docs
        old = self.transfers.get(line.refers or 0)
        if line.kind is Kind.POST and line.amount is not None and line.amount.fen <= 0:
            return "AMOUNT_NOT_POSITIVE"
        if old is None:
            return "TRANSFER_UNKNOWN"
        if line.kind is Kind.REVERSE:
            if old.kind in (Kind.PENDING, Kind.VOID, Kind.EXPIRE):
                return "TRANSFER_NOT_POSTED"
            if old.ended_by:
                return "ALREADY_REVERSED"
            if why := self._room(self.accounts[old.credit], self.accounts[old.debit], old.amount):
                return why
            self._move(Kind.REVERSE, old.credit, old.debit, old.amount, number)
        else:
            if old.kind is not Kind.PENDING:
                return "TRANSFER_NOT_PENDING"
            fen = line.amount.fen if line.amount else old.amount
            if fen > old.amount:
                return "ABOVE_PENDING_AMOUNT"
            if old.ended_by in (Kind.POST, Kind.VOID):
                return "ALREADY_POSTED" if old.ended_by is Kind.POST else "ALREADY_VOIDED"
            up = old.expires is not None and old.expires <= at
            if old.ended_by or (line.kind is not Kind.EXPIRE and up):
                return "PENDING_HAS_EXPIRED"
            if line.kind is Kind.EXPIRE and not up:
                return "PENDING_NOT_EXPIRED"
            self.accounts[old.debit].totals[0] -= old.amount
            self.accounts[old.credit].totals[2] -= old.amount
            self._move(line.kind, old.debit, old.credit, fen, number)
        old.ended_by = line.kind
        return ""

    def _close(self, line: Line) -> str:
        account = self.accounts.get(line.debit or 0)
        if account is None:
            return "ACCOUNT_UNKNOWN"
        if account.closed:
            return "ACCOUNT_CLOSED"
        if account.general:
            return "GENERAL_ACCOUNT_STAYS_OPEN"
        pending_debits, debits, pending_credits, credits = account.totals
        if pending_debits or pending_credits or debits != credits:
            return "ACCOUNT_NOT_EMPTY"
        account.closed = True
        return ""

    def _move(
        self, kind: Kind, debit: int, credit: int, fen: int, number: int, *, expires: datetime | None = None
    ) -> None:
        if kind not in (Kind.VOID, Kind.EXPIRE):
            place = 0 if kind is Kind.PENDING else 1
            self.accounts[debit].totals[place] += fen
            self.accounts[credit].totals[2 + place] += fen
        self.transfers[number] = ShadowTransfer(kind, debit, credit, fen, expires)
