"""Products with their versions, and the studio: edit the graph, back-test it, propose it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from puhui import days
from puhui.approval import selectors as decided
from puhui.approval import services as approval
from puhui.approval import whatif
from puhui.documents import plots
from puhui.documents.blocks import Plot, Tag, Tone
from puhui.documents.wording import Form
from puhui.money import FEN_PER_YUAN, Money
from puhui.products import selectors, services
from puhui.products.definition import PRODUCTS
from puhui.products.lifecycle import WORDS, Status
from puhui.products.selectors import Version
from puhui.refusals import BadInput, Refused
from puhui.web import acting, doors, graphs, reading, security, tables
from puhui.web.doors import who
from puhui.web.pages.decisions import side_of
from puhui.words import Label

TONES = {Status.LIVE: Tone.GOOD, Status.PROPOSED: Tone.WATCH, Status.REJECTED: Tone.BAD}
VERSIONS = (
    tables.Column[Version](
        "number",
        Label("Version", "版本"),
        lambda v: tables.Link(v.number, f"{reverse('products_studio', args=[v.product])}?version={v.number}"),
        Form.COUNT,
    ),
    tables.Column[Version](
        "status", Label("Status", "状态"), lambda v: Tag(WORDS[v.status], TONES.get(v.status, Tone.PLAIN))
    ),
    tables.Column[Version]("from", Label("Live from", "上线日"), lambda v: v.live_from),
    tables.Column[Version]("share", Label("Share of firms", "适用企业占比"), lambda v: v.share, Form.PERCENT, 0),
    tables.Column[Version]("why", Label("Why", "理由"), lambda v: v.why, wide=True),
    tables.Column[Version]("by", Label("By", "起草人"), lambda v: v.by),
    tables.Column[Version]("at", Label("When", "时间"), lambda v: v.at),
)
TABLE = tables.Table(Label("Versions", "版本"), VERSIONS, order="number", down=True, search=False)
PAST = 200  # past decisions that the simulator offers
AS_DECIDED, AS_EDITED = Label("As decided", "原决策"), Label("Under the edited graph", "编辑后的决策图")
SIDES = {
    "approved": Label("approved", "批准"),
    "referred": Label("to a person", "转人工"),
    "declined": Label("declined", "拒绝"),
}


@require_safe
def products(request: HttpRequest) -> HttpResponse:
    """Every product, with what it says of itself and which version decides today."""
    today = reading.business_day()
    found = []
    for name in PRODUCTS:
        kept = selectors.versions(name)
        if kept:
            ready = selectors.version(name, kept[-1].number, on=max(today, kept[-1].at.date()))
            live = selectors.live(name, on=today)
            found.append(
                {
                    "name": name,
                    "label": ready.definition.label,
                    "says": ready.definition.says,
                    "live": live.number if live else None,
                    "versions": len(kept),
                }
            )
    return render(request, "desk/products.html", {"products": found})


@require_safe
def product(request: HttpRequest, name: str) -> HttpResponse:
    """One product: its graph, and every version that ever was."""
    kept = _versions(name)
    ready = selectors.version(name, kept[-1].number, on=max(reading.business_day(), kept[-1].at.date()))
    facts = {"name": name, "definition": ready.definition, "graph": graphs.drawing(json.loads(ready.graph_text))}
    return tables.answer(request, "desk/product.html", facts, versions=(TABLE, tables.Listed(kept, VERSIONS)))


@require_http_methods(["GET", "HEAD", "POST"])
def studio(request: HttpRequest, name: str) -> HttpResponse:
    """The editor on one version; a POST keeps a draft, back-tests it, or proposes it."""
    kept = _versions(name)
    asked = request.GET.get("version", "")
    version = next((one for one in kept if str(one.number) == asked), kept[-1])
    if request.method == "POST":
        return _acted(request, name, version)
    ready = selectors.version(name, version.number, on=max(reading.business_day(), version.at.date()))
    tests = [facts for status, _on, _by, facts in version.steps if status is Status.TESTED]
    may_draft = request.method == "GET" and _may(request, "draft_product")
    facts: dict[str, Any] = {
        "name": name,
        "version": version,
        "status": Tag(WORDS[version.status], TONES.get(version.status, Tone.PLAIN)),
        "definition": ready.definition,
        "graph_text": ready.graph_text,
        "fault": ready.fault,
        "readonly": not may_draft,
        "may_test": version.status in (Status.DRAFT, Status.TESTED) and may_draft,
        "may_propose": version.status is Status.TESTED and _may(request, "propose_product"),
        "tested": tests[-1] if tests else None,
        "plot": _plot(tests[-1]) if tests else None,
        "sides": _sides(tests[-1]) if tests else (),
        "past": _past(name) if may_draft else [],
        "today": days.today(),
    }
    response = render(request, "desk/studio.html", facts)
    response.headers["Content-Security-Policy"] = security.STUDIO_POLICY
    return response


@require_POST
def simulate(request: HttpRequest, name: str) -> HttpResponse:
    """One past application under the graph as the editor has it now: nothing is kept, no firm's data is shown."""
    doors.require(request, "draft_product")
    number = request.POST.get("decision", "")
    if not number.isdigit():
        raise BadInput(_("no past application was chosen"), then=_("choose one of the list"))
    graph = _graph(request)
    found = whatif.under_graph(int(number), graph)
    before, after = found.before, found.after
    hits: dict[str, list[str]] = {}
    for hit in after.body["rules"]:
        hits.setdefault(hit["table"], []).append(hit["rule"])
    facts = {
        "sides": [side_of(AS_DECIDED, before), side_of(AS_EDITED, after)],
        "same": before.body == after.body,
        "fault": after.body.get("fault", ""),
        "rules": [
            {"table": hit["table"], "rule": hit["rule"], "label": Label(hit["en"], hit["zh"])}
            for hit in after.body["rules"]
        ],
        "graph": graphs.drawing(json.loads(graph), path=tuple(after.body["path"]), hits=hits),
    }
    return render(request, "desk/simulated.html", facts)


def _past(name: str) -> list[tuple[int, Label]]:
    """The newest decisions on real applications of a product, to be simulated: by number and outcome, no firm named."""
    return [
        (one.number, Label(f"{one.number} · {SIDES[one.outcome].en}", f"{one.number} · {SIDES[one.outcome].zh}"))
        for one in reversed(decided.decisions(product=name, count=PAST))
    ]


def _sides(tested: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A back-test's two sides in figures."""
    titles = (AS_DECIDED, Label("Under this version", "本版本"))
    return [
        {
            "title": title,
            "approved": side["approval_share"],
            "limit": Money(side["limit_yuan"] * FEN_PER_YUAN),
            "rate": side["rate_bp"] / 10_000,
            "loss": Money(round(side["expected_loss_yuan"] * FEN_PER_YUAN)),
        }
        for title, side in zip(titles, (tested["before"], tested["after"]), strict=True)
    ]


def _acted(request: HttpRequest, name: str, version: Version) -> HttpResponse:
    act, by, now, sent = request.POST.get("act", ""), who(request), days.now(), acting.request_of(request)
    here = f"{reverse('products_studio', args=[name])}?version="
    if act == "draft":
        doors.require(request, "draft_product")
        answer: object = services.draft(
            name, graph_text=_graph(request), why=request.POST.get("why", ""), by=by, request=sent, at=now
        )
        number = version.number if isinstance(answer, Refused) else getattr(answer, "number", version.number)
        return acting.told(request, answer, _("The draft is kept as a new version."), f"{here}{number}")
    if act == "test":
        doors.require(request, "draft_product")
        approval.backtest(name, version.number, months=60, on=days.today(), by=by, request=sent, at=now)
        return acting.told(request, None, _("The back-test is done."), f"{here}{version.number}#test")
    if act == "propose":
        doors.require(request, "propose_product")
        answer = services.propose(
            name,
            version.number,
            live_from=days.parse(request.POST.get("from", "")),
            share=_share_of(request),
            why=request.POST.get("why", ""),
            by=by,
            request=sent,
            at=now,
        )
        return acting.told(request, answer, _("Proposed; another person must agree."), f"{here}{version.number}")
    raise BadInput(_("the page knows no act '%(act)s'") % {"act": act[:40]}, then=_("use the buttons of its page"))


def _share_of(request: HttpRequest) -> Decimal:
    share = acting.rate_of(request.POST.get("share", "100"))
    if share is None:
        raise BadInput(_("the share of firms is no number"), then=_("write per cent, such as 100"))
    return share


def _graph(request: HttpRequest) -> str:
    """The graph as the editor has it, written as the catalogue writes it."""
    try:
        return json.dumps(json.loads(request.POST.get("graph", "")), ensure_ascii=False, indent=2)
    except ValueError:
        raise BadInput(_("the graph is no JSON"), then=_("open the studio again")) from None


def _plot(tested: Mapping[str, Any]) -> Plot:
    """Before and after, by outcome."""
    names = list(SIDES.values())
    sides = {
        AS_DECIDED: [float(tested["before"].get(side, 0) or 0) for side in SIDES],
        Label("Under this version", "本版本"): [float(tested["after"].get(side, 0) or 0) for side in SIDES],
    }
    axis = plots.Axis(Label("applications", "申请数"), Form.COUNT, 0)
    return plots.bars(
        Label("The same applications under both", "同一批申请的两种结果"),
        names,
        sides,
        axis,
        said=Label("Outcomes before and after.", "前后结果对比。"),
        height_px=240,
    )


def _versions(name: str) -> list[Version]:
    kept = selectors.versions(name)
    if not kept:
        raise BadInput(_("there is no product '%(name)s'") % {"name": name[:40]}, then=_("choose one of the list"))
    return kept


def _may(request: HttpRequest, act: str) -> bool:
    try:
        doors.require(request, act)
    except doors.Stopped:
        return False
    return True
