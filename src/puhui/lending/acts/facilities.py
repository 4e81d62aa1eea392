"""The acts that make money flow out: open a line, draw on it; and what repaying all would cost."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from puhui.approval.services import line_of
from puhui.approval.signed import Approval
from puhui.enterprises import selectors as enterprises
from puhui.exposure import services as exposure
from puhui.governance.personal import Kind
from puhui.ids import EnterpriseId, RequestId
from puhui.ledger import services as ledger
from puhui.ledger.lines import AccountId, TransferId, post, transfer, void
from puhui.lending import chart, sealing
from puhui.lending.acts import living, owing, past, repricing
from puhui.lending.acts.acting import (
    Acted,
    Answer,
    Asked,
    advance,
    enter,
    first_open,
    last_closed,
    reached,
    stands_as,
    take_turns,
)
from puhui.lending.engine.terms import Amortization
from puhui.lending.facility import RATE_UNIT, Component, FacilityId, LoanStatus, Status
from puhui.lending.models import ActRow, FacilityRow, LoanRow, TermsRow
from puhui.lending.rail import Outcome, Rail
from puhui.lending.standing import STANDING, product_terms
from puhui.money import Money
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

PATIENCE = timedelta(hours=1)


def open_facility(approval: Approval, *, on: date, at: datetime, settlement_account: str = "") -> Acted | Refused:
    """Open the line that an approval grants; the same approval opens it once.

    What falls due is collected from the settlement account, where one is named. Refuses APPROVAL_NOT_SIGNED,
    APPROVAL_IS_USED (it has renewed a line), and OUTSIDE_APPROVAL on a day that the approval does not cover.
    """
    if not approval.is_signed(settings.SECRET_KEY):
        return Refused(Code.APPROVAL_NOT_SIGNED, {"approval": approval.number})
    if not approval.opens_on <= on < approval.matures_on:
        return Refused(Code.OUTSIDE_APPROVAL, {"approval": approval.number, "on": on.isoformat()})
    with transaction.atomic():
        if ActRow.objects.filter(request=renewal_of(approval)).exists():
            return Refused(Code.APPROVAL_IS_USED, {"approval": approval.number})
        row, new = FacilityRow.objects.get_or_create(
            approval=approval.number, defaults=_opening(approval, on, settlement_account)
        )
        facility = FacilityId(row.pk)
        if new:
            row.line_account, row.owed_account = chart.own(facility, on)
            row.save()
            request = RequestId(f"open/{approval.number}")
            keep_terms(row, request=request, on=on)
            grant = transfer(
                chart.general()[chart.COMMITMENTS], AccountId(row.line_account), Money(row.limit_fen), code=chart.GRANT
            )
            booked = ledger.book([grant], request=request, on=on, at=at)
            assert not isinstance(booked, Refused), booked
            if no := exposure.open_line(line_of(approval, on=on), on=on, at=at):
                transaction.set_rollback(True)
                return no
            living.begins(facility, EnterpriseId(row.enterprise), on=on)
    return Acted("open", facility, {"limit_fen": row.limit_fen})


def _opening(approval: Approval, on: date, settlement_account: str) -> dict[str, object]:
    """A new facility's columns: what the approval says, and its product's terms on the day."""
    terms = product_terms(approval.product, on=on)
    order = terms.words("allocation")
    assert {Component(each) for each in order} == set(Component), "an order names every component"
    rates, place = rates_of(approval.annual_rate, approval.product, on=on), sealing.account_of(approval.number)
    return {
        "enterprise": approval.enterprise,
        "firm": stands_as(EnterpriseId(approval.enterprise)),
        "product": approval.product,
        "limit_fen": approval.limit_fen,
        **rates,
        **repricing.follows(approval.product, rates["rate"], on=on),
        "grace_days": terms.whole("grace"),
        "due_day": terms.whole("due_day"),
        "allocation": list(order),
        "ways": [Amortization(way).value for way in approval.ways],
        "settlement_account": sealing.seal(settlement_account, firm=approval.enterprise, place=place, on=on)
        if settlement_account
        else None,
        "opened_on": on,
        "matures_on": approval.matures_on,
        "status": Status.OPEN,
        "line_account": 0,
        "owed_account": 0,
    }


def renewal_of(approval: Approval) -> RequestId:
    """The request id under which an approval renews a line: it does so once."""
    return RequestId(f"renew/{approval.number}")


def keep_terms(row: FacilityRow, *, request: RequestId, on: date, way: str = "") -> TermsRow:
    """Keep what a facility's terms have become, for the nights after a day."""
    names = ("rate", "overdue_rate", "misuse_rate", "misused", "matures_on", "limit_fen")
    same = {name: getattr(row, name) for name in names}
    return TermsRow.objects.create(facility=row.pk, request=request, on=on, way=way, **same)


def draw(
    facility: FacilityId,
    amount: Money,
    *,
    purpose: str,
    payee: str,
    rail: Rail,
    request: RequestId,
    on: date,
    at: datetime,
    way: Amortization | None = None,
) -> Answer:
    """Pay out part of the available limit as a new loan: reserve it, let the bank pay, then post it or set it free.

    The loan is repaid in the way chosen among those approved; the first of them where none is named.

    The facts say how it stands: `active`, `failed` (the bank refused), or `pending` when the bank's answer is lost;
    asking again with the same request, or `resolve_draws`, then enquires, and never pays again. Refuses
    ON_HOLD, ABOVE_AVAILABLE, ABOVE_CAP (and names the cap), NOT_SECURED, FACILITY_NOT_OPEN, FACILITY_MATURED,
    WAY_NOT_APPROVED and AMOUNT_NOT_POSITIVE.
    """
    content = {"fen": amount.fen, "purpose": sealing.pseudonym(purpose, Kind.NOTE), "payee": sealing.pseudonym(payee)}
    content |= {"way": way.value} if way else {}
    begun_here = False

    def begin(row: FacilityRow) -> Answer:
        nonlocal begun_here
        chosen = way.value if way else row.ways[0]
        if no := _not_drawable(row, chosen, on):
            return no
        lines = chart.held(amount, line=AccountId(row.line_account), owed=AccountId(row.owed_account))
        booked = exposure.hold_draw(row.approval, lines, amount, request=request, on=on, at=at)
        if isinstance(booked, Refused):
            if booked.code is Code.EXCEEDS_CREDITS:
                facts = {"asked": amount.fen, "available": booked.details["available"]}
                return Refused(Code.ABOVE_AVAILABLE, facts)
            return booked
        texts = {sealing.purpose_of(request): purpose, sealing.payee_of(request): payee}
        for_what, whom = sealing.seal_all(texts, firm=row.enterprise, on=on)
        loan = LoanRow.objects.create(
            facility=row,
            drawn_fen=amount.fen,
            principal_fen=amount.fen,
            drawn_on=on,
            matures_on=row.matures_on,
            way=chosen,
            purpose=for_what,
            payee=whom,
            request=request,
            reserved=list(booked.transfers),
            status=LoanStatus.PENDING,
            accrued_to=on,
        )
        begun_here = True
        return Acted("draw", facility, {"loan": loan.pk, "way": chosen})

    answer = enter(facility, Asked("draw", request, on, at, content), begin)
    if isinstance(answer, Refused):
        return answer
    loan = LoanRow.objects.get(request=request)
    if loan.status == LoanStatus.PENDING:
        if begun_here:
            outcome = rail.pay(request, payee=payee, fen=amount.fen)
        else:  # whoever began it has asked the bank, or is asking now
            outcome = rail.enquire(request, fen=amount.fen)
        _settle_draw(loan.pk, outcome, at=at, at_once=begun_here)
        loan.refresh_from_db()
    return Acted("draw", facility, {"loan": loan.pk, "status": loan.status, "fen": amount.fen})


def _not_drawable(row: FacilityRow, way: str, on: date) -> Refused | None:
    """Why nothing may be drawn on a day in a way, whatever the amount."""
    if held := enterprises.draw_holds(EnterpriseId(row.enterprise)):
        said = ", ".join(each.reference for each in held)
        return Refused(Code.ON_HOLD, {"by": said, "since": held[0].since.isoformat()})
    if row.status != Status.OPEN:
        return Refused(Code.FACILITY_NOT_OPEN, {"facility": row.pk, "status": row.status})
    if on >= row.matures_on:
        return Refused(Code.FACILITY_MATURED, {"facility": row.pk, "matured": row.matures_on.isoformat()})
    if way not in row.ways:
        return Refused(Code.WAY_NOT_APPROVED, {"way": way, "approved": ", ".join(row.ways)})
    return None


def resolve_draws(rail: Rail, *, at: datetime, patience: timedelta = PATIENCE) -> dict[str, int]:
    """Enquire after every draw whose outcome is not known; returns how many ended how. Never pays.

    A draw that the bank has never seen is set free once it is older than `patience`: by then the bank must refuse it.
    """
    found = {str(outcome): 0 for outcome in Outcome}
    for loan in LoanRow.objects.filter(status=LoanStatus.PENDING).order_by("id"):
        outcome = rail.enquire(RequestId(loan.request), fen=loan.drawn_fen)
        begun = ActRow.objects.get(request=loan.request).at
        gone = outcome is Outcome.NEVER_SEEN and at - begun >= patience
        _settle_draw(loan.pk, Outcome.REJECTED if gone else outcome, at=at, at_once=False)
        found[outcome] += 1
    return found


def _settle_draw(loan_id: int, outcome: Outcome, *, at: datetime, at_once: bool) -> None:
    """Post a draw that the bank has paid, set free one that it has refused; whatever else it said, wait."""
    if outcome not in (Outcome.PAID, Outcome.REJECTED):
        return
    with transaction.atomic():
        facility = LoanRow.objects.get(id=loan_id).facility_id
        row = FacilityRow.objects.select_for_update(no_key=True).get(id=facility)
        loan = LoanRow.objects.get(id=loan_id)
        if loan.status != LoanStatus.PENDING:
            return
        paid = outcome is Outcome.PAID
        lines = [(post if paid else void)(TransferId(each)) for each in loan.reserved]
        request = RequestId(f"{loan.request}/{'post' if paid else 'void'}")
        day = first_open(loan.drawn_on)
        booked = exposure.settle_draw(RequestId(loan.request), lines, paid=paid, request=request, on=day, at=at)
        assert not isinstance(booked, Refused), booked
        loan.status = LoanStatus.ACTIVE if paid else LoanStatus.FAILED
        if paid and at_once and day == loan.drawn_on and not _acted_since(loan):
            debt = owing.Debt(loan, [], changed=True)
            owing.replan(debt, since=day, due_day=row.due_day, rates=[(day, row.rate)])
            owing.save([debt])
            return
        loan.save()
        if paid:
            _catch_up(row, loan, day, at)


def _acted_since(loan: LoanRow) -> bool:
    """Whether anything was done on the facility while the bank was asked: terms may have changed under the draw."""
    own = ActRow.objects.values_list("pk", flat=True).get(request=loan.request)
    return ActRow.objects.filter(facility=loan.facility_id, pk__gt=own).exists()


def _catch_up(row: FacilityRow, loan: LoanRow, day: date, at: datetime) -> None:
    """Count what has passed since a draw whose payment has become known only now: as if it had been known at once."""
    facility = FacilityId(row.pk)
    others = LoanRow.objects.filter(facility=row, status=LoanStatus.ACTIVE).exclude(pk=loan.pk)
    on = max(day, others.aggregate(m=Max("accrued_to"))["m"] or day)
    ActRow.objects.create(
        request=f"{loan.request}/cleared",
        facility=facility,
        kind="cleared",
        on=on,
        at=at,
        asked={},
        answered={"facts": {"loan": loan.pk}},
    )
    acts, closed, unheard = past.acts_of(facility), last_closed(), owing.Debt(loan, [])
    for eve in (day + timedelta(days=n) for n in range((on - day).days + 1)):
        life = past.play(row, acts, until=eve)
        assert not isinstance(life, Refused), life
        debt = life.debts[loan.pk]
        past.keep(debt, unheard)  # a restructuring meanwhile has put it under watch, too
        if eve < on and (closed is None or eve > closed):  # other acts have left that day behind: finish it here too
            for step in STANDING.values():
                step(eve, "l.id = %(loan)s", {"loan": loan.pk})
    owed = debt.owed()
    del owed[Component.PRINCIPAL]
    if lines := chart.accrued(owed):
        answer = ledger.book(lines, request=RequestId(f"{loan.request}/late"), on=on, at=at)
        assert not isinstance(answer, Refused), answer


def quote(facility: FacilityId, *, on: date, at: datetime) -> owing.Owed:
    """What "repay all today" would cost on a day, a fee for early principal included. Nothing is changed by asking.

    Raises BadInput for a facility that is not there.
    """
    row = FacilityRow.objects.filter(id=facility).first()
    if row is None:
        raise BadInput(
            Label(f"there is no facility {facility}", f"没有额度{facility}"),
            then=Label("give the number that opening it has answered", "请填写开立时得到的编号"),
        )
    with transaction.atomic():
        take_turns(facility)
        advance(row, Asked("quote", RequestId(f"quote/{facility}"), on, at, {}), reached(row.firm))
        fee = product_terms(row.product, on=on).decimal("prepayment_fee")
        parts = owing.payoff(owing.debts_of(facility), fee)
        transaction.set_rollback(True)
    return owing.Owed(facility, on, parts)


def rates_of(annual: Decimal, product: str, *, on: date) -> dict[str, int]:
    """The contract rate and its penalty rates, in whole hundred-millionths. Raises BadInput for a finer rate."""
    terms = product_terms(product, on=on)
    uplifts = {
        "rate": Decimal(0),
        "overdue_rate": terms.decimal("overdue_uplift"),
        "misuse_rate": terms.decimal("misuse_uplift"),
    }
    found = {name: annual * (1 + uplift) * RATE_UNIT for name, uplift in uplifts.items()}
    if annual < 0 or any(rate != int(rate) for rate in found.values()):
        raise BadInput(
            Label(f"the rate {annual} cannot be kept", f"利率{annual}无法保存"),
            then=Label("give at most seven decimals, such as 0.0615000", "请最多填写七位小数，如0.0615000"),
        )
    return {name: int(rate) for name, rate in found.items()}
