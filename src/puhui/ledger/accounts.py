"""Accounts: what one is opened as, what it holds, and what moved it.

Promises the four totals that TigerBeetle keeps of an account, in whole fen. Refuses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from puhui.ledger.lines import AccountId, Kind, TransferId


class Bound(Enum):
    """What the totals of an account must keep, pending amounts counted."""

    NONE = "none"
    DEBITS_MUST_NOT_EXCEED_CREDITS = "debits_must_not_exceed_credits"
    CREDITS_MUST_NOT_EXCEED_DEBITS = "credits_must_not_exceed_debits"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """The terms of an account. They never change.

    `name` is the account's own, such as `facility/F7/limit`; `code` says what kind of account it is, in the caller's
    plan of accounts. A `general` account is one that everything touches (cash, interest income): it has no bound and
    no lock, and its totals are summed from its transfers.
    """

    name: str
    code: int
    bound: Bound = Bound.NONE
    general: bool = False
    currency: str = "CNY"

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= 120:
            raise ValueError(f"'{self.name}' is not a name of 1 to 120 characters")
        if not 0 < self.code <= 32_767:
            raise ValueError(f"{self.name}: the code {self.code} does not lie between 1 and 32,767")
        if self.general and self.bound is not Bound.NONE:
            raise ValueError(f"{self.name}: a general account has no bound, because nobody waits for it")


@dataclass(frozen=True, slots=True)
class Balance:
    """The four totals of an account, in fen; of a general account as of the moment of asking.

    >>> line = Balance(debits_pending=10, debits_posted=20, credits_pending=0, credits_posted=100)
    >>> line.free_to_debit, line.net_debit
    (70, -80)
    """

    debits_pending: int = 0
    debits_posted: int = 0
    credits_pending: int = 0
    credits_posted: int = 0

    @property
    def free_to_debit(self) -> int:
        """What may still be debited where debits must not exceed credits."""
        return self.credits_posted - self.debits_posted - self.debits_pending

    @property
    def free_to_credit(self) -> int:
        """What may still be credited where credits must not exceed debits."""
        return self.debits_posted - self.credits_posted - self.credits_pending

    @property
    def net_debit(self) -> int:
        """Posted debits less posted credits: what an asset or expense account holds."""
        return self.debits_posted - self.credits_posted


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it stands."""

    id: AccountId
    name: str
    code: int
    bound: Bound
    general: bool
    currency: str
    opened_on: date
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """How one transfer moved one account; `balance` is what the account held after it."""

    transfer: TransferId
    kind: Kind
    code: int
    happened_on: date
    learned_at: datetime
    counter_account: AccountId
    refers: TransferId | None
    debit_fen: int
    credit_fen: int
    balance: Balance


@dataclass(frozen=True, slots=True)
class TrialRow:
    """The accounts of one code and currency, summed."""

    currency: str
    code: int
    accounts: int
    balance: Balance
