"""The equal instalment: the constant payment for periods of uneven length, and one try to even out its residue.

Promises enough digits that the rounding to whole fen is the only one. Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

from puhui.lending.engine.interest import RoundingMode, rounded

DIGITS = 40  # a 30-year weekly loan keeps more than 30 of them after 1,560 multiplications


def constant_instalment(balance: int, factors: Sequence[Fraction]) -> Fraction:
    """The constant payment that repays a balance over periods whose interest factors are given, before rounding.

    balance x PROD(1 + f_i) / fn, with fn = 1 + (1 + f_2)(1 + (1 + f_3)(...)).

    >>> round(float(constant_instalment(100_00, [Fraction(1, 100)] * 6)), 4)
    1725.4837
    >>> constant_instalment(90_00, [Fraction(0)] * 3)
    Fraction(3000, 1)
    """
    with localcontext(prec=DIGITS):
        growth, annuity = Decimal(1), Decimal(0)
        for factor in factors:
            step = 1 + Decimal(factor.numerator) / Decimal(factor.denominator)
            growth, annuity = growth * step, annuity * step + 1
        return Fraction(balance * growth / annuity)


def in_multiples(amount: Fraction, multiple: int, mode: RoundingMode) -> int:
    """An amount rounded to a multiple of whole units, but never a positive one to nothing.

    >>> in_multiples(Fraction(172548), 100, RoundingMode.HALF_UP), in_multiples(Fraction(3), 100, RoundingMode.HALF_UP)
    (172500, 3)
    """
    return multiple * rounded(amount / multiple, mode) or rounded(amount, mode)


def adjustment(difference: int, count: int, sharing: int, mode: RoundingMode) -> int:
    """What one try adds to each instalment when the last differs from the one before by `difference`.

    Of `count` instalments, `sharing` can still change. 0 where the difference is at most half a unit per instalment: no
    try is worth it.

    >>> adjustment(-4, 6, 6, RoundingMode.HALF_EVEN), adjustment(3, 6, 6, RoundingMode.HALF_EVEN)
    (-1, 0)
    """
    if abs(difference) <= count // 2:
        return 0
    return rounded(Fraction(difference, max(sharing, 1)), mode)
