"""The enterprise file's credit: its applications, the decisions on them, its lines."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from puhui.approval import selectors
from puhui.approval.deciding import Decided
from puhui.approval.services import Applied
from puhui.approval.states import WORDS
from puhui.documents.blocks import Tag
from puhui.documents.wording import Form
from puhui.lending import browsing
from puhui.money import Money
from puhui.web import tables
from puhui.web.pages.decisions import OUTCOMES, product_label
from puhui.web.pages.facilities import COLUMNS as LINES
from puhui.web.pages.firm import Asked, asked, show
from puhui.words import Label

YUAN = Label("yuan", "元")
APPLICATIONS = (
    tables.Column[Applied](
        "number", Label("Application", "申请"),
        lambda a: tables.Link(a.number, reverse("applications_one", args=[a.number])),
    ),
    tables.Column[Applied]("product", Label("Product", "产品"), lambda a: product_label(a.product)),
    tables.Column[Applied]("status", Label("Status", "状态"), lambda a: WORDS[a.status]),
)  # fmt: skip
DECISIONS = (
    tables.Column[Decided]("number", Label("Decision", "决策"), lambda d: d.number, Form.COUNT),
    tables.Column[Decided]("as_of", Label("As of", "数据截至"), lambda d: d.as_of),
    tables.Column[Decided]("product", Label("Product", "产品"), lambda d: product_label(d.product)),
    tables.Column[Decided]("outcome", Label("Outcome", "结果"), lambda d: Tag(*OUTCOMES[d.outcome]), choice=True),
    tables.Column[Decided]("grade", Label("Grade", "等级"), lambda d: d.grade),
    tables.Column[Decided]("pd", Label("Probability of default", "违约概率"), lambda d: d.pd, Form.PERCENT, 2),
    tables.Column[Decided](
        "limit",
        Label("Limit", "授信额度"),
        lambda d: Money(d.limit_fen) if d.limit_fen else None,
        Form.MONEY,
        0,
        unit=YUAN,
    ),
    tables.Column[Decided](
        "rate",
        Label("Annual rate", "年利率"),
        lambda d: Decimal(d.rate_bp) / 10_000 if d.rate_bp else None,
        Form.PERCENT,
    ),
    tables.Column[Decided]("rules", Label("Decided by", "决定规则"), lambda d: ", ".join(d.rules), sorts=False),
)
APPLIED = tables.Table(
    Label("Applications", "申请"), APPLICATIONS, name="applications", search=False,
    nothing=Label("It has not applied", "尚未申请"),
)  # fmt: skip
DECIDED = tables.Table(
    Label("Decisions", "决策"), DECISIONS, name="decisions", search=False, order="number", down=True,
    nothing=Label("Nothing has been decided", "尚无决策"),
)  # fmt: skip
OWN_LINES = tuple(column for column in LINES if column.key != "firm")
LINED = tables.Table(
    Label("Lines", "额度"), OWN_LINES, name="lines", search=False, order="number", down=True,
    nothing=Label("No line has been opened", "尚未启用额度"),
)  # fmt: skip


@require_safe
def credit(request: HttpRequest, code: str) -> HttpResponse:
    """What the firm asked for, what was decided, what it has."""
    of = asked(request, code)
    return show(request, of, "desk/firm_credit.html", lambda: _credit(request, of))


def _credit(request: HttpRequest, of: Asked) -> dict[str, Any]:
    lines, _total = browsing.lines(enterprise=of.firm)
    return {
        "applied": tables.view(request, APPLIED, tables.Listed(selectors.applications(of.firm), APPLICATIONS)),
        "decided": tables.view(request, DECIDED, tables.Listed(selectors.decisions(of.firm, count=1_000), DECISIONS)),
        "lines": tables.view(request, LINED, tables.Listed(lines, OWN_LINES)),
    }
