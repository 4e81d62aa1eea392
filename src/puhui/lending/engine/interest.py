"""Interest as exact fractions of the smallest unit of money, rounded once, where the contract says so.

Promises whole fen out and no floats on the way. Refuses nothing: what comes in has been checked by `terms`.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor


class RoundingMode(StrEnum):
    """Where half a fen goes."""

    HALF_UP = "HALF_UP"  # away from zero: the product's own RMB loans
    HALF_EVEN = "HALF_EVEN"  # to the even neighbour: the peer


def rounded(amount: Fraction, mode: RoundingMode = RoundingMode.HALF_UP) -> int:
    """An exact amount as whole units.

    >>> half = Fraction(5, 2)
    >>> rounded(half), rounded(-half), rounded(half, RoundingMode.HALF_EVEN)
    (3, -3, 2)
    """
    if mode is RoundingMode.HALF_EVEN:
        return round(amount)
    size = floor(abs(amount) + Fraction(1, 2))
    return size if amount >= 0 else -size


def interest_fen(principal_fen: int, *, annual_rate: Decimal, days: int, basis: int = 360) -> int:
    """Simple interest in fen: principal x annual rate / basis x actual days; half a fen rounds up.

    The RMB convention of PBoC 2005 No 129: the daily rate is the annual rate / 360.

    >>> interest_fen(120_000_00, annual_rate=Decimal("0.0615"), days=30)
    61500
    >>> interest_fen(100_00, annual_rate=Decimal("0.045"), days=1)
    1
    """
    return rounded(Fraction(principal_fen) * Fraction(annual_rate) * days / basis)
