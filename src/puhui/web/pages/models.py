"""The models that score: which plays which role for which product, how each was learned, its points, its stability."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from puhui.approval import selectors as approval
from puhui.documents import plots
from puhui.documents.blocks import Figure, Plot, Tag, Tone
from puhui.documents.wording import Form
from puhui.products import scorers, selectors
from puhui.products.definition import PRODUCTS
from puhui.products.lifecycle import Role
from puhui.products.selectors import KeptModel
from puhui.scoring.additive import Additive, Term
from puhui.scoring.measures import psi
from puhui.variables.registry import VARIABLES
from puhui.web import reading, tables
from puhui.web.pages.decisions import product_label
from puhui.words import Label

ROLES = {
    Role.CHAMPION: Tag(Label("champion: decides", "冠军模型：参与决策"), Tone.GOOD),
    Role.CHALLENGER: Tag(Label("challenger: runs beside", "挑战者：并行打分"), Tone.WATCH),
    Role.SHADOW: Tag(Label("shadow: watched only", "影子模型：仅观察"), Tone.PLAIN),
}
assert ROLES.keys() == set(Role)
NO_ROLE = Tag(Label("no role", "未启用"))
KINDS = {
    scorers.ADDITIVE: Label("additive points", "加性评分卡"),
    scorers.TREES: Label("boosted trees, monotone", "单调约束提升树"),
}
COLUMNS = (
    tables.Column[KeptModel](
        "model", Label("Model", "模型"),
        lambda m: tables.Link(Label(f"m{m.number}", f"m{m.number}"), reverse("models_one", args=[m.product, m.number])),
    ),
    tables.Column[KeptModel]("product", Label("Product", "产品"), lambda m: product_label(m.product), choice=True),
    tables.Column[KeptModel](
        "role", Label("Role", "角色"), lambda m: ROLES[m.role] if m.role else NO_ROLE, choice=True
    ),
    tables.Column[KeptModel](
        "kind", Label("Form", "形式"), lambda m: KINDS.get(m.kind, Label(m.kind, m.kind)), choice=True
    ),
    tables.Column[KeptModel]("loans", Label("Loans", "贷款数"), lambda m: m.facts.get("loans"), Form.COUNT),
    tables.Column[KeptModel]("bad", Label("Defaults", "违约数"), lambda m: m.facts.get("defaults"), Form.COUNT),
    tables.Column[KeptModel]("auc", Label("AUC", "AUC"), lambda m: _first(m.facts.get("auc")), Form.NUMBER, 3),
    tables.Column[KeptModel]("ks", Label("KS", "KS"), lambda m: m.facts.get("ks"), Form.NUMBER, 3),
    tables.Column[KeptModel](
        "sha256", Label("Hash", "哈希"), lambda m: m.sha256[:12], shown=False
    ),
)  # fmt: skip
TABLE = tables.Table(
    Label("Every model that was kept", "全部留存模型"),
    COLUMNS,
    nothing=Label("No model has been learned yet", "尚无模型"),
)
BINS = 10
STABLE, SHIFTED = 0.1, 0.25  # PSI: N. Siddiqi, Credit Risk Scorecards, 2006, ch. 9


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """Every model of every product, with the role that it plays today."""
    found = [one for name in PRODUCTS for one in selectors.kept_models(name, on=reading.business_day())]
    return tables.answer(request, "desk/models.html", {}, models=(TABLE, tables.Listed(found, COLUMNS)))


@require_safe
def model(request: HttpRequest, product: str, number: int) -> HttpResponse:
    """One model's card."""
    found = next((m for m in selectors.kept_models(product, on=reading.business_day()) if m.number == number), None)
    if found is None:
        raise Http404(f"there is no model {number} of {product}")
    kept = scorers.model_of(selectors.text(found.sha256) or "", found.sha256)
    auc = found.facts.get("auc")
    facts: dict[str, Any] = {
        "model": found,
        "product": product_label(product),
        "role": ROLES[found.role] if found.role else NO_ROLE,
        "kind": KINDS.get(found.kind, Label(found.kind, found.kind)),
        "base_rate": found.facts.get("form") == "base rate",
        "key_figures": (
            Figure(Label("Loans it learned from", "训练贷款数"), found.facts.get("loans"), Form.COUNT),
            Figure(Label("Of these defaulted", "其中违约"), found.facts.get("defaults"), Form.COUNT),
            Figure(Label("AUC", "AUC"), _first(auc), Form.NUMBER, 3, note=_interval(auc)),
            Figure(Label("KS", "KS"), found.facts.get("ks"), Form.NUMBER, 3),
            Figure(Label("Brier score", "Brier 分数"), found.facts.get("brier"), Form.NUMBER, 4),
            Figure(Label("Variables", "变量数"), len(kept.inputs), Form.COUNT),
        ),
        "inputs": [(name, VARIABLES[name].label if name in VARIABLES else None) for name in kept.inputs],
        "stability": _stability(product) if found.role is Role.CHAMPION else None,
    }
    if isinstance(kept, Additive):
        terms = sorted(kept.terms, key=lambda term: -float(np.ptp(term.points)))
        facts["weights"] = _weights(kept, terms) if terms else None
        facts["terms"] = [_points(kept, term) for term in terms if len(term.axes) == 1]
    return tables.answer(request, "desk/model.html", facts)


def _weights(kept: Additive, terms: Sequence[Term]) -> Plot:
    """How many score points lie between a term's best and its worst bin."""
    per = abs(kept.scale.factor * kept.slope)
    return plots.bars(
        Label("What weighs most", "变量重要性"),
        [_named(term) for term in terms],
        {Label("points between best and worst", "最好与最差的分差"): [float(np.ptp(t.points)) * per for t in terms]},
        plots.Axis(Label("points", "分"), Form.NUMBER, 0),
        said=Label("The points of each variable follow below.", "各变量分值见下。"),
        lying=True,
    )


def _points(kept: Additive, term: Term) -> Plot:
    """The score points of each bin of a term, against the average firm."""
    weight = -kept.scale.factor * kept.slope
    axis = term.axes[0]
    return plots.contributions(
        _named(term),
        [(axis.text(at), float(weight * (term.points[at] - term.mean))) for at in range(axis.size)],
        plots.Axis(Label("points", "分"), Form.NUMBER, 1),
        said=Label("Points of each bin against the average firm.", "各分箱相对平均企业的分值。"),
        up_is_bad=False,
    )


def _stability(product: str) -> Plot | None:
    """The month's drift of the probabilities that decided, against the first month's tenths."""
    by_month: dict[str, list[float]] = defaultdict(list)
    for one in approval.decisions(product=product, count=10_000):
        if one.pd is not None:
            by_month[one.as_of.isoformat()[:7]].append(one.pd)
    months = sorted(by_month)
    if len(months) < 2:
        return None
    cuts = np.unique(np.quantile(by_month[months[0]], np.linspace(0, 1, BINS + 1)[1:-1]))
    binned = [np.searchsorted(cuts, by_month[month], side="right") for month in months]
    drift = [psi(binned[0], each, len(cuts) + 1) for each in binned]
    return plots.over_time(
        Label("Stability of what decided", "决策评分稳定性"),
        [f"{month}-01" for month in months],
        {Label("PSI against the first month", "相对首月 PSI"): [round(value, 4) for value in drift]},
        plots.Axis(Label("PSI", "PSI"), Form.NUMBER, 2),
        said=Label("The drift of each month.", "各月漂移。"),
        note=Label(
            f"Under {STABLE} is stable, over {SHIFTED} a shift.", f"低于 {STABLE} 为稳定，高于 {SHIFTED} 为漂移。"
        ),
        height_px=240,
    )


def _named(term: Term) -> Label:
    labels = [VARIABLES[name].label if name in VARIABLES else Label(name, name) for name in term.columns]
    return Label(" & ".join(label.en for label in labels), "与".join(label.zh for label in labels))


def _first(interval: Sequence[float] | None) -> float | None:
    return interval[0] if interval else None


def _interval(auc: Sequence[float] | None) -> Label | None:
    return Label(f"{auc[1]:.3f} to {auc[2]:.3f}", f"{auc[1]:.3f} 至 {auc[2]:.3f}") if auc else None
