"""What secures the lines: what falls due, things with what they may carry, guarantees, guarantors, what waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from puhui.documents.blocks import Figure, Tag, Tone
from puhui.documents.wording import Form
from puhui.governance.access import MAY, Act
from puhui.ids import EnterpriseId
from puhui.mitigation import kinds, selectors, services
from puhui.mitigation.acts import Act as Change
from puhui.mitigation.guarantees import Guarantor, Turn
from puhui.mitigation.kinds import Security
from puhui.mitigation.selectors import Due, Waiting
from puhui.mitigation.standing import Charged, Position, Promised, Stood
from puhui.mitigation.worth import Worth, worth
from puhui.money import Money
from puhui.refusals import BadInput
from puhui.web import acting, doors, reading, record_words, tables
from puhui.web.doors import who
from puhui.web.pages.firm import Asked, asked, show
from puhui.words import Label

YUAN = Label("yuan", "元")
NOTHING = Money(0)
HELD = {Security.MORTGAGE: Label("mortgage", "抵押"), Security.PLEDGE: Label("pledge", "质押")}
GIVERS = {
    Guarantor.PERSON: Label("person", "自然人"),
    Guarantor.FIRM: Label("firm", "企业"),
    Guarantor.COMPANY: Label("guarantee company", "担保公司"),
    Guarantor.FUND: Label("guarantee fund", "担保基金"),
}
TURNS = {Turn.FIRST_LOSS: Label("first loss", "先行代偿"), Turn.PRO_RATA: Label("pro rata", "按比例分担")}
CHANGES: Mapping[str, Label] = {
    "register": Label("Register a thing", "登记押品"),
    "value": Label("Value", "估值"),
    "perfect": Label("Perfect", "办妥登记或交付"),
    "insure": Label("Insure", "投保"),
    "senior": Label("Claims before ours", "在先权利"),
    "charge": Label("Secure a line", "为额度设押"),
    "release": Label("Release", "解除"),
    "standing": Label("State a guarantor's standing", "登记保证人资信"),
    "promise": Label("Guarantee", "提供保证"),
    "substitute": Label("Substitute", "置换"),
    "call_margin": Label("Call for a top-up", "发出补仓通知"),
    "fail": Label("Guarantor in default", "保证人违约"),
}


@dataclass(frozen=True, slots=True)
class Held:
    """A thing with what it may carry today."""

    charged: Charged
    carries: Worth

    @property
    def taken(self) -> Money:
        """What it is charged with in all."""
        return sum(self.charged.charges.values(), NOTHING)


@dataclass(frozen=True, slots=True)
class Bearing:
    """A guarantor with what it can still bear."""

    stood: Stood
    capacity: Money | None


def _due_of(due: Due) -> str | tables.Link:
    """A thing leads to its page; a guarantee has none of its own."""
    return due.subject if due.watch in (selectors.Watch.RENEW, selectors.Watch.REPLACE) else _thing(due.subject)


DUES = (
    tables.Column[Due]("by", Label("By", "期限"), lambda d: d.by),
    tables.Column[Due](
        "what", Label("To do", "事项"), lambda d: Tag(d.what, Tone.BAD if d.late else Tone.WATCH), choice=True
    ),
    tables.Column[Due]("subject", Label("Of what", "对象"), _due_of),
    tables.Column[Due]("lines", Label("Of line", "所保额度"), lambda d: ", ".join(d.lines)),
    tables.Column[Due]("short", Label("Short of", "缺口"), lambda d: d.short or None, Form.MONEY, 0, unit=YUAN),
    tables.Column[Due]("then", Label("Once the day has passed", "逾期后果"), lambda d: d.then, sorts=False, wide=True),
    tables.Column[Due]("noted", Label("Seen since", "首次提示"), lambda d: d.noted, shown=False),
)
THINGS = (
    tables.Column[Held]("subject", Label("Thing", "押品"), lambda h: _thing(h.charged.subject)),
    tables.Column[Held]("kind", Label("Kind", "类别"), lambda h: kinds.KINDS[h.charged.thing.kind].label, choice=True),
    tables.Column[Held](
        "held",
        Label("Held as", "担保方式"),
        lambda h: HELD[kinds.KINDS[h.charged.thing.kind].security],
        choice=True,
        shown=False,
    ),
    tables.Column[Held]("owner", Label("Owner", "所有人"), lambda h: h.charged.owner),
    tables.Column[Held](
        "value",
        Label("Valued at", "评估价值"),
        lambda h: h.charged.thing.valuation.value if h.charged.thing.valuation else None,
        Form.MONEY,
        0,
        unit=YUAN,
    ),
    tables.Column[Held](
        "valued",
        Label("Valued on", "估值日"),
        lambda h: h.charged.thing.valuation.on if h.charged.thing.valuation else None,
    ),
    tables.Column[Held](
        "carries", Label("May carry", "可担保"), lambda h: h.carries.lendable, Form.MONEY, 0, unit=YUAN
    ),
    tables.Column[Held]("taken", Label("Charged with", "已设押"), lambda h: h.taken, Form.MONEY, 0, unit=YUAN),
    tables.Column[Held](
        "insured", Label("Insured until", "保险到期"), lambda h: h.charged.thing.insured_until, shown=False
    ),
    tables.Column[Held](
        "because", Label("Why no more", "折减原因"), lambda h: _all(h.carries.because), sorts=False, wide=True
    ),
)
PROMISES = (
    tables.Column[Promised]("subject", Label("Guarantee", "保证"), lambda p: p.subject),
    tables.Column[Promised]("guarantor", Label("Guarantor", "保证人"), lambda p: p.guarantee.guarantor),
    tables.Column[Promised](
        "borrower",
        Label("Borrower", "借款人"),
        lambda p: tables.Link(p.borrower, reverse("firms_exposure", args=[p.borrower])),
    ),
    tables.Column[Promised]("facility", Label("Of line", "所保额度"), lambda p: p.facility),
    tables.Column[Promised]("cap", Label("At most", "最高额"), lambda p: p.guarantee.cap, Form.MONEY, 0, unit=YUAN),
    tables.Column[Promised]("share", Label("Share", "比例"), lambda p: p.guarantee.share, Form.PERCENT, 0),
    tables.Column[Promised]("turn", Label("Turn", "顺序"), lambda p: TURNS[p.guarantee.turn], choice=True),
    tables.Column[Promised](
        "stands",
        Label("State", "状态"),
        lambda p: Tag(Label("released", "已解除")) if p.released_on else Tag(Label("stands", "有效"), Tone.GOOD),
        choice=True,
    ),
)
BEARERS = (
    tables.Column[Bearing]("guarantor", Label("Guarantor", "保证人"), lambda b: b.stood.guarantor),
    tables.Column[Bearing]("kind", Label("Kind", "类别"), lambda b: GIVERS[b.stood.said.guarantor_kind], choice=True),
    tables.Column[Bearing](
        "worth", Label("Net worth", "净资产"), lambda b: b.stood.said.net_worth, Form.MONEY, 0, unit=YUAN
    ),
    tables.Column[Bearing](
        "elsewhere",
        Label("Guarantees elsewhere", "对外担保"),
        lambda b: b.stood.said.guaranteed_elsewhere,
        Form.MONEY,
        0,
        unit=YUAN,
    ),
    tables.Column[Bearing]("owes", Label("Owes", "负债"), lambda b: b.stood.said.owes, Form.MONEY, 0, unit=YUAN),
    tables.Column[Bearing]("stated", Label("Stated on", "登记日"), lambda b: b.stood.stated_on),
    tables.Column[Bearing](
        "capacity", Label("Can still bear", "尚可担保"), lambda b: b.capacity, Form.MONEY, 0, unit=YUAN
    ),
    tables.Column[Bearing](
        "state",
        Label("State", "状态"),
        lambda b: (
            Tag(Label("in default", "违约"), Tone.BAD) if b.stood.failed else Tag(Label("sound", "正常"), Tone.GOOD)
        ),
        choice=True,
    ),
)
ASKED = (
    tables.Column[Waiting](
        "proposal",
        Label("No.", "序号"),
        lambda w: tables.Link(w.proposal, reverse("security_proposal", args=[w.proposal])),
        Form.COUNT,
    ),
    tables.Column[Waiting]("act", Label("To do", "事项"), lambda w: _named(w.act), choice=True),
    tables.Column[Waiting]("subject", Label("Of what", "对象"), lambda w: w.subject),
    tables.Column[Waiting]("on", Label("Day", "日期"), lambda w: w.on),
    tables.Column[Waiting]("by", Label("Proposed by", "提出人"), lambda w: w.by),
)
DUE_TABLE = tables.Table(
    Label("Watch list", "到期与待办"),
    DUES,
    order="by",
    hint=Label("What must be done within 30 days, or should have been.", "30天内应办或已逾期事项。"),
    nothing=Label("Nothing falls due within 30 days", "30天内无到期事项"),
)
THING_TABLE = tables.Table(
    Label("Things", "押品"), THINGS, order="subject", nothing=Label("Nothing is mortgaged or pledged", "尚无抵质押物")
)
PROMISE_TABLE = tables.Table(
    Label("Guarantees", "保证"), PROMISES, order="subject", nothing=Label("Nobody guarantees anything", "尚无保证")
)
BEARER_TABLE = tables.Table(
    Label("Guarantors", "保证人"),
    BEARERS,
    order="guarantor",
    nothing=Label("No guarantor has stated its standing", "尚无保证人资信"),
)
ASKED_TABLE = tables.Table(
    Label("Waiting for a second person", "待复核"),
    ASKED,
    order="proposal",
    nothing=Label("Nothing waits", "没有待复核事项"),
)
Part = tuple[Label, tables.Table[Any], Callable[[Position, date], tables.Listed[Any]]]
PARTS: Mapping[str, Part] = {
    "due": (Label("Watch list", "到期与待办"), DUE_TABLE, lambda p, on: tables.Listed(_due(p, on), DUES)),
    "things": (Label("Things", "押品"), THING_TABLE, lambda p, on: tables.Listed(held(p, on), THINGS)),
    "guarantees": (
        Label("Guarantees", "保证"),
        PROMISE_TABLE,
        lambda p, _on: tables.Listed(list(p.promises.values()), PROMISES),
    ),
    "guarantors": (Label("Guarantors", "保证人"), BEARER_TABLE, lambda p, on: tables.Listed(bearers(p, on), BEARERS)),
    "waiting": (Label("Waiting", "待复核"), ASKED_TABLE, lambda _p, _on: tables.Listed(selectors.waiting(), ASKED)),
}


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """All security in figures, and one part of it as a table."""
    on = reading.business_day()
    stands = _within(selectors.position(on=on), reading.within(request))
    chosen = request.GET.get("part", "")
    chosen = chosen if chosen in PARTS else "due"
    _label, table, rows = PARTS[chosen]
    things = held(stands, on)
    facts = {
        "on": on,
        "key_figures": (
            Figure(Label("Things", "押品数"), len(things), Form.COUNT),
            Figure(
                Label("They may carry", "可担保额"),
                sum((h.carries.lendable for h in things), NOTHING),
                Form.MONEY_SHORT,
                unit=YUAN,
            ),
            Figure(
                Label("Charged with", "已设押"), sum((h.taken for h in things), NOTHING), Form.MONEY_SHORT, unit=YUAN
            ),
            Figure(
                Label("Guarantees that stand", "有效保证"),
                sum(p.stands(on) for p in stands.promises.values()),
                Form.COUNT,
            ),
            Figure(Label("Falls due within 30 days", "30天内到期"), len(_due(stands, on)), Form.COUNT),
            Figure(Label("Waiting for a second person", "待复核"), len(selectors.waiting()), Form.COUNT),
        ),
        "parts": [{"at": f"?part={name}", "label": PARTS[name][0], "here": name == chosen} for name in PARTS],
    }
    return tables.answer(request, "desk/security.html", facts, found=(table, rows(stands, on)))


@require_safe
def thing(request: HttpRequest, subject: str) -> HttpResponse:
    """One thing: what it is worth, what it carries for whom, and why no more."""
    on = reading.business_day()
    one = selectors.position(on=on, of=[subject]).things.get(subject)
    if one is None:
        raise BadInput(
            _("no thing is registered as '%(subject)s'") % {"subject": subject[:40]}, then=_("choose one of the list")
        )
    doors.require(request, "see_security", firm=one.owner)
    terms = kinds.rules(one.thing.kind, on=on)
    carries = worth(one.thing, terms, on=on)
    facts = {
        "thing": one,
        "kind": kinds.KINDS[one.thing.kind],
        "held": HELD[kinds.KINDS[one.thing.kind].security],
        "key_figures": (
            Figure(
                Label("Valued at", "评估价值"),
                one.thing.valuation.value if one.thing.valuation else None,
                Form.MONEY,
                0,
                unit=YUAN,
            ),
            Figure(Label("Loan to value", "抵质押率"), terms.loan_to_value, Form.PERCENT, 0),
            Figure(Label("Claims before ours", "在先权利"), one.thing.senior, Form.MONEY, 0, unit=YUAN),
            Figure(Label("May carry", "可担保"), carries.lendable, Form.MONEY, 0, unit=YUAN),
        ),
        "because": carries.because,
        "carried": [(line, share, one.charges[line]) for line, share in selectors.shares(one, carries).items()],
        "due": [due for due in selectors.due(on=on) if due.subject == subject],
    }
    return tables.answer(request, "desk/security_thing.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: HttpRequest, number: int) -> HttpResponse:
    """One proposal about security; a POST is the second person's yes or no."""
    found = next((one for one in selectors.waiting() if one.proposal == number), None)
    if found is None:
        raise BadInput(_("proposal %(number)s waits no longer") % {"number": number}, then=_("go back to the list"))
    if request.method == "POST":
        cap = getattr(found.act, "cap", None) if request.POST.get("verdict") == "agree" else None
        doors.require(request, "approve_security", amount=cap)
        why, sent = request.POST.get("why", "").strip(), acting.request_of(request)
        to = f"{reverse('security')}?part=waiting"
        if request.POST.get("verdict") == "agree":
            return acting.told(request, services.confirm(number, request=sent, by=who(request)), _("Agreed."), to)
        if not why:
            raise BadInput(_("a no needs a reason"), then=_("go back and write one"))
        return acting.told(request, services.reject(number, why, request=sent, by=who(request)), _("Turned down."), to)
    facts = {
        "proposal": found,
        "act": _named(found.act),
        "content": [(record_words.called(name), _written(value)) for name, value in _content(found.act)],
        "own": found.by == who(request),
        "may_judge": found.by != who(request) and bool(doors.actor(request).roles & MAY[Act.APPROVE_SECURITY]),
    }
    return tables.answer(request, "desk/security_proposal.html", facts)


@require_safe
def of_firm(request: HttpRequest, code: str) -> HttpResponse:
    """The enterprise file's security: what secures its lines, and for whom it stands itself."""
    of = asked(request, code)
    return show(request, of, "desk/firm_security.html", lambda: _of_firm(request, of))


def _of_firm(request: HttpRequest, of: Asked) -> dict[str, Any]:
    firm, on = str(of.firm), reading.business_day()
    subjects = selectors.subjects(owner=firm) | selectors.subjects(borrower=firm) | selectors.subjects(guarantor=firm)
    stands = selectors.position(on=on, of={firm, *subjects})
    return {
        "things": tables.view(request, THING_TABLE, tables.Listed(held(stands, on), THINGS)),
        "promises": tables.view(request, PROMISE_TABLE, tables.Listed(list(stands.promises.values()), PROMISES)),
        "bearers": tables.view(request, BEARER_TABLE, tables.Listed(bearers(stands, on), BEARERS)),
        "is_guarantor": bool(stands.guarantors),
    }


def held(stands: Position, on: date) -> list[Held]:
    """Every thing with what it may carry on a day."""
    return [Held(one, worth(one.thing, kinds.rules(one.thing.kind, on=on), on=on)) for one in stands.things.values()]


def _within(stands: Position, firms: frozenset[EnterpriseId] | None) -> Position:
    """What of a position is of some firms: their things, guarantees for them, and they as guarantors; None: all."""
    if firms is None:
        return stands
    return Position(
        {name: one for name, one in stands.things.items() if one.owner in firms},
        {name: one for name, one in stands.promises.items() if one.borrower in firms},
        {firm: one for firm, one in stands.guarantors.items() if firm in firms},
    )


def _due(stands: Position, on: date) -> list[selectors.Due]:
    return [each for each in selectors.due(on=on) if each.subject in stands.things or each.subject in stands.promises]


def bearers(stands: Position, on: date) -> list[Bearing]:
    """Every guarantor with what it can still bear on a day."""
    return [Bearing(one, selectors.capacity(one.guarantor, on=on, within=stands)) for one in stands.guarantors.values()]


def _thing(subject: str) -> tables.Link:
    return tables.Link(subject, reverse("security_thing", args=[subject]))


def _named(act: Change) -> Label:
    return CHANGES.get(act.name, Label(act.name, act.name))


def _content(act: Change) -> list[tuple[str, object]]:
    return [(name, getattr(act, name)) for name in act.content()]


def _written(value: object) -> str:
    return f"{value.yuan:,.2f}" if isinstance(value, Money) else str(value)


def _all(labels: tuple[Label, ...]) -> Label | None:
    return Label("; ".join(one.en for one in labels), "；".join(one.zh for one in labels)) if labels else None
