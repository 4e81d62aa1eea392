"""A line in its owner's hand: draw with purpose and payee, repay with a quote, what falls due, what was done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from puhui import days
from puhui.governance.sight import sight_of
from puhui.ids import EnterpriseId
from puhui.lending import browsing, selectors, services
from puhui.lending.correspondence.instalments import IF_ALL_GOES_ON, Instalment
from puhui.lending.facility import FacilityId
from puhui.money import Money
from puhui.refusals import BadInput, Refused
from puhui.web import acting, doors, drafts, outside, reading
from puhui.web.doors import who
from puhui.web.pages.facilities import event_of
from puhui.web.pages.facility_words import COMPONENTS, DUE_NOW, LOAN_STATUS, OVERDUE, STATUS
from puhui.web.pages.my_papers import paper_of, statement_months
from puhui.words import Label

COMING = 6  # instalments shown at once; the others unfold
A_LOT = Money(10_000_00)  # what a day costs is told for this much
PURPOSES = (
    Label("raw material", "采购原材料"),
    Label("goods to sell", "采购商品"),
    Label("wages", "发放工资"),
    Label("rent", "支付租金"),
    Label("equipment", "购置设备"),
    Label("taxes", "缴纳税款"),
)


@require_http_methods(["GET", "HEAD", "POST"])
def line(request: HttpRequest, number: int) -> HttpResponse:
    """One's line; a POST draws or repays."""
    facility = FacilityId(number)
    standing = selectors.standing(facility)
    firm = EnterpriseId(standing.enterprise)
    doors.require(request, "see_facility", firm=firm)
    if request.method == "POST":
        return _acted(request, facility, firm)
    today, sight = reading.business_day(), sight_of(doors.actor(request), firm)
    found, _many = browsing.lines(enterprise=firm)
    rate = next(one.rate for one in found if one.number == facility)
    draws = browsing.draws(facility, sight=sight)
    rows = by_day(selectors.ahead(facility), today)
    facts = {
        "standing": standing,
        "firm": firm,
        "number": number,
        "status": STATUS[standing.status],
        "open": standing.status == "open",
        "available": Money(standing.available_fen),
        "limit": Money(standing.limit_fen),
        "rate": rate,
        "a_lot": A_LOT,
        "a_day": Money(round(A_LOT.fen * rate / 360)),
        "used": round(100 * (standing.limit_fen - standing.available_fen) / standing.limit_fen)
        if standing.limit_fen
        else 0,
        "today": today,
        "draws": [(one, LOAN_STATUS[one.status]) for one in draws],
        "payees": sorted({one.payee for one in draws if one.payee}),
        "purposes": PURPOSES,
        "if_all_goes_on": IF_ALL_GOES_ON,
        "coming": rows[:COMING],
        "later": rows[COMING:],
        "months": statement_months(facility),
        "events": [
            (event_of(entry), paper_of(facility, entry))
            for entry in reversed(selectors.statement(facility, sight=sight))
        ],
        "draft_name": f"draw-{number}",
        "draft": drafts.of(who(request), f"draw-{number}"),
        "tab": "portal",
    }
    return render(request, "portal/line.html", facts | _quoted(request, facility))


def by_day(instalments: Iterable[Instalment], today: date) -> list[dict[str, Any]]:
    """What is to be paid on each day, all loans of the line together; one row a day."""
    days_of: dict[date, list[Instalment]] = {}
    for one in instalments:
        days_of.setdefault(one.due_on, []).append(one)
    return [
        {
            "due_on": day,
            "tag": OVERDUE if day < today else DUE_NOW,
            "fallen": any(one.fallen for one in found),
            "principal": Money(sum(one.principal for one in found)),
            "interest": Money(sum(one.interest for one in found)),
            "total": Money(sum(one.principal + one.interest for one in found)),
            "draws": len({one.loan for one in found}),
        }
        for day, found in days_of.items()
    ]


def _quoted(request: HttpRequest, facility: FacilityId) -> dict[str, Any]:
    """What is owed in all today, and what an amount would pay of it: all of it, until another amount is asked for."""
    today, now = reading.business_day(), days.now()
    whole = services.quote(facility, on=today, at=now)
    text = request.GET.get("amount", "")
    amount = acting.amount_of(text) if text else Money(whole.total)
    facts: dict[str, Any] = {"total": Money(whole.total), "paying": amount, "mistyped": bool(text) and amount is None}
    if amount is None or not whole.total:
        return facts
    answer = whole.parts if amount.fen == whole.total else services.would_pay(facility, amount, on=today, at=now)
    if isinstance(answer, Refused):
        return facts | {"refused": answer}
    parts = [(COMPONENTS[part], Money(fen)) for part, fen in answer.items() if fen]
    return facts | {"parts": parts, "left": Money(whole.total - amount.fen)}


def _acted(request: HttpRequest, facility: FacilityId, firm: EnterpriseId) -> HttpResponse:
    act, to = request.POST.get("act", ""), reverse("portal_line", args=[facility])
    if act not in {"draw", "repay"}:
        raise BadInput(_("the page knows no act '%(act)s'") % {"act": act[:40]}, then=_("use the buttons of its page"))
    doors.require(request, act, firm=firm)
    draft, on, at = f"draw-{facility}", reading.business_day(), days.now()
    amount, sent = acting.amount_of(request.POST.get("amount", "")), acting.request_of(request)
    purpose, payee = request.POST.get("purpose", "").strip(), request.POST.get("payee", "").strip()
    if amount is None or (act == "draw" and not (purpose and payee)):
        if act == "draw":
            drafts.keep(who(request), draft, acting.written(request), at=at)
        said = (
            _("That is no amount. Write it in yuan, such as 20000.00.")
            if amount is None
            else _("Say what it is for and who is paid.")
        )
        messages.error(request, said)
        return redirect(to)
    if act == "repay":
        answer: object = services.repay(facility, amount, request=sent, on=on, at=at)
        return acting.told(request, answer, _("Thank you: the repayment is booked."), to)
    answer = services.draw(
        facility, amount, purpose=purpose[:200], payee=payee[:200], rail=outside.rail(), request=sent, on=on, at=at
    )
    if isinstance(answer, Refused):
        drafts.keep(who(request), draft, acting.written(request), at=at)
    else:
        drafts.forget(who(request), draft)
    return acting.told(request, answer, _("The money is on its way."), to)
