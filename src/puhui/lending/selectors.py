"""The room's reads: how a facility stands, its statement, and whether loans, ledger and snapshots agree to the fen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Sum

from puhui.ledger import selectors as ledger
from puhui.ledger.lines import AccountId
from puhui.lending import chart, owing
from puhui.lending.facility import Component, FacilityId, LoanStatus, Status
from puhui.lending.models import ActRow, FacilityRow, LoanRow, SnapshotRow
from puhui.refusals import BadInput


@dataclass(frozen=True, slots=True)
class Standing:
    """How a facility stands, with interest up to the day it was last counted to. Amounts in fen."""

    facility: FacilityId
    enterprise: str
    status: Status
    limit_fen: int
    available_fen: int
    owed: dict[Component, int]
    days_past_due: int
    tier: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One act of a facility's statement."""

    on: date
    act: str
    facts: dict[str, Any]


def standing(facility: FacilityId) -> Standing:
    """How a facility stands. Raises BadInput when there is none of that number."""
    row = FacilityRow.objects.filter(id=facility).first()
    if row is None:
        raise BadInput(f"there is no facility {facility}", then="give the number that opening it has answered")
    loans = owing.loans_of(facility)
    return Standing(
        facility,
        row.enterprise,
        Status(row.status),
        row.limit_fen,
        ledger.balance(AccountId(row.line_account)).free_to_debit,
        owing.summed([owing.of_loan(loan, dues) for loan, dues in loans]),
        max((loan.days_past_due for loan, _ in loans), default=0),
        max((loan.tier for loan, _ in loans), default=1),
    )


def statement(facility: FacilityId) -> list[Entry]:
    """What was done on a facility, in order; what was refused is left out."""
    rows = ActRow.objects.filter(facility=facility).order_by("id")
    return [Entry(row.on, row.kind, row.asked | row.answered["facts"]) for row in rows if "facts" in row.answered]


def disagreements(*, snapshot_of: date | None = None) -> list[str]:
    """Where loans, ledger and (if a day is given, at whose end nothing has happened since) snapshot differ; none."""
    of_loans = dict.fromkeys(Component, 0)
    owed_by_account: dict[AccountId, int] = {}
    for row in FacilityRow.objects.order_by("id"):
        parts = owing.summed([owing.of_loan(loan, dues) for loan, dues in owing.loans_of(FacilityId(row.pk))])
        owed_by_account[AccountId(row.owed_account)] = parts[Component.PRINCIPAL]
        for component in Component:
            of_loans[component] += parts[component]
    wrong = []
    for account, balance in ledger.balances(list(owed_by_account)).items():
        if balance.net_debit != owed_by_account[account]:
            wrong.append(f"account {account}: ledger {balance.net_debit}, loans {owed_by_account[account]}")
    for component, code in chart.RECEIVABLE.items():
        held = ledger.balance(chart.general()[code]).net_debit
        if held != of_loans[component]:
            wrong.append(f"{component}: ledger {held}, loans {of_loans[component]}")
    if snapshot_of is not None:
        wrong += _snapshot_off(snapshot_of, of_loans)
    return wrong + list(ledger.check().wrong)


def _snapshot_off(day: date, of_loans: dict[Component, int]) -> list[str]:
    sums = SnapshotRow.objects.filter(on=day).aggregate(**{each: Sum(f"{each}_fen") for each in Component})
    found = {each: int(sums[each] or 0) for each in Component}
    return [
        f"snapshot: {each} {found[each]}, loans {of_loans[each]}" for each in Component if found[each] != of_loans[each]
    ]


def pending_draws() -> list[FacilityId]:
    """Facilities with a draw whose payment is not known."""
    rows = LoanRow.objects.filter(status=LoanStatus.PENDING).order_by("id").values_list("facility_id", flat=True)
    return [FacilityId(each) for each in rows]
