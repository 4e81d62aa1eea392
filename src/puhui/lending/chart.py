"""The room's plan of accounts: which ledger accounts a lending act moves, and how.

Promises that every fen of principal is on its facility's own account, and that what is accrued for all loans is on
three general accounts, whose balances are the sums over the loans. Refuses nothing.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from django.db import connection

from puhui.ledger import services as ledger
from puhui.ledger.accounts import Bound, NewAccount
from puhui.ledger.lines import AccountId, Line, reserve, transfer
from puhui.ledger.selectors import accounts
from puhui.lending.facility import Component, FacilityId
from puhui.money import Money
from puhui.refusals import Refused

BANK, COMMITMENTS, WRITTEN_OFF, RECOVERED, LINE, OWED = 10, 11, 18, 19, 20, 21
UNALLOCATED = 24  # the payment bank's money that found nothing to pay: it is to be given back
RECEIVABLE = {Component.FEES: 22, Component.INTEREST: 12, Component.PENALTY: 13, Component.COMPOUND: 14}
INCOME = {Component.FEES: 23, Component.INTEREST: 15, Component.PENALTY: 16, Component.COMPOUND: 17}
NAMES = {
    BANK: "bank/settlement",
    COMMITMENTS: "lending/commitments",
    WRITTEN_OFF: "lending/written off",
    RECOVERED: "lending/recovered",
    UNALLOCATED: "lending/unallocated receipts",
    **{code: f"lending/receivable/{each}" for each, code in RECEIVABLE.items()},
    **{code: f"lending/income/{each}" for each, code in INCOME.items()},
}
GRANT, DRAW, ACCRUE, REPAY, RESTORE, WRITE_OFF, RECOVER, CUT, ADJUST, KEEP = range(1, 11)  # what a transfer is for


def general() -> dict[int, AccountId]:
    """The general accounts by code; the room's second migration has opened them."""
    return _general(str(connection.settings_dict["NAME"]))


def own(facility: FacilityId, on: date) -> tuple[AccountId, AccountId]:
    """A facility's own two accounts: what may still be drawn (bounded), and the principal owed (bounded)."""
    line, owed = _opened(
        [
            NewAccount(f"facility/{facility}/line", LINE, Bound.DEBITS_MUST_NOT_EXCEED_CREDITS),
            NewAccount(f"facility/{facility}/owed", OWED, Bound.CREDITS_MUST_NOT_EXCEED_DEBITS),
        ],
        on,
    )
    return line, owed


def held(amount: Money, *, line: AccountId, owed: AccountId) -> list[Line]:
    """Lines that hold a draw back until the bank has said whether it paid."""
    of = general()
    return [reserve(line, of[COMMITMENTS], amount, code=DRAW), reserve(owed, of[BANK], amount, code=DRAW)]


def accrued(parts: dict[Component, int], code: int = ACCRUE) -> list[Line]:
    """Lines that take accrued interest and fees into income; a negative part goes the other way."""
    of, lines = general(), list[Line]()
    for component, fen in parts.items():
        pair = of[RECEIVABLE[component]], of[INCOME[component]]
        if fen:
            debit, credit = pair if fen > 0 else pair[::-1]
            lines.append(transfer(debit, credit, Money(abs(fen)), code=code))
    return lines


def settled(parts: dict[Component, int], *, owed: AccountId, by: int, code: int) -> list[Line]:
    """Lines that settle what is owed, out of a general account: the bank when it is paid, the loss when written off.

    A negative part takes back what was settled before.
    """
    of, lines = general(), list[Line]()
    for component, fen in parts.items():
        if fen:
            into = owed if component is Component.PRINCIPAL else of[RECEIVABLE[component]]
            debit, credit = (of[by], into) if fen > 0 else (into, of[by])
            lines.append(transfer(debit, credit, Money(abs(fen)), code=code))
    return lines


def restored(principal: int, *, line: AccountId) -> list[Line]:
    """Lines that make repaid principal available again; a negative amount is taken back."""
    if not principal:
        return []
    debit, credit = (general()[COMMITMENTS], line) if principal > 0 else (line, general()[COMMITMENTS])
    return [transfer(debit, credit, Money(abs(principal)), code=RESTORE)]


@cache
def _general(database: str) -> dict[int, AccountId]:
    assert database
    found = accounts(list(NAMES.values()))
    return {code: found[name].id for code, name in NAMES.items()}


def _opened(wanted: list[NewAccount], on: date) -> list[AccountId]:
    opened = ledger.open_accounts(wanted, on=on)
    assert not isinstance(opened, Refused), opened
    return opened
