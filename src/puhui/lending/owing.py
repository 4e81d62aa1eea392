"""What is owed on a facility's loans, and what a payment does to it.

Promises that what is owed is the sum over loans and components, in whole fen, and that a payment lowers it by exactly
its amount. Refuses nothing: `facilities` has checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import F

from puhui.lending.facility import FEN_UNIT, Component, FacilityId, LoanStatus, allocate, fen_of
from puhui.lending.models import DueRow, LoanRow

INTEREST, PRINCIPAL = 1, 2


@dataclass(frozen=True, slots=True)
class Owed:
    """What must be paid on a day so that nothing is owed: its parts in fen."""

    facility: FacilityId
    on: date
    parts: dict[Component, int]

    @property
    def total(self) -> int:
        """The pay-off, in fen."""
        return sum(self.parts.values())


def of_loan(loan: LoanRow, dues: list[DueRow]) -> dict[Component, int]:
    """The parts owed on one loan, with interest to the day up to which it is counted."""
    due = sum(each.amount_fen - each.paid_fen for each in dues if each.kind == INTEREST)
    return {
        Component.PENALTY: fen_of(int(loan.penalty)),
        Component.COMPOUND: fen_of(int(loan.compound)),
        Component.INTEREST: due + fen_of(int(loan.interest)),
        Component.PRINCIPAL: loan.principal_fen,
    }


def loans_of(facility: FacilityId) -> list[tuple[LoanRow, list[DueRow]]]:
    """The facility's active loans, the first to mature first, each with its unpaid dues, the oldest first."""
    loans = LoanRow.objects.filter(facility=facility, status=LoanStatus.ACTIVE).order_by("matures_on", "id")
    unpaid: dict[int, list[DueRow]] = {}
    for due in DueRow.objects.filter(loan__in=loans, paid_fen__lt=F("amount_fen")).order_by("due_on", "id"):
        unpaid.setdefault(due.loan_id, []).append(due)
    return [(loan, unpaid.get(loan.pk, [])) for loan in loans]


def summed(all_parts: list[dict[Component, int]]) -> dict[Component, int]:
    """Parts added up by component."""
    return {component: sum(parts[component] for parts in all_parts) for component in Component}


def pay(facility: FacilityId, amount: int, order: tuple[Component, ...]) -> dict[Component, int]:
    """Pay an amount that is not above what is owed, loan after loan; returns its parts."""
    paid = []
    for loan, dues in loans_of(facility):
        parts = allocate(amount, of_loan(loan, dues), order)
        _lower(loan, dues, parts)
        amount -= sum(parts.values())
        paid.append(parts)
    assert amount == 0, f"{amount} fen found nothing to pay"
    return summed(paid)


def _lower(loan: LoanRow, dues: list[DueRow], parts: dict[Component, int]) -> None:
    loan.penalty = _left(int(loan.penalty), parts[Component.PENALTY])
    loan.compound = _left(int(loan.compound), parts[Component.COMPOUND])
    rest = _settle(dues, INTEREST, parts[Component.INTEREST])
    loan.interest = _left(int(loan.interest), rest)
    _settle(dues, PRINCIPAL, parts[Component.PRINCIPAL])
    loan.principal_fen -= parts[Component.PRINCIPAL]
    if not any(of_loan(loan, [each for each in dues if each.paid_fen < each.amount_fen]).values()):
        loan.status, loan.days_past_due = LoanStatus.REPAID, 0
    loan.save()


def _left(numerator: int, paid: int) -> int:
    """What is left of exact interest after a payment in whole fen; a fraction under half a fen is not owed."""
    return 0 if paid == fen_of(numerator) else numerator - paid * FEN_UNIT


def _settle(dues: list[DueRow], kind: int, amount: int) -> int:
    """Pay dues of a kind, the oldest first; returns what is left of the amount."""
    for due in dues:
        if due.kind == kind and amount:
            part = min(amount, due.amount_fen - due.paid_fen)
            due.paid_fen += part
            amount -= part
            due.save(update_fields=["paid_fen"])
    return amount
