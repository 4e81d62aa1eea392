"""The portal's first pages: what one gets, needs and pays; one's firms; proving that one speaks for a firm."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from puhui import days
from puhui.approval import selectors as approvals
from puhui.approval.states import WORDS, Status
from puhui.enterprises import selectors as enterprises
from puhui.governance import users
from puhui.ids import EnterpriseId
from puhui.lending import browsing
from puhui.products import selectors as products
from puhui.products.definition import PRODUCTS
from puhui.refusals import BadInput
from puhui.web import acting, doors, outside, reading
from puhui.web.pages.firms import name_of

ENDED = {Status.WITHDRAWN, Status.EXPIRED}


@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    """What one gets, needs and pays."""
    today = reading.business_day()
    live = [ready.definition for name in PRODUCTS if (ready := products.live(name, on=today)) is not None]
    return render(request, "portal/welcome.html", {"products": live})


@require_safe
def portal(request: HttpRequest) -> HttpResponse:
    """One's firms: lines, applications under way, and what to do next."""
    actor = doors.actor(request)
    found = []
    for firm in sorted(actor.firms):
        lines, _total = browsing.lines(enterprise=firm)
        applications = [one for one in reversed(approvals.applications(firm)) if one.status not in ENDED]
        found.append(
            {
                "firm": firm,
                "name": name_of(firm, by=actor.name),
                "lines": lines,
                "applications": [
                    {"number": a.number, "product": product_label(a.product), "status": WORDS[a.status]}
                    for a in applications
                    if a.status is not Status.OPENED
                ][:5],
            }
        )
    return render(request, "portal/firms.html", {"firms": found, "tab": "portal"})


@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """Prove that one is a firm's legal representative; the identity service answers, and nothing typed is kept."""
    if request.method != "POST":
        return render(request, "portal/prove.html", {"tab": "portal"})
    code = request.POST.get("firm", "").strip().upper()
    if not code:
        raise BadInput("no firm was named", then="type the firm's credit code")
    answer = users.prove_control(
        doors.actor(request).name,
        enterprises.firm_named(code) or EnterpriseId(code),
        person=request.POST.get("person", ""),
        identity_number=request.POST.get("identity", ""),
        service=outside.identity_service(),
        request=acting.request_of(request),
        at=days.now(),
    )
    done = isinstance(answer, users.Controls)
    return acting.told(
        request, answer, _("You speak for this firm now."), reverse("portal" if done else "portal_prove")
    )


def product_label(name: str) -> object:
    """A product's name in both languages."""
    found = products.live(name, on=reading.business_day())
    return found.definition.label if found else name
