"""What an owner may keep: statements, receipts, and the messages that were written to the firm."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from puhui import days
from puhui.governance.sight import sight_of
from puhui.ids import EnterpriseId, RequestId
from puhui.lending import selectors, services
from puhui.lending.facility import FacilityId
from puhui.refusals import BadInput, Refused
from puhui.web import acting, doors
from puhui.web.doors import who
from puhui.web.naming import name_of

RECEIPTED = frozenset({"draw", "repay", "collect"})  # acts of which a paper can be given out
MONTHS = 24


@require_safe
def statement(request: HttpRequest, number: int) -> HttpResponse:
    """A line's statement of a month, or of all closed days, as PDF or CSV."""
    facility = FacilityId(number)
    firm = selectors.firm_of_line(facility)
    doors.require(request, "see_facility", firm=firm)
    first, last = selectors.statement_days(facility)
    since, until = _month(request.GET["month"]) if request.GET.get("month") else (first, last)
    issued = services.issue_statement(
        facility, since=max(since, first), until=min(until, last), form=request.GET.get("form", "pdf"),
        language=_language(), at=days.now(), by=who(request), sight=sight_of(doors.actor(request), firm),
    )  # fmt: skip
    return _given(issued.content, issued.media, issued.name)


@require_safe
def receipt(request: HttpRequest, number: int, sent: str) -> HttpResponse:
    """The receipt of a repayment, or the confirmation of a draw, as a PDF."""
    firm = selectors.firm_of_line(FacilityId(number))
    doors.require(request, "see_facility", firm=firm)
    told = selectors.receipt(RequestId(sent))
    if isinstance(told, Refused):
        return acting.told(request, told, "", reverse("portal_line", args=[number]))
    if told.facility != number:
        raise BadInput(_("that receipt is of another line"), then=_("open it from the line's own page"))
    issued = services.issue_receipt(
        RequestId(sent), form="pdf", language=_language(), at=days.now(), by=who(request),
        sight=sight_of(doors.actor(request), firm),
    )  # fmt: skip
    if isinstance(issued, Refused):
        return acting.told(request, issued, "", reverse("portal_line", args=[number]))
    return _given(issued.content, issued.media, issued.name)


@require_safe
def letters(request: HttpRequest, code: str) -> HttpResponse:
    """What was written to a firm, the newest first."""
    firm = EnterpriseId(code)
    doors.require(request, "see_facility", firm=firm)
    facts = {
        "firm": firm,
        "name": name_of(firm, by=who(request)),
        "letters": selectors.messages(firm=firm),
        "tab": "messages",
    }
    return render(request, "portal/messages.html", facts)


def statement_months(facility: FacilityId) -> list[str]:
    """The months of which a statement can be given, the newest first: 2026-04; none before the first close."""
    try:
        first, last = selectors.statement_days(facility)
    except BadInput:
        return []
    months, month = list[str](), first.replace(day=1)
    while month <= last:
        months.append(f"{month:%Y-%m}")
        month = days.add_months(month, 1)
    return months[::-1][:MONTHS]


def paper_of(facility: FacilityId, entry: selectors.Entry) -> str:
    """Where the receipt or confirmation of an act lies; empty where there is none."""
    return reverse("portal_receipt", args=[facility, entry.request]) if entry.act in RECEIPTED else ""


def _month(text: str) -> tuple[date, date]:
    try:
        first = days.parse(f"{text}-01")
    except ValueError:
        raise BadInput(_("'%(text)s' is no month") % {"text": text[:10]}, then=_("choose one from the list")) from None
    return first, days.add_months(first, 1) - timedelta(days=1)


def _language() -> str:
    return "zh" if (get_language() or "en").startswith("zh") else "en"


def _given(content: bytes, media: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
