"""What exposure knows of a guarantor, for the room of mitigation: what it borrows here, what the bureau reports.

The bureau's guarantees are those of the last night's reading, of firms that have agreed to be watched.
"""

from __future__ import annotations

from datetime import date

from django.db.models import Sum

from puhui.exposure.lines import ENDED
from puhui.exposure.models import LineRow, TieRow
from puhui.ids import EnterpriseId
from puhui.mitigation import selectors as mitigation
from puhui.mitigation.known import Known
from puhui.money import Money

GUARANTEES = "guarantees"
FAR_ENOUGH = 500  # firms walked before a circle is no longer looked for: beyond, a group's cap is the better guard


def of(guarantor: EnterpriseId) -> Known:
    """What a guarantor owes here, drawn and under way, and what it guarantees elsewhere."""
    lines = LineRow.objects.filter(firm=guarantor).exclude(status=ENDED)
    owes = sum(sum(row.drawn) + sum(row.pending) for row in lines)
    elsewhere = TieRow.objects.filter(one=guarantor, kind=GUARANTEES).aggregate(fen=Sum("fen"))["fen"]
    return Known(Money(owes), Money(elsewhere or 0))


def ties_from(borrower: EnterpriseId, *, on: date) -> list[tuple[EnterpriseId, EnterpriseId]]:
    """All guarantees that lead away from a borrower, of the bureau and of our own book, as (guarantor, guaranteed).

    A circle may run through both: each firm on the way is asked for both.
    """
    found: list[tuple[EnterpriseId, EnterpriseId]] = []
    seen: set[str] = set()
    front = [str(borrower)]
    while front and len(seen) < FAR_ENOUGH:
        seen.update(front)
        reported = TieRow.objects.filter(one__in=front, kind=GUARANTEES).values_list("one", "other")
        given = [*reported, *mitigation.guaranteed_by(front, on=on)]
        found += [(EnterpriseId(one), EnterpriseId(other)) for one, other in given]
        front = sorted({str(other) for _, other in given} - seen)
    return found
