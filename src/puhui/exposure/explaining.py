"""One firm explained: its headroom cap by cap, what is at risk around it, other banks, signs of too much, and its ties.

And what would be, were more lent or a guarantee given: worked out, and nothing written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from puhui.exposure import ties
from puhui.exposure.caps import Scope
from puhui.exposure.elsewhere import Elsewhere, elsewhere
from puhui.exposure.guaranteeing import ties_from
from puhui.exposure.headroom import Headroom
from puhui.exposure.lines import ENDED
from puhui.exposure.models import LineRow, PlaceRow
from puhui.exposure.selectors import asked_lately, headroom
from puhui.exposure.signals import Signal, over_credit
from puhui.exposure.ties import Tie
from puhui.exposure.view import AtRisk, at_risk
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.mitigation import selectors as mitigation
from puhui.mitigation.guarantees import circle
from puhui.money import Money

AROUND = (Scope.OWNER, Scope.GROUP, Scope.CIRCLE)


@dataclass(frozen=True, slots=True)
class Explained:
    """Everything that says how much may still be lent to a firm, and why."""

    headroom: Headroom
    around: tuple[AtRisk, ...]
    members: dict[str, tuple[str, ...]]
    ties: tuple[Tie, ...]
    elsewhere: Elsewhere
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would be. `circle` is the round of guarantees that a new one would close: it counts for nothing."""

    before: Headroom
    after: Headroom
    circle: tuple[str, ...] = ()
    bearable: Money | None = None


def explain(
    firm: EnterpriseId, *, product: str, purpose: Purpose, as_of: date, on: date, by: str, branch: str = ""
) -> Explained:
    """One firm explained; what the bureau says of it only as far as it has agreed to be read."""
    place = PlaceRow.objects.filter(pk=firm).first() or PlaceRow(firm=firm)
    there = elsewhere(firm, purpose=purpose, as_of=as_of, on=on, by=by)
    shared = {scope: subject for scope in AROUND if (subject := getattr(place, scope.value))}
    around = [at_risk(Scope.FIRM, on=as_of, subject=firm)] + [
        at_risk(scope, on=as_of, subject=subject) for scope, subject in shared.items()
    ]
    members = {
        scope.value: tuple(
            PlaceRow.objects.filter(**{scope.value: subject}).order_by("pk").values_list("pk", flat=True)
        )
        for scope, subject in shared.items()
    }
    return Explained(
        headroom(firm, product=product, as_of=as_of, branch=branch),
        tuple(row for rows in around for row in rows),
        members,
        tuple(ties.around(firm)),
        there,
        tuple(signals(firm, there, on=as_of)),
    )


def signals(firm: EnterpriseId, there: Elsewhere, *, on: date) -> list[Signal]:
    """The signs of too much credit of a firm and of those tied to it, given what the bureau says."""
    lines = LineRow.objects.filter(firm=firm)
    ours = sum((sum(row.drawn) + sum(row.pending) for row in lines.exclude(status=ENDED)), 0)
    asked = asked_lately(firm, on=on)
    return over_credit(there, ours=Money(ours), our_days=[row.on for row in lines], applications=asked, on=on)


def what_if(
    firm: EnterpriseId,
    *,
    product: str,
    lend: Money | None = None,
    guarantee: tuple[EnterpriseId, Money] | None = None,
    as_of: date,
) -> WhatIf:
    """What the headroom would be were an amount lent, or were the firm to guarantee another. Nothing is written."""
    before = headroom(firm, product=product, as_of=as_of)
    after = before.after(lend) if lend is not None else before
    if guarantee is None:
        return WhatIf(before, after)
    borrower, _ = guarantee
    closes = circle(ties_from(borrower, on=as_of), borrower=borrower, guarantor=firm)
    return WhatIf(before, after, closes, mitigation.capacity(firm, on=as_of))
