"""The first page: what waits for whoever has signed in, the book in today's figures, and the latest strategy run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from puhui import days
from puhui.approval import selectors as approval
from puhui.channels import health
from puhui.channels import selectors as channels
from puhui.channels.catalogue import CHANNELS
from puhui.documents import plots
from puhui.documents.blocks import Figure, Plot
from puhui.documents.wording import Form, written
from puhui.enterprises import selectors as enterprises
from puhui.enterprises.wording import DOUBTS, word
from puhui.governance import selectors as governance
from puhui.governance.access import MAY, Act, Actor
from puhui.governance.proposals import MATTERS, Matter
from puhui.ids import EnterpriseId
from puhui.lending import browsing, kept
from puhui.lending import selectors as lending
from puhui.mitigation import selectors as mitigation
from puhui.money import Money
from puhui.web import doors, judging, naming, reading, strategy, subjects
from puhui.web.pages.decisions import product_label
from puhui.web.pages.security import CHANGES
from puhui.words import Label

YUAN = Label("yuan", "元")
SHOWN, COUNTED = 6, 200  # items of one kind that are listed, and how far they are counted


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits: what it is, where it is done, how much or of whom, since when."""

    what: Label
    at: str
    note: Label | None = None
    since: date | datetime | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """Everything of one kind that waits."""

    label: Label
    at: str
    icon: str
    count: int
    items: tuple[Item, ...]
    nothing: Label


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """My work, and how the book stands."""
    asker = doors.actor(request)
    roles = asker.roles
    closes = browsing.closes()
    closed = closes[-1].on if closes else None
    facts = {
        "works": list(_works(asker)),
        "key_figures": _figures(closed) if roles & MAY[Act.SEE_EXPOSURE] else (),
        "closed": closed,
        "nights": _nights(closes) if len(closes) > 1 and roles & MAY[Act.SEE_EXPOSURE] else None,
        "run": strategy.latest(request),
        "runs": bool(roles & MAY[Act.RUN_STRATEGY]),
    }
    return render(request, "desk/home.html", facts)


def _works(asker: Actor) -> Iterator[Work]:
    """What a role can do something about; what it may only look at stands in the menu."""
    roles, name = asker.roles, asker.name
    if roles & (MAY[Act.DECIDE_REFERRED] | MAY[Act.PROPOSE_OVERRIDE]):
        yield _cases(asker)
    if judged := [kind for kind, of in MATTERS.items() if roles & MAY[of.judges] and kind is not Matter.SECURITY]:
        waiting = governance.proposals(count=COUNTED)
        found = [
            one
            for one in waiting
            if one.kind in judged
            and one.by != name
            and (not asker.branch or subjects.reaches(asker, MATTERS[one.kind].judges, judging.firm_of(one)))
        ]
        yield _work(
            Label("To agree to", "待我复核"),
            reverse("proposals"),
            "proposal",
            [
                Item(
                    _joined(MATTERS[one.kind].label, one.subject),
                    reverse("proposals_one", args=[one.number]),
                    Label(one.by, one.by),
                    one.at,
                )
                for one in found
            ],
            Label("No proposal waits for you", "没有待您复核的事项"),
        )
    if roles & MAY[Act.APPROVE_SECURITY]:
        yield _work(
            Label("Security to confirm", "待复核担保"),
            f"{reverse('security')}?part=waiting",
            "security",
            [
                Item(
                    _joined(CHANGES.get(one.act.name, Label(one.act.name, one.act.name)), one.subject),
                    reverse("security_proposal", args=[one.proposal]),
                    Label(one.by, one.by),
                    one.on,
                )
                for one in mitigation.waiting()
                if one.by != name
            ],
            Label("No security waits for you", "没有待您复核的担保"),
        )
    if roles & MAY[Act.MEND]:
        yield _quarantine()
    if roles & MAY[Act.RULE_ON_FIRMS]:
        yield _doubts()
    if roles & MAY[Act.RECOVER]:
        yield _payments()


def _cases(asker: Actor) -> Work:
    cases = approval.queue_of(asker, on=days.today())
    names = naming.names_of([EnterpriseId(case.firm) for case in cases[:SHOWN]], by=asker.name)
    return _work(
        Label("Referrals", "待审件"),
        reverse("queue"),
        "queue",
        [
            Item(
                naming.subject(case.firm, names),
                reverse("queue_one", args=[case.number]),
                _beside(product_label(case.product), _short(Money(case.amount_fen))),
                case.on,
            )
            for case in cases
        ],
        Label("No referral waits", "没有待审件"),
    )


def _quarantine() -> Work:
    left = channels.unmended()
    items = [
        Item(CHANNELS[channel].label, reverse("deliveries_quarantine", args=[name]), Label(f"{rows} rows", f"{rows}行"))
        for name, channel, rows in left
    ]
    label, nothing = Label("Rows to mend", "待修复行"), Label("No row is in quarantine", "隔离区为空")
    at = reverse("deliveries")
    return Work(label, at, "quarantine", sum(rows for _name, _channel, rows in left), tuple(items[:SHOWN]), nothing)


def _doubts() -> Work:
    return _work(
        Label("Doubtful identities", "存疑身份"),
        reverse("doubts"),
        "link",
        [
            Item(
                word(DOUBTS, case.kind),
                reverse("doubts_one", args=[case.id]),
                Label(case.enterprise, case.enterprise),
            )
            for case in enterprises.doubts(limit=COUNTED)
        ],
        Label("Nothing is doubtful", "没有存疑身份"),
    )


def _payments() -> Work:
    return _work(
        Label("Payments without a line", "待认领款项"),
        reverse("payments"),
        "pay",
        [
            Item(Label(one.reference or "–", one.reference or "–"), reverse("payments"), _short(Money(one.fen)), one.on)
            for one in lending.incoming_waiting()
        ],
        Label("Every payment has found its line", "款项均已匹配"),
    )


def _work(label: Label, at: str, icon: str, items: Sequence[Item], nothing: Label) -> Work:
    return Work(label, at, icon, len(items), tuple(items[:SHOWN]), nothing)


def _figures(closed: date | None) -> tuple[Figure, ...]:
    book, on = kept.book_at(closed) if closed else browsing.book(), reading.business_day()
    fresh = [one for one in health.health(on) if one.freshness is health.Freshness.FRESH]
    return (
        Figure(Label("Lines", "额度数"), book.facilities, Form.COUNT, note=_firms(book.firms)),
        Figure(Label("Limits", "授信总额"), book.limits, Form.MONEY_SHORT, unit=YUAN),
        Figure(Label("Principal owed", "贷款余额"), book.owed, Form.MONEY_SHORT, unit=YUAN),
        Figure(Label("Past due", "逾期率"), _share(book.late, book.owed), Form.PERCENT),
        Figure(Label("Non-performing", "不良率"), _share(book.doubtful, book.owed), Form.PERCENT),
        Figure(
            Label("Channels in time", "及时渠道"),
            len(fresh),
            Form.COUNT,
            unit=Label(f"of {len(CHANNELS)}", f"／{len(CHANNELS)}"),
        ),
    )


def _nights(closes: Sequence[browsing.Closed]) -> Plot:
    """What each night earned."""
    return plots.over_time(
        Label("Interest earned a night", "每日计息"),
        [one.on.isoformat() for one in closes],
        {Label("interest", "利息"): [one.earned.fen / 100 for one in closes]},
        plots.Axis(YUAN, Form.NUMBER, 0),
        said=Label("Interest of each closed day.", "各关账日利息。"),
        height_px=240,
    )


def _joined(label: Label, subject: str) -> Label:
    return Label(f"{label.en}: {subject}", f"{label.zh}：{subject}")


def _beside(one: Label, other: Label) -> Label:
    return Label(f"{one.en} · {other.en}", f"{one.zh} · {other.zh}")


def _firms(number: int) -> Label:
    return Label(f"of {number:,} firms", f"{number:,}家企业")


def _short(amount: Money) -> Label:
    said = written(amount, Form.MONEY_SHORT)
    return Label(f"{said.en} yuan", f"{said.zh}元")


def _share(part: Money, whole: Money) -> float | None:
    return part.fen / whole.fen if whole else None
