"""What can be done about security. Each act is proposed by one person and confirmed by another; then it counts.

An act is a fact with a day. What stands on a day follows from the confirmed acts up to it, in their order.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Self

from puhui.ids import EnterpriseId
from puhui.mitigation.guarantees import Guarantor, Turn
from puhui.mitigation.kinds import kind_named
from puhui.money import MOST_FEN, Money
from puhui.refusals import BadInput
from puhui.words import Label

MOST_SAID = 400  # letters in one part of an act
ENCODERS = {Money: lambda m: m.fen, date: date.isoformat, Decimal: str}


@dataclass(frozen=True, slots=True)
class Act:
    """The base of all acts; `name` is kept for ever in the record of it."""

    name: ClassVar[str]

    def content(self) -> dict[str, Any]:
        """The act as JSON: money in whole fen, days as text, shares as exact text."""
        return {item.name: _encoded(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def of(cls, content: dict[str, Any]) -> Self:
        """The act from its JSON."""
        return cls(
            **{item.name: _decoded(str(item.type), content[item.name]) for item in fields(cls) if item.name in content}
        )


@dataclass(frozen=True, slots=True)
class Register(Act):
    """A thing is offered as collateral. `identity` names it for ever: a title number, a serial number, an account."""

    name: ClassVar[str] = "register"
    kind: str
    owner: EnterpriseId
    identity: str

    def __post_init__(self) -> None:
        kind_named(self.kind)
        if not self.identity.strip():
            raise BadInput(
                Label("a thing without an identity cannot be told from another", "没有标识的押品无法与其他押品区分"),
                then=Label("give its title or number", "请填写权证号或编号"),
            )


@dataclass(frozen=True, slots=True)
class Value(Act):
    """A valuer's report; `document` is the SHA-256 of it."""

    name: ClassVar[str] = "value"
    value: Money
    valuer: str
    document: str

    def __post_init__(self) -> None:
        if self.value.fen < 0:
            raise BadInput(
                Label(f"a thing is not worth {self.value}", f"押品价值不能为{self.value}"),
                then=Label("give a value of zero or more", "请填写零或以上的价值"),
            )


@dataclass(frozen=True, slots=True)
class Perfect(Act):
    """Our right is registered, or the thing is in our hands; `document` is the SHA-256 of the proof."""

    name: ClassVar[str] = "perfect"
    document: str


@dataclass(frozen=True, slots=True)
class Insure(Act):
    """Insured, with the bank as first beneficiary, until a day."""

    name: ClassVar[str] = "insure"
    until: date
    document: str


@dataclass(frozen=True, slots=True)
class Senior(Act):
    """Others' claims that rank before ours, at their highest; it replaces what was said before."""

    name: ClassVar[str] = "senior"
    claims: Money


@dataclass(frozen=True, slots=True)
class Charge(Act):
    """The thing secures a facility, for at most `cap`."""

    name: ClassVar[str] = "charge"
    facility: str
    cap: Money


@dataclass(frozen=True, slots=True)
class Release(Act):
    """The thing, or the guarantee, no longer secures anything from this day on."""

    name: ClassVar[str] = "release"
    why: str


@dataclass(frozen=True, slots=True)
class Standing(Act):
    """What a guarantor owns beyond its debts, what it stands for elsewhere, and what it borrows beside."""

    name: ClassVar[str] = "standing"
    guarantor_kind: Guarantor
    net_worth: Money
    guaranteed_elsewhere: Money
    owes: Money
    document: str


@dataclass(frozen=True, slots=True)
class Promise(Act):
    """A third party guarantees a facility of a borrower: `share` of a loss, at most `cap`.

    Without a facility it is for the line that the borrower is about to apply for; it covers nothing until it is
    promised again, for that line.
    """

    name: ClassVar[str] = "promise"
    facility: str
    borrower: EnterpriseId
    guarantor: EnterpriseId
    cap: Money
    share: Decimal
    turn: Turn
    joint: bool
    document: str
    counter: str = ""  # who stands in for the guarantor once it cannot pay: a counter-guarantee
    until: date | None = None  # its last day; None: it ends with the facility

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise BadInput(
                Label(f"a guarantee covers a share of {self.share}", f"保证比例不能为{self.share}"),
                then=Label("give a share above 0 and at most 1", "请填写大于0且不超过1的比例"),
            )


@dataclass(frozen=True, slots=True)
class Substitute(Act):
    """This thing takes the place of another one that secures a facility, for at most `cap`; the other is free of it."""

    name: ClassVar[str] = "substitute"
    instead_of: str
    facility: str
    cap: Money


@dataclass(frozen=True, slots=True)
class CallMargin(Act):
    """A pledge has lost so much of its value that its owner is asked to top it up by `short`, until a day."""

    name: ClassVar[str] = "call_margin"
    short: Money
    until: date


@dataclass(frozen=True, slots=True)
class Fail(Act):
    """A guarantor is in default: its guarantees count for nothing until it states its standing anew."""

    name: ClassVar[str] = "fail"
    why: str


KINDS_OF_ACT = {
    act.name: act
    for act in (
        *(Register, Value, Perfect, Insure, Senior, Charge, Release),
        *(Standing, Promise, Substitute, CallMargin, Fail),
    )
}


def read(name: str, content: dict[str, Any]) -> Act:
    """An act from its record.

    >>> act = Promise("L1", EnterpriseId("B"), EnterpriseId("G"), Money(5), Decimal("0.8"), Turn.PRO_RATA, True, "ab")
    >>> read("promise", act.content()) == act
    True
    """
    return KINDS_OF_ACT[name].of(content)


def written(name: str, content: dict[str, Any]) -> Act:
    """An act as a program writes it, in the form of its record. Raises BadInput for what cannot be one.

    >>> written("charge", {"facility": "L1", "cap": 500})
    Charge(facility='L1', cap=Money(fen=500, currency='CNY'))
    """
    if name not in KINDS_OF_ACT:
        raise BadInput(f"'{name}' is no act on security", then=f"name one of {', '.join(KINDS_OF_ACT)}")
    known = {item.name: str(item.type) for item in fields(KINDS_OF_ACT[name])}
    if strange := sorted(set(content) - set(known)):
        raise BadInput(f"{name} has no {', '.join(strange)[:80]}", then=f"give {', '.join(known)}")
    for part, value in content.items():
        if value is None and known[part].endswith("| None"):
            continue
        wanted = {"Money": int, "bool": bool}.get(known[part], str)
        beyond = abs(value) > MOST_FEN if wanted is int and type(value) is int else len(str(value)) > MOST_SAID
        if type(value) is not wanted or beyond:
            raise BadInput(
                Label(
                    f"'{str(value)[:80]}' cannot be the {part} of {name}", f"“{str(value)[:80]}”不能作为{name}的{part}"
                ),
                then=Label("write it as its record has it", "请按其记录填写"),
            )
    try:
        return read(name, content)
    except (TypeError, ValueError, ArithmeticError) as wrong:
        raise BadInput(f"{name} cannot be read: {wrong}"[:300], then=f"give {', '.join(known)}") from None


def _encoded(value: object) -> object:
    for kind, encode in ENCODERS.items():
        if type(value) is kind:
            return encode(value)  # type: ignore[operator]  # each encoder takes its own kind
    return value


def _decoded(kind: str, value: Any) -> Any:  # noqa: ANN401  as JSON holds it
    if value is None:
        return None
    decoders: dict[str, Any] = {"Money": Money, "date": date.fromisoformat, "Decimal": Decimal}
    decoders |= {"Guarantor": Guarantor, "Turn": Turn, "date | None": date.fromisoformat}
    return decoders[kind](value) if kind in decoders else value
