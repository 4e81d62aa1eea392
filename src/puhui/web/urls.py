"""Where every page lies. A new page is one file in `pages/` and one line in `PAGES`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from django.contrib.staticfiles.views import serve
from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path

from puhui.governance.access import Act
from puhui.web import doors, static_files
from puhui.web.api.routes import api
from puhui.web.pages import audit, channels, deliveries, design, health, home, report, variables
from puhui.words import Label


class Group(Enum):
    """A heading of the menu."""

    WORK = Label("Work", "工作台")
    FIRMS = Label("Firms", "企业")
    PRODUCTS = Label("Products and models", "产品与模型")
    DATA = Label("Data", "数据")
    BOOKS = Label("Books", "账务")
    HOUSE = Label("House", "系统")


@dataclass(frozen=True, slots=True)
class Page:
    """A page and the act that whoever opens it must be allowed; one with a group stands in the menu."""

    at: str
    name: str
    label: Label
    view: Callable[..., HttpResponseBase]
    needs: Act
    group: Group | None = None
    icon: str = ""


# fmt: off
PAGES = (
    Page("", "home", Label("Overview", "总览"), home.home, Act.SEE_OVERVIEW, Group.WORK, "home"),
    Page(
        "variables/",
        "variables",
        Label("Variables", "变量"),
        variables.variables,
        Act.SEE_VARIABLES,
        Group.PRODUCTS,
        "variable",
    ),
    Page(
        "channels/",
        "channels",
        Label("Channels", "数据渠道"),
        channels.channels,
        Act.SEE_CHANNELS,
        Group.DATA,
        "channel",
    ),
    Page(
        "deliveries/",
        "deliveries",
        Label("Deliveries", "数据交付"),
        deliveries.deliveries,
        Act.SEE_CHANNELS,
        Group.DATA,
        "delivery",
    ),
    Page(
        "deliveries/<str:delivery>/quarantine/",
        "deliveries_quarantine",
        Label("Quarantine", "隔离区"),
        deliveries.quarantine,
        Act.SEE_QUARANTINE,
    ),
    Page(
        "deliveries/<str:delivery>/quarantine/<int:row>/",
        "deliveries_mend",
        Label("Mend a row", "修复一行"),
        deliveries.mend,
        Act.MEND,
    ),
    Page("audit/", "audit", Label("Audit chain", "审计链"), audit.audit, Act.SEE_AUDIT, Group.HOUSE, "audit"),
    Page("design/", "design", Label("Design", "设计样式"), design.design, Act.VISIT, Group.HOUSE, "design"),
)
# fmt: on

# Routes that are no page of the menu, and the act that each needs.
BESIDES = {
    "home_report": Act.SEE_OVERVIEW,
    "home_paper": Act.SEE_OVERVIEW,
    "healthz": Act.VISIT,
    "set_language": Act.VISIT,
    "built": Act.VISIT,
    "static": Act.VISIT,
}

urlpatterns: list[URLPattern | URLResolver] = [
    *(path(page.at, page.view, name=page.name) for page in PAGES),
    path("report/", report.paper, name="home_report"),
    path("report/<str:name>", report.paper, name="home_paper"),
    path("healthz", health.healthz, name="healthz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("static/built/<path:path>", static_files.serve, name="built"),
    path("static/<path:path>", serve, {"insecure": True}, name="static"),
    path("api/v1/", api.urls),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/3rdparty/", include("allauth.socialaccount.urls")),
    path("account/", include("allauth.socialaccount.providers.openid_connect.urls")),
]
# Operations of the API hold their own acts against the table, for the token that comes with each call.
doors.declare(dict.fromkeys((name for name, _ in doors.routes(urlpatterns) if name.startswith("api:")), Act.VISIT))
doors.declare({page.name: page.needs for page in PAGES} | BESIDES)
doors.check(urlpatterns)
