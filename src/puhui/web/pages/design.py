"""The design page: every piece of a page once, with made-up content, to be looked at in each language and theme."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from puhui.documents import plots
from puhui.documents.blocks import Figure, Tag, Tone
from puhui.documents.wording import Form
from puhui.money import Money
from puhui.web import graphs, icons, pieces, tables
from puhui.words import Label


@dataclass(frozen=True, slots=True)
class Line:
    """A made-up row."""

    firm: str
    grade: Label
    limit: Money
    rate: float
    since: date


COLUMNS = (
    tables.Column[Line]("firm", Label("Firm", "企业"), lambda r: tables.Link(r.firm, "#pieces")),
    tables.Column[Line]("grade", Label("Grade", "等级"), lambda r: Tag(r.grade, Tone.GOOD), choice=True),
    tables.Column[Line]("limit", Label("Limit", "额度"), lambda r: r.limit, Form.MONEY, unit=Label("yuan", "元")),
    tables.Column[Line]("rate", Label("Annual rate", "年利率"), lambda r: r.rate, Form.PERCENT),
    tables.Column[Line]("since", Label("Since", "自"), lambda r: r.since),
)
GRADES = (Label("A sound", "A 良好"), Label("B fair", "B 一般"))
FIRMS = ("Lake Mould Works", "Two Rivers Grain", "Old Bridge Tea and Everything That Belongs to It, Limited by Shares")
TABLE = tables.Table(
    Label("A table", "表格"), COLUMNS, hint=Label("Filter, sort, choose columns, export.", "可筛选、排序、选列、导出。")
)
SCORE = pieces.Waterfall(
    Label("How the score came about", "评分如何形成"),
    (
        pieces.Step(Label("Where everybody begins", "起始分"), 600, whole=True),
        pieces.Step(Label("Sales grow", "销售增长"), 34),
        pieces.Step(Label("Few buyers", "客户集中"), -21),
        pieces.Step(Label("Score", "评分"), 613, whole=True),
    ),
    Form.COUNT,
)


WAN = 10_000 * 100
GAUGES = (
    pieces.Gauge(
        Label("Unsecured lending to one client", "单户信用贷款上限"), Money(120 * WAN), Money(500 * WAN),
        reserved=Money(40 * WAN), promised=Money(260 * WAN), tag=Tag(Label("binds", "约束项"), Tone.WATCH),
        note=Label("a draw beyond it is refused", "超限支用将被拒绝"), more=Label("an invented source", "示例来源"),
    ),
    pieces.Gauge(Label("Almost taken", "接近用满"), Money(480 * WAN), Money(500 * WAN)),
    pieces.Gauge(Label("Exceeded", "已超限"), Money(560 * WAN), Money(500 * WAN)),
)  # fmt: skip
STEPS = ("Request", "Eligibility", "Grade", "Decline", "Approve")
GRAPH = {
    "nodes": [{"id": name, "name": name, "type": "decisionTableNode"} for name in STEPS],
    "edges": [
        {"sourceId": source, "targetId": target}
        for source, target in (
            ("Request", "Eligibility"), ("Eligibility", "Grade"), ("Grade", "Decline"), ("Grade", "Approve"),
        )
    ],
}  # fmt: skip


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """Every piece once."""
    months = [f"2026-{month:02d}-01" for month in range(1, 11)]
    sales = [42.0, 40.5, 44.0, 47.2, 46.1, 49.9, 51.0, 48.7, 53.3, 55.0]
    wan = plots.Axis(Label("10,000 yuan", "万元"), Form.NUMBER, 0)
    facts = {
        "tags": [
            Tag(Label("fresh", "及时"), Tone.GOOD),
            Tag(Label("late", "逾期"), Tone.WATCH),
            Tag(Label("refused", "拒绝"), Tone.BAD),
            Tag(Label("plain", "普通")),
        ],
        "icons": sorted(icons.DRAWINGS),
        "key_figures": (
            Figure(Label("Lent out", "贷款余额"), Money(1_234_567_800_00), Form.MONEY_SHORT, unit=Label("yuan", "元")),
            Figure(
                Label("Firms", "企业"), 12_345, Form.COUNT, note=Label("120 more than a month ago", "较上月增加120家")
            ),
            Figure(Label("Past due over 90 days", "逾期90天以上"), 0.0123, Form.PERCENT),
        ),
        "curve": plots.over_time(
            Label("Invoiced sales by month", "月度开票销售额"),
            months,
            {Label("sales", "销售额"): sales},
            wan,
            said=Label("Sales grow from 42 to 55.", "销售额由42升至55。"),
            height_px=240,
        ),
        "bars": plots.bars(
            Label("Sales by buyer", "客户销售额"),
            [Label("Grain mill", "面粉厂"), Label("Tea house", "茶馆")],
            {Label("sales", "销售额"): [120.0, 80.0]},
            wan,
            said=Label("The grain mill buys most.", "面粉厂采购最多。"),
        ),
        "fall": SCORE,
        "gauges": GAUGES,
        "graph": graphs.drawing(GRAPH, path=("Request", "Eligibility", "Grade", "Approve"), hits={"Grade": ["G-B1"]}),
        "events": [
            pieces.Event(date(2026, 3, 1), Label("Line opened", "额度启用"), by="lin", tone=Tone.GOOD),
            pieces.Event(date(2026, 5, 9), Label("Payment late by 3 days", "逾期3天"), tone=Tone.WATCH),
        ],
        "before": {"limit": "300,000", "rate": "6.15 %"},
        "after": {"limit": "350,000", "rate": "6.15 %"},
        "pairs": [
            (Label("Credit code", "统一社会信用代码"), Label("91…", "91…")),
            (Label("Trust", "可信度"), Label("94 of 100", "94/100")),
        ],
        "steps": [
            {"state": "done", "label": Label("Consent", "授权")},
            {"state": "now", "label": Label("Invoices", "发票")},
            {"state": "", "label": Label("Score", "评分")},
        ],
    }
    rows = [
        Line(firm, GRADES[i % 2], Money(30_000_000 * (i + 1)), 0.0615 + i / 500, date(2026, i + 1, 3))
        for i, firm in enumerate(FIRMS)
    ]
    return tables.answer(request, "desk/design.html", facts, sample=(TABLE, tables.Listed(rows, COLUMNS)))
