"""Applications with their whole evidence: score, rules on the graph, limit and price, what if, replay."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from time import monotonic
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from puhui import days
from puhui.approval import browsing, selectors, services
from puhui.approval.deciding import Decided
from puhui.approval.evidence import Answer
from puhui.approval.people import Case
from puhui.approval.states import WORDS, Status
from puhui.approval.whatif import what_if
from puhui.channels.catalogue import CHANNELS
from puhui.documents.blocks import Figure, Tag, Tone
from puhui.documents.wording import Form
from puhui.exposure.caps import Force
from puhui.exposure.headroom import FORCES
from puhui.governance.access import SKILL_WORDS
from puhui.ids import EnterpriseId
from puhui.money import Money
from puhui.products import selectors as products
from puhui.products.definition import PRODUCTS
from puhui.refusals import BadInput
from puhui.variables.registry import VARIABLES
from puhui.web import acting, doors, graphs, pieces, reading, tables
from puhui.web.doors import who
from puhui.web.naming import name_of
from puhui.words import Label

YUAN = 100
SLIDERS = 6
DECIDES = Label("decides", "取此值")
OUTCOMES: Mapping[str, tuple[Label, Tone]] = {
    "approved": (Label("approved", "批准"), Tone.GOOD),
    "referred": (Label("to a person", "转人工"), Tone.WATCH),
    "declined": (Label("declined", "拒绝"), Tone.BAD),
}
Row = browsing.Row
ROW = (
    tables.Column[Row](
        "number",
        Label("Application", "申请"),
        lambda a: tables.Link(a.number, reverse("applications_one", args=[a.number])),
    ),
    tables.Column[Row](
        "firm", Label("Firm", "企业"), lambda a: tables.Firm(a.firm, reverse("firms_credit", args=[a.firm]))
    ),
    tables.Column[Row]("product", Label("Product", "产品"), lambda a: product_label(a.product), choice=True),
    tables.Column[Row](
        "asked", Label("Asked for", "申请金额"), lambda a: a.asked, Form.MONEY, 0, unit=Label("yuan", "元"), sorts=False
    ),
    tables.Column[Row]("on", Label("Day", "日期"), lambda a: a.on),
    tables.Column[Row]("status", Label("Status", "状态"), lambda a: WORDS[a.status], choice=True, sorts=False),
)
TABLE = tables.Table(
    Label("Applications", "申请"),
    ROW,
    order="on",
    down=True,
    hint=Label("Search by the beginning of a number or of a firm's code.", "可按申请编号或企业代码开头搜索。"),
    nothing=Label("Nobody has applied yet", "尚无申请"),
)
LENDING = {"any_time": Label("any-time line", "随借随还额度")}


def product_label(name: str) -> Label:
    """A product's name in words, as its newest version had it within the last minute; its key where it is none."""
    if name not in PRODUCTS:
        return LENDING.get(name, Label(name, name))
    return _label(name, int(monotonic() // 60), str(connection.settings_dict["NAME"]))


@lru_cache(maxsize=64)
def _label(name: str, _minute: int, _database: str) -> Label:
    return products.definition_of(name).label


class _Applications:
    """Applications a page at a time; whoever belongs to a branch sees those of its firms."""

    def __init__(self, request: HttpRequest) -> None:
        self._firms = reading.within(request)

    def page(self, asked: tables.Asked) -> tuple[Sequence[Row], int]:
        product = next((name for name in PRODUCTS if product_label(name).en == asked.choices.get("product")), "")
        status = next((each for each in Status if WORDS[each].en == asked.choices.get("status")), "")
        return browsing.applications(
            words=asked.words, product=product, status=str(status), firms=self._firms, order=asked.order,
            down=asked.down, first=asked.first, many=asked.many,
        )  # fmt: skip

    def values(self, column: str) -> Sequence[tuple[str, Label]]:
        labels = [product_label(name) for name in PRODUCTS] if column == "product" else WORDS.values()
        return [(label.en, label) for label in labels]


@require_safe
def applications(request: HttpRequest) -> HttpResponse:
    """Every application, the newest first."""
    return tables.answer(request, "desk/applications.html", {}, applications=(TABLE, _Applications(request)))


@require_http_methods(["GET", "HEAD", "POST"])
def application(request: HttpRequest, number: str) -> HttpResponse:
    """One application with the evidence of its decision; a POST replays it."""
    found = selectors.application(number)
    firm = EnterpriseId(found.firm)
    doors.require(request, "see_application", firm=firm)
    made = selectors.decisions(application=number)
    facts: dict[str, Any] = {
        "application": found,
        "status": WORDS[found.status],
        "firm": firm,
        "name": name_of(firm, by=who(request)),
        "product": product_label(found.product),
        "events": [pieces.Event(step.on, WORDS[step.status], by=step.by) for step in selectors.steps(number)],
    }
    waits = next((case for case in selectors.queue() if case.application == number), None)
    if waits is not None:
        facts["case_at"] = reverse("queue_one", args=[waits.number])
    if made:
        facts |= _evidence(made[-1])
    if made and request.method == "POST":
        doors.require(request, "replay", firm=firm)
        facts["replayed"] = services.replay(made[-1].number)
    return render(request, "desk/application.html", facts)


@require_safe
def tried(request: HttpRequest, number: int) -> HttpResponse:
    """What a decision would be with other values; nothing is kept."""
    decision = selectors.decision(number)
    doors.require(request, "see_evidence", firm=EnterpriseId(decision.firm))
    changes: dict[str, float] = {}
    for name in request.GET:
        if name in VARIABLES:
            try:
                changes[name] = float(request.GET[name])
            except ValueError:
                raise BadInput(
                    _("'%(text)s' is no number") % {"text": request.GET[name][:20]}, then=_("move the slider")
                ) from None
    amount = acting.amount_of(request.GET.get("asked", ""))
    found = what_if(number, changes, asked_fen=amount.fen if amount else None)
    titles = (Label("As decided", "原决策"), Label("As tried", "假设结果"))
    sides = [side_of(title, answer) for title, answer in zip(titles, (found.before, found.after), strict=True)]
    return render(request, "desk/whatif.html", {"sides": sides})


def side_of(title: Label, answer: Answer) -> dict[str, Any]:
    """One side of a comparison of two answers."""
    return {
        "title": title,
        "outcome": Tag(*OUTCOMES[answer.outcome]),
        "grade": answer.grade or "–",
        "limit": Money(answer.limit_fen) if answer.limit_fen else None,
        "rate": Decimal(answer.rate_bp) / 10_000 if answer.rate_bp else None,
        "pd": answer.pd,
        "rules": answer.rules,
    }


def _evidence(decision: Decided) -> dict[str, Any]:
    said = selectors.evidence(decision.number)
    answer, inputs = said["answer"], said["inputs"]
    version = products.version(decision.product, decision.version, on=decision.as_of)
    return {
        "decision": decision,
        "outcome": Tag(*OUTCOMES[decision.outcome]),
        "key_figures": (
            Figure(Label("Grade", "等级"), decision.grade or None),
            Figure(Label("Probability of default", "违约概率"), decision.pd, Form.PERCENT, 2),
            Figure(
                Label("Limit", "授信额度"),
                Money(decision.limit_fen) if decision.limit_fen else None,
                Form.MONEY,
                0,
                unit=Label("yuan", "元"),
            ),
            Figure(
                Label("Annual rate", "年利率"),
                Decimal(decision.rate_bp) / 10_000 if decision.rate_bp else None,
                Form.PERCENT,
            ),
            Figure(Label("Took", "用时"), decision.took_ms, Form.NUMBER, 0, unit=Label("ms", "毫秒")),
        ),
        "reasons": [Label(one["en"], one["zh"]) for one in decision.reasons],
        "score": _score(answer),
        "limit_build": _limit(answer),
        "price": _price(answer),
        "rules": [
            {
                "table": graphs.called(hit["table"]),
                "rule": hit["rule"],
                "label": Label(hit["en"], hit["zh"]),
                "decides": hit["rule"] in answer["decided_by"],
            }
            for hit in answer["rules"]
        ],
        "graph": graphs.drawing(
            json.loads(version.graph_text), path=tuple(answer["path"]), hits=_hits(answer["rules"])
        ),
        "would_change": [
            {"do": [Label(step["en"], step["zh"]) for step in one["do"]], "limit": Money(one["limit_fen"])}
            for one in decision.would_change
        ],
        "caps": [_cap(cap) for cap in inputs["caps"]],
        "channels": [
            (CHANNELS[name].label if name in CHANNELS else Label(name, name), _heard(state))
            for name, state in inputs["channels"].items()
        ],
        "sliders": _sliders(answer, inputs),
        "asked": inputs["asked_fen"] // YUAN if inputs["asked_fen"] else "",
        "hashes": said["artefacts"],
    }


def _heard(state: Mapping[str, Any]) -> Tag:
    """Whether a channel spoke of the firm, or why not."""
    if state.get("refused"):
        return Tag(Label("may not be read", "无权读取"), Tone.BAD)
    if state.get("speaks"):
        return Tag(Label("speaks", "有数据"), Tone.GOOD)
    needed = bool(state.get("needed"))
    return Tag(
        Label("silent, though needed", "必需但无数据") if needed else Label("silent", "无数据"),
        Tone.WATCH if needed else Tone.PLAIN,
    )


def _score(answer: Mapping[str, Any]) -> pieces.Waterfall | None:
    """How the champion's score adds up: the strongest points each, the others together."""
    champion = answer["scores"].get("champion")
    if not champion:
        return None
    points = sorted(champion["points"], key=lambda pair: -abs(pair[1]))
    shown, rest = points[:10], points[10:]
    base = champion["score"] - sum(value for _name, value in points)
    steps = [pieces.Step(Label("Where everybody begins", "起始分"), base, whole=True)]
    steps += [pieces.Step(_variable(name), value) for name, value in shown]
    if rest:
        steps.append(
            pieces.Step(Label(f"{len(rest)} others", f"其他{len(rest)}项"), sum(value for _name, value in rest))
        )
    steps.append(pieces.Step(Label("Score", "评分"), champion["score"], whole=True))
    return pieces.Waterfall(Label("How the score came about", "评分如何形成"), tuple(steps), Form.NUMBER, 1)


def _hits(rules: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The rules that spoke, by the node in which they did."""
    found: dict[str, list[str]] = {}
    for hit in rules:
        found.setdefault(hit["table"], []).append(hit["rule"])
    return found


def _cap(cap: Mapping[str, Any]) -> pieces.Gauge:
    """A cap as it stood when it was decided: what was committed under it."""
    amount, left = Money(cap["amount_fen"]), Money(cap["uncommitted_fen"])
    force = FORCES[Force(cap["force"])]
    source = Label(cap["source"], cap["source"])
    return pieces.Gauge(Label(cap["en"], cap["zh"]), amount - left, amount, note=force, more=source)


def _limit(answer: Mapping[str, Any]) -> pieces.Waterfall | None:
    """Everything that bounds the limit, from zero each; the smallest decides."""
    steps = tuple(
        pieces.Step(
            Label(p["en"], p["zh"]), p["yuan"], of=DECIDES if p["binding"] else None, whole=True, quiet=not p["binding"]
        )
        for p in answer["limit_parts"]
    )
    title = Label("How the limit came about, yuan", "额度如何形成（元）")
    return pieces.Waterfall(title, steps, Form.MONEY, 0) if steps else None


def _price(answer: Mapping[str, Any]) -> pieces.Waterfall | None:
    steps = [pieces.Step(Label(part["en"], part["zh"]), part["bp"] / 100) for part in answer["build_up"]]
    if not steps:
        return None
    total = pieces.Step(
        Label("Annual rate", "年利率"), answer["rate_bp"] / 100 or sum(step.size for step in steps), whole=True
    )
    return pieces.Waterfall(
        Label("How the rate is put together, per cent a year", "利率构成（年利率，%）"),
        (*steps, total),
        Form.NUMBER,
        2,
        up_is_good=False,
    )


def _sliders(answer: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The variables that weigh most, each with a range around its value."""
    champion = answer["scores"].get("champion")
    weighed = [name for name, _ in sorted(champion["points"], key=lambda pair: -abs(pair[1]))] if champion else []
    names = dict.fromkeys([*weighed, *inputs["variables"]])
    found = []
    for name in names:
        value = inputs["variables"].get(name)
        if value is None or name not in VARIABLES:
            continue
        reach = max(abs(value), 1.0)
        found.append(
            {
                "name": name,
                "label": VARIABLES[name].label,
                "unit": VARIABLES[name].unit,
                "value": round(value, 4),
                "low": round(value - reach, 4),
                "high": round(value + reach, 4),
                "step": round(reach / 50, 6),
                "digits": 0 if value == round(value) else 2,
            }
        )
        if len(found) == SLIDERS:
            break
    return found


def _variable(name: str) -> Label:
    return VARIABLES[name].label if name in VARIABLES else Label(name, name)


KINDS: Mapping[str, Label] = {
    "referred": Label("the rules referred it", "规则转人工"),
    "asked": Label("the firm asked for a person", "企业要求人工"),
}
CASES = (
    tables.Column[Case](
        "number",
        Label("Case", "编号"),
        lambda c: tables.Link(c.number, reverse("queue_one", args=[c.number])),
        Form.COUNT,
    ),
    tables.Column[Case](
        "firm",
        Label("Firm", "企业"),
        lambda c: tables.Firm(EnterpriseId(c.firm), reverse("firms_file", args=[c.firm])),
    ),
    tables.Column[Case]("product", Label("Product", "产品"), lambda c: product_label(c.product), choice=True),
    tables.Column[Case]("kind", Label("Why here", "来由"), lambda c: KINDS[str(c.kind)], choice=True),
    tables.Column[Case]("skill", Label("Needs", "所需专长"), lambda c: SKILL_WORDS[c.skill], choice=True),
    tables.Column[Case]("amount", Label("Amount", "金额"), lambda c: Money(c.amount_fen), Form.MONEY, 0),
    tables.Column[Case]("on", Label("Since", "自"), lambda c: c.on),
)
QUEUE = tables.Table(
    Label("Waiting for a person", "待人工审核"), CASES, order="on", nothing=Label("No referral waits", "没有待审件")
)


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The cases that wait for a person, the oldest first: to who decides them, those of its own skills."""
    mine = selectors.queue_of(doors.actor(request), on=days.today())
    return tables.answer(request, "desk/queue.html", {}, queue=(QUEUE, tables.Listed(mine, CASES)))


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, number: int) -> HttpResponse:
    """One case with its evidence; a POST decides it, or proposes what needs a second person."""
    found = next((one for one in selectors.queue() if one.number == number), None)
    if found is None:
        raise BadInput(_("case %(number)s waits no longer") % {"number": number}, then=_("go back to the queue"))
    firm = EnterpriseId(found.firm)
    if request.method == "POST":
        return _ruled(request, found, firm)
    decision = selectors.decision(found.decision)
    facts = {
        "case": found,
        "kind": KINDS[str(found.kind)],
        "skill": SKILL_WORDS[found.skill],
        "firm": firm,
        "name": name_of(firm, by=who(request)),
        "amount": Money(found.amount_fen),
        "rate": Decimal(decision.rate_bp or _built(decision)) / 100 or None,
        **_evidence(decision),
    }
    return render(request, "desk/case.html", facts)


def _built(decision: Decided) -> int:
    """The rate in basis points to which the price was built up, where no rate was decided."""
    return sum(part["bp"] for part in selectors.evidence(decision.number)["answer"]["build_up"])


def _ruled(request: HttpRequest, found: Case, firm: EnterpriseId) -> HttpResponse:
    given, by, now = request.POST, who(request), days.now()
    limit, rate = acting.amount_of(given.get("limit", "")), acting.rate_of(given.get("rate", ""))
    approves, sent = given.get("ruling") != "decline", acting.request_of(request)
    if approves and (limit is None or rate is None):
        raise BadInput(_("a yes needs a limit and a rate"), then=_("go back and write both, such as 200000 and 6.15"))
    basis_points = int(rate * 10_000) if rate is not None else 0
    doors.require(request, "decide_referred", firm=firm, skill=found.skill, amount=limit if approves else None)
    if given.get("ruling") == "propose" and limit is not None:
        doors.require(request, "propose_override", firm=firm)
        proposed = services.propose_override(
            found.number, limit=limit, rate_bp=basis_points, why=given.get("why", ""), by=by, request=sent, at=now
        )
        return acting.told(request, proposed, _("Proposed; another person must agree."), reverse("queue"))
    answer = services.rule(
        found.number,
        approves=approves,
        limit=limit,
        rate_bp=basis_points,
        why=given.get("why", ""),
        by=by,
        request=sent,
        on=reading.business_day(),
        at=now,
    )
    return acting.told(request, answer, _("The case is decided."), reverse("queue"))
