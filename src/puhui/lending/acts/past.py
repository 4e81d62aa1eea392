"""A facility's life once more, from its acts alone: what a payment dated back would have made of it.

The days are walked in memory as the close of day walks them in the database (`nights`), and the acts are done again in
the order of their days. Promises that without a change the result is what stands in the tables, so that every fen can
be followed to the acts; and that what a change does is the difference of two such lives. Refuses a payment that would
have left a later one with nothing to pay, or a later fee with no running loan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from puhui.days import add_months
from puhui.lending.acts import owing
from puhui.lending.acts.owing import FEES, INTEREST, PRINCIPAL, Debt
from puhui.lending.engine.terms import Amortization
from puhui.lending.facility import Component, FacilityId, LoanStatus, fen_of
from puhui.lending.holidays import asked_for, nominal_of
from puhui.lending.models import ActRow, DueRow, FacilityRow, LoanRow, TermsRow
from puhui.lending.standing import REGULATED, product_terms
from puhui.refusals import Code, Refused

ONE_DAY = timedelta(days=1)
PAYMENTS = frozenset({"repay", "collect", "secured"})


@dataclass(frozen=True, slots=True)
class Happened:
    """An act as it is played again: its day (of value), its place among the acts, and what it was."""

    on: date
    place: int
    kind: str
    request: str
    asked: dict[str, Any]
    facts: dict[str, Any]


@dataclass(slots=True)
class Life:
    """Where playing has come to: all loans ever drawn, the terms that hold, and what was paid and charged so far."""

    facility: FacilityRow
    debts: dict[int, Debt] = field(default_factory=dict)
    unclear: set[int] = field(default_factory=set)  # draws whose payment is not known yet: nothing repays them
    terms: TermsRow | None = None
    lost: bool = False
    history: list[TermsRow] = field(default_factory=list)
    rates: list[tuple[date, int]] = field(default_factory=list)
    repriced: bool = False  # whether the last change of terms changed the rate
    paid: dict[Component, int] = field(default_factory=lambda: dict.fromkeys(Component, 0))

    def active(self) -> list[Debt]:
        """The loans on which something is owed."""
        return [debt for debt in self.debts.values() if debt.loan.status == LoanStatus.ACTIVE]

    def running(self) -> list[Debt]:
        """The loans that a payment can repay, the first to mature first."""
        found = [debt for debt in self.active() if debt.loan.pk not in self.unclear]
        return sorted(found, key=lambda debt: (debt.loan.matures_on, debt.loan.pk))

    def owed(self) -> dict[Component, int]:
        """What is owed on all loans."""
        return owing.summed([debt.owed() for debt in self.active()])

    def charged(self) -> dict[Component, int]:
        """What was charged so far: what is owed and what was paid of it."""
        owed = self.owed()
        return {each: owed[each] + self.paid[each] for each in Component if each is not Component.PRINCIPAL}


def acts_of(facility: FacilityId) -> list[Happened]:
    """What was done on a facility, as it is to be played again."""
    rows = ActRow.objects.filter(facility=facility).order_by("id")
    return [
        Happened(
            _day(row.asked.get("value_on"), row.on), row.pk, row.kind, row.request, row.asked, row.answered["facts"]
        )
        for row in rows
        if "facts" in row.answered
    ]


def play(row: FacilityRow, acts: Sequence[Happened], *, until: date) -> Life | Refused:
    """Play a facility's life from its opening to the end of a day."""
    facility = FacilityId(row.pk)
    terms = {each.request: each for each in TermsRow.objects.filter(facility=facility)}
    drawn = {each.pk: each for each in LoanRow.objects.filter(facility=facility)}
    life = Life(row, unclear={each.facts["loan"] for each in acts if each.kind == "cleared"})
    waiting = sorted(acts, key=lambda each: (each.on, each.place))
    day = min([each.on for each in waiting], default=until)
    opening = f"open/{row.approval}"
    _set_terms(life, terms[opening])
    while day <= until:
        for debt in life.debts.values():
            _night(life, debt, day)
            _fall_due(life, debt, day)
        while waiting and waiting[0].on == day:
            refused = _act(life, waiting.pop(0), terms, drawn)
            if refused:
                return refused
        if day < until:
            for debt in life.active():
                _age(debt, day)
        day += ONE_DAY
    return life


def _act(life: Life, act: Happened, terms: dict[str, TermsRow], drawn: dict[int, LoanRow]) -> Refused | None:
    if act.kind == "draw":
        _draw(life, drawn[act.facts["loan"]], act)
    elif act.kind == "cleared":
        life.unclear.discard(act.facts["loan"])
    elif act.kind in PAYMENTS and not life.lost:
        return _pay(life, act)
    elif act.kind == "fee":
        debt = life.debts[act.facts["loan"]]
        if debt.loan.status != LoanStatus.ACTIVE:
            return Refused(Code.LOAN_NOT_RUNNING, {"loan": debt.loan.pk, "on": act.on.isoformat()})
        debt.dues.append(DueRow(loan=debt.loan, due_on=act.on, kind=FEES, amount_fen=act.facts["fen"], paid_fen=0))
    elif act.kind == "write_off":
        life.lost = True  # what comes in from now on is recovered, and pays nothing down
        for debt in life.running():
            debt.loan.status = LoanStatus.WRITTEN_OFF
    elif act.request in terms:
        _set_terms(life, terms[act.request])
        if act.kind == "restructure":
            for debt in life.active():
                _watch(debt.loan, act)
        for debt in life.active():
            change(debt, terms[act.request], life.facility.due_day, life.rates, repriced=life.repriced)
    return None


def change(debt: Debt, terms: TermsRow, due_day: int, rates: list[tuple[date, int]], *, repriced: bool) -> None:
    """What new terms do to a running loan: another maturity, way or rate, and with them another plan."""
    loan, way = debt.loan, terms.way or debt.loan.way
    same = (loan.matures_on, loan.way) == (terms.matures_on, way)
    if same and not (repriced and debt.plan) and not terms.way:
        return
    since = debt.since(due_day)
    if terms.way:  # restructured: what fell due of the principal is spread anew
        for due in debt.dues:
            if due.kind == PRINCIPAL and due.amount_fen != due.paid_fen:
                due.amount_fen = due.paid_fen
                debt.settled.append(due)
    loan.matures_on, loan.way, debt.changed = terms.matures_on, way, True
    owing.replan(debt, since=since, due_day=due_day, rates=rates)


def rates_of(terms: Iterable[TermsRow]) -> list[tuple[date, int]]:
    """From which day on which rate, in order."""
    rates = list[tuple[date, int]]()
    for each in terms:
        if not rates or rates[-1][1] != each.rate:
            rates.append((each.on, each.rate))
    return rates


def _set_terms(life: Life, terms: TermsRow) -> None:
    life.terms = terms
    life.repriced = bool(life.history) and life.history[-1].rate != terms.rate
    life.rates = rates_of([*life.history, terms])
    life.history.append(terms)


def _draw(life: Life, kept: LoanRow, act: Happened) -> None:
    if kept.status in (LoanStatus.FAILED, LoanStatus.PENDING):
        return
    assert life.terms is not None, "a facility opens with terms"
    loan = LoanRow(
        pk=kept.pk,
        facility=life.facility,
        drawn_fen=kept.drawn_fen,
        principal_fen=kept.drawn_fen,
        drawn_on=kept.drawn_on,
        matures_on=life.terms.matures_on,
        way=act.facts.get("way", Amortization.ANY_TIME),
        status=LoanStatus.ACTIVE,
        accrued_to=kept.drawn_on,
        interest=0,
        penalty=0,
        compound=0,
    )
    debt = Debt(loan, [])
    owing.replan(debt, since=loan.drawn_on, due_day=life.facility.due_day, rates=life.rates)
    life.debts[loan.pk] = debt


def _pay(life: Life, act: Happened) -> Refused | None:
    fen, row = act.asked["fen"], life.facility
    found = product_terms(row.product, on=act.on)
    effect = found.words("prepayment_effect")[0]
    fee = Decimal(0) if act.kind == "secured" else found.decimal("prepayment_fee")
    debts, order = life.running(), tuple(Component(each) for each in row.allocation)
    owed = sum(owing.payoff(debts, fee).values())
    if fen > owed:
        return Refused(Code.ABOVE_OWED, {"asked": fen, "owed": owed, "on": act.on.isoformat()})
    paid = owing.pay(debts, fen, order, fee)
    for component, part in paid.parts.items():
        life.paid[component] += part
    for debt in paid.prepaid:
        owing.replan(debt, since=act.on, due_day=row.due_day, rates=life.rates, effect=effect)
    return None


def _age(debt: Debt, day: date) -> None:
    """The end of a day, as `standing` sees it: days past due, and what they do to a watch and a cure."""
    loan, terms = debt.loan, product_terms(REGULATED, on=day)
    unpaid = [due.due_on for due in debt.dues if due.kind != FEES and due.paid_fen < due.amount_fen]
    loan.days_past_due = late = (day - min(unpaid)).days if unpaid else 0
    if not late:
        return
    bad = late >= terms.whole("substandard")
    if loan.watch_until is not None and (bad or loan.watch_until >= day):
        loan.watch_until = add_months(day, terms.whole("watch"))
    if bad or (loan.cure_until is not None and loan.cure_until >= day):
        loan.cure_until = add_months(day, terms.whole("cure"))


def _watch(loan: LoanRow, act: Happened) -> None:
    """What a restructuring does to a watch and a cure."""
    terms = product_terms(REGULATED, on=act.on)
    cured = loan.days_past_due < terms.whole("substandard") and (loan.cure_until is None or loan.cure_until < act.on)
    loan.watch_until = date.fromisoformat(act.facts["watch_until"])
    if not cured:
        loan.cure_until = add_months(act.on, terms.whole("cure"))


def _night(life: Life, debt: Debt, day: date) -> None:
    loan, terms = debt.loan, life.terms
    if loan.status != LoanStatus.ACTIVE or loan.accrued_to >= day:
        return
    assert terms is not None, "a facility opens with terms"
    late = [due for due in debt.dues if due.due_on + timedelta(days=life.facility.grace_days) < day]
    principal, interest = (
        sum(due.amount_fen - due.paid_fen for due in late if due.kind == kind) for kind in (PRINCIPAL, INTEREST)
    )
    bad = loan.principal_fen if terms.misused else principal
    heavier = max(terms.overdue_rate, terms.misuse_rate) if terms.misused else terms.overdue_rate
    loan.interest += (loan.principal_fen - bad) * terms.rate
    loan.penalty += (bad - principal) * terms.misuse_rate + principal * heavier
    loan.compound += interest * terms.overdue_rate
    loan.accrued_to = day


def _fall_due(life: Life, debt: Debt, day: date) -> None:
    loan, nominals = debt.loan, asked_for(day)
    if loan.status != LoanStatus.ACTIVE or not nominals or loan.accrued_to != day:
        return
    regular = nominal_of(day)[life.facility.due_day - 1]
    ends = loan.matures_on in nominals
    if not ends and (regular is None or regular <= loan.drawn_on):
        return
    undue = debt.undue
    planned = undue if ends else sum(each.principal for each in debt.plan if each.nominal_on in nominals)
    amounts = {INTEREST: fen_of(int(loan.interest)), PRINCIPAL: min(planned, undue)}
    for kind, fen in amounts.items():
        if fen and not any(due.due_on == day and due.kind == kind for due in debt.dues):
            debt.dues.append(DueRow(loan=loan, due_on=day, kind=kind, amount_fen=fen, paid_fen=0))
            if kind == INTEREST:
                loan.interest = 0


def _day(given: object, otherwise: date) -> date:
    return otherwise if given is None else date.fromisoformat(str(given))


def stands(life: Life) -> bool:
    """Whether what stands in the tables is what a life has come to."""
    kept = {loan.pk: loan for loan in LoanRow.objects.filter(pk__in=life.debts)}
    for number, debt in life.debts.items():
        loan, was = debt.loan, kept[number]
        names = ("principal_fen", "interest", "penalty", "compound", "status", "way", "matures_on")
        if loan.status == LoanStatus.ACTIVE and any(getattr(loan, each) != getattr(was, each) for each in names):
            return False
        unpaid = {key: left for key, left in _unpaid(debt.dues).items() if left}
        if loan.status == was.status == LoanStatus.ACTIVE and unpaid != {
            key: left for key, left in _unpaid(DueRow.objects.filter(loan=number)).items() if left
        }:
            return False
    return True


def keep(debt: Debt, was: Debt | None = None) -> None:
    """Let the tables say of a loan what a life has come to; a plan that differs becomes a new version.

    `was` is the loan as another life has it: a watch and a cure that are another now are kept as well.
    """
    kept = LoanRow.objects.get(pk=debt.loan.pk)
    for name in ("watch_until", "cure_until"):
        if was is not None and getattr(debt.loan, name) != getattr(was.loan, name):
            setattr(kept, name, getattr(debt.loan, name))
    for name in ("principal_fen", "interest", "penalty", "compound", "accrued_to", "matures_on", "way", "status"):
        setattr(kept, name, getattr(debt.loan, name))
    if kept.status == LoanStatus.REPAID:
        kept.days_past_due = 0
    standing = owing.Debt(kept, [], owing.plan_of(kept), changed=True)
    if standing.plan != debt.plan and kept.status == LoanStatus.ACTIVE:
        standing.plan, standing.replanned = debt.plan, True
    owing.save([standing])
    said = {(due.due_on, due.kind): due for due in debt.dues}
    for due in DueRow.objects.filter(loan=kept):
        found = said.pop((due.due_on, due.kind), None)
        due.amount_fen, due.paid_fen = (found.amount_fen, found.paid_fen) if found else (0, 0)
        due.save()
    for due in said.values():
        DueRow.objects.create(
            loan=kept, due_on=due.due_on, kind=due.kind, amount_fen=due.amount_fen, paid_fen=due.paid_fen
        )


def _unpaid(dues: Iterable[DueRow]) -> dict[tuple[date, int], int]:
    return {(due.due_on, due.kind): due.amount_fen - due.paid_fen for due in dues}
