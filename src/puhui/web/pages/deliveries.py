"""What came in: deliveries by channel, and the rows of one that wait in quarantine."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from puhui.channels import selectors
from puhui.channels.catalogue import CHANNELS
from puhui.ids import DeliveryId
from puhui.web import doors

ROWS_A_PAGE = 50


@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """Every channel's deliveries with their tallies."""
    channels = [(channel, selectors.deliveries(channel)) for channel in CHANNELS]
    return render(request, "web/deliveries.html", {"request": request, "channels": channels})


@require_safe
def quarantine(request: HttpRequest, delivery: str) -> HttpResponse:
    """The rows a delivery could not accept, a page at a time. Looking at them is recorded: they are firms' data."""
    found = [d for channel in CHANNELS for d in selectors.deliveries(channel) if d.delivery == delivery]
    if not found:
        raise Http404(f"there is no delivery {delivery}")
    rows = selectors.quarantine(DeliveryId(delivery), by=doors.actor(request).name)
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "web/quarantine.html", {"request": request, "delivery": found[0], "page": page})
