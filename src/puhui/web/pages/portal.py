"""The portal's first pages: what one gets, needs and pays; one's firms; proving that one speaks for a firm."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from puhui import days
from puhui.approval import selectors as approvals
from puhui.approval.services import Applied
from puhui.approval.states import WORDS, Status
from puhui.documents.blocks import Tag, Tone
from puhui.enterprises import selectors as enterprises
from puhui.governance import users
from puhui.ids import EnterpriseId
from puhui.lending import browsing
from puhui.lending import selectors as lending
from puhui.money import Money
from puhui.products import selectors as products
from puhui.products.definition import PRODUCTS
from puhui.refusals import BadInput
from puhui.web import acting, doors, outside, reading
from puhui.web.naming import name_of
from puhui.web.pages.my_line import by_day
from puhui.words import Label

ENDED = {Status.WITHDRAWN, Status.EXPIRED}
GIVEN_UP = Tag(Label("declined", "未通过"), Tone.PLAIN)
WITH_A_PERSON = Tag(Label("with a person", "人工审核中"), Tone.WATCH)


@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    """What one gets, needs and pays."""
    today = reading.business_day()
    live = [ready.definition for name in PRODUCTS if (ready := products.live(name, on=today)) is not None]
    return render(request, "portal/welcome.html", {"products": live})


@require_safe
def portal(request: HttpRequest) -> HttpResponse:
    """One's firms: lines, applications under way, and what to do next."""
    actor, today = doors.actor(request), reading.business_day()
    found = []
    for firm in sorted(actor.firms):
        lines, _total = browsing.lines(enterprise=firm)
        applications = [one for one in reversed(approvals.applications(firm)) if one.status not in ENDED]
        found.append(
            {
                "firm": firm,
                "name": name_of(firm, by=actor.name),
                "lines": [_shown(line, today) for line in lines if line.status in ("open", "frozen")],
                "letters": len(lending.messages(firm=firm)),
                "applications": [
                    {
                        "number": a.number,
                        "product": product_label(a.product),
                        "standing": _standing(a),
                    }
                    for a in applications
                    if a.status is not Status.OPENED
                ][:5],
            }
        )
    found.sort(key=lambda one: not one["lines"])  # firms with a line first
    return render(request, "portal/firms.html", {"firms": found, "tab": "portal"})


def _standing(application: Applied) -> Tag:
    """How an application stands, in the owner's words."""
    if application.status is Status.DECIDED:
        made = approvals.decisions(application=application.number)
        asked = any(case.application == application.number for case in approvals.queue())
        return GIVEN_UP if made and made[-1].outcome == "declined" and not asked else WITH_A_PERSON
    tone = {Status.OFFERED: Tone.GOOD, Status.DRAFTED: Tone.WATCH}.get(application.status, Tone.PLAIN)
    return Tag(WORDS[application.status], tone)


def _shown(line: browsing.Line, today: date) -> dict[str, Any]:
    """A line in short: what may be drawn, what is drawn, and what falls due next."""
    standing = lending.standing(line.number)
    coming = by_day(lending.ahead(line.number), today)
    return {
        "number": line.number,
        "limit": line.limit,
        "owed": line.owed,
        "available": Money(standing.available_fen),
        "used": round(100 * (line.limit.fen - standing.available_fen) / line.limit.fen) if line.limit.fen else 0,
        "next": coming[0] if coming else None,
        "late": line.days_past_due > 0,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """Prove that one is a firm's legal representative; the identity service answers, and nothing typed is kept."""
    if request.method != "POST":
        return render(request, "portal/prove.html", {"tab": "portal"})
    code = request.POST.get("firm", "").strip().upper()
    if not code:
        raise BadInput(_("no firm was named"), then=_("type the firm's credit code"))
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
