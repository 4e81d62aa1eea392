"""The enterprise file's relations: a drawing that one can walk from firm to firm, and the same as a list."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from puhui import days
from puhui.documents.blocks import Plot
from puhui.documents.wording import Form, written
from puhui.enterprises import selectors
from puhui.enterprises.ties import WORDS, Kind, Tie, ties
from puhui.money import Money
from puhui.web.naming import name_of, names_of
from puhui.web.pages.firm import Asked, asked, show
from puhui.words import Label

COLOURS = {
    Kind.REPRESENTS: "@series3",
    Kind.OWNS: "@series3",
    Kind.GUARANTEES: "@series1",
    Kind.GUARANTEED_BY: "@series1",
    Kind.BUYS_FROM_IT: "@series0",
    Kind.SELLS_TO_IT: "@series2",
}


@require_safe
def relations(request: HttpRequest, code: str) -> HttpResponse:
    """Whom a firm is bound to."""
    of = asked(request, code)
    return show(request, of, "desk/firm_relations.html", lambda: _relations(of))


def _relations(of: Asked) -> dict[str, Any]:
    found = ties(of.firm, purpose=of.purpose, as_of=of.as_of, on=days.today(), by=of.by)
    names = names_of([tie.firm for tie in found.ties if tie.firm], by=of.by)
    shown = [
        {
            "kind": WORDS[tie.kind],
            "name": names.get(tie.firm, tie.name) if tie.firm else tie.name,
            "at": reverse("firms_relations", args=[tie.firm]) if tie.firm and selectors.is_known(tie.firm) else "",
            "weight": _weight(tie),
        }
        for tie in found.ties
    ]
    return {"web_of": _web(of, found.ties, shown), "ties": shown}


def _web(of: Asked, found: tuple[Tie, ...], shown: list[dict[str, Any]]) -> Plot:
    """The firm in the middle, everybody it is bound to around it."""
    centre = name_of(of.firm, by=of.by)
    nodes: dict[str, dict[str, Any]] = {centre: {"name": centre, "symbolSize": 34, "itemStyle": {"color": "@accent"}}}
    links = []
    for tie, row in zip(found, shown, strict=True):
        nodes.setdefault(
            tie.name,
            {
                "name": tie.name,
                "said": row["name"],
                "symbolSize": 20,
                "itemStyle": {"color": COLOURS[tie.kind]},
                "at": row["at"],
            },
        )
        links.append({"source": centre, "target": tie.name, "label": {"formatter": WORDS[tie.kind]}})
    series = {
        "type": "graph",
        "layout": "force",
        "data": list(nodes.values()),
        "links": links,
        "roam": True,
        "force": {"repulsion": 420, "edgeLength": [70, 150], "layoutAnimation": False},
        "label": {"show": True, "position": "bottom", "fontSize": 11, "formatter": {"$of": "said"}},
        "labelLayout": {"hideOverlap": True},
        "lineStyle": {"color": "@muted", "opacity": 0.6},
    }
    said = Label(
        f"{len(found)} ties of {centre}; the list beside the drawing names them.",
        f"{centre}共有{len(found)}项关系，见旁侧列表。",
    )
    return Plot(Label("Who is bound to whom", "关系图"), {"series": [series]}, said, height_px=420)


def _weight(tie: Tie) -> Label:
    if tie.share is not None:
        return written(tie.share, Form.PERCENT)
    if tie.fen is None:
        return Label(" \u200b", " \u200b")
    amount = written(Money(tie.fen), Form.MONEY_SHORT)
    return Label(f"{amount.en} yuan", f"{amount.zh}元")
