"""What came in: deliveries by channel, the rows of one that wait in quarantine, and the mending of a row."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
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
from puhui.refusals import BadInput, Refused
from puhui.web import acting, doors, reading, tables
from puhui.web.doors import who
from puhui.words import Label

ROWS_A_PAGE = 50
KINDS = (".csv", ".xlsx", ".jsonl", ".parquet", ".zip")
MOST_BYTES = 64 << 20  # of a file that comes through a page; larger ones come through a folder

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


@require_http_methods(["GET", "HEAD", "POST"])
def deliveries(request: HttpRequest) -> HttpResponse:
    """Every channel's deliveries with their tallies; a POST takes a file in."""
    if request.method == "POST":
        return _taken(request)
    found = [one for channel in CHANNELS for one in selectors.deliveries(channel)]
    sums = (
        Figure(Label("Deliveries", "交付次数"), len(found), Form.COUNT),
        Figure(Label("Rows in", "输入行"), sum(one.rows_in for one in found), Form.COUNT),
        Figure(Label("Accepted", "接受"), sum(one.accepted for one in found), Form.COUNT),
        Figure(Label("Duplicates", "重复"), sum(one.duplicates for one in found), Form.COUNT),
        Figure(Label("In quarantine", "隔离"), sum(one.quarantined for one in found), Form.COUNT),
    )
    rows = tables.Listed(found, COLUMNS)
    facts = {
        "sums": sums,
        "channels": [(name, channel.label) for name, channel in CHANNELS.items()],
        "kinds": ",".join(KINDS),
        "most_mb": MOST_BYTES >> 20,
    }
    return tables.answer(request, "desk/deliveries.html", facts, deliveries=(TABLE, rows))


def _taken(request: HttpRequest) -> HttpResponse:
    """Take a file in: what is no file of a known kind, or too big for a browser's way, comes back in words."""
    doors.require(request, "deliver")
    to, channel, given = reverse("deliveries"), request.POST.get("channel", ""), request.FILES.get("file")
    wrong = _unfit(channel, given)
    if wrong or given is None:
        messages.error(request, wrong)
        return redirect(to)
    with tempfile.TemporaryDirectory(prefix="puhui-page-") as folder:
        place = Path(folder) / (Path(given.name or "").name[-80:] or "file")
        with place.open("wb") as out:
            for chunk in given.chunks():
                out.write(chunk)
        try:
            done = services.deliver(
                channel, place, source=request.POST.get("source", "").strip() or "upload", on=reading.business_day(),
                request=acting.request_of(request), by=who(request),
            )  # fmt: skip
        except BadInput as problem:
            messages.error(request, acting.wrong(problem))
            return redirect(to)
    said = _("%(rows)s rows came in: %(accepted)s accepted, %(quarantined)s in quarantine, %(duplicates)s duplicates.")
    messages.success(
        request,
        said % {
            "rows": done.rows_in, "accepted": done.accepted, "quarantined": done.quarantined,
            "duplicates": done.duplicates,
        },
    )  # fmt: skip
    return redirect(to)


def _unfit(channel: str, given: UploadedFile[Any] | None) -> str:
    """Why a file is not even looked at; empty where it is."""
    if channel not in CHANNELS:
        return _("Choose the channel that the file is of.")
    if given is None:
        return _("Choose a file.")
    if not (given.name or "").lower().endswith(KINDS):
        return _("%(name)s is of no kind that can be read: %(kinds)s.") % {
            "name": (given.name or "")[:80],
            "kinds": ", ".join(KINDS),
        }
    if not given.size:
        return _("%(name)s is empty.") % {"name": given.name}
    if given.size > MOST_BYTES:
        return _("%(name)s is larger than %(most)s MB: put it into the watched folder, or use puhui deliver.") % {
            "name": (given.name or "")[:80],
            "most": MOST_BYTES >> 20,
        }
    return ""


@require_safe
def quarantine(request: HttpRequest, delivery: str) -> HttpResponse:
    """The rows a delivery could not accept, a page at a time. Looking at them is recorded: they are firms' data."""
    of = _delivery(delivery)
    page = Paginator(range(of.quarantined), ROWS_A_PAGE).get_page(request.GET.get("page"))
    rows = selectors.quarantine(
        DeliveryId(delivery), sight=sight_of(doors.actor(request)), by=who(request),
        first=(page.number - 1) * ROWS_A_PAGE, many=ROWS_A_PAGE,
    )  # fmt: skip
    return render(request, "desk/quarantine.html", {"delivery": of, "page": page, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def mend(request: HttpRequest, delivery: str, row: int) -> HttpResponse:
    """One row in a form; a POST replays it with what was changed, and only that."""
    of = _delivery(delivery)
    sight = sight_of(doors.actor(request))
    rows = selectors.quarantine(DeliveryId(delivery), sight=sight, by=who(request), row=row)
    found = next((one for one in rows if one.raw is not None and one.mended_by is None), None)
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
