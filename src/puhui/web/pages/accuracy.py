"""The accuracy of what is known across all firms: the last trust of each, contradictions and signs of fraud first."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from puhui.documents import plots
from puhui.documents.blocks import Figure, Plot
from puhui.documents.wording import Form
from puhui.enterprises import browsing
from puhui.ids import EnterpriseId
from puhui.web import reading, tables
from puhui.words import Label

Row = browsing.Assessed
COLUMNS = (
    tables.Column[Row](
        "firm", Label("Firm", "企业"), lambda a: tables.Firm(a.firm, reverse("firms_facts", args=[a.firm])), sorts=False
    ),
    tables.Column[Row](
        "trust", Label("Trust", "可信度"), lambda a: a.trust, Form.NUMBER, 0, unit=Label("of 100", "／100")
    ),
    tables.Column[Row]("signs", Label("Signs of fraud", "欺诈迹象"), lambda a: a.fraud_signs, Form.COUNT),
    tables.Column[Row]("differ", Label("Sources differ", "来源不符"), lambda a: a.contradictions, Form.COUNT),
    tables.Column[Row]("compared", Label("Compared", "比对项数"), lambda a: a.comparisons, Form.COUNT),
    tables.Column[Row]("as_of", Label("As of", "截至"), lambda a: a.as_of),
)
TABLE = tables.Table(
    Label("Every firm", "全部企业"),
    COLUMNS,
    order="trust",
    hint=Label("Search by the beginning of a firm's code.", "可按企业代码开头搜索。"),
    nothing=Label("No firm's facts have been held against each other yet", "尚未比对任何企业的事实"),
)


class _Assessed:
    """The last assessments a page at a time; whoever belongs to a branch sees those of its firms."""

    def __init__(self, firms: frozenset[EnterpriseId] | None) -> None:
        self._firms = firms

    def page(self, asked: tables.Asked) -> tuple[Sequence[Row], int]:
        return browsing.assessed(
            words=asked.words,
            firms=self._firms,
            order=asked.order or "trust",
            down=asked.down,
            first=asked.first,
            many=asked.many,
        )

    def values(self, column: str) -> Sequence[tuple[str, Label]]:
        return ()


@require_safe
def accuracy(request: HttpRequest) -> HttpResponse:
    """Each firm's last trust, and how trust lies among all."""
    mine = reading.within(request)
    told = browsing.trust_told(mine)
    figures = (
        Figure(Label("Firms assessed", "已评估企业"), told.firms, Form.COUNT),
        Figure(Label("With a contradiction", "存在来源不符"), told.contradicted, Form.COUNT),
        Figure(Label("With a sign of fraud", "存在欺诈迹象"), told.suspected, Form.COUNT),
        Figure(Label("Trust, median", "可信度中位数"), told.median, Form.NUMBER, 0, unit=Label("of 100", "／100")),
    )
    facts = {"key_figures": figures, "plot": _plot(told) if told.firms else None}
    return tables.answer(request, "desk/accuracy.html", facts, firms=(TABLE, _Assessed(mine)))


def _plot(told: browsing.TrustTold) -> Plot:
    number = Label("firms", "企业数")
    return plots.histogram(
        Label("How trust lies among the firms", "可信度分布"),
        [float(edge) for edge in range(0, 101, 10)],
        {number: list(told.by_ten)},
        plots.Axis(Label("trust", "可信度"), Form.NUMBER, 0),
        count=number,
        said=Label("How many firms lie in each ten points of trust.", "每10分可信度区间的企业数。"),
        height_px=160,
    )
