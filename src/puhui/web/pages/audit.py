"""What happened: the newest records of the audit chain, and whether the chain holds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from puhui.governance import selectors, services

NEWEST = 100


@require_http_methods(["GET", "HEAD", "POST"])
def audit(request: HttpRequest) -> HttpResponse:
    """The newest records; a POST walks the whole chain first and says what it found."""
    verified = services.verify() if request.method == "POST" else None
    facts = {"request": request, "records": selectors.latest(NEWEST), "verified": verified}
    return render(request, "web/audit.html", facts)
