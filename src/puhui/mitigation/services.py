"""The room's acts: propose, confirm, reject; call and sell. Nothing counts before a second person confirms it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction

from puhui import days
from puhui.governance import selectors as governing
from puhui.governance import services as governance
from puhui.governance.proposals import Matter
from puhui.ids import EnterpriseId, RequestId, digest
from puhui.mitigation import acts, guarantees, kinds, known, papers, selectors
from puhui.mitigation.claims import call, receive_lines, sell
from puhui.mitigation.models import ActRow, WatchedRow
from puhui.mitigation.standing import Position
from puhui.mitigation.worth import NOTHING, worth
from puhui.money import Money
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

__all__ = [
    "call",
    "call_margins",
    "confirm",
    "keep_paper",
    "objection",
    "propose",
    "receive_lines",
    "reject",
    "sell",
    "watch",
]
SHA256 = re.compile(r"[0-9a-f]{64}\Z")
JUDGING = 7_012_2027  # the advisory lock under which one confirmation sees all earlier ones


@dataclass(frozen=True, slots=True)
class Proposed:
    """The proposal is on record and waits for a second person."""

    proposal: int


@dataclass(frozen=True, slots=True)
class Judged:
    """The second person has spoken: from its day on the act counts, or it never will."""

    proposal: int
    confirmed: bool


def propose(subject: str, act: acts.Act, *, on: date, request: RequestId, by: str) -> Proposed | Refused:
    """Propose an act about a thing, a guarantor or a guarantee (`subject`); a repeated request gives the first answer.

    Refuses what could not be confirmed as things stand (see `objection`), and REQUEST_HAS_OTHER_CONTENT.
    """
    if not subject.strip() or len(subject) > 80:
        raise BadInput(
            Label(f"'{subject}' cannot name what the act is about", f"“{subject}”不能作为事项名称"),
            then=Label("give 1 to 80 characters", "请填写1至80个字符"),
        )
    if (paper := getattr(act, "document", None)) is not None and not SHA256.match(paper):
        raise BadInput(
            Label(f"'{paper[:80]}' is not the SHA-256 of a paper", f"“{paper[:80]}”不是文件的SHA-256值"),
            then=Label("give its 64 hexadecimal digits", "请填写其64位十六进制数字"),
        )
    after = {"act": act.name, "content": act.content(), "on": on.isoformat()}
    with transaction.atomic():
        if governing.proposal_of(request) is None and (no := objection(subject, act, near(subject, act, on=on), on=on)):
            return no
        kept = governance.propose(
            Matter.SECURITY, subject, before={}, after=after, why=f"{act.name} {subject}", by=by, request=request,
            at=days.now(),
        )  # fmt: skip
    return kept if isinstance(kept, Refused) else Proposed(kept.number)


def confirm(proposal: int, *, request: RequestId, by: str) -> Judged | Refused:
    """Confirm another person's proposal, under the rules as they stand now.

    Refuses OWN_PROPOSAL, ALREADY_JUDGED, and what `objection` finds: much may have changed since it was proposed.
    """
    return _judge(proposal, confirmed=True, why="", request=request, by=by)


def reject(proposal: int, why: str, *, request: RequestId, by: str) -> Judged | Refused:
    """Say no to another person's proposal, with the reason. Refuses OWN_PROPOSAL and ALREADY_JUDGED."""
    if not why.strip():
        raise BadInput(Label("a rejection needs its reason", "拒绝须说明理由"), then=Label("say why", "填写理由"))
    return _judge(proposal, confirmed=False, why=why, request=request, by=by)


@dataclass(frozen=True, slots=True)
class Watched:
    """What a night's watch has seen for the first time, coming or past its day, and the margin calls it proposed."""

    coming: int
    late: int
    called: tuple[Proposed, ...]


def keep_paper(content: bytes, *, firm: EnterpriseId, name: str, on: date, by: str) -> str:
    """Keep a paper about a firm, sealed; returns the SHA-256 by which acts name it. See `papers.keep`."""
    return papers.keep(content, firm=firm, name=name, on=on, at=days.now(), by=by)


def watch(*, on: date, by: str) -> Watched:
    """The nightly watch: note what falls due or has passed its day, and propose the margin calls.

    Valuations, insurance, guarantees that run out, guarantors in default, rights not perfected, pledges that are short.
    Asked again on a day, nothing is noted nor proposed twice. What is late counts for less from its day on, whether
    this has run or not; the note is for who must act (`selectors.due`).
    """
    called = call_margins(on=on, by=by)
    found = selectors.due(on=on)
    rows = [
        WatchedRow(
            subject=due.subject, watch=due.watch, due=due.by, late=due.late, short_fen=due.short.fen,
            lines=list(due.lines), on=on, at=days.now(), by=by,
        )
        for due in found
    ]  # fmt: skip
    with transaction.atomic():
        before = WatchedRow.objects.filter(subject__in={due.subject for due in found})
        known = {(row.subject, row.watch, row.due, row.late) for row in before}
        new = [row for row in rows if (row.subject, row.watch, row.due, row.late) not in known]
        WatchedRow.objects.bulk_create(new, ignore_conflicts=True)
        if new:
            body = {"coming": sum(not row.late for row in new), "late": sum(row.late for row in new), "on": on}
            governance.record("watch security", on.isoformat(), body, by=by)
    return Watched(sum(not row.late for row in new), sum(row.late for row in new), tuple(called))


def call_margins(*, on: date, by: str) -> list[Proposed]:
    """Propose a margin call for every pledge that is short and not called yet; a person sends it by agreeing.

    Asked again on a day, nothing is proposed twice.
    """
    until = on + timedelta(days=kinds.margin_days(on=on))
    made = []
    for each in selectors.due(on=on, ahead=timedelta(0)):
        if each.watch is selectors.Watch.CALL:
            act, request = (
                acts.CallMargin(each.short, until),
                RequestId(f"margin {on} {digest([each.subject.encode()])[:12]}"),
            )
            said = propose(each.subject, act, on=on, request=request, by=by)
            made += [] if isinstance(said, Refused) else [said]
    return made


def objection(subject: str, act: acts.Act, stands: Position, *, on: date) -> Refused | None:
    """Why an act cannot be, as security stands on a day; None when it can.

    In this order: THING_UNKNOWN, THING_PLEDGED_ALREADY, CHARGED_BEYOND_WORTH, GUARANTOR_UNKNOWN, GUARANTEE_CIRCLE,
    ABOVE_GUARANTORS_CAPACITY, CARRIES_LESS.
    """
    if isinstance(act, acts.Register):
        return _registered_before(subject, act, stands)
    if isinstance(act, acts.Promise):
        return _unsound_promise(subject, act, stands, on=on)
    if isinstance(act, acts.Fail):
        known = EnterpriseId(subject) in stands.guarantors
        return None if known else Refused(Code.GUARANTOR_UNKNOWN, {"guarantor": subject})
    if isinstance(act, acts.Standing) or (isinstance(act, acts.Release) and subject in stands.promises):
        return None
    return _unsound_thing(subject, act, stands, on=on)


def _unsound_thing(subject: str, act: acts.Act, stands: Position, *, on: date) -> Refused | None:
    if subject not in stands.things:
        return Refused(Code.THING_UNKNOWN, {"subject": subject})
    if isinstance(act, acts.CallMargin) and act.short != (short := selectors.shortfall(stands.things[subject], on=on)):
        return Refused(Code.NOTHING_TO_CLAIM, {"subject": subject, "short": short})
    if isinstance(act, acts.Substitute) and (no := _no_substitute(subject, act, stands, on=on)):
        return no
    return _beyond_worth(subject, act, stands, on=on) if isinstance(act, acts.Charge | acts.Substitute) else None


def near(subject: str, act: acts.Act, *, on: date) -> Position:
    """As much of what stands as an act can touch: nothing else is read, however long the history is."""
    names = {subject, *selectors.subjects(instead_of=subject)}
    match act:
        case acts.Register(_, _, identity):
            names |= selectors.subjects(identity=identity)
        case acts.Substitute(instead_of, _, _):
            names |= {instead_of, *selectors.subjects(instead_of=instead_of)}
        case acts.Promise():
            for giver in filter(None, (str(act.guarantor), act.counter)):
                names |= {giver, *selectors.subjects(guarantor=giver), *selectors.subjects(counter=giver)}
    return selectors.position(on=on, of=names)


def _judge(proposal: int, *, confirmed: bool, why: str, request: RequestId, by: str) -> Judged | Refused:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [JUDGING])
        found = governing.proposal(proposal)
        if found.kind is not Matter.SECURITY:
            raise BadInput(
                Label(f"proposal {proposal} is about another matter", f"提案{proposal}是关于其他事项的"),
                then=Label("name one about security", "请选择关于担保的提案"),
            )
        act, on = acts.read(found.after["act"], found.after["content"]), date.fromisoformat(found.after["on"])
        may_be = confirmed and found.verdict is None and found.by != by
        if may_be and (no := objection(found.subject, act, near(found.subject, act, on=on), on=on)):
            return no
        said = governance.judge(proposal, agrees=confirmed, why=why, by=by, request=request, at=days.now())
        if isinstance(said, Refused):
            return said
        if said.agrees:
            told = {"subject": found.subject, "act": act.name, "content": act.content(), "on": on, "at": said.at}
            ActRow.objects.get_or_create(proposal=proposal, defaults={**told, "by": found.by, "confirmed_by": by})
    return Judged(proposal, confirmed)


def _no_substitute(subject: str, act: acts.Substitute, stands: Position, *, on: date) -> Refused | None:
    """What takes another's place must carry at least what the other carries of the facility today."""
    if act.instead_of not in stands.things:
        return Refused(Code.THING_UNKNOWN, {"subject": act.instead_of})
    old, new = stands.things[act.instead_of], stands.things[subject]
    now = worth(old.thing, kinds.rules(old.thing.kind, on=on), on=on)
    carried = selectors.shares(old, now).get(act.facility, NOTHING)
    free = worth(new.thing, kinds.rules(new.thing.kind, on=on), on=on).lendable - sum(new.charges.values(), NOTHING)
    if min(free, act.cap) < carried:
        return Refused(Code.CARRIES_LESS, {"subject": subject, "carries": min(free, act.cap), "instead_of": carried})
    return None


def _registered_before(subject: str, act: acts.Register, stands: Position) -> Refused | None:
    for other in stands.things.values():
        if other.thing.released_on is None and (other.thing.kind, other.identity) == (act.kind, act.identity):
            return Refused(Code.THING_PLEDGED_ALREADY, {"subject": subject, "as": other.subject})
    return None


def _beyond_worth(subject: str, act: acts.Charge | acts.Substitute, stands: Position, *, on: date) -> Refused | None:
    """Caps of all facilities together may not exceed what the thing would carry, were it perfected and insured."""
    charged = stands.things[subject]
    rules = kinds.rules(charged.thing.kind, on=on)
    value = charged.thing.valuation.value if charged.thing.valuation else NOTHING
    most = max(NOTHING, value.times(rules.loan_to_value) - charged.thing.senior)
    others = sum((cap for facility, cap in charged.charges.items() if facility != act.facility), NOTHING)
    if others + act.cap <= most:
        return None
    now = worth(charged.thing, rules, on=on)
    facts = {"asked": act.cap, "free": max(NOTHING, most - others), "counts_now": now.lendable}
    facts |= {"ranks_before_ours": charged.thing.senior} if charged.thing.senior else {}
    return Refused(Code.CHARGED_BEYOND_WORTH, {"subject": subject, **facts})


def _unsound_promise(subject: str, act: acts.Promise, stands: Position, *, on: date) -> Refused | None:
    """Neither the guarantor nor who stands in for it may be unknown, lean on the borrower, or promise too much."""
    ties = known.source().ties_from(act.borrower, on=on)
    before = stands.promises.get(subject)
    for giver in filter(None, (act.guarantor, EnterpriseId(act.counter))):
        free: Money | None = selectors.capacity(giver, on=on, within=stands)
        if free is None:
            return Refused(Code.GUARANTOR_UNKNOWN, {"guarantor": giver})
        if round_trip := guarantees.circle(ties, borrower=act.borrower, guarantor=giver):
            return Refused(Code.GUARANTEE_CIRCLE, {"circle": " → ".join(round_trip)})
        if before is not None and before.stands(on) and giver in before.givers:
            free += before.guarantee.cap
        if act.cap > free:
            return Refused(Code.ABOVE_GUARANTORS_CAPACITY, {"guarantor": giver, "asked": act.cap, "free": free})
    return None
