"""What stops a firm from drawing: a hold that any room places, and lifts with the same reference.

Promises that a firm draws nothing while one hold stands on it, and that who placed and lifted it is a record of the
audit chain. Refuses nothing: placing a hold that stands, or lifting one that does not, changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from puhui import days
from puhui.enterprises import identity
from puhui.enterprises.models import DrawHold, DrawHoldLifted
from puhui.governance import services as governance
from puhui.ids import EnterpriseId


@dataclass(frozen=True, slots=True)
class Held:
    """One hold that stands: why, by which reference, since when, and who placed it."""

    firm: EnterpriseId
    reference: str
    why: str
    since: date
    by: str


def hold_draws(firm: EnterpriseId, *, reference: str, why: str, on: date, by: str) -> Held:
    """Let a firm draw nothing until the hold of this reference is lifted."""
    with transaction.atomic():
        standing = _standing(firm).filter(reference=reference).first()
        if standing is None:
            said = {"reference": reference, "why": why, "placed_on": on}
            standing = DrawHold.objects.create(enterprise=firm, made_at=days.now(), by=by, **said)
            governance.record("draws held", firm, {"reference": reference, "why": why, "on": on}, by=by)
    return _held(standing)


def lift_draw_hold(firm: EnterpriseId, *, reference: str, why: str, on: date, by: str) -> int:
    """Lift the hold of a reference; returns how many were lifted, 0 where none stands."""
    with transaction.atomic():
        standing = list(_standing(firm).filter(reference=reference))
        for hold in standing:
            DrawHoldLifted.objects.create(hold=hold, why=why, lifted_on=on, made_at=days.now(), by=by)
        if standing:
            governance.record("draws set free", firm, {"reference": reference, "why": why, "on": on}, by=by)
    return len(standing)


def draw_holds(firm: EnterpriseId) -> list[Held]:
    """What stops a firm from drawing, the oldest first; none for nearly every firm."""
    return [_held(each) for each in _standing(firm).order_by("pk")]


def _standing(firm: EnterpriseId) -> QuerySet[DrawHold]:
    """Holds on the legal firm, whichever of its ids they were placed on and whichever is asked for."""
    ids = identity.ids_of_each([firm])[firm]
    return DrawHold.objects.filter(enterprise__in=ids, drawholdlifted__isnull=True)


def _held(row: DrawHold) -> Held:
    return Held(EnterpriseId(row.enterprise), row.reference, row.why, row.placed_on, row.by)
