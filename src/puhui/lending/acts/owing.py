"""What is owed on a facility's loans, and what a payment does to it.

A payment settles what has fallen due first, loan after loan in the product's order; what is left of it repays what is
not yet due: interest counted so far, then principal, for which an instalment plan may ask a fee. Promises that what is
owed is the sum over loans and components, in whole fen, and that a payment lowers it by exactly its amount. Refuses
nothing: `facilities` has checked. Nothing here asks the database but `loans_of` and `debts_of`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import F

from puhui.lending.acts.plans import WITH_PLAN, Asked, Planned, Rates, instalment_of, plan, shortened
from puhui.lending.engine.interest import rounded
from puhui.lending.engine.terms import Amortization
from puhui.lending.facility import FEN_UNIT, Component, FacilityId, LoanStatus, allocate, fen_of
from puhui.lending.holidays import last_fallen
from puhui.lending.models import DueRow, LoanRow, PlanRow

INTEREST, PRINCIPAL, FEES = 1, 2, 3
KIND = {INTEREST: Component.INTEREST, PRINCIPAL: Component.PRINCIPAL, FEES: Component.FEES}
SHORTENS = "shortens_term"


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


@dataclass(slots=True)
class Debt:
    """One loan with what fell due on it, and the plan of its principal (empty where all is due at maturity)."""

    loan: LoanRow
    dues: list[DueRow]
    plan: tuple[Planned, ...] = ()
    replanned: bool = False
    changed: bool = False
    settled: list[DueRow] = field(default_factory=list)  # dues that a payment has changed

    def fallen(self) -> dict[Component, int]:
        """What has fallen due and is unpaid; penalty and compound interest are due from day to day."""
        parts = dict.fromkeys(Component, 0)
        for due in self.dues:
            parts[KIND[due.kind]] += due.amount_fen - due.paid_fen
        parts[Component.PENALTY], parts[Component.COMPOUND] = (
            fen_of(int(self.loan.penalty)),
            fen_of(int(self.loan.compound)),
        )
        return parts

    def owed(self) -> dict[Component, int]:
        """All that is owed, with interest as far as it is counted, and without a fee for early principal."""
        parts = self.fallen()
        parts[Component.INTEREST] += fen_of(int(self.loan.interest))
        parts[Component.PRINCIPAL] = self.loan.principal_fen
        return parts

    @property
    def undue(self) -> int:
        """Principal that has not fallen due."""
        return self.loan.principal_fen - self.fallen()[Component.PRINCIPAL]

    def since(self, due_day: int) -> date:
        """The day from which the interest counts that has not fallen due."""
        begun = self.plan[0].since if self.plan else self.loan.drawn_on
        fallen = last_fallen(self.loan.drawn_on, due_day, self.loan.accrued_to)
        return begun if fallen is None else max(begun, fallen)


@dataclass(slots=True)
class Paid:
    """What a payment paid, by component; of the fees, what was asked for early principal; loans whose plan changes."""

    parts: dict[Component, int] = field(default_factory=lambda: dict.fromkeys(Component, 0))
    prepayment_fee: int = 0
    prepaid: list[Debt] = field(default_factory=list)

    def add(self, parts: dict[Component, int]) -> int:
        """Count more parts; returns their sum."""
        for component, fen in parts.items():
            self.parts[component] += fen
        return sum(parts.values())


def of_loan(loan: LoanRow, dues: list[DueRow]) -> dict[Component, int]:
    """The parts owed on one loan, with interest to the day up to which it is counted."""
    return Debt(loan, dues).owed()


def loans_of(facility: FacilityId) -> list[tuple[LoanRow, list[DueRow]]]:
    """The facility's active loans, the first to mature first, each with its unpaid dues, the oldest first."""
    loans = LoanRow.objects.filter(facility=facility, status=LoanStatus.ACTIVE).order_by("matures_on", "id")
    unpaid: dict[int, list[DueRow]] = {}
    for due in DueRow.objects.filter(loan__in=loans, paid_fen__lt=F("amount_fen")).order_by("due_on", "id"):
        unpaid.setdefault(due.loan_id, []).append(due)
    return [(loan, unpaid.get(loan.pk, [])) for loan in loans]


def debts_of(facility: FacilityId) -> list[Debt]:
    """The facility's active loans as debts, with their plans."""
    return [Debt(loan, dues, plan_of(loan)) for loan, dues in loans_of(facility)]


def summed(all_parts: list[dict[Component, int]]) -> dict[Component, int]:
    """Parts added up by component."""
    return {component: sum(parts[component] for parts in all_parts) for component in Component}


def payoff(debts: list[Debt], fee: Decimal) -> dict[Component, int]:
    """What repays all debts: all that is owed, and the fee for principal that an instalment plan has not asked for."""
    parts = summed([debt.owed() for debt in debts])
    parts[Component.FEES] += sum(_fee(debt.undue, fee) for debt in debts if debt.plan)
    return parts


def pay(debts: list[Debt], amount: int, order: tuple[Component, ...], fee: Decimal) -> Paid:
    """Pay an amount that is not above the pay-off; the debts are changed in memory."""
    paid = Paid()
    for debt in debts:
        parts = allocate(amount, debt.fallen(), order)
        amount -= paid.add(parts)
        _lower(debt, parts)
    for debt in debts:
        if amount:
            amount -= _repay_early(debt, amount, fee, paid)
    assert amount == 0, f"{amount} fen found nothing to pay"
    for debt in debts:
        if not any(debt.owed().values()):
            debt.loan.status, debt.loan.days_past_due = LoanStatus.REPAID, 0
    return paid


def replan(debt: Debt, *, since: date, due_day: int, rates: Rates, effect: str = "") -> None:
    """Plan anew what has not fallen due: after early principal, a new rate, another maturity or way of repaying."""
    way, loan = Amortization(debt.loan.way), debt.loan
    before, debt.plan, debt.replanned = debt.plan, (), True
    if way not in WITH_PLAN or debt.undue <= 0 or since >= loan.matures_on:
        return
    asked = Asked(way, debt.undue, since, loan.drawn_on, due_day, loan.matures_on, rates)
    if effect == SHORTENS and before:
        debt.plan = shortened(asked, instalment_of(way, before))
    else:
        debt.plan = plan(asked)


def save(debts: list[Debt]) -> None:
    """Keep what has changed in debts that came from the database."""
    for debt in debts:
        if debt.replanned:
            debt.loan.plan = _save_plan(debt) if debt.plan else 0
        if debt.changed or debt.replanned:
            debt.loan.save()
        for due in debt.settled:
            due.save(update_fields=["amount_fen", "paid_fen"])


def _lower(debt: Debt, parts: dict[Component, int]) -> None:
    """Settle parts of what has fallen due, the oldest due of a kind first."""
    if not any(parts.values()):
        return
    loan, debt.changed = debt.loan, True
    loan.penalty = _left(int(loan.penalty), parts[Component.PENALTY])
    loan.compound = _left(int(loan.compound), parts[Component.COMPOUND])
    loan.principal_fen -= parts[Component.PRINCIPAL]
    for kind, component in KIND.items():
        left = parts[component]
        for due in debt.dues:
            part = min(left, due.amount_fen - due.paid_fen)
            if due.kind == kind and part:
                due.paid_fen += part
                left -= part
                debt.settled.append(due)
        assert left == 0, f"{left} fen of {component} found no due"


def _repay_early(debt: Debt, amount: int, fee: Decimal, paid: Paid) -> int:
    """Repay what is not yet due; returns what of the amount it took."""
    loan, parts, debt.changed = debt.loan, dict.fromkeys(Component, 0), True
    parts[Component.INTEREST] = min(amount, fen_of(int(loan.interest)))
    loan.interest = _left(int(loan.interest), parts[Component.INTEREST])
    left, undue = amount - parts[Component.INTEREST], debt.undue
    if debt.plan and left and undue:
        parts[Component.PRINCIPAL], parts[Component.FEES] = _with_fee(left, undue, fee)
        paid.prepayment_fee += parts[Component.FEES]
        paid.prepaid.append(debt)
    else:
        parts[Component.PRINCIPAL] = min(left, undue)
    loan.principal_fen -= parts[Component.PRINCIPAL]
    return paid.add(parts)


def _with_fee(amount: int, undue: int, fee: Decimal) -> tuple[int, int]:
    """Principal and fee that add up to an amount, or to the pay-off where that is less.

    >>> _with_fee(101_00, 500_00, Decimal("0.01")), _with_fee(999_00, 500_00, Decimal("0.01"))
    ((10000, 100), (50000, 500))
    """
    if amount >= undue + _fee(undue, fee):
        return undue, _fee(undue, fee)
    principal = min(rounded(Fraction(amount) / (1 + Fraction(fee))), undue)
    return principal, amount - principal


def _fee(principal: int, share: Decimal) -> int:
    return rounded(principal * Fraction(share))


def _left(numerator: int, paid: int) -> int:
    """What is left of exact interest after a payment in whole fen; a fraction under half a fen is not owed."""
    return 0 if paid == fen_of(numerator) else numerator - paid * FEN_UNIT


def plan_of(loan: LoanRow) -> tuple[Planned, ...]:
    """The plan that a loan follows now, empty where all its principal is due at maturity."""
    if not loan.plan:
        return ()
    rows = PlanRow.objects.filter(loan=loan.pk, version=loan.plan).order_by("nominal_on")
    return tuple(
        Planned(row.nominal_on, row.due_on, row.principal_fen, row.interest_fen, row.starts_on) for row in rows
    )


def _save_plan(debt: Debt) -> int:
    """Keep a new version of a loan's plan; returns its number."""
    last = PlanRow.objects.filter(loan=debt.loan.pk).order_by("-version").values_list("version", flat=True).first()
    version = (last or 0) + 1
    PlanRow.objects.bulk_create(
        PlanRow(
            loan=debt.loan.pk,
            version=version,
            starts_on=each.since,
            nominal_on=each.nominal_on,
            due_on=each.due_on,
            principal_fen=each.principal,
            interest_fen=each.interest,
        )
        for each in debt.plan
    )
    return version
