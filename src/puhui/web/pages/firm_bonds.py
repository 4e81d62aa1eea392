"""The enterprise file's bonds: who owns the firm and by which way, one person's firms, guarantees, how near trouble is.

A drawing cannot show them: they reach through firms that the firm's own data do not name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from puhui import days
from puhui.channels.catalogue import CHANNELS
from puhui.documents.blocks import Figure
from puhui.documents.wording import Form
from puhui.enterprises import neighbours, selectors
from puhui.enterprises.bonds import FARTHEST, Bonds
from puhui.enterprises.graph import Owner
from puhui.ids import EnterpriseId
from puhui.web import tables
from puhui.web.naming import PERSON, names_of, subject
from puhui.web.pages.firm import Asked, asked, show
from puhui.words import Label

Names = dict[EnterpriseId, str]


@require_safe
def bonds(request: HttpRequest, code: str) -> HttpResponse:
    """What binds a firm to others on the day, as far as each of them may be read."""
    of = asked(request, code)
    return show(request, of, "desk/firm_bonds.html", lambda: _bonds(request, of))


def _bonds(request: HttpRequest, of: Asked) -> dict[str, Any]:
    keys = {of.firm: selectors.lake_keys(of.firm)}
    found, refused = neighbours.bonds_of(
        keys, purpose=of.purpose, as_of=of.as_of, on=days.today(), by=of.by, owners=True
    )
    silent = [(CHANNELS[name].label, why) for name, why in refused.items()]
    its = found.get(of.firm)
    if its is None:
        return {"silent": silent, "untold": True}
    names = names_of([EnterpriseId(one) for one in _named(its) if not one.startswith(PERSON)], by=of.by)
    columns = _columns(names)
    owners = tables.Table(
        Label("Who owns it", "股权穿透"),
        columns,
        name="owners",
        search=False,
        order="share",
        down=True,
        nothing=Label("The registry names no shareholder", "登记信息中没有股东"),
    )
    return {
        "key_figures": _figures(its),
        "owners": tables.view(request, owners, tables.Listed(its.owners, columns)),
        "controller": _one(its.controller, names) if its.controller else None,
        "lists": [
            {"label": label, "firms": [_one(firm, names) for firm in firms if firm != of.firm]}
            for label, firms in (
                (Label("Its group", "所属集团"), its.group),
                (Label("Its people's other firms", "关联人名下其他企业"), its.owner_others),
                (Label("Its guarantee circle", "所在互保圈"), its.circle),
                (Label("It guarantees", "对外担保"), its.given),
                (Label("It is guaranteed by", "接受担保"), its.received),
            )
        ],
        "silent": silent,
    }


def _columns(names: Names) -> tuple[tables.Column[Owner], ...]:
    return (
        tables.Column[Owner]("owner", Label("Owner", "持股人"), lambda o: _cell(o.owner, names), sorts=False),
        tables.Column[Owner](
            "share", Label("Share, all ways added up", "合计持股比例"), lambda o: o.share, Form.PERCENT, 2
        ),
        tables.Column[Owner](
            "through", Label("By which way", "持股路径"), lambda o: _ways(o, names), sorts=False, wide=True
        ),
    )


def _cell(one: str, names: Names) -> tables.Shown:
    if one.startswith(PERSON):
        return subject(one, names)
    firm = EnterpriseId(one)
    return tables.Firm(firm, reverse("firms_bonds", args=[firm])) if selectors.is_known(firm) else one


def _ways(owner: Owner, names: Names) -> Label:
    """Each way from the owner down to the firm by the firms between; a way without any is a holding of its own."""
    said = [[subject(one, names) for one in path[1:-1]] for path in owner.paths]
    en = "; ".join("through " + " → ".join(one.en for one in way) if way else "directly" for way in said)
    zh = "；".join("经" + " → ".join(one.zh for one in way) if way else "直接持股" for way in said)
    return Label(en, zh)


def _figures(its: Bonds) -> tuple[Figure, ...]:
    """The numbers that the variables `bonds_…` have, in words."""
    trouble = Label(f"{its.group_in_trouble} in trouble", f"其中风险企业{its.group_in_trouble}家")
    near = its.distance if its.distance <= FARTHEST else None
    note = Label("it is itself in trouble", "该企业自身已出险") if near == 0 else None
    if near is None:
        note = Label(f"none within {FARTHEST} relations", f"{FARTHEST}层关系以内无")
    return (
        _firms(Label("In its group", "所属集团"), max(1, len(its.group)), trouble),
        _firms(Label("Its people's other firms", "关联人名下其他企业"), len(its.owner_others)),
        _firms(Label("In its guarantee circle", "所在互保圈"), len(its.circle)),
        _firms(Label("Its guarantees lead to", "担保链可及"), its.reach),
        Figure(
            Label("To the nearest firm in trouble", "距最近风险企业"), near, Form.COUNT,
            unit=Label("relation" if near == 1 else "relations", "层关系") if near else None, note=note,
        ),
    )  # fmt: skip


def _firms(label: Label, count: int, note: Label | None = None) -> Figure:
    return Figure(label, count, Form.COUNT, unit=Label("firm" if count == 1 else "firms", "家"), note=note)


def _named(its: Bonds) -> set[str]:
    """Everyone whom the page names."""
    ways: Iterable[str] = (one for owner in its.owners for path in owner.paths for one in path)
    told = {*its.group, *its.owner_others, *its.circle, *its.given, *its.received, *ways}
    return told | ({its.controller} if its.controller else set())


def _one(one: str, names: Names) -> dict[str, Any]:
    """Somebody on the page, with the way to its own file where there is one."""
    known = not one.startswith(PERSON) and selectors.is_known(EnterpriseId(one))
    return {"name": subject(one, names), "at": reverse("firms_bonds", args=[one]) if known else ""}
