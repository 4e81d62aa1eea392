"""What came in: deliveries by channel, the rows of one that wait in quarantine, and the mending of a row."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from puhui import days
from puhui.channels import selectors, services
from puhui.channels.catalogue import CHANNELS
from puhui.channels.deliveries import Delivery
from puhui.documents.blocks import Figure
from puhui.documents.wording import Form
from puhui.governance.sight import sight_of
from puhui.ids import DeliveryId
from puhui.refusals import Refused
from puhui.web import doors, tables
from puhui.web.doors import who
from puhui.words import Label

ROWS_A_PAGE = 50

COLUMNS = (
    tables.Column[Delivery]("channel", Label("Channel", "渠道"), lambda d: CHANNELS[d.channel].label, choice=True),
    tables.Column[Delivery]("delivery", Label("Delivery", "交付"), lambda d: d.delivery),
    tables.Column[Delivery]("source", Label("Source", "来源"), lambda d: d.source),
    tables.Column[Delivery]("rows_in", Label("Rows in", "输入行"), lambda d: d.rows_in, Form.COUNT),
    tables.Column[Delivery]("accepted", Label("Accepted", "接受"), lambda d: d.accepted, Form.COUNT),
    tables.Column[Delivery]("duplicates", Label("Duplicates", "重复"), lambda d: d.duplicates, Form.COUNT),
    tables.Column[Delivery]("corrections", Label("Corrections", "更正"), lambda d: d.corrections, Form.COUNT),
    tables.Column[Delivery]("quarantined", Label("Quarantined", "隔离"), lambda d: _quarantine_of(d), Form.COUNT),
)
TABLE = tables.Table(
    Label("Every delivery", "全部交付"),
    COLUMNS,
    nothing=Label("Nothing has been delivered yet: puhui deliver CHANNEL FILE", "尚无交付：puhui deliver CHANNEL FILE"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a row that is being mended: as it was shown, and as it stands in the form now."""

    header: str
    was: str
    now: str


@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """Every channel's deliveries with their tallies."""
    found = [one for channel in CHANNELS for one in selectors.deliveries(channel)]
    sums = (
        Figure(Label("Deliveries", "交付次数"), len(found), Form.COUNT),
        Figure(Label("Rows in", "输入行"), sum(one.rows_in for one in found), Form.COUNT),
        Figure(Label("Accepted", "接受"), sum(one.accepted for one in found), Form.COUNT),
        Figure(Label("Duplicates", "重复"), sum(one.duplicates for one in found), Form.COUNT),
        Figure(Label("In quarantine", "隔离"), sum(one.quarantined for one in found), Form.COUNT),
    )
    rows = tables.Listed(found, COLUMNS)
    return tables.answer(request, "desk/deliveries.html", {"sums": sums}, deliveries=(TABLE, rows))


@require_safe
def quarantine(request: HttpRequest, delivery: str) -> HttpResponse:
    """The rows a delivery could not accept, a page at a time. Looking at them is recorded: they are firms' data."""
    of = _delivery(delivery)
    rows = selectors.quarantine(DeliveryId(delivery), sight=sight_of(doors.actor(request)), by=who(request))
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "desk/quarantine.html", {"delivery": of, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def mend(request: HttpRequest, delivery: str, row: int) -> HttpResponse:
    """One row in a form; a POST replays it with what was changed, and only that."""
    of = _delivery(delivery)
    rows = selectors.quarantine(DeliveryId(delivery), sight=sight_of(doors.actor(request)), by=who(request))
    found = next((one for one in rows if one.id == row and one.raw is not None and one.mended_by is None), None)
    if found is None or found.raw is None:
        raise Http404(f"row {row} of {delivery} cannot be mended")
    headers = list(found.raw)
    shown = [found.raw[header] or "" for header in headers]
    facts = {"delivery": of, "row": found}
    if request.method != "POST":
        cells = [Cell(header, was, was) for header, was in zip(headers, shown, strict=True)]
        return render(request, "desk/mend.html", facts | {"cells": cells})
    given = [request.POST.get(f"cell-{place}", was) for place, was in enumerate(shown)]
    changes = {header: now for header, was, now in zip(headers, shown, given, strict=True) if now != was and header}
    answer = services.mend(row, changes, by=who(request), on=days.today())
    if isinstance(answer, Refused):
        cells = [Cell(header, was, now) for header, was, now in zip(headers, shown, given, strict=True)]
        return render(
            request,
            "desk/mend.html",
            facts | {"cells": cells, "refused": answer, "still": _details(answer)},
            status=409,
        )
    messages.success(request, _("The row has been mended and accepted."), fail_silently=True)
    return redirect(reverse("deliveries_quarantine", args=[delivery]))


def _delivery(name: str) -> Delivery:
    for channel in CHANNELS:
        for one in selectors.deliveries(channel):
            if one.delivery == name:
                return one
    raise Http404(f"there is no delivery {name}")


def _quarantine_of(one: Delivery) -> tables.Link | int:
    if not one.quarantined:
        return 0
    return tables.Link(one.quarantined, reverse("deliveries_quarantine", args=[one.delivery]))


def _details(refused: Refused) -> str:
    return " · ".join(f"{name}: {value}" for name, value in refused.details.items())
