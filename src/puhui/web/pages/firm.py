"""The enterprise file: what is known of one firm, a part a page. Each part reads for a purpose, under a right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from puhui import days
from puhui.channels.catalogue import CHANNELS
from puhui.documents.blocks import Figure, Tag, Tone
from puhui.documents.wording import Form
from puhui.enterprises import dossier, selectors, wording
from puhui.enterprises.accuracy import checking
from puhui.enterprises.accuracy.detectors import DETECTORS
from puhui.enterprises.accuracy.rules import Verdict
from puhui.enterprises.accuracy.signs import told
from puhui.governance import selectors as governance
from puhui.governance.access import MAY
from puhui.governance.purposes import WORDS, Purpose
from puhui.ids import EnterpriseId
from puhui.lending import browsing
from puhui.money import Money
from puhui.refusals import Refused
from puhui.web import doors, lazily, pieces, reading, tables
from puhui.web.doors import who
from puhui.web.naming import name_of
from puhui.web.pages import firm_said
from puhui.words import Label

TABS = (
    ("firms_file", Label("Overview", "概况")),
    ("firms_facts", Label("Facts side by side", "事实对照")),
    ("firms_variables", Label("Variables", "变量")),
    ("firms_relations", Label("Relations", "关系")),
    ("firms_bonds", Label("Bonds", "股权与担保链")),
    ("firms_exposure", Label("Exposure", "敞口")),
    ("firms_security", Label("Security", "担保")),
    ("firms_credit", Label("Credit", "授信")),
    ("firms_data", Label("Data held", "数据来源")),
)
LOOKS = {"read": "读取", "look": "查看", "decide": "决策"}
TONES = {Verdict.AGREE: Tone.GOOD, Verdict.DIFFER: Tone.BAD, Verdict.CANNOT_TELL: Tone.PLAIN}
PARTS = {
    "agreement": Label("Sources agree", "来源相符"),
    "freshness": Label("Fresh", "及时"),
    "completeness": Label("Complete", "完整"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who reads which firm, for what and as of when."""

    firm: EnterpriseId
    purpose: Purpose
    as_of: date
    by: str


def asked(request: HttpRequest, code: str) -> Asked:
    """What a page of the file is about. 404 for a firm that nobody has heard of."""
    firm = selectors.firm_named(code) or EnterpriseId(code)
    if not selectors.is_known(firm):
        raise Http404(f"nothing is known of {code}")
    doors.require(request, "see_firm", firm=firm)
    return Asked(firm, reading.purpose_for(firm), reading.as_of(request), who(request))


def show(request: HttpRequest, of: Asked, part: str, work: Callable[[], Mapping[str, Any]]) -> HttpResponse:
    """A part of the file in its frame."""
    here = request.resolver_match.url_name if request.resolver_match else ""
    roles = doors.actor(request).roles
    tabs = [
        {"at": reverse(name, args=[of.firm]), "label": label, "here": name == here}
        for name, label in TABS
        if roles & MAY[doors.NEEDS[name]]
    ]
    facts = {
        "firm": of.firm,
        "name": name_of(of.firm, by=of.by),
        "as_of": of.as_of,
        "purpose": WORDS[of.purpose],
        "tabs": tabs,
    }
    return lazily.answer(request, "desk/firm.html", part, facts, work)


@require_safe
def overview(request: HttpRequest, code: str) -> HttpResponse:
    """Who it is, its lines, what happened."""
    of = asked(request, code)
    return show(request, of, "desk/firm_overview.html", lambda: _overview(of))


@require_safe
def facts(request: HttpRequest, code: str) -> HttpResponse:
    """What independent sources say of the same thing, with trust and signs of fraud."""
    of = asked(request, code)
    return show(request, of, "desk/firm_facts.html", lambda: _facts(request, of))


@require_safe
def data(request: HttpRequest, code: str) -> HttpResponse:
    """What each channel holds, and why records are the firm's."""
    of = asked(request, code)
    return show(request, of, "desk/firm_data.html", lambda: _data(request, of))


def _overview(of: Asked) -> dict[str, Any]:
    said = dossier.registered(of.firm, purpose=of.purpose, as_of=of.as_of, on=days.today(), by=of.by)
    lines, _ = browsing.lines(enterprise=of.firm)
    rights: dict[str, list[Purpose]] = defaultdict(list)
    for right in governance.rights_of(of.firm, on=days.today()):
        if right.stands and right.purpose not in rights[right.channel]:
            rights[right.channel].append(right.purpose)
    statements = () if isinstance(said, Refused) else said
    return {
        "key_figures": (
            Figure(
                Label("Limit", "授信额度"),
                _sum(line.limit for line in lines),
                Form.MONEY_SHORT,
                unit=Label("yuan", "元"),
            ),
            Figure(
                Label("Drawn", "已支用"), _sum(line.owed for line in lines), Form.MONEY_SHORT, unit=Label("yuan", "元")
            ),
            Figure(
                Label("Days past due", "逾期天数"), max((line.days_past_due for line in lines), default=0), Form.COUNT
            ),
            Figure(
                Label("Channels that may be read", "可读取渠道"),
                len(rights),
                Form.COUNT,
                unit=Label(f"of {len(CHANNELS)}", f"／{len(CHANNELS)}"),
            ),
            _trust(of),
        ),
        "statements": [_event(one) for one in reversed(statements[-12:])],
        "acts": _looks(of),
        "lines": lines,
        "rights": [
            {
                "label": CHANNELS[name].label,
                "purposes": Label(", ".join(WORDS[p].en for p in purposes), "、".join(WORDS[p].zh for p in purposes)),
            }
            for name, purposes in rights.items()
        ],
    }


def _trust(of: Asked) -> Figure:
    """The trust of the last time that the firm's facts were held against each other."""
    last = selectors.last_assessed(of.firm)
    note = Label(f"as of {last.as_of.isoformat()}", f"截至{last.as_of.isoformat()}") if last else None
    return Figure(
        Label("Trust", "可信度"), last.trust if last else None, Form.NUMBER, 0, unit=Label("of 100", "／100"), note=note
    )


def _looks(of: Asked) -> list[pieces.Event]:
    """Who read what of the firm, the newest first; what one reader read on one day is said once."""
    found: dict[tuple[date, str, str], pieces.Event] = {}
    for one in governance.reads_of(of.firm, 200):
        what = CHANNELS[one.subject].label if one.subject in CHANNELS else Label(one.subject, one.subject)
        said = Label(f"{one.act}: {what.en}", f"{LOOKS.get(one.act, one.act)}：{what.zh}")
        found.setdefault((one.at.date(), said.en, one.by), pieces.Event(one.at, said, by=one.by))
    return list(found.values())[:10]


def _event(one: dossier.Stated) -> pieces.Event:
    tone = Tone.WATCH if one.what == "abnormal" else Tone.GOOD if one.what in ("identity", "restored") else Tone.PLAIN
    what = wording.word(wording.STATED, one.what)
    more = Label(one.value, one.value) if one.value else None
    return pieces.Event(one.since, what, more, tone=tone)


Compared = checking.Compared
COMPARED = (
    tables.Column[Compared]("rule", Label("Compared", "比对项"), lambda c: c.label, wide=True),
    tables.Column[Compared]("left", Label("One source", "来源一"), lambda c: c.left),
    tables.Column[Compared]("left_amount", Label("says", "数值"), lambda c: _amount(c.left_amount, c.unit), Form.COUNT),
    tables.Column[Compared]("right", Label("Another source", "来源二"), lambda c: c.right),
    tables.Column[Compared](
        "right_amount", Label("says", "数值"), lambda c: _amount(c.right_amount, c.right_unit), Form.COUNT
    ),
    tables.Column[Compared]("ratio", Label("Ratio", "比值"), lambda c: c.ratio, Form.NUMBER, 2),
    tables.Column[Compared]("allowed", Label("Allowed", "允许范围"), lambda c: f"{c.low:g} – {c.high:g}", sorts=False),
    tables.Column[Compared]("verdict", Label("Verdict", "结论"), lambda c: Tag(c.words, TONES[c.verdict]), choice=True),
    tables.Column[Compared](
        "settles",
        Label("Would settle it", "核实依据"),
        lambda c: c.settles if c.verdict is Verdict.DIFFER else None,
        sorts=False,
        wide=True,
    ),
)
COMPARED_TABLE = tables.Table(
    Label("Facts side by side", "事实对照"),
    COMPARED,
    search=False,
    nothing=Label("Nothing can be compared on that day", "当日没有可比对的数据"),
)


def _facts(request: HttpRequest, of: Asked) -> dict[str, Any]:
    keys = selectors.lake_keys(of.firm)
    found = checking.check(of.firm, keys, purpose=of.purpose, as_of=of.as_of, on=days.today(), by=of.by)
    if isinstance(found, Refused):
        return {"refused": found}
    parts = [Figure(PARTS[name], share, Form.PERCENT, 0) for name, share in found.parts.items() if name in PARTS]
    return {
        "key_figures": (
            Figure(
                Label("Trust", "可信度"), found.trust, Form.NUMBER, 0, unit=Label("of 100", "／100"), note=found.says
            ),
            *parts,
        ),
        "signs": [
            {
                "label": DETECTORS[sign.kind].label,
                "looks_for": DETECTORS[sign.kind].looks_for,
                "settles": DETECTORS[sign.kind].settles,
                "evidence": told(sign.evidence),
            }
            for sign in found.signs
        ],
        "compared": tables.view(request, COMPARED_TABLE, tables.Listed(found.compared, COMPARED)),
        "not_read": [(CHANNELS[name].label, why) for name, why in found.not_read.items()],
        **firm_said.shown(request, found),
    }


HELD = (
    tables.Column[dossier.Held]("channel", Label("Channel", "渠道"), lambda h: CHANNELS[h.channel].label),
    tables.Column[dossier.Held]("rows", Label("Rows", "行数"), lambda h: h.rows, Form.COUNT),
    tables.Column[dossier.Held]("first", Label("From", "自"), lambda h: h.first_day),
    tables.Column[dossier.Held]("last", Label("To", "至"), lambda h: h.last_day),
    tables.Column[dossier.Held]("sources", Label("Sources", "来源"), lambda h: ", ".join(h.sources)),
    tables.Column[dossier.Held](
        "refused",
        Label("May be read", "可否读取"),
        lambda h: Tag(Label("no", "否"), Tone.BAD) if h.refused else Tag(Label("yes", "是"), Tone.GOOD),
    ),
)
HELD_TABLE = tables.Table(Label("What each channel holds", "各渠道所持数据"), HELD, search=False)
RECORDS = (
    tables.Column[selectors.Linkage]("source", Label("Source", "来源"), lambda r: r.source),
    tables.Column[selectors.Linkage]("record", Label("Record", "记录"), lambda r: r.record),
    tables.Column[selectors.Linkage](
        "how", Label("Linked by", "关联方式"), lambda r: wording.word(wording.LINKED_BY, r.how)
    ),
    tables.Column[selectors.Linkage]("chance", Label("Chance", "概率"), lambda r: r.probability, Form.PERCENT, 1),
    tables.Column[selectors.Linkage]("since", Label("Since", "自"), lambda r: r.since),
)
RECORDS_TABLE = tables.Table(
    Label("Records that are this firm's", "属于该企业的记录"),
    RECORDS,
    name="records",
    search=False,
    nothing=Label(
        "No record was linked: the channels name the firm by its code", "无需关联：各渠道均以统一社会信用代码标识该企业"
    ),
)


def _data(request: HttpRequest, of: Asked) -> dict[str, Any]:
    found = dossier.enterprise_file(of.firm, purpose=of.purpose, as_of=of.as_of, on=days.today(), by=of.by)
    if isinstance(found, Refused):
        return {"refused": found}
    history = [
        pieces.Event(
            one.on,
            _act(one),
            Label(one.reason, one.reason) if one.reason else None,
            by=one.by,
        )
        for one in found.history
    ]
    return {
        "held": tables.view(request, HELD_TABLE, tables.Listed(found.held, HELD)),
        "records": tables.view(request, RECORDS_TABLE, tables.Listed(found.records, RECORDS)),
        "history": history,
    }


def _act(one: selectors.Happening) -> Label:
    said = wording.word(wording.ACTS, one.kind)
    return Label(f"{said.en} {one.other}", f"{said.zh} {one.other}")


def _amount(amount: float, unit: str) -> float:
    return round(amount / 100) if unit == "fen" else amount


def _sum(amounts: Any) -> Money | None:  # noqa: ANN401  an iterator of Money
    total = sum((amount.fen for amount in amounts), 0)
    return Money(total) if total else None
