"""How much is at risk and how much more may be: the largest groups, firms, circles, trades, and their caps as bars."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from puhui.documents import plots
from puhui.documents.blocks import Plot
from puhui.documents.wording import Form
from puhui.exposure import selectors
from puhui.exposure.caps import RULES, SCOPES, CapKey, Scope
from puhui.exposure.view import AtRisk
from puhui.ids import EnterpriseId
from puhui.lending import kept
from puhui.web import naming, reading, tables
from puhui.web.doors import who
from puhui.web.pages.firm_exposure import OF_FIRMS, gauge_of, sharer
from puhui.words import Label

YUAN = Label("yuan", "元")
BRANCHED = (Scope.FIRM, Scope.GUARANTOR)  # whose subjects are firms, and so within a branch or not
DRAWN = 10  # subjects in the drawing
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
    sums = kept.largest(scope, on=on, now="now" in request.GET)
    found = list(sums.rows)
    mine = reading.within(request)
    if mine is not None and scope in BRANCHED:
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
    names = _names(request, scope, found[:DRAWN])
    facts = {
        "scopes": [{"at": f"?scope={each}", "label": SCOPES[each], "here": each is scope} for each in Scope],
        "gauges": [gauge_of(cap, names) for cap in closest],
        "plot": _plot(found[:DRAWN], names) if found else None,
        "on": on,
        "scope": scope,
        "made_at": sums.made_at,
    }
    return tables.answer(request, "desk/exposure.html", facts, subjects=(table, tables.Listed(found, COLUMNS)))


def _names(request: HttpRequest, scope: Scope, found: list[AtRisk]) -> dict[EnterpriseId, str]:
    """The names of the firms by which the largest subjects go."""
    mine, firms = reading.within(request), [EnterpriseId(one.subject) for one in found if scope in OF_FIRMS]
    return naming.names_of([firm for firm in firms if mine is None or firm in mine], by=who(request))


def _plot(found: list[AtRisk], names: Mapping[EnterpriseId, str]) -> Plot:
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
        [sharer(one.scope, one.subject, names) for one in found],
        parts,
        plots.Axis(Label("10,000 yuan", "万元"), Form.NUMBER, 0),
        said=Label("The table below says the same.", "下表所列相同。"),
        lying=True,
        stacked=True,
        height_px=max(240, 60 + 34 * len(found)),
    )


def _who(one: AtRisk) -> tables.Shown:
    if one.scope in OF_FIRMS:
        return tables.Firm(EnterpriseId(one.subject), reverse("firms_exposure", args=[one.subject]))
    return sharer(one.scope, one.subject, {})
