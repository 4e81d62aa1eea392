"""The room's reads: what secures a facility on a day, what a guarantor can still bear, what falls due."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from puhui import dated
from puhui.ids import EnterpriseId
from puhui.mitigation import acts, guarantees, kinds
from puhui.mitigation.guarantees import Guarantee, Guarantor
from puhui.mitigation.models import Proposal
from puhui.mitigation.parts import Part
from puhui.mitigation.standing import Charged, Position, fold
from puhui.mitigation.worth import NOTHING, Worth, margin_call, revaluation_due, worth
from puhui.money import Money
from puhui.words import Label

REVALUE = Label("value again", "重新估值")
INSURE = Label("renew the insurance", "续保")
TOP_UP = Label("top up the pledge", "补充质押物")
PERFECT = Label("register or take possession", "办理登记或交付")


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
    """A proposal that waits for its second person."""

    proposal: int
    subject: str
    act: acts.Act
    on: date
    by: str


def position(*, on: date) -> Position:
    """All security as it stands on a day."""
    found = Proposal.objects.filter(verdict__confirmed=True, on__lte=on).order_by("on", "id")
    return fold((row.subject, row.on, acts.read(row.act, row.content)) for row in found.iterator(chunk_size=5_000))


def waiting() -> list[Waiting]:
    """The proposals that wait for a second person, the oldest first."""
    found = Proposal.objects.filter(verdict__isnull=True).order_by("id")
    return [Waiting(row.pk, row.subject, acts.read(row.act, row.content), row.on, row.by) for row in found]


def secured(facility: str, *, on: date, within: Position | None = None) -> Secured:
    """What secures a facility on a day. A thing that secures several carries them in the order of their charges."""
    stands = within or position(on=on)
    things = []
    for charged in stands.things.values():
        if facility in charged.charges:
            carries = worth(charged.thing, kinds.rules(charged.thing.kind, on=on), on=on)
            things.append(Behind(charged, carries, shares(charged, carries)[facility]))
    standing = (p for p in stands.promises.values() if p.facility == facility)
    return Secured(tuple(things), tuple(p.guarantee for p in standing if p.released_on is None or p.released_on > on))


def shares(charged: Charged, carries: Worth) -> dict[str, Money]:
    """What each facility has of a thing: the charges in their order, each up to its cap, as far as the worth goes."""
    left, taken = carries.lendable, {}
    for facility, cap in charged.charges.items():
        taken[facility] = min(cap, left)
        left -= taken[facility]
    return taken


def capacity(guarantor: EnterpriseId, *, on: date, within: Position | None = None) -> Money | None:
    """What a guarantor may still guarantee on a day; None when nothing is known of its standing."""
    stands = within or position(on=on)
    if guarantor not in stands.guarantors:
        return None
    said = stands.guarantors[guarantor].said
    here = sum(
        (
            p.guarantee.cap
            for p in stands.promises.values()
            if p.guarantee.guarantor == guarantor and (p.released_on is None or p.released_on > on)
        ),
        NOTHING,
    )
    return guarantees.capacity(
        said.net_worth,
        multiple(said.guarantor_kind, on=on),
        guaranteed=here + said.guaranteed_elsewhere,
        owes=said.owes,
    )


def bearable(guarantor: EnterpriseId, *, on: date) -> Money:
    """What a guarantor may stand for in this house at most, by its last statement; nothing when there is none."""
    stands = position(on=on)
    if guarantor not in stands.guarantors:
        return NOTHING
    said = stands.guarantors[guarantor].said
    most = multiple(said.guarantor_kind, on=on)
    return guarantees.capacity(said.net_worth, most, guaranteed=said.guaranteed_elsewhere, owes=said.owes)


def guarantors_of(facility: str, *, on: date) -> tuple[EnterpriseId, ...]:
    """Who guarantees a facility on a day."""
    return tuple(each.guarantor for each in secured(facility, on=on).guarantees)


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


def due(*, on: date, ahead: timedelta = timedelta(days=30)) -> list[Due]:
    """What must be done about things within so many days, or should have been; the earliest first."""
    found = []
    for charged in position(on=on).things.values():
        thing, rules = charged.thing, kinds.rules(charged.thing.kind, on=on)
        if not charged.charges or thing.released_on is not None:
            continue
        if thing.perfected_on is None:
            found.append(Due(on, charged.subject, PERFECT))
        if thing.valuation is not None and (by := revaluation_due(rules, thing.valuation)) <= on + ahead:
            found.append(Due(by, charged.subject, REVALUE))
        if kinds.KINDS[thing.kind].insured and (thing.insured_until or on) <= on + ahead:
            found.append(Due(thing.insured_until or on, charged.subject, INSURE))
        if short := margin_call(thing, rules, secured=sum(charged.charges.values(), NOTHING)):
            found.append(Due(on, charged.subject, TOP_UP, short))
    return sorted(found, key=lambda one: (one.by, one.subject, one.what.en))


def would_carry(subject: str, *, on: date) -> Money:
    """What a thing may carry for a new line once it is perfected: its worth less what it is charged with already."""
    charged = position(on=on).things.get(subject)
    if charged is None:
        return NOTHING
    as_if = replace(charged.thing, perfected_on=charged.thing.perfected_on or on)
    found = worth(as_if, kinds.rules(charged.thing.kind, on=on), on=on).lendable
    return max(NOTHING, found - sum(charged.charges.values(), NOTHING))


def perfected(subject: str, *, on: date) -> bool:
    """Is the thing registered or in our hands on a day, and not given back?"""
    charged = position(on=on).things.get(subject)
    if charged is None or charged.thing.perfected_on is None or charged.thing.perfected_on > on:
        return False
    return charged.thing.released_on is None or charged.thing.released_on > on
