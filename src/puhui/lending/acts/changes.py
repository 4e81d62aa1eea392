"""The acts that change a line: its rate, its term, its limit, what it is used for, and whether it may be drawn on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings

from puhui.approval.signed import Approval
from puhui.days import add_months
from puhui.enterprises import selectors as enterprises
from puhui.exposure import services as exposure
from puhui.ids import EnterpriseId, RequestId
from puhui.ledger.lines import AccountId, Line, transfer
from puhui.lending import chart, sealing
from puhui.lending.acts import repricing
from puhui.lending.acts.acting import Acted, Answer, Asked, enter
from puhui.lending.acts.facilities import keep_terms, rates_of, renewal_of
from puhui.lending.engine.terms import Amortization
from puhui.lending.facility import NEXT, NON_PERFORMING, FacilityId, LoanStatus, Status
from puhui.lending.holidays import moved, next_due
from puhui.lending.models import DueRow, FacilityRow, LoanRow, TermsRow
from puhui.lending.standing import REGULATED, product_terms
from puhui.money import Money
from puhui.refusals import Code, Refused

YEAR, FIVE_YEARS = 366, 5 * 366  # days: General Rules for Loans 1996 Art. 8, short, medium and long terms


def change_rate(facility: FacilityId, rate: Decimal, *, request: RequestId, on: date, at: datetime) -> Answer:
    """Set a new annual rate from `on`; nights before it keep the old one, instalments are planned anew.

    The contract keeps its new distance to the loan prime rate that it follows.
    """

    def do(row: FacilityRow) -> Answer:
        for name, value in rates_of(rate, row.product, on=on).items():
            setattr(row, name, value)
        if row.lpr:
            row.spread = row.rate - repricing.prime_rates(on)[row.lpr]
        _changed(row, asked)
        return Acted("rate", facility, {"rate": str(rate)})

    asked = Asked("rate", request, on, at, {"rate": str(rate)})
    return enter(facility, asked, do)


def mark_misused(facility: FacilityId, *, request: RequestId, on: date, at: datetime) -> Answer:
    """State that the money went elsewhere than agreed: from `on`, all principal bears the misuse rate."""

    def do(row: FacilityRow) -> Answer:
        row.misused = True
        _changed(row, asked)
        return Acted("misuse", facility)

    asked = Asked("misuse", request, on, at, {})
    return enter(facility, asked, do)


def freeze(facility: FacilityId, *, why: str, request: RequestId, on: date, at: datetime) -> Answer:
    """Stop draws; repayments go on. Refuses STATUS_FORBIDS when the facility is not open."""
    return _move(facility, Status.FROZEN, Asked("freeze", request, on, at, {"why": why}))


def unfreeze(facility: FacilityId, *, why: str, request: RequestId, on: date, at: datetime) -> Answer:
    """Let draws go on. Refuses STATUS_FORBIDS when the facility is not frozen."""
    return _move(facility, Status.OPEN, Asked("unfreeze", request, on, at, {"why": why}))


def name_settlement_account(
    facility: FacilityId, account: str, *, request: RequestId, on: date, at: datetime
) -> Answer:
    """Say from which account what falls due is collected; "" stops it."""

    def do(row: FacilityRow) -> Answer:
        place = sealing.account_of(row.approval)
        row.settlement_account = sealing.seal(account, firm=row.enterprise, place=place, on=on) if account else None
        row.save()
        return Acted("account", facility)

    return enter(facility, Asked("account", request, on, at, {"account": sealing.pseudonym(account)}), do)


def extend(facility: FacilityId, matures_on: date, *, request: RequestId, on: date, at: datetime) -> Answer:
    """Move the maturity of the line and of its running loans to a later day, before they mature.

    Refuses FACILITY_MATURED, OUTSIDE_APPROVAL for a day that is not later, and EXTENDED_TOO_FAR beyond what the law
    allows for the first term.
    """

    def do(row: FacilityRow) -> Answer:
        if on >= row.matures_on:
            return Refused(Code.FACILITY_MATURED, {"facility": facility, "matured": row.matures_on.isoformat()})
        if matures_on <= row.matures_on:
            return Refused(Code.OUTSIDE_APPROVAL, {"on": matures_on.isoformat()})
        latest = _latest_extension(row, on)
        if matures_on > latest:
            return Refused(Code.EXTENDED_TOO_FAR, {"on": matures_on.isoformat(), "latest": latest.isoformat()})
        row.matures_on = matures_on
        _changed(row, asked)
        return Acted("extend", facility, {"matures_on": matures_on.isoformat()})

    asked = Asked("extend", request, on, at, {"matures_on": matures_on.isoformat()})
    return enter(facility, asked, do)


def renew(facility: FacilityId, approval: Approval, *, on: date, at: datetime) -> Answer:
    """Go on with a line under a new approval, and with its running loans, without repaying them first.

    Limit, rate, ways and term become the new approval's; an approval renews once. Refuses APPROVAL_NOT_SIGNED,
    OUTSIDE_APPROVAL (another firm, product or day), APPROVAL_IS_USED, OVERDUE, STATUS_FORBIDS, and ABOVE_AVAILABLE when
    more is drawn than the new limit.
    """
    if not approval.is_signed(settings.SECRET_KEY):
        return Refused(Code.APPROVAL_NOT_SIGNED, {"approval": approval.number})
    if FacilityRow.objects.filter(approval=approval.number).exists():
        return Refused(Code.APPROVAL_IS_USED, {"approval": approval.number})

    def do(row: FacilityRow) -> Answer:
        firms = enterprises.ids_of(EnterpriseId(approval.enterprise))
        same = row.product == approval.product and row.enterprise in firms
        if not same or not approval.opens_on <= on < approval.matures_on:
            return Refused(Code.OUTSIDE_APPROVAL, {"approval": approval.number, "on": on.isoformat()})
        if row.status != Status.OPEN:
            return Refused(Code.STATUS_FORBIDS, {"status": row.status})
        if _overdue(row, on):
            return Refused(Code.OVERDUE, {"facility": facility})
        if lines := _new_limit(row, approval.limit_fen):
            refused = asked.book(row, lines)
            if refused is not None:
                return Refused(Code.ABOVE_AVAILABLE, refused.details)
        rates = rates_of(approval.annual_rate, row.product, on=on)
        fields = {**rates, **repricing.follows(row.product, rates["rate"], on=on), "limit_fen": approval.limit_fen}
        fields |= {"ways": [Amortization(way).value for way in approval.ways], "matures_on": approval.matures_on}
        for name, value in fields.items():
            setattr(row, name, value)
        exposure.renew_line(row.approval, approval.parts, approved=approval.number)
        _changed(row, asked)
        return Acted("renew", facility, {"limit_fen": row.limit_fen, "matures_on": row.matures_on.isoformat()})

    asked = Asked("renew", renewal_of(approval), on, at, {"approval": approval.number})
    return enter(facility, asked, do)


def restructure(
    facility: FacilityId,
    matures_on: date,
    *,
    why: str,
    request: RequestId,
    on: date,
    at: datetime,
    way: Amortization = Amortization.BULLET,
    rate: Decimal | None = None,
) -> Answer:
    """Give a firm in difficulty other terms: principal that fell due is spread anew, interest that fell due stays due.

    The line is frozen, and its loans are watched for a year from the first new due day (Measures 2023 No 1 Art. 20): at
    best special mention, and non-performing as before until cured. Refuses STATUS_FORBIDS, and OUTSIDE_APPROVAL for a
    maturity that has passed.
    """
    content = {"matures_on": matures_on.isoformat(), "way": way.value, "why": why}
    content |= {} if rate is None else {"rate": str(rate)}

    def do(row: FacilityRow) -> Answer:
        if row.status not in (Status.OPEN, Status.FROZEN):
            return Refused(Code.STATUS_FORBIDS, {"status": row.status})
        if matures_on <= on:
            return Refused(Code.OUTSIDE_APPROVAL, {"on": matures_on.isoformat()})
        if rate is not None:
            for name, value in rates_of(rate, row.product, on=on).items():
                setattr(row, name, value)
            row.lpr, row.reprices = "", repricing.NEVER
        row.matures_on, row.status = matures_on, Status.FROZEN
        terms = product_terms(REGULATED, on=on)
        first = min(moved(next_due(on, row.due_day)), moved(matures_on))
        watch = add_months(first, terms.whole("watch"))
        loans = LoanRow.objects.filter(facility=row, status=LoanStatus.ACTIVE)
        loans.update(watch_until=watch)
        loans.filter(tier__gte=NON_PERFORMING).update(cure_until=add_months(on, terms.whole("cure")))
        _changed(row, asked, way=way.value)
        return Acted("restructure", facility, {"matures_on": matures_on.isoformat(), "watch_until": watch.isoformat()})

    asked = Asked("restructure", request, on, at, content)
    return enter(facility, asked, do)


def _changed(row: FacilityRow, asked: Asked, *, way: str = "") -> None:
    """Keep a facility's changed terms, and do to its running loans what they say."""
    row.save()
    repricing.replan(row, keep_terms(row, request=asked.request, on=asked.on, way=way))


def _latest_extension(row: FacilityRow, on: date) -> date:
    """The last day to which a line may be extended: by its first term's length, and by the law's share of that."""
    terms = product_terms(row.product, on=on)
    begun = TermsRow.objects.filter(facility=row.pk, request__startswith="renew/").order_by("-id").first()
    first = begun or TermsRow.objects.filter(facility=row.pk).earliest("id")
    days = (first.matures_on - first.on).days
    if days > FIVE_YEARS:
        return add_months(first.matures_on, terms.whole("extend_long"))
    share = terms.decimal("extend_short" if days <= YEAR else "extend_medium")
    return first.matures_on + timedelta(days=int(days * share))


def _overdue(row: FacilityRow, on: date) -> bool:
    dues = DueRow.objects.filter(loan__facility=row, loan__status=LoanStatus.ACTIVE, due_on__lt=on)
    return any(due.paid_fen < due.amount_fen for due in dues)


def _new_limit(row: FacilityRow, limit_fen: int) -> list[Line]:
    line, commitments = AccountId(row.line_account), chart.general()[chart.COMMITMENTS]
    more = limit_fen - row.limit_fen
    if more > 0:
        return [transfer(commitments, line, Money(more), code=chart.GRANT)]
    return [transfer(line, commitments, Money(-more), code=chart.CUT)] if more else []


def _move(facility: FacilityId, to: Status, asked: Asked) -> Answer:
    def do(row: FacilityRow) -> Answer:
        if to not in NEXT[Status(row.status)]:
            return Refused(Code.STATUS_FORBIDS, {"status": row.status})
        row.status = to
        row.save()
        return Acted(asked.act, facility, {"status": to.value})

    return enter(facility, asked, do)
