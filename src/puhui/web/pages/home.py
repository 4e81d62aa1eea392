"""The first page: what this is, and the key figures of the latest strategy run."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from puhui.web import strategy


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The latest run's key figures, or how to make one."""
    return render(request, "desk/home.html", {"run": strategy.latest(request)})
