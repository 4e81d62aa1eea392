"""One limit of three parts, and every yuan drawn or repaid in one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from puhui.money import Money

NOTHING = Money(0)
Cover = Callable[[Money], Money]


class Part(StrEnum):
    """What stands behind a yuan of a line."""

    CREDIT = "credit"
    MORTGAGE = "mortgage"
    GUARANTEE = "guarantee"


@dataclass(frozen=True, slots=True)
class Parts:
    """An amount by part.

    >>> line = Parts(credit=Money(300), mortgage=Money(500), guarantee=Money(200))
    >>> line.total
    Money(fen=1000, currency='CNY')
    >>> (line - Parts(credit=Money(100))).of(Part.CREDIT)
    Money(fen=200, currency='CNY')
    """

    credit: Money = NOTHING
    mortgage: Money = NOTHING
    guarantee: Money = NOTHING

    @property
    def total(self) -> Money:
        """All parts together."""
        return self.credit + self.mortgage + self.guarantee

    def of(self, part: Part) -> Money:
        """The amount of one part."""
        return {Part.CREDIT: self.credit, Part.MORTGAGE: self.mortgage, Part.GUARANTEE: self.guarantee}[part]

    def __add__(self, other: Parts) -> Parts:
        return Parts(*(self.of(part) + other.of(part) for part in Part))

    def __sub__(self, other: Parts) -> Parts:
        return Parts(*(self.of(part) - other.of(part) for part in Part))


def held_in(amount: Money, room: Parts, order: Sequence[Part]) -> Parts:
    """An amount placed into the room of the parts in the product's order; what finds no room is left out.

    >>> room = Parts(credit=Money(300), mortgage=Money(500), guarantee=Money(200))
    >>> placed = held_in(Money(600), room, (Part.MORTGAGE, Part.GUARANTEE, Part.CREDIT))
    >>> placed.mortgage.fen, placed.guarantee.fen, placed.credit.fen
    (500, 100, 0)
    """
    assert sorted(order) == sorted(Part), "an order names every part once"
    taken: dict[str, Money] = {}
    for part in order:
        taken[part] = max(NOTHING, min(room.of(part), amount))
        amount -= taken[part]
    return Parts(**taken)


def drawn(amount: Money, limit: Parts, used: Parts, order: Sequence[Part]) -> Parts | None:
    """The parts that a draw uses, filled in the product's order; None when the line has no room for it.

    A part that shrank below its use has no room, and its excess takes none from the others.
    """
    room = limit - used
    placed = held_in(amount, room, order)
    return placed if placed.total == amount else None


def repaid(amount: Money, used: Parts, order: Sequence[Part]) -> Parts:
    """The parts that a repayment of principal sets free, in the product's order.

    >>> repaid(Money(250), Parts(credit=Money(200), mortgage=Money(400)), (Part.CREDIT, Part.GUARANTEE, Part.MORTGAGE))
    Parts(credit=Money(fen=200, currency='CNY'), mortgage=Money(fen=50, currency='CNY'), guarantee=Money(fen=0, \
currency='CNY'))
    """
    assert amount <= used.total, "no more principal is repaid than is drawn"
    return held_in(amount, used, order)


def drawn_under(amount: Money, limit: Parts, used: Parts, order: Sequence[Part], cover: Cover) -> Parts | None:
    """The parts that a draw uses where a guarantee covers a share of the loss only: the bank's share is credit.

    `cover` tells how much of what no mortgage carries is guaranteed. None when the line has no room.

    >>> placed = drawn_under(Money(500), Parts(Money(200), Money(0), Money(400)), Parts(),
    ...     (Part.MORTGAGE, Part.GUARANTEE, Part.CREDIT), lambda exposure: exposure.times(Decimal("0.8")))
    >>> placed.guarantee.fen, placed.credit.fen
    (400, 100)
    """
    in_mortgage = held_in(amount, limit - used, order).mortgage
    beside = used.credit + used.guarantee + amount - in_mortgage
    carried = max(used.guarantee, min(limit.guarantee, cover(beside)))
    return drawn(amount, Parts(limit.credit, limit.mortgage, carried), used, order)


def left_under(amount: Money, used: Parts, order: Sequence[Part], cover: Cover) -> Parts:
    """What is used after a repayment, where a guarantee covers a share of the loss only.

    What the guarantees no longer cover, because less is owed beside it, is credit again.

    >>> left_under(Money(100), Parts(Money(100), Money(0), Money(400)), (Part.CREDIT, Part.GUARANTEE, Part.MORTGAGE),
    ...     lambda exposure: exposure.times(Decimal("0.8"))).credit
    Money(fen=80, currency='CNY')
    """
    left = used - repaid(amount, used, order)
    bare = max(NOTHING, left.guarantee - cover(left.credit + left.guarantee))
    return Parts(left.credit + bare, left.mortgage, left.guarantee - bare)


def excess(limit: Parts, used: Parts) -> Parts:
    """What is drawn in each part beyond what the part may carry now: frozen until it is repaid or secured anew.

    >>> excess(Parts(mortgage=Money(300)), Parts(mortgage=Money(450))).mortgage
    Money(fen=150, currency='CNY')
    """
    over = used - limit
    return Parts(*(max(NOTHING, over.of(part)) for part in Part))


def blended(used: Parts, by_part: dict[Part, Decimal]) -> Decimal:
    """A rate of each part (loss given default, price), weighted by what stands in the part; of nothing, the credit's.

    >>> blended(Parts(credit=Money(100), mortgage=Money(300)), {Part.CREDIT: Decimal("0.6"),
    ...     Part.MORTGAGE: Decimal("0.2"), Part.GUARANTEE: Decimal("0.3")})
    Decimal('0.3')
    """
    if not used.total:
        return by_part[Part.CREDIT]
    return sum((used.of(part).fen * by_part[part] for part in Part), Decimal(0)) / used.total.fen
