"""The room's reads: what secures a facility on a day, what a guarantor can still bear, what falls due."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from puhui import dated
from puhui.governance import selectors as governance
from puhui.governance.proposals import Matter
from puhui.ids import EnterpriseId
from puhui.mitigation import acts, guarantees, kinds, known
from puhui.mitigation.guarantees import Guarantee, Guarantor
from puhui.mitigation.models import ActRow
from puhui.mitigation.parts import Part
from puhui.mitigation.standing import Charged, Position, Promised, Stood, fold
from puhui.mitigation.worth import NOTHING, Worth, margin_call, revaluation_due, worth
from puhui.money import Money
from puhui.words import Label

REVALUE = Label("value again", "重新估值")
INSURE = Label("renew the insurance", "续保")
CALL = Label("call for a top-up of the pledge", "发出补仓通知")
TOP_UP = Label("top up the pledge", "补充质押物")
MISSED = Label("the pledge was not topped up in time", "逾期未补足质押物")
PERFECT = Label("register or take possession", "办理登记或交付")
STANDING = """select content->>'guarantor', content->>'counter', content->>'borrower' from mitigation_act p
    where act = 'promise' and "on" <= %(on)s {narrowed} and not exists (
        select from mitigation_act l where l.subject = p.subject and l.act in ('promise', 'release')
            and l."on" <= %(on)s and (l."on", l.id) > (p."on", p.id))"""
GIVEN_BY = "and (content->>'guarantor' = any (%(firms)s) or content->>'counter' = any (%(firms)s))"
LIVE = """select distinct c.subject from mitigation_act c
    where c.act in ('charge', 'substitute') and c."on" <= %(on)s and (%(of)s = '' or c.subject = %(of)s)
        and not exists (select from mitigation_act r
            where r.subject = c.subject and r.act = 'release' and r."on" <= %(on)s)"""


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


@dataclass(frozen=True, slots=True)
class Due:
    """Something to be done about a thing by a day; `short` is what a pledge lacks."""

    by: date
    subject: str
    what: Label
    short: Money = NOTHING


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
    """What must be done about things, or about one, within so many days, or should have been; the earliest first.

    Only things that secure something and were not given back are read.
    """
    with connection.cursor() as cursor:
        cursor.execute(LIVE, {"on": on, "of": of})
        live = [row[0] for row in cursor.fetchall()]
    found = []
    for charged in position(on=on, of=live).things.values():
        thing, rules = charged.thing, kinds.rules(charged.thing.kind, on=on)
        if not charged.charges or thing.released_on is not None:
            continue
        if thing.perfected_on is None:
            found.append(Due(on, charged.subject, PERFECT))
        if thing.valuation is not None and (by := revaluation_due(rules, thing.valuation)) <= on + ahead:
            found.append(Due(by, charged.subject, REVALUE))
        if kinds.KINDS[thing.kind].insured and (thing.insured_until or on) <= on + ahead:
            found.append(Due(thing.insured_until or on, charged.subject, INSURE))
        if short := shortfall(charged, on=on):
            called = charged.called
            what = CALL if called is None else TOP_UP if on <= called.until else MISSED
            found.append(Due(called.until if called else on, charged.subject, what, short))
    return sorted(found, key=lambda one: (one.by, one.subject, one.what.en))


def shortfall(charged: Charged, *, on: date) -> Money:
    """What a pledge lacks of the value that its charges need; nothing while it is above the line, or is no pledge."""
    rules = kinds.rules(charged.thing.kind, on=on)
    return margin_call(charged.thing, rules, secured=sum(charged.charges.values(), NOTHING))


def would_carry(subject: str, *, on: date) -> Money:
    """What a thing may carry for a new line once it is perfected: its worth less what it is charged with already."""
    charged = around_thing(subject, on=on).things.get(subject)
    if charged is None:
        return NOTHING
    as_if = replace(charged.thing, perfected_on=charged.thing.perfected_on or on)
    found = worth(as_if, kinds.rules(charged.thing.kind, on=on), on=on).lendable
    return max(NOTHING, found - sum(charged.charges.values(), NOTHING))


def perfected(subject: str, *, on: date) -> bool:
    """Is the thing registered or in our hands on a day, and not given back?"""
    charged = around_thing(subject, on=on).things.get(subject)
    if charged is None or charged.thing.perfected_on is None or charged.thing.perfected_on > on:
        return False
    return charged.thing.released_on is None or charged.thing.released_on > on
