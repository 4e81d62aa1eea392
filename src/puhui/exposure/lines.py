"""Lines as exposure sees them: a limit and its use by part, and what each cap counts of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from puhui.exposure.caps import Counts
from puhui.ids import EnterpriseId
from puhui.mitigation.guarantees import Guarantee, split
from puhui.mitigation.parts import Part, Parts
from puhui.money import Money

APPROVED, OPEN, ENDED = "approved", "open", "ended"


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line as its approval grants it. `number` is the approval's; the orders name every part once."""

    number: str
    firm: EnterpriseId
    product: str
    limits: Parts
    branch: str = ""
    order: tuple[Part, ...] = (Part.MORTGAGE, Part.GUARANTEE, Part.CREDIT)
    back: tuple[Part, ...] = (Part.CREDIT, Part.GUARANTEE, Part.MORTGAGE)


def fen_of(parts: Parts) -> list[int]:
    """Parts as the database holds them, in the order of `Part`."""
    return [parts.of(part).fen for part in Part]


def parts_of(fen: Sequence[int]) -> Parts:
    """Parts from the database.

    >>> parts_of(fen_of(Parts(mortgage=Money(5)))) == Parts(mortgage=Money(5))
    True
    """
    return Parts(*map(Money, fen))


def bearing(guarantees: Sequence[Guarantee], covered: Money) -> Mapping[EnterpriseId, Money]:
    """Who stands for how much of an amount that guarantees cover: first-loss ones first, then the others together.

    >>> fund = Guarantee(EnterpriseId("F"), Money(80), Decimal("0.8"))
    >>> bearing([fund], Money(60))
    {'F': Money(fen=60, currency='CNY')}
    """
    return split([replace(each, share=Decimal(1)) for each in guarantees], covered)


def counted(counts: Counts, use: Parts, borne: Money) -> Money:
    """What a cap counts of a line's use; `borne` is what this cap's guarantor stands for.

    >>> counted(Counts.UNSECURED, Parts(Money(30), Money(50)), Money(0))
    Money(fen=30, currency='CNY')
    """
    return {Counts.ALL: use.total, Counts.UNSECURED: use.credit, Counts.GUARANTEED: borne}[counts]
