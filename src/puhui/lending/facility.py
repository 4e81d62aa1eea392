"""A facility: the states of its life and what is owed on it.

Promises that a state changes only along `NEXT`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NewType

from puhui.words import Label

FacilityId = NewType("FacilityId", int)
LoanId = NewType("LoanId", int)
RATE_UNIT = 10**8  # rates are kept as whole hundred-millionths: 6.15 % is 6,150,000
FEN_UNIT = 360 * RATE_UNIT  # interest is kept as fen x rate x days; divided by this it is fen (PBoC 2005 No 129)


NON_PERFORMING = 3  # tiers from substandard on


class Status(StrEnum):
    """The life of a facility."""

    OPEN = "open"
    FROZEN = "frozen"
    CLOSED = "closed"
    WRITTEN_OFF = "written_off"


NEXT = {
    Status.OPEN: {Status.FROZEN, Status.CLOSED, Status.WRITTEN_OFF},
    Status.FROZEN: {Status.OPEN, Status.CLOSED, Status.WRITTEN_OFF},
    Status.CLOSED: set[Status](),
    Status.WRITTEN_OFF: set[Status](),
}
assert NEXT.keys() == set(Status)


TIERS = {  # Measures 2023 No 1
    1: Label("pass", "正常"),
    2: Label("special mention", "关注"),
    3: Label("substandard", "次级"),
    4: Label("doubtful", "可疑"),
    5: Label("loss", "损失"),
}


class LoanStatus(StrEnum):
    """The life of one draw."""

    PENDING = "pending"  # reserved in the ledger; the bank has not said yet whether it paid
    ACTIVE = "active"
    FAILED = "failed"
    REPAID = "repaid"
    WRITTEN_OFF = "written_off"


class Component(StrEnum):
    """What a repayment can pay."""

    FEES = "fees"
    PENALTY = "penalty"
    COMPOUND = "compound"
    INTEREST = "interest"
    PRINCIPAL = "principal"


def fen_of(numerator: int) -> int:
    """Interest in fen from its exact numerator (fen x rate x days); half a fen rounds up.

    >>> fen_of(120_000_00 * 6_150_000 * 30), fen_of(FEN_UNIT // 2), fen_of(FEN_UNIT // 2 - 1)
    (61500, 1, 0)
    """
    return (2 * numerator + FEN_UNIT) // (2 * FEN_UNIT)


def allocate(amount: int, owed: dict[Component, int], order: tuple[Component, ...]) -> dict[Component, int]:
    """Divide a repayment over what is owed, in the product's order. All amounts in fen.

    >>> owed = dict(zip(Component, (0, 0, 5, 100, 900), strict=True))
    >>> {each.value: fen for each, fen in allocate(150, owed, tuple(Component)).items()}
    {'fees': 0, 'penalty': 0, 'compound': 5, 'interest': 100, 'principal': 45}
    """
    assert set(order) == set(Component), "an order names every component"
    parts: dict[Component, int] = {}
    for component in order:
        parts[component] = min(amount, owed[component])
        amount -= parts[component]
    return parts
