"""What stands on a day: things and guarantees, folded from the confirmed acts in their order. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from puhui.ids import EnterpriseId
from puhui.mitigation import acts
from puhui.mitigation.guarantees import Guarantee
from puhui.mitigation.worth import Thing, Valuation
from puhui.money import Money


@dataclass(frozen=True, slots=True)
class Called:
    """The last margin call on a pledge: so much short, to be topped up until a day."""

    on: date
    short: Money
    until: date


@dataclass(frozen=True, slots=True)
class Charged:
    """A thing with what it secures: facility to the most that it secures of it."""

    subject: str
    owner: EnterpriseId
    identity: str
    thing: Thing
    charges: dict[str, Money]
    called: Called | None = None


@dataclass(frozen=True, slots=True)
class Promised:
    """A guarantee of a facility, and whether it still stands."""

    subject: str
    facility: str
    borrower: EnterpriseId
    guarantee: Guarantee
    released_on: date | None = None
    counter: str = ""
    until: date | None = None

    @property
    def givers(self) -> tuple[EnterpriseId, ...]:
        """Who may have to pay: the guarantor, and who stands in for it."""
        one = self.guarantee.guarantor
        return (one, EnterpriseId(self.counter)) if self.counter else (one,)

    def stands(self, on: date) -> bool:
        """Whether it has neither been released nor run out by a day."""
        if self.until is not None and self.until < on:
            return False
        return self.released_on is None or self.released_on > on


@dataclass(frozen=True, slots=True)
class Stood:
    """A guarantor's standing as last stated."""

    guarantor: EnterpriseId
    stated_on: date
    said: acts.Standing
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """All security as it stands on a day, by subject."""

    things: dict[str, Charged]
    promises: dict[str, Promised]
    guarantors: dict[EnterpriseId, Stood]


def fold(history: Iterable[tuple[str, date, acts.Act]]) -> Position:
    """The position after (subject, day, act), oldest first.

    Acts about a thing that nobody registered cannot be: `services` refuses them.
    """
    position = Position({}, {}, {})
    for subject, on, act in history:
        match act:
            case acts.Register(kind, owner, identity):
                position.things[subject] = Charged(subject, owner, identity, Thing(kind, None, None), {})
            case acts.Standing():
                position.guarantors[EnterpriseId(subject)] = Stood(EnterpriseId(subject), on, act)
            case acts.Promise():
                promise = Guarantee(act.guarantor, act.cap, act.share, act.turn, act.joint)
                position.promises[subject] = Promised(
                    subject, act.facility, act.borrower, promise, counter=act.counter, until=act.until
                )
            case acts.Fail():
                position.guarantors[EnterpriseId(subject)] = replace(
                    position.guarantors[EnterpriseId(subject)], failed=True
                )
            case acts.Substitute(instead_of, facility, cap):
                new, old = position.things[subject], position.things[instead_of]
                position.things[subject] = replace(new, charges={**new.charges, facility: cap})
                left = {of: most for of, most in old.charges.items() if of != facility}
                position.things[instead_of] = replace(old, charges=left)
            case acts.Release() if subject in position.promises:
                position.promises[subject] = replace(position.promises[subject], released_on=on)
            case _:
                position.things[subject] = _changed(position.things[subject], on, act)
    return position


def _changed(one: Charged, on: date, act: acts.Act) -> Charged:
    match act:
        case acts.Value(value, valuer, document):
            thing = replace(one.thing, valuation=Valuation(on, value, valuer, document))
        case acts.Perfect():
            thing = replace(one.thing, perfected_on=on)
        case acts.Insure(until, _):
            thing = replace(one.thing, insured_until=until)
        case acts.Senior(claims):
            thing = replace(one.thing, senior=claims)
        case acts.Release():
            thing = replace(one.thing, released_on=on)
        case acts.CallMargin(short, until):
            return replace(one, called=Called(on, short, until))
        case acts.Charge(facility, cap):
            return replace(one, charges={**one.charges, facility: cap})
        case _:
            raise AssertionError(f"{act.name} is no act about a thing")
    return replace(one, thing=thing)
