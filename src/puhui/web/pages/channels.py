"""What comes in and how well: every channel's last delivery, rows, quarantine, freshness and changes of form."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from puhui import days
from puhui.channels import health, pulling

COLOURS = {
    health.Freshness.FRESH: "green",
    health.Freshness.STALE: "orange",
    health.Freshness.EMPTY: "secondary",
}
OUTCOMES = {
    pulling.Outcome.DONE: "green",
    pulling.Outcome.RUNNING: "azure",
    pulling.Outcome.UNREACHABLE: "orange",
    pulling.Outcome.REFUSED: "red",
}


@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """Every channel of the catalogue as of today, and the sources that feed them."""
    found = [(one, health.WORDS[one.freshness], COLOURS[one.freshness]) for one in health.health(days.today())]
    sources = [
        (state, *((pulling.WORDS[state.outcome], OUTCOMES[state.outcome]) if state.outcome else (None, "secondary")))
        for state in pulling.states()
    ]
    changed = any(one.changes for one, *_ in found)
    facts = {"request": request, "channels": found, "sources": sources, "changed": changed}
    return render(request, "web/channels.html", facts)
