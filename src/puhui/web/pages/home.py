"""The first page: what this is, and the key figures of the latest strategy run."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from puhui.documents.wording import written
from puhui.web import strategy


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The latest run's key figures, or how to make one."""
    run = strategy.latest(request)
    figures = [(f.label, written(f.value, f.form, f.digits), f.unit) for f in run.figures()] if run else []
    return render(request, "web/home.html", {"request": request, "run": run, "figures": figures})
