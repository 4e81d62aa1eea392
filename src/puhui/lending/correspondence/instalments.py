"""What a facility's running loans will ask for, and when: a table of what is due and what is still to come.

What has fallen due is told from the dues, what a plan names from the plan, and of a loan without a plan the interest of
each due day and the principal at maturity, at today's rate and if nothing else happens. Promises that the principal of
a loan's rows adds up to what it owes. Refuses nothing.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import date

from puhui.documents.blocks import Column, Figure, Figures, Note
from puhui.documents.paper import Listing, Paper
from puhui.documents.wording import Cell, Form
from puhui.lending.acts import owing
from puhui.lending.correspondence.papers import HOUSE, YUAN
from puhui.lending.facility import FacilityId, LoanId, fen_of
from puhui.lending.holidays import moved, next_due
from puhui.lending.models import FacilityRow
from puhui.money import Money
from puhui.refusals import BadInput
from puhui.words import Label

STATES = {True: Label("due", "已到期"), False: Label("to come", "未到期")}
IF_ALL_GOES_ON = Label(
    "Interest to come is at today's rate, if nothing is drawn or repaid before; what is due bears penalty until paid.",
    "未到期利息按现行利率、且其间无提款及还款计算；已到期未还部分另计罚息。",
)


@dataclass(frozen=True, slots=True)
class Instalment:
    """What one loan asks for on one day; amounts in fen. `left` is its principal afterwards."""

    loan: LoanId
    due_on: date
    principal: int
    interest: int
    left: int
    fallen: bool


@dataclass(frozen=True, slots=True)
class Ahead:
    """A facility's instalments, the earliest first, as they stand with interest counted to `counted_to`."""

    facility: FacilityId
    enterprise: str
    counted_to: date
    rows: tuple[Instalment, ...]


def ahead(facility: FacilityId) -> Ahead:
    """What a facility's running loans ask for. Raises BadInput where no loan is running."""
    row = FacilityRow.objects.filter(id=facility).first()
    debts = owing.debts_of(facility) if row is not None else []
    if row is None or not debts:
        raise BadInput(
            Label(f"facility {facility} has no running loan", f"额度{facility}没有未结清的贷款"),
            then=Label("ask when something has been drawn", "请在支用后再查询"),
        )
    rows = [each for debt in debts for each in _of_loan(debt, row)]
    counted = max(debt.loan.accrued_to for debt in debts)
    rows.sort(key=lambda each: (each.due_on, each.loan))
    return Ahead(facility, row.enterprise, counted, tuple(rows))


def _of_loan(debt: owing.Debt, row: FacilityRow) -> list[Instalment]:
    loan, left = debt.loan, debt.loan.principal_fen
    found: dict[date, list[int]] = {}  # principal and interest by day
    for due in debt.dues:
        if due.kind != owing.FEES:
            found.setdefault(due.due_on, [0, 0])[0 if due.kind == 2 else 1] += due.amount_fen - due.paid_fen
    fallen = set(found)
    to_come, undue = debt.undue, int(loan.interest)
    since, plan = loan.accrued_to, {each.due_on: each.principal for each in debt.plan if each.due_on > loan.accrued_to}
    for day in _days_to_come(debt, row, plan):
        numerator = undue + to_come * row.rate * (day - since).days
        principal = plan.get(day, 0) if day < moved(loan.matures_on) else to_come
        found[day] = [principal, fen_of(numerator)]
        to_come, undue, since = to_come - principal, 0, day
    rows = []
    for day, (principal, interest) in sorted(found.items()):
        left -= principal
        if principal or interest:
            rows.append(Instalment(LoanId(loan.pk), day, principal, interest, left, day in fallen))
    assert left == 0, f"loan {loan.pk}: {left} fen of principal are asked for on no day"
    return rows


def _days_to_come(debt: owing.Debt, row: FacilityRow, plan: dict[date, int]) -> list[date]:
    loan = debt.loan
    if debt.undue <= 0 and not loan.interest:
        return []
    nominals, day = [loan.matures_on], next_due(loan.drawn_on, row.due_day)
    while day < loan.matures_on:
        nominals.append(day)
        day = next_due(day, row.due_day)
    return sorted({moved(each) for each in nominals if moved(each) > loan.accrued_to} | set(plan))


def paper(told: Ahead) -> Paper:
    """The instalments as a paper."""
    principal, interest = (sum(getattr(each, name) for each in told.rows) for name in ("principal", "interest"))
    columns = (
        Column(Label("Day", "日期")),
        Column(Label("Loan", "借据号")),
        Column(Label("State", "状态")),
        *(
            Column(label, Form.MONEY, 2, YUAN)
            for label in (Label("Principal", "本金"), Label("Interest", "利息"), Label("Together", "合计"))
        ),
        Column(Label("Principal left", "剩余本金"), Form.MONEY, 2, YUAN),
    )
    rows = tuple[tuple[Cell, ...], ...](
        (
            each.due_on,
            str(each.loan),
            STATES[each.fallen],
            *map(Money, (each.principal, each.interest, each.principal + each.interest, each.left)),
        )
        for each in told.rows
    )
    total: tuple[Cell, ...] = (
        *(Label("Total", "合计"), None, None),
        *map(Money, (principal, interest, principal + interest)),
        None,
    )
    due = sum(each.principal + each.interest for each in told.rows if each.fallen)
    figures = [
        (Label("Principal", "本金"), principal),
        (Label("Interest", "利息"), interest),
        (Label("Due now", "已到期未还"), due),
    ]
    return Paper(
        Label("Schedule of repayments", "还款计划表"),
        Label(f"Repayments of facility {told.facility}", f"授信 {told.facility} 还款计划"),
        f"F{told.facility}-{told.counted_to:%Y%m%d}",
        told.counted_to,
        HOUSE,
        (
            Figures(tuple(Figure(label, Money(fen), Form.MONEY, 2, YUAN) for label, fen in figures)),
            Listing(columns, rows, Label("What is asked for", "还款明细"), total=total),
            Note(IF_ALL_GOES_ON),
        ),
        Label("Made from the loans as they stand.", "据借据现状生成。"),
        Label(f"As of {told.counted_to}", f"截至 {told.counted_to}"),
    )


HEADS = {
    "due_on": "日期",
    "loan": "借据号",
    "state": "状态",
    "principal": "本金（元）",
    "interest": "利息（元）",
    "principal_left": "剩余本金（元）",
}


def as_rows(told: Ahead, language: str) -> list[dict[str, str]]:
    """The instalments as rows of texts, amounts in yuan."""
    return [
        {
            "due_on": each.due_on.isoformat(),
            "loan": str(each.loan),
            "state": STATES[each.fallen].in_(language),
            **{
                name: f"{Money(fen).yuan:.2f}"
                for name, fen in (("principal", each.principal), ("interest", each.interest))
            },
            "principal_left": f"{Money(each.left).yuan:.2f}",
        }
        for each in told.rows
    ]


def as_csv(told: Ahead, language: str) -> str:
    """The rows as CSV: under the names of the fields in English, under words in Chinese."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADS.values() if language.startswith("zh") else HEADS)
    writer.writerows(row.values() for row in as_rows(told, language))
    return out.getvalue()


def as_json(told: Ahead) -> str:
    """The instalments for a machine: amounts in whole fen."""
    rows = [
        {
            "due_on": each.due_on.isoformat(),
            "loan": each.loan,
            "principal_fen": each.principal,
            "interest_fen": each.interest,
            "left_fen": each.left,
            "fallen_due": each.fallen,
        }
        for each in told.rows
    ]
    said = {"facility": told.facility, "enterprise": told.enterprise, "counted_to": told.counted_to.isoformat()}
    return json.dumps(said | {"rows": rows}, ensure_ascii=False, indent=2)
