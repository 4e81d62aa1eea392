"""Third parties' guarantees: what each covers, how a loss is split among them, and what a guarantor can still bear.

A guarantee circle secures itself: when the borrower, directly or through others, guarantees its own guarantor, that
guarantee is worth nothing on the day it is needed, and so it counts for nothing on the day it is given.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import rustworkx as rx

from puhui.ids import EnterpriseId
from puhui.money import Money

NOTHING = Money(0)


class Guarantor(StrEnum):
    """Who guarantees; a guarantee company or fund may stand for a multiple of its net worth."""

    PERSON = "person"
    FIRM = "firm"
    COMPANY = "guarantee_company"
    FUND = "guarantee_fund"


class Turn(StrEnum):
    """When a guarantee is called: before all others, or together with those of its turn."""

    FIRST_LOSS = "first_loss"
    PRO_RATA = "pro_rata"


@dataclass(frozen=True, slots=True)
class Guarantee:
    """One party's promise: `share` of a loss (0.8 = the bank bears the rest), at most `cap`.

    Joint guarantors of a line stand in for each other up to their caps; several ones pay their own share only.
    """

    guarantor: EnterpriseId
    cap: Money
    share: Decimal
    turn: Turn = Turn.PRO_RATA
    joint: bool = False

    def most(self, exposure: Money) -> Money:
        """The most that it can cover of an exposure.

        >>> Guarantee(EnterpriseId("G"), Money(500_00), Decimal("0.8")).most(Money(1_000_00))
        Money(fen=50000, currency='CNY')
        """
        return min(self.cap, exposure.times(self.share))


def covered(guarantees: Collection[Guarantee], exposure: Money) -> Money:
    """How much of an exposure is guaranteed: what would be paid if all of it were lost.

    >>> fund = Guarantee(EnterpriseId("F"), Money(1_000_00), Decimal("0.8"))
    >>> covered([fund], Money(1_000_00)), covered([fund, fund], Money(1_000_00))
    (Money(fen=80000, currency='CNY'), Money(fen=100000, currency='CNY'))
    """
    return _total(split(guarantees, exposure).values())


def split(
    guarantees: Collection[Guarantee], loss: Money, *, failing: Collection[EnterpriseId] = ()
) -> Mapping[EnterpriseId, Money]:
    """Who pays how much of a loss: first-loss guarantees in their order, then the others together by what they cover.

    Guarantors that are `failing` pay nothing; joint ones take over what the failing joint ones of their turn would
    have paid, up to their caps. To the fen: what rounding leaves over goes to the largest remainders, in order.

    >>> a = Guarantee(EnterpriseId("A"), Money(60), Decimal(1), joint=True)
    >>> b = Guarantee(EnterpriseId("B"), Money(60), Decimal(1), joint=True)
    >>> [m.fen for m in split([a, b], Money(101)).values()]
    [51, 50]
    >>> [m.fen for m in split([a, b], Money(50), failing=["A"]).values()]
    [0, 50]
    """
    paid = {g.guarantor: NOTHING for g in guarantees}
    left = loss
    for g in guarantees:
        if g.turn is Turn.FIRST_LOSS and g.guarantor not in failing:
            pays = min(g.most(loss), left)
            paid[g.guarantor] += pays
            left -= pays
    together = [g for g in guarantees if g.turn is Turn.PRO_RATA]
    due = _shared(min(left, _total(g.most(left) for g in together)), [g.most(left) for g in together])
    unpaid = NOTHING
    for g, pays in zip(together, due, strict=True):
        if g.guarantor in failing:
            unpaid += pays if g.joint else NOTHING
        else:
            paid[g.guarantor] += pays
    able = [g for g in together if g.joint and g.guarantor not in failing]
    room = [g.cap - paid[g.guarantor] for g in able]
    for g, pays in zip(able, _shared(min(unpaid, _total(room)), room), strict=True):
        paid[g.guarantor] += pays
    return paid


def capacity(net_worth: Money, multiple: Decimal, *, guaranteed: Money, owes: Money) -> Money:
    """What a guarantor may still guarantee: its multiple of what it owns beyond its debts, less all it guarantees.

    `guaranteed` is what it stands for here and elsewhere, `owes` what it borrows that `net_worth` does not count yet.

    >>> capacity(Money(1_000), Decimal(1), guaranteed=Money(300), owes=Money(200))
    Money(fen=500, currency='CNY')
    >>> capacity(Money(100), Decimal(1), guaranteed=Money(300), owes=Money(0))
    Money(fen=0, currency='CNY')
    """
    return max(NOTHING, max(NOTHING, net_worth - owes).times(multiple) - guaranteed)


def circle(
    ties: Iterable[tuple[EnterpriseId, EnterpriseId]], *, borrower: EnterpriseId, guarantor: EnterpriseId
) -> tuple[EnterpriseId, ...]:
    """The circle that a new guarantee would close, from the guarantor round to itself; empty when it closes none.

    `ties` are (guarantor, guaranteed) as they stand. The shortest circle is told, for a person to check.

    >>> ties = [("A", "B"), ("B", "C"), ("X", "A")]
    >>> circle(ties, borrower="A", guarantor="C")
    ('C', 'A', 'B', 'C')
    >>> circle(ties, borrower="C", guarantor="X")
    ()
    """
    if borrower == guarantor:
        return (guarantor, borrower)
    graph: rx.PyDiGraph[EnterpriseId, None] = rx.PyDiGraph(multigraph=False)
    places: dict[EnterpriseId, int] = {}
    for one, other in [(guarantor, borrower), *ties]:
        for firm in (one, other):
            if firm not in places:
                places[firm] = graph.add_node(firm)
        graph.add_edge(places[one], places[other], None)
    path = rx.dijkstra_shortest_paths(graph, places[borrower], target=places[guarantor], default_weight=1.0)
    if places[guarantor] not in path:
        return ()
    return (guarantor, *(graph[node] for node in path[places[guarantor]]))


def _shared(amount: Money, weights: Sequence[Money]) -> list[Money]:
    """An amount split by weights to the fen, largest remainders first; no share exceeds its weight when none must."""
    whole = sum(weight.fen for weight in weights)
    if not whole:
        return [NOTHING for _ in weights]
    parts = [divmod(amount.fen * weight.fen, whole) for weight in weights]
    left = amount.fen - sum(floor for floor, _ in parts)
    order = sorted(range(len(parts)), key=lambda at: (-parts[at][1], at))
    extra = set(order[:left])
    return [Money(floor + (at in extra)) for at, (floor, _) in enumerate(parts)]


def _total(amounts: Iterable[Money]) -> Money:
    return sum(amounts, NOTHING)
