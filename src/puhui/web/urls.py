"""Where every page lies. A new page is one file in `pages/` and one line in `PAGES`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpResponseBase
from django.urls import include, path
from django.views.static import serve

from puhui.web.pages import audit, channels, deliveries, health, home, report, variables
from puhui.words import Label

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the menu."""

    at: str
    name: str
    label: Label
    view: Callable[..., HttpResponseBase]


PAGES = (
    Page("", "home", Label("Overview", "总览"), home.home),
    Page("channels/", "channels", Label("Channels", "数据渠道"), channels.channels),
    Page("deliveries/", "deliveries", Label("Deliveries", "数据交付"), deliveries.deliveries),
    Page("variables/", "variables", Label("Variables", "变量"), variables.variables),
    Page("audit/", "audit", Label("Audit chain", "审计链"), audit.audit),
)

urlpatterns = [
    *(path(page.at, page.view, name=page.name) for page in PAGES),
    path("deliveries/<str:delivery>/quarantine/", deliveries.quarantine, name="deliveries_quarantine"),
    path("report/", report.paper, name="home_report"),
    path("report/<str:name>", report.paper, name="home_paper"),
    path("healthz", health.healthz, name="healthz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("static/<path:path>", serve, {"document_root": STATIC}, name="static"),
]
