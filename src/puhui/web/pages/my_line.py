"""A line in its owner's hand: draw with purpose and payee, repay with a quote, what was done."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from puhui import days
from puhui.governance.sight import sight_of
from puhui.ids import EnterpriseId
from puhui.lending import browsing, selectors, services
from puhui.lending.facility import FacilityId
from puhui.money import Money
from puhui.refusals import BadInput
from puhui.web import acting, doors, outside, reading
from puhui.web.pages.facilities import event_of
from puhui.web.pages.facility_words import COMPONENTS, LOAN_STATUS, STATUS


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
    quote = services.quote(facility, on=today, at=days.now())
    parts = {part: fen for part, fen in quote.parts.items() if fen}
    facts = {
        "standing": standing,
        "number": number,
        "status": STATUS[standing.status],
        "open": standing.status == "open",
        "available": Money(standing.available_fen),
        "limit": Money(standing.limit_fen),
        "used": round(100 * (standing.limit_fen - standing.available_fen) / standing.limit_fen)
        if standing.limit_fen
        else 0,
        "parts": [(COMPONENTS.get(part, part), Money(fen)) for part, fen in parts.items()],
        "total": Money(sum(parts.values())),
        "today": today,
        "draws": [(one, LOAN_STATUS[one.status]) for one in browsing.draws(facility, sight=sight)],
        "events": [event_of(entry) for entry in reversed(selectors.statement(facility, sight=sight))],
        "tab": "portal",
    }
    return render(request, "portal/line.html", facts)


def _acted(request: HttpRequest, facility: FacilityId, firm: EnterpriseId) -> HttpResponse:
    act, to = request.POST.get("act", ""), reverse("portal_line", args=[facility])
    if act not in {"draw", "repay"}:
        raise BadInput(f"a line knows no act '{act}'", then="use the buttons of its page")
    doors.require(request, act, firm=firm)
    text = request.POST.get("amount", "")
    amount = acting.amount_of(text)
    if amount is None:
        raise BadInput(f"'{text[:20]}' is no amount", then="go back and write it in yuan, such as 20000.00")
    sent, on, at = acting.request_of(request), reading.business_day(), days.now()
    if act == "repay":
        answer: object = services.repay(facility, amount, request=sent, on=on, at=at)
        return acting.told(request, answer, _("Thank you: the repayment is booked."), to)
    purpose, payee = request.POST.get("purpose", "").strip(), request.POST.get("payee", "").strip()
    if not purpose or not payee:
        raise BadInput("a draw needs its purpose and its payee", then="go back and say what it is for and who is paid")
    answer = services.draw(
        facility, amount, purpose=purpose[:200], payee=payee[:200], rail=outside.rail(), request=sent, on=on, at=at
    )
    return acting.told(request, answer, _("The money is on its way."), to)
