"""How much is at risk and how much more may be: the largest groups, firms, circles, trades, and their caps as bars."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from puhui.documents import plots
from puhui.documents.blocks import Plot
from puhui.documents.wording import Form
from puhui.exposure import selectors
from puhui.exposure.caps import RULES, SCOPES, CapKey, Scope
from puhui.exposure.view import AtRisk, at_risk
from puhui.web import reading, tables
from puhui.web.pages.decisions import product_label
from puhui.web.pages.firm_exposure import gauge_of
from puhui.words import Label

YUAN = Label("yuan", "元")
OF_FIRMS = (Scope.FIRM, Scope.GUARANTOR)  # whose subjects are firms, and so within a branch or not
MOST, DRAWN = 500, 10  # subjects in the table, and in the drawing
COLUMNS = (
    tables.Column[AtRisk]("subject", Label("Who", "主体"), lambda r: _who(r)),
    tables.Column[AtRisk]("firms", Label("Firms", "企业数"), lambda r: r.firms, Form.COUNT),
    tables.Column[AtRisk]("lines", Label("Lines", "额度数"), lambda r: r.lines, Form.COUNT),
    tables.Column[AtRisk]("approved", Label("Approved, not open", "已批未启用"), lambda r: r.approved, Form.MONEY, 0,
                          unit=YUAN, shown=False),
    tables.Column[AtRisk]("committed", Label("Committed", "授信承诺"), lambda r: r.committed, Form.MONEY, 0, unit=YUAN),
    tables.Column[AtRisk]("drawn", Label("Drawn", "已支用"), lambda r: r.drawn, Form.MONEY, 0, unit=YUAN),
    tables.Column[AtRisk]("pending", Label("Being paid out", "放款中"), lambda r: r.pending, Form.MONEY, 0, unit=YUAN,
                          shown=False),
    tables.Column[AtRisk]("mortgaged", Label("Mortgaged", "抵质押"), lambda r: r.mortgaged, Form.MONEY, 0, unit=YUAN),
    tables.Column[AtRisk]("guaranteed", Label("Guaranteed", "保证"), lambda r: r.guaranteed, Form.MONEY, 0, unit=YUAN),
    tables.Column[AtRisk]("net", Label("Net", "净敞口"), lambda r: r.net, Form.MONEY, 0, unit=YUAN),
    tables.Column[AtRisk]("expected", Label("Expected at default", "违约时敞口"), lambda r: r.expected, Form.MONEY, 0,
                          unit=YUAN),
)  # fmt: skip


@require_safe
def exposure(request: HttpRequest) -> HttpResponse:
    """The largest subjects of a scope: what stands against them, and the bars of the caps that they share."""
    named = request.GET.get("scope", Scope.GROUP)
    scope = Scope(named) if named in set(Scope) else Scope.GROUP
    on = reading.business_day()
    found, mine = at_risk(scope, on=on, most=MOST), reading.within(request)
    if mine is not None and scope in OF_FIRMS:
        found = [one for one in found if one.subject in mine]
    table = tables.Table(
        Label(f"Largest by {SCOPES[scope].en}", f"按{SCOPES[scope].zh}排列"),
        COLUMNS,
        order="committed",
        down=True,
        nothing=Label(f"No line counts for any {SCOPES[scope].en} yet", f"尚无计入任何{SCOPES[scope].zh}的额度"),
    )
    counts = list(dict.fromkeys(rule.counts for rule in RULES if rule.scope is scope))
    keys = [CapKey(scope, one.subject, each) for one in found[:DRAWN] for each in counts]
    standings = [each for each in selectors.standings(keys, on=on) if each.amount]
    closest = sorted(standings, key=lambda cap: cap.free.fen / cap.amount.fen)[:DRAWN]
    facts = {
        "scopes": [{"at": f"?scope={each}", "label": SCOPES[each], "here": each is scope} for each in Scope],
        "gauges": [gauge_of(cap) for cap in closest],
        "plot": _plot(found[:DRAWN]) if found else None,
        "on": on,
    }
    return tables.answer(request, "desk/exposure.html", facts, subjects=(table, tables.Listed(found, COLUMNS)))


def _plot(found: list[AtRisk]) -> Plot:
    """Net, guaranteed, mortgaged and undrawn of the largest, in ten thousand yuan."""
    wan = 10_000 * 100
    parts = {
        Label("net", "净敞口"): [one.net.fen / wan for one in found],
        Label("guaranteed", "保证"): [one.guaranteed.fen / wan for one in found],
        Label("mortgaged", "抵质押"): [one.mortgaged.fen / wan for one in found],
        Label("not drawn", "未支用"): [max(0, (one.committed - one.gross).fen) / wan for one in found],
    }
    return plots.bars(
        Label("What stands against the largest", "前十大主体敞口构成"),
        [Label(one.subject, one.subject) for one in found],
        parts,
        plots.Axis(Label("10,000 yuan", "万元"), Form.NUMBER, 0),
        said=Label("The table below says the same.", "下表所列相同。"),
        lying=True,
        stacked=True,
    )


def _who(one: AtRisk) -> tables.Shown:
    if one.scope in (Scope.FIRM, Scope.GUARANTOR):
        return tables.Link(one.subject, reverse("firms_exposure", args=[one.subject]))
    return product_label(one.subject) if one.scope is Scope.PRODUCT else one.subject
