"""Money: whole fen (1/100 yuan) with a currency. No floats come in, none go out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

FEN_PER_YUAN = 100
MOST_FEN = 2**63 - 1  # BIGINT, what the database can hold


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in whole fen.

    >>> Money(120_000_00) + Money(1)
    Money(fen=12000001, currency='CNY')
    >>> str(Money(-1_234_56))
    '-1,234.56 CNY'
    >>> Money(1) + Money(1, "USD")
    Traceback (most recent call last):
    ...
    ValueError: cannot mix CNY and USD: convert one of them first
    """

    fen: int
    currency: str = "CNY"

    def __post_init__(self) -> None:
        if type(self.fen) is not int:
            raise TypeError(f"money is whole fen, not {type(self.fen).__name__}: use yuan('12.34')")
        if abs(self.fen) > MOST_FEN:
            raise ValueError(f"{self.fen} fen is more than an account can hold ({MOST_FEN})")

    def __add__(self, other: Money) -> Money:
        return Money(self.fen + self._same(other).fen, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.fen - self._same(other).fen, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.fen, self.currency)

    def __bool__(self) -> bool:
        return self.fen != 0

    def __str__(self) -> str:
        return f"{self.yuan:,.2f} {self.currency}"

    @property
    def yuan(self) -> Decimal:
        """The amount in yuan, exact.

        >>> Money(61500).yuan
        Decimal('615.00')
        """
        return Decimal(self.fen).scaleb(-2)

    def times(self, factor: Decimal) -> Money:
        """The amount times an exact factor; half a fen rounds away from zero (HALF_UP).

        >>> Money(5).times(Decimal("0.5"))
        Money(fen=3, currency='CNY')
        """
        return Money(int((self.fen * factor).quantize(Decimal(1), ROUND_HALF_UP)), self.currency)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}: convert one of them first")
        return other


def yuan(amount: str | int | Decimal, currency: str = "CNY") -> Money:
    """Money from an amount in yuan; more than two decimals are refused, never rounded.

    >>> yuan("1,200.50")
    Money(fen=120050, currency='CNY')
    >>> yuan("0.005")
    Traceback (most recent call last):
    ...
    ValueError: 0.005 yuan is not a whole number of fen: give at most two decimals
    """
    exact = Decimal(amount.replace(",", "")) if isinstance(amount, str) else Decimal(amount)
    fen = exact * FEN_PER_YUAN
    if not fen.is_finite() or fen != fen.to_integral_value():
        raise ValueError(f"{amount} yuan is not a whole number of fen: give at most two decimals")
    return Money(int(fen), currency)
