"""The room's reads: what secures a facility on a day, what a guarantor can still bear, what falls due."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import connection

from puhui import dated
from puhui.governance import selectors as governance
from puhui.governance.proposals import Matter
from puhui.ids import EnterpriseId
from puhui.mitigation import acts, guarantees, kinds, known
from puhui.mitigation.guarantees import Guarantee, Guarantor
from puhui.mitigation.models import ActRow, WatchedRow
from puhui.mitigation.papers import read as paper
from puhui.mitigation.parts import Part
from puhui.mitigation.standing import Charged, Position, Promised, Stood, fold
from puhui.mitigation.worth import NOTHING, SENIOR, Worth, margin_call, revaluation_due, worth
from puhui.money import Money
from puhui.words import Label

STANDING = """select content->>'guarantor', content->>'counter', content->>'borrower' from mitigation_act p
    where act = 'promise' and "on" <= %(on)s {narrowed}
        and (content->>'until' is null or (content->>'until')::date >= %(on)s) and not exists (
        select from mitigation_act l where l.subject = p.subject and l.act in ('promise', 'release')
            and l."on" <= %(on)s and (l."on", l.id) > (p."on", p.id))"""
GIVEN_BY = "and (content->>'guarantor' = any (%(firms)s) or content->>'counter' = any (%(firms)s))"
LIVE = """select distinct c.subject from mitigation_act c
    where c.act in ('charge', 'substitute', 'promise') and c."on" <= %(on)s and (%(of)s = '' or c.subject = %(of)s)
        and not exists (select from mitigation_act r
            where r.subject = c.subject and r.act = 'release' and r."on" <= %(on)s
                and (r."on", r.id) > (c."on", c.id))"""


__all__ = [  # `paper` reads a kept paper by its hash
    "Behind", "Due", "Proved", "Secured", "Waiting", "Watch", "around_facility", "around_guarantor", "around_thing",
    "bearable", "capacity", "due", "guaranteed_by", "guarantors_of", "loss_given_default", "multiple", "net_worth",
    "paper", "part_orders", "perfected", "position", "proved_by", "secured", "shares", "shortfall", "standing_ties",
    "subjects", "waiting", "whose", "would_carry", "would_guarantee",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Behind:
    """One thing behind a facility: what it may carry in all, and what of that is this facility's."""

    charged: Charged
    worth: Worth
    share: Money


@dataclass(frozen=True, slots=True)
class Secured:
    """What secures a facility on a day."""

    things: tuple[Behind, ...]
    guarantees: tuple[Guarantee, ...]

    @property
    def mortgage(self) -> Money:
        """What the things together carry of this facility: the most of its mortgage part."""
        return sum((behind.share for behind in self.things), NOTHING)

    def guarantee(self, exposure: Money) -> Money:
        """How much of an exposure is guaranteed: the most of its guarantee part."""
        return guarantees.covered(self.guarantees, exposure)


class Watch(StrEnum):
    """What the watch looks for."""

    REVALUE = "revalue"
    INSURE = "insure"
    PERFECT = "perfect"
    CALL = "call"
    TOP_UP = "top_up"
    MISSED = "missed"
    RANK = "rank"
    RENEW = "renew"
    REPLACE = "replace"


# What is to be done, and what becomes of the line once the day has passed.
WATCHES: Mapping[Watch, tuple[Label, Label]] = {
    Watch.REVALUE: (
        Label("value again", "重新估值"),
        Label("only a part of its value counts, what is drawn beyond is frozen", "只计部分价值，超出部分冻结"),
    ),
    Watch.INSURE: (
        Label("renew the insurance", "续保"),
        Label("only a part of its value counts, what is drawn beyond is frozen", "只计部分价值，超出部分冻结"),
    ),
    Watch.PERFECT: (
        Label("register or take possession", "办理登记或交付"),
        Label("it counts for nothing, nothing is drawn on it", "不予计值，不得据此支用"),
    ),
    Watch.CALL: (
        Label("call for a top-up of the pledge", "发出补仓通知"),
        Label("a call is proposed and waits for a second person", "补仓通知已提出，待复核"),
    ),
    Watch.TOP_UP: (
        Label("top up the pledge", "补充质押物"),
        Label("the owner has been asked to top it up", "已要求出质人补充"),
    ),
    Watch.MISSED: (
        Label("the pledge was not topped up in time", "逾期未补足质押物"),
        Label("the pledge may be sold", "可处置质押物"),
    ),
    Watch.RANK: (
        Label("add security, or have who ranks before us give way", "追加担保，或协商变更受偿顺位"),
        Label("others' claims rank before ours: what is drawn beyond is frozen", "在先权利优先受偿，超出部分冻结"),
    ),
    Watch.RENEW: (
        Label("renew the guarantee", "续签保证"),
        Label("the guarantee part carries nothing, what is drawn in it is frozen", "保证部分不再计值，已用部分冻结"),
    ),
    Watch.REPLACE: (
        Label("replace the guarantor in default", "更换违约保证人"),
        Label("the guarantee part carries nothing, what is drawn in it is frozen", "保证部分不再计值，已用部分冻结"),
    ),
}
assert WATCHES.keys() == set(Watch)


@dataclass(frozen=True, slots=True)
class Due:
    """Something to be done about a thing or a guarantee by a day; `short` is what a pledge lacks.

    `late` says that the day has passed, `lines` which facilities it secures, `noted` since when the watch has seen it.
    """

    by: date
    subject: str
    watch: Watch
    short: Money = NOTHING
    late: bool = False
    lines: tuple[str, ...] = ()
    noted: date | None = None

    @property
    def what(self) -> Label:
        """What is to be done."""
        return WATCHES[self.watch][0]

    @property
    def then(self) -> Label:
        """What becomes of the line once the day has passed."""
        return WATCHES[self.watch][1]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that waits for its second person, by governance's number."""

    proposal: int
    subject: str
    act: acts.Act
    on: date
    by: str


def position(*, on: date, of: Collection[str] | None = None) -> Position:
    """Security as it stands on a day: all of it, or that of some subjects, whose acts alone are read."""
    found = ActRow.objects.filter(on__lte=on).order_by("on", "id")
    # A few subjects come in one answer; only all of history is worth a cursor on the server.
    rows = found.iterator(chunk_size=5_000) if of is None else found.filter(subject__in=sorted(of))
    return fold((row.subject, row.on, acts.read(row.act, row.content)) for row in rows)


def subjects(**content: str) -> set[str]:
    """The subjects of confirmed acts whose content says so, such as `facility="L1"` or `guarantor="G"`."""
    named = {f"content__{name}": value for name, value in content.items()}
    return set(ActRow.objects.filter(**named).values_list("subject", flat=True))


def around_facility(facility: str, *, on: date) -> Position:
    """What stands behind one facility: its things, its guarantees, and the standing of those who gave them."""
    behind = subjects(facility=facility)
    first = position(on=on, of=behind)
    givers = {str(p.guarantee.guarantor) for p in first.promises.values()}
    givers |= {p.counter for p in first.promises.values() if p.counter}
    return position(on=on, of=behind | givers) if givers else first


def around_thing(subject: str, *, on: date) -> Position:
    """One thing, with those that have taken its place somewhere: it is free of what they secure now."""
    return position(on=on, of={subject, *subjects(instead_of=subject)})


def around_guarantor(guarantor: EnterpriseId, *, on: date) -> Position:
    """A guarantor's standing and all that it guarantees."""
    return position(on=on, of={str(guarantor), *subjects(guarantor=guarantor), *subjects(counter=guarantor)})


def waiting() -> list[Waiting]:
    """The proposals that wait for a second person, the oldest first."""
    return [
        Waiting(
            each.number,
            each.subject,
            acts.read(each.after["act"], each.after["content"]),
            date.fromisoformat(each.after["on"]),
            each.by,
        )
        for each in governance.proposals(kind=Matter.SECURITY)
    ]


@dataclass(frozen=True, slots=True)
class Proved:
    """An act that a paper stands behind."""

    subject: str
    act: str
    on: date
    by: str


def whose(subject: str, act: acts.Act | None = None, *, on: date) -> EnterpriseId | None:
    """Whose a thing is, for whom a guarantee stands, or the guarantor itself: as an act says it, or as it stands.

    None where nothing is known of it.
    """
    match act:
        case acts.Register():
            return act.owner
        case acts.Promise():
            return act.borrower
        case acts.Standing():
            return EnterpriseId(subject)
    stands = position(on=on, of=[subject])
    if subject in stands.things:
        return stands.things[subject].owner
    if subject in stands.promises:
        return stands.promises[subject].borrower
    return EnterpriseId(subject) if subject in stands.guarantors else None


def proved_by(sha256: str) -> list[Proved]:
    """The acts that rest on a paper, by its SHA-256, the oldest first."""
    rows = ActRow.objects.filter(content__document=sha256).order_by("on", "id")
    return [Proved(row.subject, row.act, row.on, row.confirmed_by) for row in rows]


def secured(facility: str, *, on: date, within: Position | None = None) -> Secured:
    """What secures a facility on a day. A thing that secures several carries them in the order of their charges."""
    stands = within or around_facility(facility, on=on)
    things = []
    for charged in stands.things.values():
        if facility in charged.charges:
            carries = worth(charged.thing, kinds.rules(charged.thing.kind, on=on), on=on)
            things.append(Behind(charged, carries, shares(charged, carries)[facility]))
    given = [
        each for p in stands.promises.values() if p.facility == facility and p.stands(on) if (each := _able(p, stands))
    ]
    return Secured(tuple(things), tuple(given))


def _able(promise: Promised, stands: Position) -> Guarantee | None:
    """The guarantee as it counts: of one in default, its counter-guarantor's; of nobody who can pay, nothing."""
    for giver in filter(None, (promise.guarantee.guarantor, EnterpriseId(promise.counter))):
        stood = stands.guarantors.get(giver)
        if stood is None or not stood.failed:
            return replace(promise.guarantee, guarantor=giver)
    return None


def shares(charged: Charged, carries: Worth) -> dict[str, Money]:
    """What each facility has of a thing: the charges in their order, each up to its cap, as far as the worth goes."""
    left, taken = carries.lendable, {}
    for facility, cap in charged.charges.items():
        taken[facility] = min(cap, left)
        left -= taken[facility]
    return taken


def capacity(guarantor: EnterpriseId, *, on: date, within: Position | None = None) -> Money | None:
    """What a guarantor may still guarantee on a day; None when nothing is known of its standing.

    Counted are all that it guarantees here (as a counter-guarantor, too) and elsewhere, and what it borrows itself.
    """
    stands = within or around_guarantor(guarantor, on=on)
    if guarantor not in stands.guarantors:
        return None
    here = sum(
        (p.guarantee.cap for p in stands.promises.values() if guarantor in p.givers and p.stands(on)),
        NOTHING,
    )
    return max(NOTHING, _means(stands.guarantors[guarantor], on=on) - here)


def bearable(guarantor: EnterpriseId, *, on: date) -> Money:
    """What a guarantor may stand for in this house at most: by its last statement, less what it borrows itself and
    guarantees elsewhere; nothing when there is none.
    """
    stands = position(on=on, of=[guarantor])
    return _means(stands.guarantors[guarantor], on=on) if guarantor in stands.guarantors else NOTHING


def _means(stood: Stood, *, on: date) -> Money:
    """What a guarantor can bear beside its own debts and what it guarantees elsewhere, as stated or as reported."""
    if stood.failed:
        return NOTHING
    said, heard = stood.said, known.source().of(stood.guarantor)
    return guarantees.capacity(
        said.net_worth,
        multiple(said.guarantor_kind, on=on),
        guaranteed=max(said.guaranteed_elsewhere, heard.guarantees),
        owes=said.owes + heard.owes,
    )


def guarantors_of(facility: str, *, on: date) -> tuple[EnterpriseId, ...]:
    """Who guarantees a facility on a day."""
    return tuple(each.guarantor for each in secured(facility, on=on).guarantees)


def net_worth(firm: EnterpriseId, *, on: date) -> Money | None:
    """What a firm that guarantees others owns beyond its debts, as last stated; None when nobody has asked it."""
    stood = position(on=on, of=[firm]).guarantors.get(firm)
    return stood.said.net_worth if stood else None


def standing_ties(*, on: date) -> list[tuple[EnterpriseId, EnterpriseId]]:
    """All guarantees that stand on a day, as (guarantor, borrower)."""
    return _given("", {"on": on})


def guaranteed_by(firms: Collection[str], *, on: date) -> list[tuple[EnterpriseId, EnterpriseId]]:
    """The guarantees of some firms that stand on a day, as (guarantor, borrower)."""
    return _given(GIVEN_BY, {"on": on, "firms": sorted(firms)})


def _given(narrowed: str, values: dict[str, Any]) -> list[tuple[EnterpriseId, EnterpriseId]]:
    """What stands is read, not what ever was: a promise whose last word is a release is left out by the index.

    Whoever counter-guarantees has promised for the borrower as well.
    """
    with connection.cursor() as cursor:
        cursor.execute(STANDING.format(narrowed=narrowed), values)
        rows = cursor.fetchall()
    return [
        (EnterpriseId(giver), EnterpriseId(borrower)) for one, counter, borrower in rows for giver in (one, counter)
        if giver
    ]  # fmt: skip


def multiple(kind: Guarantor, *, on: date) -> Decimal:
    """How many yuan a guarantor of a kind may guarantee per yuan of net worth."""
    terms = dated.load(kinds.CATALOGUE / "security_terms.json", on=on)
    company = kind in (Guarantor.COMPANY, Guarantor.FUND)
    return Decimal(terms.number("guarantee_company_multiple" if company else "guarantor_multiple"))


def loss_given_default(*, on: date) -> dict[Part, Decimal]:
    """The loss given default of each part of a limit."""
    terms = dated.load(kinds.CATALOGUE / "security_terms.json", on=on)
    return {part: Decimal(terms.number(f"lgd_{part}")) for part in Part}


def part_orders(product: str, *, on: date) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """In which order a product's draws fill the parts of its limit, and its repayments set them free."""
    terms = dated.load(kinds.CATALOGUE / "security_terms.json", on=on).terms
    found = (terms.get(f"{name}_{product}", terms[name]).value for name in ("draw_parts", "repay_parts"))
    first, second = (tuple(Part(each) for each in order) for order in found)  # type: ignore[union-attr]  # lists
    return first, second


def due(*, on: date, ahead: timedelta = timedelta(days=30), of: str = "") -> list[Due]:
    """What must be done about things and guarantees, or about one, within so many days, or should have been.

    The earliest first. Only what secures something and was not given back is read.
    """
    with connection.cursor() as cursor:
        cursor.execute(LIVE, {"on": on, "of": of})
        live = [row[0] for row in cursor.fetchall()]
    stands = position(on=on, of=live)
    givers = position(on=on, of={giver for promise in stands.promises.values() for giver in promise.givers})
    found = [due for charged in stands.things.values() for due in _due_of_thing(charged, on=on)]
    found += [due for promise in stands.promises.values() for due in _due_of_promise(promise, givers, on=on)]
    noted = _noted({due.subject for due in found})
    return sorted(
        (
            replace(due, late=due.by < on, noted=noted.get((due.subject, due.watch, due.by)))
            for due in found
            if due.by <= on + ahead
        ),
        key=lambda one: (one.by, one.subject, one.watch),
    )


def _due_of_thing(charged: Charged, *, on: date) -> Iterator[Due]:
    thing, rules, lines = charged.thing, kinds.rules(charged.thing.kind, on=on), tuple(charged.charges)
    if not lines or thing.released_on is not None:
        return
    if thing.perfected_on is None:
        yield Due(on, charged.subject, Watch.PERFECT, lines=lines)
    if thing.valuation is not None:
        yield Due(revaluation_due(rules, thing.valuation), charged.subject, Watch.REVALUE, lines=lines)
    if kinds.KINDS[thing.kind].insured:
        yield Due(thing.insured_until or on, charged.subject, Watch.INSURE, lines=lines)
    carries = worth(thing, rules, on=on)
    if SENIOR in carries.because and carries.lendable < sum(charged.charges.values(), NOTHING):
        yield Due(on, charged.subject, Watch.RANK, lines=lines)
    if short := shortfall(charged, on=on):
        called = charged.called
        watch = Watch.CALL if called is None else Watch.TOP_UP if on <= called.until else Watch.MISSED
        yield Due(called.until if called else on, charged.subject, watch, short, lines=lines)


def _due_of_promise(promise: Promised, givers: Position, *, on: date) -> Iterator[Due]:
    if promise.released_on is not None:
        return
    lines = (promise.facility,) if promise.facility else ()
    if promise.until is not None:
        yield Due(promise.until, promise.subject, Watch.RENEW, lines=lines)
    if promise.stands(on) and _able(promise, givers) is None:
        yield Due(on, promise.subject, Watch.REPLACE, lines=lines)


def _noted(subjects: Collection[str]) -> dict[tuple[str, Watch, date], date]:
    """Since when the nightly watch has seen each of these."""
    rows = WatchedRow.objects.filter(subject__in=sorted(subjects)).order_by("-on")
    return {(row.subject, Watch(row.watch), row.due): row.on for row in rows}


def shortfall(charged: Charged, *, on: date) -> Money:
    """What a pledge lacks of the value that its charges need; nothing while it is above the line, or is no pledge."""
    rules = kinds.rules(charged.thing.kind, on=on)
    return margin_call(charged.thing, rules, secured=sum(charged.charges.values(), NOTHING))


def owner_of(subject: str, *, on: date) -> EnterpriseId | None:
    """Whose a thing is; None where nobody has registered it."""
    charged = around_thing(subject, on=on).things.get(subject)
    return None if charged is None else charged.owner


def would_carry(subject: str, *, on: date) -> Money:
    """What a thing may carry for a new line once it is perfected: its worth less what it is charged with already."""
    charged = around_thing(subject, on=on).things.get(subject)
    if charged is None:
        return NOTHING
    as_if = replace(charged.thing, perfected_on=charged.thing.perfected_on or on)
    found = worth(as_if, kinds.rules(charged.thing.kind, on=on), on=on).lendable
    return max(NOTHING, found - sum(charged.charges.values(), NOTHING))


def would_guarantee(subject: str, *, borrower: EnterpriseId, on: date) -> Guarantee | None:
    """A guarantee that a borrower may bring to a line to come, up to what its giver can bear now.

    It was promised for the borrower and stands, for no line yet; its giver has not failed, or another stands in for it,
    and it does not lead back to the borrower. None where any of this is not so.
    """
    promise = position(on=on, of=[subject]).promises.get(subject)
    if promise is None or not promise.stands(on) or promise.borrower != borrower or promise.facility:
        return None
    stands = position(on=on, of=promise.givers)
    able = _able(promise, stands)
    if able is None or able.guarantor not in stands.guarantors:
        return None
    if guarantees.circle(known.source().ties_from(borrower, on=on), borrower=borrower, guarantor=able.guarantor):
        return None
    return replace(able, cap=min(able.cap, _means(stands.guarantors[able.guarantor], on=on)))


def perfected(subject: str, *, on: date) -> bool:
    """Is the thing registered or in our hands on a day, and not given back?"""
    charged = around_thing(subject, on=on).things.get(subject)
    if charged is None or charged.thing.perfected_on is None or charged.thing.perfected_on > on:
        return False
    return charged.thing.released_on is None or charged.thing.released_on > on
