"""Keeps what an owner writes, while it is written."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from puhui import days
from puhui.web import acting, drafts
from puhui.web.doors import who


@require_POST
def draft(request: HttpRequest, form: str) -> HttpResponse:
    """Keep what is written in a form so far."""
    drafts.keep(who(request), form[:80], acting.written(request), at=days.now())
    return HttpResponse(status=204)
