"""The acts that make money flow in: repay, be charged a fee, and a payment that is dated back.

A payment of an earlier day of an open period is played as if it had come in time: what it changes of interest, dues and
later payments is booked by new entries on the day it becomes known, and no entry is rewritten.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from puhui.ids import RequestId
from puhui.ledger.lines import AccountId, Line
from puhui.lending import chart
from puhui.lending.acts import owing, past
from puhui.lending.acts.acting import Acted, Answer, Asked, advance, enter, last_closed, reached, take_turns
from puhui.lending.facility import Component, FacilityId, LoanStatus
from puhui.lending.models import DueRow, FacilityRow, LoanRow, TermsRow
from puhui.lending.standing import REGULATED, product_terms
from puhui.money import Money
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

ONE_DAY = timedelta(days=1)


def repay(
    facility: FacilityId,
    amount: Money,
    *,
    request: RequestId,
    on: date,
    at: datetime,
    value_on: date | None = None,
) -> Answer:
    """Repay any amount on any day, in the product's order; the facts say what it paid. The line is free again at once.

    What has fallen due is paid first, then interest so far and principal of the loan that matures first; for early
    principal an instalment plan may ask a fee, and its instalments are planned anew. With `value_on` the money came on
    an earlier day, and everything since is as if it had been booked then. Refuses ABOVE_OWED (with what is owed),
    AMOUNT_NOT_POSITIVE, PERIOD_IS_CLOSED, and LOAN_NOT_RUNNING where a fee was charged since to a loan that it repays.
    """
    if value_on is not None and value_on > on:
        raise BadInput(
            Label(f"money of {value_on} cannot be booked on {on}", f"{value_on}的款项不能记入{on}"),
            then=Label("give the day on which it came", "请填写实际到账日"),
        )
    return _receive(facility, amount.fen, Asked("repay", request, on, at, _content(amount.fen, on, value_on)))


def would_pay(facility: FacilityId, amount: Money, *, on: date, at: datetime) -> dict[Component, int] | Refused:
    """What a repayment of an amount would pay on a day, by component in fen. Nothing is changed by asking.

    Refuses ABOVE_OWED (with what is owed) and AMOUNT_NOT_POSITIVE.
    """
    if amount.fen <= 0:
        return Refused(Code.AMOUNT_NOT_POSITIVE, {"asked": amount.fen})
    with transaction.atomic():
        take_turns(facility)
        row = FacilityRow.objects.select_for_update(no_key=True).get(id=facility)
        advance(row, Asked("quote", RequestId(f"quote/{facility}"), on, at, {}), reached(row.firm))
        paid = pay_down(row, amount.fen, on=on, fee=product_terms(row.product, on=on).decimal("prepayment_fee"))
        transaction.set_rollback(True)
    return paid if isinstance(paid, Refused) else paid.parts


def collected(facility: FacilityId, fen: int, *, request: RequestId, value_on: date, at: datetime) -> Answer:
    """Book what the payment bank has taken from the settlement account on a day, within a close of day.

    Customers may have acted since, so it is booked on the first day that is open for the firm, valued on its own.
    """
    with transaction.atomic():
        take_turns(facility)
        counted = reached(FacilityRow.objects.values_list("firm", flat=True).get(id=facility))
        closed, last = last_closed(), max((last for _, last in counted.values()), default=value_on)
        on = max(value_on, last, value_on if closed is None else closed + ONE_DAY)
        valued = max(value_on, _open_from(closed) or value_on)
        asked = Asked("collect", request, on, at, _content(fen, on, valued), closes=True)
        return _receive(facility, fen, asked)


def charge_fee(
    facility: FacilityId, loan: int, amount: Money, *, why: str, request: RequestId, on: date, at: datetime
) -> Answer:
    """Charge a fee to a running loan, such as the cost of a court; it is due at once. Refuses LOAN_NOT_RUNNING."""

    def do(row: FacilityRow) -> Answer:
        if amount.fen <= 0:
            return Refused(Code.AMOUNT_NOT_POSITIVE, {"asked": amount.fen})
        if not LoanRow.objects.filter(pk=loan, facility=row, status=LoanStatus.ACTIVE).exists():
            return Refused(Code.LOAN_NOT_RUNNING, {"loan": loan})
        due, new = DueRow.objects.get_or_create(
            loan_id=loan, due_on=on, kind=owing.FEES, defaults={"amount_fen": amount.fen, "paid_fen": 0}
        )
        if not new:
            DueRow.objects.filter(pk=due.pk).update(amount_fen=F("amount_fen") + amount.fen)
        refused = asked.book(row, chart.accrued({Component.FEES: amount.fen}))
        assert refused is None, refused
        return Acted("fee", facility, {"loan": loan, "fen": amount.fen})

    asked = Asked("fee", request, on, at, {"loan": loan, "fen": amount.fen, "why": why})
    return enter(facility, asked, do)


def _content(fen: int, on: date, value_on: date | None) -> dict[str, object]:
    return {"fen": fen} | ({} if value_on in (None, on) else {"value_on": str(value_on)})


def _receive(facility: FacilityId, fen: int, asked: Asked) -> Answer:
    def do(row: FacilityRow) -> Answer:
        if fen <= 0:
            return Refused(Code.AMOUNT_NOT_POSITIVE, {"asked": fen})
        if "value_on" in asked.content:
            return _dated_back(row, date.fromisoformat(asked.content["value_on"]), asked)
        return _paid_now(row, fen, asked)

    return enter(facility, asked, do)


def pay_down(row: FacilityRow, fen: int, *, on: date, fee: Decimal) -> owing.Paid | Refused:
    """Let an amount pay what is owed on a locked facility, in the product's order. Refuses ABOVE_OWED.

    `fee` is what is asked for early principal of an instalment plan, as a share of it.
    """
    facility, terms = FacilityId(row.pk), product_terms(row.product, on=on)
    debts = owing.debts_of(facility)
    owed = sum(owing.payoff(debts, fee).values())
    if fen > owed:
        return Refused(Code.ABOVE_OWED, {"asked": fen, "owed": owed})
    paid = owing.pay(debts, fen, tuple(Component(each) for each in row.allocation), fee)
    if paid.prepaid:
        rates = past.rates_of(TermsRow.objects.filter(facility=facility).order_by("id"))
        effect = terms.words("prepayment_effect")[0]
        for debt in paid.prepaid:
            owing.replan(debt, since=on, due_day=row.due_day, rates=rates, effect=effect)
    owing.save(debts)
    return paid


def _paid_now(row: FacilityRow, fen: int, asked: Asked) -> Answer:
    paid = pay_down(row, fen, on=asked.on, fee=product_terms(row.product, on=asked.on).decimal("prepayment_fee"))
    if isinstance(paid, Refused):
        return paid
    refused = asked.book(row, _lines(row, {Component.FEES: paid.prepayment_fee}, paid.parts, chart.ACCRUE))
    assert refused is None, refused
    return Acted(asked.act, FacilityId(row.pk), {str(each): part for each, part in paid.parts.items()})


def _dated_back(row: FacilityRow, value_on: date, asked: Asked) -> Answer:
    """What a payment of an earlier day does: the difference between two lives, with it and without it."""
    facility, opens = FacilityId(row.pk), _open_from(last_closed())
    if opens is not None and value_on < opens:
        return Refused(Code.PERIOD_IS_CLOSED, {"value_on": value_on.isoformat(), "open_from": opens.isoformat()})
    acts = past.acts_of(facility)
    late = past.Happened(value_on, acts[-1].place + 1 if acts else 1, asked.act, asked.request, asked.content, {})
    before, after = (past.play(row, found, until=asked.on) for found in (acts, [*acts, late]))
    assert not isinstance(before, Refused), before
    if isinstance(after, Refused):
        return after
    assert past.stands(before), f"the acts of facility {facility} do not give what stands in its tables"
    paid = {each: after.paid[each] - before.paid[each] for each in Component}
    charged = {each: fen - before.charged()[each] for each, fen in after.charged().items()}
    refused = asked.book(row, _lines(row, charged, paid, chart.ADJUST))
    if refused is not None:  # what later payments repaid of principal has been drawn again meanwhile
        return Refused(Code.ABOVE_AVAILABLE, {"asked": -paid[Component.PRINCIPAL], **refused.details})
    for number, debt in after.debts.items():
        past.keep(debt, before.debts.get(number))
    facts: dict[str, object] = {str(each): part for each, part in paid.items()}
    return Acted(asked.act, facility, facts | {"adjusted": {str(each): fen for each, fen in charged.items() if fen}})


def _lines(row: FacilityRow, charged: dict[Component, int], paid: dict[Component, int], code: int) -> list[Line]:
    lines = chart.accrued(charged, code=code)
    lines += chart.settled(paid, owed=AccountId(row.owed_account), by=chart.BANK, code=chart.REPAY)
    return lines + chart.restored(paid[Component.PRINCIPAL], line=AccountId(row.line_account))


def _open_from(closed: date | None) -> date | None:
    """The first day of the accounting periods (calendar months) that are open; None while none is closed.

    A month is closed once the day has been closed that lies so many days after its end as the house's terms say.
    """
    if closed is None:
        return None
    days = product_terms(REGULATED, on=closed).whole("open_period")
    return (closed - timedelta(days=days - 1)).replace(day=1)
