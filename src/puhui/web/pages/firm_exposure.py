"""The enterprise file's exposure: each cap as a bar and which one binds, who shares it, and what if more were lent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from puhui import days
from puhui.documents.blocks import Figure, Plot, Tag, Tone
from puhui.documents.wording import Form
from puhui.enterprises import selectors as enterprises
from puhui.exposure import elsewhere, explaining
from puhui.exposure.caps import SCOPES, Scope
from puhui.exposure.headroom import FORCES, CapStanding, Headroom
from puhui.exposure.ties import KINDS, Tie
from puhui.ids import EnterpriseId
from puhui.lending import browsing
from puhui.money import Money
from puhui.products.definition import PRODUCTS
from puhui.refusals import BadInput
from puhui.web import acting, doors, naming, pieces, tables
from puhui.web.pages.decisions import product_label
from puhui.web.pages.firm import Asked, asked, show
from puhui.words import Label

YUAN = Label("yuan", "元")
BINDS = Tag(Label("binds", "约束项"), Tone.WATCH)
ABOVE = Tag(Label("exceeded", "已超限"), Tone.BAD)
OF_FIRMS = frozenset({Scope.FIRM, Scope.GROUP, Scope.CIRCLE, Scope.GUARANTOR})  # scopes that a firm names
ACCOUNT_KINDS = {"loan": Label("loan", "贷款"), "line": Label("line", "授信额度")}
Account = elsewhere.Account
OTHERS = (
    tables.Column[Account]("lender", Label("Lender", "机构"), lambda a: a.lender),
    tables.Column[Account]("kind", Label("Kind", "类别"), lambda a: ACCOUNT_KINDS.get(a.kind, Label(a.kind, a.kind))),
    tables.Column[Account]("opened", Label("Since", "自"), lambda a: a.opened_on),
    tables.Column[Account]("limit", Label("Limit", "授信额度"), lambda a: a.limit, Form.MONEY, 0, unit=YUAN),
    tables.Column[Account]("balance", Label("Balance", "余额"), lambda a: a.balance, Form.MONEY, 0, unit=YUAN),
)
OTHER_TABLE = tables.Table(
    Label("Credit of other lenders", "他行授信"),
    OTHERS,
    name="others",
    search=False,
    nothing=Label("The bureau tells of no credit elsewhere", "征信未见他行授信"),
)


@require_safe
def exposure(request: HttpRequest, code: str) -> HttpResponse:
    """How much may still be lent to the firm, cap by cap, and why."""
    of = asked(request, code)
    doors.require(request, "see_exposure", firm=of.firm)
    return show(request, of, "desk/firm_exposure.html", lambda: _exposure(request, of))


@require_safe
def tried(request: HttpRequest, code: str) -> HttpResponse:
    """The caps were an amount lent, or were the firm to guarantee another; nothing is kept."""
    of = asked(request, code)
    doors.require(request, "see_exposure", firm=of.firm)
    lend, other = acting.amount_of(request.GET.get("lend", "")), request.GET.get("other", "").strip()
    given = acting.amount_of(request.GET.get("guarantee", ""))
    if lend is None and not (other and given):
        raise BadInput(_("an amount was not understood"), then=_("write yuan, such as 200000"))
    guarantee = (EnterpriseId(other), given) if other and given else None
    found = explaining.what_if(of.firm, product=_product(request, of), lend=lend, guarantee=guarantee, as_of=of.as_of)
    facts = {
        "lend": lend,
        "before": found.before,
        "after": found.after,
        "breaks": [each for each in found.after.exceeded if each not in found.before.exceeded],
        "gauges": caps_of(found.after, naming.names_of([of.firm], by=of.by)),
        "circle": found.circle,
        "guarantee": given if guarantee else None,
        "bearable": found.bearable,
    }
    return render(request, "desk/exposure_tried.html", facts)


def caps_of(headroom: Headroom, names: Mapping[EnterpriseId, str]) -> list[pieces.Gauge]:
    """Each cap as a bar, the one that binds first."""
    binds = headroom.binds
    ordered = sorted(headroom.caps, key=lambda cap: (cap is not binds, cap.free))
    return [gauge_of(cap, names, BINDS if cap is binds else None) for cap in ordered]


def gauge_of(cap: CapStanding, names: Mapping[EnterpriseId, str], tag: Tag | None = None) -> pieces.Gauge:
    """One cap as a bar: used without what waits, what waits, and a mark at what is committed in all."""
    who, force = SCOPES[cap.key.scope], FORCES[cap.force]
    whose = sharer(cap.key.scope, cap.key.subject, names)
    note = Label(f"{who.en} {whose.en}: {force.en}", f"{who.zh} {whose.zh}：{force.zh}")
    used = cap.used - cap.pending
    return pieces.Gauge(
        cap.label,
        used,
        cap.amount,
        reserved=cap.pending,
        promised=cap.committed,
        note=note,
        more=Label(cap.source, cap.source),
        tag=ABOVE if cap.exceeded else tag,
    )


def sharer(scope: Scope, subject: str, names: Mapping[EnterpriseId, str]) -> Label:
    """Who shares a cap, in words."""
    return product_label(subject) if scope is Scope.PRODUCT else naming.subject(subject, names)


def _exposure(request: HttpRequest, of: Asked) -> dict[str, Any]:
    product = _product(request, of)
    found = explaining.explain(of.firm, product=product, purpose=of.purpose, as_of=of.as_of, on=days.today(), by=of.by)
    there = found.elsewhere
    ends = {end for tie in found.ties for end in (tie.one, tie.other)}
    ends |= {member for members in found.members.values() for member in members}
    known = {EnterpriseId(end) for end in ends if enterprises.is_known(EnterpriseId(end))}
    subjects = {EnterpriseId(cap.key.subject) for cap in found.headroom.caps if cap.key.scope in OF_FIRMS}
    names = naming.names_of(known | subjects | {of.firm}, by=of.by)
    return {
        "key_figures": _figures(found),
        "gauges": caps_of(found.headroom, names),
        "product": product,
        "products": [(name, product_label(name)) for name in _products(of, product)],
        "around": [(SCOPES[one.scope], sharer(one.scope, one.subject, names), one) for one in found.around],
        "members": [
            (
                SCOPES[Scope(scope)],
                [(naming.subject(member, names), _at(member, known)) for member in members if member != of.firm],
            )
            for scope, members in found.members.items()
        ],
        "signs": found.signals,
        "web_of": web_of(of.firm, found.ties, known, names),
        "ties": [
            (KINDS.get(tie.kind, Label(tie.kind, tie.kind)), naming.subject(tie.one, names), _at(tie.one, known),
             naming.subject(tie.other, names), _at(tie.other, known))
            for tie in found.ties
        ],
        "others": tables.view(request, OTHER_TABLE, tables.Listed(there.accounts, OTHERS)),
        "not_read": list(there.refused.values()),
    }  # fmt: skip


def _figures(found: explaining.Explained) -> tuple[Figure, ...]:
    room, there = found.headroom, found.elsewhere
    own = next((one for one in found.around if one.scope is Scope.FIRM), None)
    drawn = own.gross if own else Money(0)
    ratio = there.debt_to_sales(drawn)
    return (
        Figure(
            Label("May still be drawn", "尚可支用"), room.free, Form.MONEY_SHORT, unit=YUAN,
            note=room.binds.label if room.binds else None,
        ),
        Figure(Label("May still be approved", "尚可授信"), room.uncommitted, Form.MONEY_SHORT, unit=YUAN),
        Figure(Label("Drawn here", "本行已支用"), drawn, Form.MONEY_SHORT, unit=YUAN),
        Figure(Label("Owed elsewhere", "他行负债"), there.debt, Form.MONEY_SHORT, unit=YUAN),
        Figure(Label("Lenders elsewhere", "他行家数"), len(there.lenders), Form.COUNT),
        Figure(Label("Debt to a year's sales", "负债／年销售额"), ratio, Form.PERCENT, 0),
    )  # fmt: skip


def web_of(
    firm: EnterpriseId, found: Iterable[Tie], known: set[EnterpriseId], names: Mapping[EnterpriseId, str]
) -> Plot:
    """Who is tied to whom around a firm; a firm in the drawing leads to its own exposure."""
    found = tuple(found)
    nodes = {
        end: {"name": end, "said": naming.subject(end, names), "symbolSize": 34 if end == firm else 20,
              "at": "" if end == firm else _at(end, known),
              "itemStyle": {"color": "@accent" if end == firm else "@series0" if end in known else "@series3"}}
        for tie in found
        for end in (tie.one, tie.other)
    }  # fmt: skip
    links = [
        {"source": tie.one, "target": tie.other, "label": {"formatter": KINDS.get(tie.kind, Label(tie.kind, tie.kind))}}
        for tie in found
    ]
    series = {
        "type": "graph", "layout": "force", "data": list(nodes.values()), "links": links, "roam": True,
        "edgeSymbol": ["none", "arrow"], "edgeSymbolSize": 7,
        "force": {"repulsion": 420, "edgeLength": [70, 150], "layoutAnimation": False},
        "label": {"show": True, "position": "bottom", "fontSize": 11, "formatter": {"$of": "said"}},
        "labelLayout": {"hideOverlap": True},
        "lineStyle": {"color": "@muted", "opacity": 0.6},
    }  # fmt: skip
    said = Label(f"{len(found)} ties of {firm}; the list below names them.", f"{firm}共有{len(found)}项关联，见下表。")
    return Plot(Label("Who is tied to whom", "关联图"), {"series": [series]}, said, height_px=320)


def _at(subject: str, known: set[EnterpriseId]) -> str:
    return reverse("firms_exposure", args=[subject]) if subject in known else ""


def _products(of: Asked, chosen: str) -> list[str]:
    lines, _total = browsing.lines(enterprise=of.firm)
    return list(dict.fromkeys([chosen, *(line.product for line in lines), *PRODUCTS]))


def _product(request: HttpRequest, of: Asked) -> str:
    """The product that the address names, else that of the firm's newest line, else the first of the catalogue."""
    named = request.GET.get("product", "")
    if named:
        return named
    lines, _total = browsing.lines(enterprise=of.firm, many=1)
    return lines[0].product if lines else next(iter(PRODUCTS))
