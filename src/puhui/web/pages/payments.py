"""Payments on the bank's account that no rule could match: each waits for a person to name its line or send it back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from puhui import days
from puhui.documents.wording import Form
from puhui.governance.sight import sight_of
from puhui.ids import EnterpriseId
from puhui.lending import selectors, services
from puhui.lending.correspondence.incoming import Waiting
from puhui.lending.facility import FacilityId
from puhui.money import Money
from puhui.refusals import BadInput
from puhui.web import acting, doors, reading, tables
from puhui.web.doors import who
from puhui.words import Label

COLUMNS = (
    tables.Column[Waiting]("number", Label("No.", "序号"), lambda w: w.number, Form.COUNT),
    tables.Column[Waiting]("on", Label("Received on", "到账日"), lambda w: w.on),
    tables.Column[Waiting](
        "amount", Label("Amount", "金额"), lambda w: Money(w.fen), Form.MONEY, 2, unit=Label("yuan", "元")
    ),
    tables.Column[Waiting]("payer", Label("Payer", "付款人"), lambda w: w.payer),
    tables.Column[Waiting]("reference", Label("Reference", "附言"), lambda w: w.reference, wide=True),
)
TABLE = tables.Table(
    Label("Payments without a line", "待认领款项"),
    COLUMNS,
    order="on",
    nothing=Label("Every payment has found its line", "款项均已匹配"),
)


@require_http_methods(["GET", "HEAD", "POST"])
def payments(request: HttpRequest) -> HttpResponse:
    """What waits; a POST lets a payment repay a line, or notes that it went back to its payer."""
    if request.method == "POST":
        return _acted(request)
    waiting = selectors.incoming_waiting(sight=sight_of(doors.actor(request), EnterpriseId("")))
    return tables.answer(
        request, "desk/payments.html", {"waiting": waiting}, payments=(TABLE, tables.Listed(waiting, COLUMNS))
    )


def _acted(request: HttpRequest) -> HttpResponse:
    doors.require(request, "recover")
    given, on, at, to = request.POST, reading.business_day(), days.now(), reverse("payments")
    number, line = given.get("payment", ""), given.get("line", "").strip()
    if not number.isdigit():
        raise BadInput(_("no payment was chosen"), then=_("choose one of the list"))
    if given.get("act") == "return":
        answer = services.send_back(int(number), why=given.get("why", ""), on=on, at=at, by=who(request))
        return acting.told(request, answer, _("Noted as sent back."), to)
    if not line.isdigit():
        raise BadInput(_("no line was named"), then=_("write the number of the line that it repays"))
    facility = FacilityId(int(line))
    doors.require(request, "recover", firm=selectors.firm_of_line(facility))
    answer = services.assign(int(number), facility, on=on, at=at, by=who(request))
    return acting.told(request, answer, _("It has repaid the line."), to)
