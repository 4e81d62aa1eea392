"""Where every page lies. A new page is one file in `pages/` and one line in `PAGES`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.contrib.staticfiles.views import serve
from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path

from puhui.governance.access import Act
from puhui.web import doors
from puhui.web.pages import audit, channels, deliveries, health, home, report, variables
from puhui.words import Label

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the menu; `needs` is the act that whoever opens it must be allowed."""

    at: str
    name: str
    label: Label
    view: Callable[..., HttpResponseBase]
    needs: Act


PAGES = (
    Page("", "home", Label("Overview", "总览"), home.home, Act.SEE_OVERVIEW),
    Page("channels/", "channels", Label("Channels", "数据渠道"), channels.channels, Act.SEE_CHANNELS),
    Page("deliveries/", "deliveries", Label("Deliveries", "数据交付"), deliveries.deliveries, Act.SEE_CHANNELS),
    Page("variables/", "variables", Label("Variables", "变量"), variables.variables, Act.SEE_VARIABLES),
    Page("audit/", "audit", Label("Audit chain", "审计链"), audit.audit, Act.SEE_AUDIT),
)

# Routes that are no page of the menu, and the act that each needs.
BESIDES = {
    "deliveries_quarantine": Act.SEE_QUARANTINE,
    "home_report": Act.SEE_OVERVIEW,
    "home_paper": Act.SEE_OVERVIEW,
    "healthz": Act.VISIT,
    "set_language": Act.VISIT,
    "static": Act.VISIT,
}

urlpatterns: list[URLPattern | URLResolver] = [
    *(path(page.at, page.view, name=page.name) for page in PAGES),
    path("deliveries/<str:delivery>/quarantine/", deliveries.quarantine, name="deliveries_quarantine"),
    path("report/", report.paper, name="home_report"),
    path("report/<str:name>", report.paper, name="home_paper"),
    path("healthz", health.healthz, name="healthz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("static/<path:path>", serve, {"insecure": True}, name="static"),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/3rdparty/", include("allauth.socialaccount.urls")),
    path("account/", include("allauth.socialaccount.providers.openid_connect.urls")),
]
doors.declare({page.name: page.needs for page in PAGES} | BESIDES)
doors.check(urlpatterns)
