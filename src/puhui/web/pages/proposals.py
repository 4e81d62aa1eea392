"""What waits for a second person: each proposal with how it is, how it should be, and why."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from puhui import days
from puhui.approval import services as approval
from puhui.documents.blocks import Tag, Tone
from puhui.documents.wording import Form
from puhui.governance import selectors
from puhui.governance.access import Act
from puhui.governance.proposals import MATTERS, Matter, Proposal
from puhui.ids import RequestId
from puhui.money import Money
from puhui.products import services as products
from puhui.refusals import Refused
from puhui.web import acting, doors, judging, reading, subjects, tables
from puhui.web.doors import who
from puhui.words import Label

COLUMNS = (
    tables.Column[Proposal](
        "number",
        Label("No.", "序号"),
        lambda p: tables.Link(p.number, reverse("proposals_one", args=[p.number])),
        Form.COUNT,
    ),
    tables.Column[Proposal]("kind", Label("Matter", "事项"), lambda p: MATTERS[p.kind].label, choice=True),
    tables.Column[Proposal]("subject", Label("Of what", "对象"), lambda p: p.subject),
    tables.Column[Proposal]("why", Label("Why", "理由"), lambda p: p.why, wide=True),
    tables.Column[Proposal]("by", Label("Proposed by", "提出人"), lambda p: p.by, choice=True),
    tables.Column[Proposal]("at", Label("When", "时间"), lambda p: p.at),
    tables.Column[Proposal]("state", Label("State", "状态"), lambda p: state_of(p), choice=True),
)
TABLE = tables.Table(
    Label("Proposals", "复核事项"),
    COLUMNS,
    order="number",
    down=True,
    nothing=Label("Nobody has proposed anything yet", "尚无待复核事项"),
)


def state_of(proposal: Proposal) -> Tag:
    """How a proposal stands, in a word."""
    if proposal.verdict is None:
        return Tag(Label("waits", "待复核"), Tone.WATCH)
    return (
        Tag(Label("agreed", "已同意"), Tone.GOOD) if proposal.agreed else Tag(Label("turned down", "已否决"), Tone.BAD)
    )


@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    """Every proposal, the newest first."""
    asker = doors.actor(request)
    found = [
        each
        for each in selectors.proposals(waiting=False)
        if not asker.branch or subjects.reaches(asker, Act.SEE_PROPOSALS, judging.firm_of(each))
    ]
    return tables.answer(request, "desk/proposals.html", {}, proposals=(TABLE, tables.Listed(found, COLUMNS)))


@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: HttpRequest, number: int) -> HttpResponse:
    """One proposal before and after; a POST is the second person's yes or no."""
    found = selectors.proposal(number)
    matter = MATTERS[found.kind]
    if found.kind is Matter.SECURITY and found.verdict is None:  # judged where its room carries it out
        return redirect(reverse("security_proposal", args=[number]))
    actor = doors.actor(request)
    agrees = request.POST.get("verdict") == "agree"
    refused = judging.objection(found, actor, agrees=agrees or request.method != "POST")
    if request.method == "POST":
        if refused is not None:
            return doors.refusal(request, refused)
        answer: object = judging.judge(
            found,
            agrees=agrees,
            why=request.POST.get("why", ""),
            by=who(request),
            request=acting.request_of(request),
            at=days.now(),
        )
        if not isinstance(answer, Refused) and agrees:
            answer = _carried_out(found, request)
        return acting.told(
            request, answer, _("Agreed.") if agrees else _("Turned down."), reverse("proposals_one", args=[number])
        )
    facts = {
        "proposal": found,
        "matter": matter.label,
        "state": state_of(found),
        "own": found.by == actor.name,
        "may_judge": refused is None and found.by != actor.name and found.verdict is None,
    }
    return render(request, "desk/proposal.html", facts)


def _carried_out(proposal: Proposal, request: HttpRequest) -> object:
    """What was agreed to takes effect at once, where its room has a verb for it."""
    sent, now, by = RequestId(f"carry/{proposal.number}"), days.now(), who(request)
    if proposal.kind is Matter.PRODUCT and "live" in proposal.after:
        return products.go_live(proposal.number, by=by, request=sent, at=now)
    if proposal.kind is Matter.OVERRIDE:
        return approval.rule(
            int(proposal.subject.split()[-1]),
            approves=True,
            limit=Money(proposal.after["limit_fen"]),
            rate_bp=proposal.after["rate_bp"],
            why=proposal.why,
            by=proposal.by,
            proposal=proposal.number,
            request=sent,
            on=reading.business_day(),
            at=now,
        )
    return None
