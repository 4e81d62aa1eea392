"""The value that opens a facility: what was approved, signed by who holds the house's key. Pure.

Promises that a changed field breaks the signature, and that the three parts add up to the limit.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal

from puhui.mitigation.parts import Parts
from puhui.money import Money

SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Approval:
    """What one firm was approved for. Amounts in fen; `annual_rate` as a fraction (0.0615 = 6.15 % a year).

    What neither a mortgage nor a guarantee secures is the credit part. `ways` are the ways of repaying that the
    borrower may choose among, in the words of lending's schedules.

    >>> from datetime import date
    >>> made = Approval("A1", "E1", "any_time", 900_00, Decimal("0.05"), date(2026, 1, 1), date(2027, 1, 1),
    ...     mortgage_fen=400_00).signed("a key")
    >>> made.parts.credit, made.is_signed("a key"), replace(made, limit_fen=901_00).is_signed("a key")
    (Money(fen=50000, currency='CNY'), True, False)
    """

    number: str
    enterprise: str
    product: str
    limit_fen: int
    annual_rate: Decimal
    opens_on: date
    matures_on: date
    product_version: int = 1
    mortgage_fen: int = 0
    guarantee_fen: int = 0
    ways: tuple[str, ...] = ("any_time",)
    signature: str = ""

    def __post_init__(self) -> None:
        assert self.mortgage_fen >= 0, "a part is never below zero"
        assert self.guarantee_fen >= 0, "a part is never below zero"
        assert self.mortgage_fen + self.guarantee_fen <= self.limit_fen, "the parts are of the limit"
        assert self.ways, "there is a way to repay"

    @property
    def parts(self) -> Parts:
        """The limit by what secures it."""
        credit = self.limit_fen - self.mortgage_fen - self.guarantee_fen
        return Parts(Money(credit), Money(self.mortgage_fen), Money(self.guarantee_fen))

    def digest(self, key: str) -> str:
        """The signature that this approval should carry: HMAC-SHA-256 over every other field."""
        said = SEPARATOR.join(str(getattr(self, each.name)) for each in fields(self) if each.name != "signature")
        return hmac.new(key.encode(), said.encode(), hashlib.sha256).hexdigest()

    def signed(self, key: str) -> Approval:
        """The same approval with its signature."""
        return replace(self, signature=self.digest(key))

    def is_signed(self, key: str) -> bool:
        """Whether the signature is that of this very content."""
        return hmac.compare_digest(self.signature, self.digest(key))
