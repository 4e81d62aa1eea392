"""The acts on a facility: open, draw, repay, quote, change, stop and end it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import F

from puhui import dated
from puhui.approval.signed import Approval
from puhui.exposure import services as exposure
from puhui.exposure.lines import NewLine
from puhui.ids import EnterpriseId, RequestId
from puhui.ledger import services as ledger
from puhui.ledger.lines import AccountId, Line, TransferId, close, post, reserve, transfer, void
from puhui.lending import chart, living, owing
from puhui.lending.acting import Acted, Answer, Asked, advance, count_late, enter, first_open
from puhui.lending.facility import NEXT, RATE_UNIT, Component, FacilityId, LoanStatus, Status
from puhui.lending.models import ActRow, DueRow, FacilityRow, LoanRow
from puhui.lending.rail import Outcome, Rail
from puhui.lending.standing import product_terms
from puhui.mitigation.selectors import part_orders
from puhui.money import Money
from puhui.refusals import BadInput, Code, Refused

PATIENCE = timedelta(hours=1)


def open_facility(approval: Approval, *, on: date, at: datetime) -> Acted | Refused:
    """Open the line that an approval grants; the same approval opens it once.

    Refuses APPROVAL_NOT_SIGNED, and OUTSIDE_APPROVAL on a day that the approval does not cover.
    """
    if not approval.is_signed(settings.SECRET_KEY):
        return Refused(Code.APPROVAL_NOT_SIGNED, {"approval": approval.number})
    if not approval.opens_on <= on < approval.matures_on:
        return Refused(Code.OUTSIDE_APPROVAL, {"approval": approval.number, "on": on.isoformat()})
    terms = product_terms(approval.product, on=on)
    order = terms.terms["allocation"].value
    assert isinstance(order, tuple) and {Component(each) for each in order} == set(Component)
    with transaction.atomic():
        row, new = FacilityRow.objects.get_or_create(
            approval=approval.number,
            defaults={
                "enterprise": approval.enterprise,
                "product": approval.product,
                "limit_fen": approval.limit_fen,
                **_rates(approval.annual_rate, terms),
                "grace_days": terms.whole("grace"),
                "due_day": terms.whole("due_day"),
                "allocation": list(order),
                "opened_on": on,
                "matures_on": approval.matures_on,
                "status": Status.OPEN,
                "line_account": 0,
                "owed_account": 0,
            },
        )
        facility = FacilityId(row.pk)
        if new:
            row.line_account, row.owed_account = chart.own(facility, on)
            row.save()
            grant = transfer(
                chart.general()[chart.COMMITMENTS], AccountId(row.line_account), Money(row.limit_fen), code=chart.GRANT
            )
            booked = ledger.book([grant], request=RequestId(f"open/{approval.number}"), on=on, at=at)
            assert not isinstance(booked, Refused), booked
            if no := exposure.open_line(_line(approval, on), on=on, at=at):
                transaction.set_rollback(True)
                return no
            living.begins(facility, EnterpriseId(row.enterprise), on=on)
    return Acted("open", facility, {"limit_fen": row.limit_fen})


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
) -> Answer:
    """Pay out part of the available limit as a new loan: reserve it, let the bank pay, then post it or set it free.

    The facts say how it stands: `active`, `failed` (the bank refused), or `pending` when the bank's answer is lost;
    asking again with the same request, or `resolve_draws`, then enquires, and never pays again. Refuses
    ABOVE_AVAILABLE, ABOVE_CAP (and names the cap), NOT_SECURED, FACILITY_NOT_OPEN, FACILITY_MATURED and
    AMOUNT_NOT_POSITIVE.
    """
    content = {"fen": amount.fen, "purpose": purpose, "payee": payee}
    begun_here = False

    def begin(row: FacilityRow) -> Answer:
        nonlocal begun_here
        if row.status != Status.OPEN:
            return Refused(Code.FACILITY_NOT_OPEN, {"facility": facility, "status": row.status})
        if on >= row.matures_on:
            return Refused(Code.FACILITY_MATURED, {"facility": facility, "matured": row.matures_on.isoformat()})
        general = chart.general()
        lines = [
            reserve(AccountId(row.line_account), general[chart.COMMITMENTS], amount, code=chart.DRAW),
            reserve(AccountId(row.owed_account), general[chart.BANK], amount, code=chart.DRAW),
        ]
        booked = exposure.hold_draw(row.approval, lines, amount, request=request, on=on, at=at)
        if isinstance(booked, Refused):
            if booked.code is Code.EXCEEDS_CREDITS:
                facts = {"asked": amount.fen, "available": booked.details["available"]}
                return Refused(Code.ABOVE_AVAILABLE, facts)
            return booked
        loan = LoanRow.objects.create(
            facility=row,
            drawn_fen=amount.fen,
            principal_fen=amount.fen,
            drawn_on=on,
            matures_on=row.matures_on,
            purpose=purpose,
            payee=payee,
            request=request,
            reserved=list(booked.transfers),
            status=LoanStatus.PENDING,
            accrued_to=on,
        )
        begun_here = True
        return Acted("draw", facility, {"loan": loan.pk})

    answer = enter(facility, Asked("draw", request, on, at, content), begin)
    if isinstance(answer, Refused):
        return answer
    loan = LoanRow.objects.get(request=request)
    if loan.status == LoanStatus.PENDING:
        if begun_here:
            outcome = rail.pay(request, payee=payee, fen=amount.fen)
        else:  # whoever began it has asked the bank, or is asking now
            outcome = rail.enquire(request, fen=amount.fen)
        _settle_draw(loan.pk, outcome, at=at)
        loan.refresh_from_db()
    return Acted("draw", facility, {"loan": loan.pk, "status": loan.status, "fen": amount.fen})


def resolve_draws(rail: Rail, *, at: datetime, patience: timedelta = PATIENCE) -> dict[str, int]:
    """Enquire after every draw whose outcome is not known; returns how many ended how. Never pays.

    A draw that the bank has never seen is set free once it is older than `patience`: by then the bank must refuse it.
    """
    found = {str(outcome): 0 for outcome in Outcome}
    for loan in LoanRow.objects.filter(status=LoanStatus.PENDING).order_by("id"):
        outcome = rail.enquire(RequestId(loan.request), fen=loan.drawn_fen)
        begun = ActRow.objects.get(request=loan.request).at
        gone = outcome is Outcome.NEVER_SEEN and at - begun >= patience
        _settle_draw(loan.pk, Outcome.REJECTED if gone else outcome, at=at)
        found[outcome] += 1
    return found


def _settle_draw(loan_id: int, outcome: Outcome, *, at: datetime) -> None:
    """Post a draw that the bank has paid, set free one that it has refused; whatever else it said, wait."""
    if outcome not in (Outcome.PAID, Outcome.REJECTED):
        return
    with transaction.atomic():
        facility = LoanRow.objects.get(id=loan_id).facility_id
        FacilityRow.objects.select_for_update(no_key=True).get(id=facility)
        loan = LoanRow.objects.get(id=loan_id)
        if loan.status != LoanStatus.PENDING:
            return
        paid = outcome is Outcome.PAID
        lines = [(post if paid else void)(TransferId(each)) for each in loan.reserved]
        request = RequestId(f"{loan.request}/{'post' if paid else 'void'}")
        booked = exposure.settle_draw(
            RequestId(loan.request), lines, paid=paid, request=request, on=first_open(loan.drawn_on), at=at
        )
        assert not isinstance(booked, Refused), booked
        loan.status = LoanStatus.ACTIVE if paid else LoanStatus.FAILED
        loan.save()
        if paid:
            count_late(loan, at=at)


def repay(facility: FacilityId, amount: Money, *, request: RequestId, on: date, at: datetime) -> Answer:
    """Repay any amount on any day, in the product's order; the facts say what it paid. The line is free again at once.

    Refuses ABOVE_OWED (with what is owed) and AMOUNT_NOT_POSITIVE.
    """

    def do(row: FacilityRow) -> Answer:
        if amount.fen <= 0:
            return Refused(Code.AMOUNT_NOT_POSITIVE, {"asked": amount.fen})
        owed = owing.summed([owing.of_loan(loan, dues) for loan, dues in owing.loans_of(facility)])
        if amount.fen > sum(owed.values()):
            return Refused(Code.ABOVE_OWED, {"asked": amount.fen, "owed": sum(owed.values())})
        parts = owing.pay(facility, amount.fen, tuple(Component(each) for each in row.allocation))
        lines = chart.settled(parts, owed=AccountId(row.owed_account), by=chart.BANK, code=chart.REPAY)
        if principal := parts[Component.PRINCIPAL]:
            source = chart.general()[chart.COMMITMENTS]
            lines.append(transfer(source, AccountId(row.line_account), Money(principal), code=chart.RESTORE))
        refused = asked.book(lines, line=row.approval, principal=principal)
        assert refused is None, refused
        return Acted("repay", facility, {str(each): fen for each, fen in parts.items()})

    asked = Asked("repay", request, on, at, {"fen": amount.fen})
    return enter(facility, asked, do)


def quote(facility: FacilityId, *, on: date, at: datetime) -> owing.Owed:
    """What "repay all today" would cost on a day. Nothing is changed by asking.

    Raises BadInput for a facility that is not there.
    """
    if not FacilityRow.objects.filter(id=facility).exists():
        raise BadInput(f"there is no facility {facility}", then="give the number that opening it has answered")
    with transaction.atomic():
        advance(facility, Asked("quote", RequestId(f"quote/{facility}"), on, at, {}))
        parts = owing.summed([owing.of_loan(loan, dues) for loan, dues in owing.loans_of(facility)])
        transaction.set_rollback(True)
    return owing.Owed(facility, on, parts)


def change_rate(facility: FacilityId, rate: Decimal, *, request: RequestId, on: date, at: datetime) -> Answer:
    """Set a new annual rate from `on` (an LPR reset); nights before it keep the old one."""

    def do(row: FacilityRow) -> Answer:
        for name, value in _rates(rate, product_terms(row.product, on=on)).items():
            setattr(row, name, value)
        row.save()
        return Acted("rate", facility, {"rate": str(rate)})

    return enter(facility, Asked("rate", request, on, at, {"rate": str(rate)}), do)


def mark_misused(facility: FacilityId, *, request: RequestId, on: date, at: datetime) -> Answer:
    """State that the money went elsewhere than agreed: from `on`, all principal bears the misuse rate."""

    def do(row: FacilityRow) -> Answer:
        row.misused = True
        row.save()
        return Acted("misuse", facility)

    return enter(facility, Asked("misuse", request, on, at, {}), do)


def freeze(facility: FacilityId, *, why: str, request: RequestId, on: date, at: datetime) -> Answer:
    """Stop draws; repayments go on. Refuses STATUS_FORBIDS when the facility is not open."""
    return _move(facility, Status.FROZEN, Asked("freeze", request, on, at, {"why": why}))


def unfreeze(facility: FacilityId, *, why: str, request: RequestId, on: date, at: datetime) -> Answer:
    """Let draws go on. Refuses STATUS_FORBIDS when the facility is not frozen."""
    return _move(facility, Status.OPEN, Asked("unfreeze", request, on, at, {"why": why}))


def extend(facility: FacilityId, matures_on: date, *, request: RequestId, on: date, at: datetime) -> Answer:
    """Move the maturity of the line and of its running loans to a later day, before they mature.

    Refuses FACILITY_MATURED, and OUTSIDE_APPROVAL for a day that is not later.
    """

    def do(row: FacilityRow) -> Answer:
        if on >= row.matures_on:
            return Refused(Code.FACILITY_MATURED, {"facility": facility, "matured": row.matures_on.isoformat()})
        if matures_on <= row.matures_on:
            return Refused(Code.OUTSIDE_APPROVAL, {"on": matures_on.isoformat()})
        row.matures_on = matures_on
        row.save()
        LoanRow.objects.filter(facility=row, status=LoanStatus.ACTIVE).update(matures_on=matures_on)
        return Acted("extend", facility, {"matures_on": matures_on.isoformat()})

    return enter(facility, Asked("extend", request, on, at, {"matures_on": matures_on.isoformat()}), do)


def close_facility(facility: FacilityId, *, request: RequestId, on: date, at: datetime) -> Answer:
    """End a line on which nothing is owed or under way. Refuses STILL_OWED and STATUS_FORBIDS."""

    def do(row: FacilityRow) -> Answer:
        if Status.CLOSED not in NEXT[Status(row.status)]:
            return Refused(Code.STATUS_FORBIDS, {"status": row.status})
        running = LoanRow.objects.filter(facility=row, status__in=[LoanStatus.ACTIVE, LoanStatus.PENDING]).count()
        if running:
            return Refused(Code.STILL_OWED, {"loans": running})
        lines: list[Line] = [
            transfer(
                AccountId(row.line_account), chart.general()[chart.COMMITMENTS], Money(row.limit_fen), code=chart.CUT
            ),
            close(AccountId(row.line_account)),
            close(AccountId(row.owed_account)),
        ]
        refused = asked.book(lines)
        assert refused is None, refused
        row.status = Status.CLOSED
        row.save()
        exposure.end_line(row.approval)
        living.ends(facility, EnterpriseId(row.enterprise), on=on)
        return Acted("close", facility)

    asked = Asked("close", request, on, at, {})
    return enter(facility, asked, do)


def write_off(facility: FacilityId, *, by: str, seconded_by: str, request: RequestId, on: date, at: datetime) -> Answer:
    """Take what is owed out of the books as a loss; two people must want it. What is recovered later is `recover`ed.

    Refuses STATUS_FORBIDS. Raises BadInput when one person stands for both.
    """
    if by == seconded_by:
        raise BadInput("a write-off needs two people", then="let another person second it")

    def do(row: FacilityRow) -> Answer:
        if Status.WRITTEN_OFF not in NEXT[Status(row.status)]:
            return Refused(Code.STATUS_FORBIDS, {"status": row.status})
        loans = owing.loans_of(facility)
        parts = owing.summed([owing.of_loan(loan, dues) for loan, dues in loans])
        lines = chart.settled(parts, owed=AccountId(row.owed_account), by=chart.WRITTEN_OFF, code=chart.WRITE_OFF)
        refused = asked.book(lines, line=row.approval, principal=parts[Component.PRINCIPAL])
        assert refused is None, refused
        exposure.end_line(row.approval)
        DueRow.objects.filter(loan__in=[loan.pk for loan, _ in loans]).update(paid_fen=F("amount_fen"))
        for loan, _ in loans:
            loan.status, loan.principal_fen, loan.days_past_due = LoanStatus.WRITTEN_OFF, 0, 0
            loan.interest = loan.penalty = loan.compound = 0
            loan.save()
        row.status = Status.WRITTEN_OFF
        row.save()
        return Acted("write_off", facility, {"fen": sum(parts.values()), **{str(k): v for k, v in parts.items()}})

    asked = Asked("write_off", request, on, at, {"by": by, "seconded_by": seconded_by})
    return enter(facility, asked, do)


def recover(facility: FacilityId, amount: Money, *, request: RequestId, on: date, at: datetime) -> Answer:
    """Take in money on a facility that was written off. Refuses STATUS_FORBIDS and ABOVE_OWED."""

    def do(row: FacilityRow) -> Answer:
        if row.status != Status.WRITTEN_OFF:
            return Refused(Code.STATUS_FORBIDS, {"status": row.status})
        done = ActRow.objects.filter(facility=facility, kind__in=["write_off", "recover"])
        lost = sum(
            each.answered["facts"]["fen"] * (1 if each.kind == "write_off" else -1)
            for each in done
            if "facts" in each.answered
        )
        if amount.fen > lost:
            return Refused(Code.ABOVE_OWED, {"asked": amount.fen, "owed": lost})
        general = chart.general()
        refused = asked.book([transfer(general[chart.BANK], general[chart.RECOVERED], amount, code=chart.RECOVER)])
        return refused or Acted("recover", facility, {"fen": amount.fen})

    asked = Asked("recover", request, on, at, {"fen": amount.fen})
    return enter(facility, asked, do)


def _move(facility: FacilityId, to: Status, asked: Asked) -> Answer:
    def do(row: FacilityRow) -> Answer:
        if to not in NEXT[Status(row.status)]:
            return Refused(Code.STATUS_FORBIDS, {"status": row.status})
        row.status = to
        row.save()
        return Acted(asked.act, facility, {"status": to.value})

    return enter(facility, asked, do)


def _line(approval: Approval, on: date) -> NewLine:
    order, back = part_orders(approval.product, on=on)
    return NewLine(
        approval.number,
        EnterpriseId(approval.enterprise),
        approval.product,
        approval.parts,
        order=order,
        back=back,
    )


def _rates(annual: Decimal, terms: dated.Terms) -> dict[str, int]:
    """The contract rate and its penalty rates, in whole hundred-millionths. Raises BadInput for a finer rate."""
    uplifts = {
        "rate": Decimal(0),
        "overdue_rate": terms.number("overdue_uplift"),
        "misuse_rate": terms.number("misuse_uplift"),
    }
    found = {name: annual * (1 + uplift) * RATE_UNIT for name, uplift in uplifts.items()}
    if annual < 0 or any(rate != int(rate) for rate in found.values()):
        raise BadInput(f"the rate {annual} cannot be kept", then="give at most seven decimals, such as 0.0615000")
    return {name: int(rate) for name, rate in found.items()}
