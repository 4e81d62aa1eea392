"""What a decision rests on and what it comes to, as values with one canonical text each. Pure.

`Inputs` is everything that was looked up; `Answer` everything that followed. Promises that equal values give equal
bytes, and that inputs read back from their text are equal to those that were written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from puhui.ids import digest

SCHEMA = 1
WORDING = 2  # how today's sentences are said; 1: before amounts had their separators and missing data their names
BUILT = (
    "as_of",
    "on",
    "caps",
    "signs",
    "holds",
    "lines",
    "wording",
)  # the parts of the inputs that JSON writes in a form of their own


@dataclass(frozen=True, slots=True)
class Cap:
    """A cap of exposure as it stood: what may still be approved under it (fen), and whether it holds or refers."""

    name: str
    en: str
    zh: str
    force: str
    amount_fen: int
    uncommitted_fen: int
    source: str


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of too much credit: what was found, and from where on it is one."""

    name: str
    en: str
    zh: str
    found: str
    threshold: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that was looked up for one decision.

    `channels` says of each channel whether it could be read and how fresh it was; `variables` are those that the graph
    or a model reads; `trust` what the firm's sources say of each other; `told` what the application tells in yuan.
    `asked_fen` is None when the firm leaves the amount to the house.
    """

    firm: str
    product: str
    version: int
    as_of: date
    on: date
    asked_fen: int | None
    trade: str
    channels: Mapping[str, Mapping[str, Any]]
    variables: Mapping[str, float | None]
    trust: Mapping[str, float | None]
    told: Mapping[str, float | None]
    caps: tuple[Cap, ...]
    repeats: Mapping[str, int]
    house: Mapping[str, int]  # the room's own terms that the decision uses, by name
    signs: tuple[Sign, ...] = ()
    holds: tuple[str, ...] = ()  # what stops the firm's draws on the day, by reference
    lines: tuple[str, ...] = ()  # its lines in the house that go ill, such as `12 frozen`
    wording: int = WORDING

    def to_json(self) -> dict[str, Any]:
        """As the evidence writes them."""
        plain = {name: getattr(self, name) for name in self.__slots__ if name not in BUILT}
        caps = [{name: getattr(cap, name) for name in Cap.__slots__} for cap in self.caps]
        signs = [{name: getattr(sign, name) for name in Sign.__slots__} for sign in self.signs]
        told: dict[str, Any] = (
            {"signs": signs} if signs else {}
        )  # decisions from before there were any keep their bytes
        told |= {"holds": list(self.holds)} if self.holds else {}
        told |= {"lines": list(self.lines)} if self.lines else {}
        told |= {"wording": self.wording} if self.wording > 1 else {}
        return plain | {"as_of": self.as_of.isoformat(), "on": self.on.isoformat(), "caps": caps} | told


def inputs_from(said: Mapping[str, Any]) -> Inputs:
    """Inputs from the evidence of a decision."""
    plain = {name: said[name] for name in Inputs.__slots__ if name not in BUILT}
    return Inputs(
        **plain,
        as_of=date.fromisoformat(said["as_of"]),
        on=date.fromisoformat(said["on"]),
        caps=tuple(Cap(**cap) for cap in said["caps"]),
        signs=tuple(Sign(**sign) for sign in said.get("signs", ())),
        holds=tuple(said.get("holds", ())),
        lines=tuple(said.get("lines", ())),
        wording=said.get("wording", 1),
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What follows from the inputs. Amounts in fen, the rate in basis points; 0 unless approved.

    `reasons` are the three that matter most, `would_change` what of the firm's own doing would change the answer;
    `body` is all of it as the evidence writes it.
    """

    outcome: str
    limit_fen: int
    mortgage_fen: int
    guarantee_fen: int
    rate_bp: int
    grade: str
    pd: float | None
    reasons: tuple[Mapping[str, str], ...]
    would_change: tuple[Mapping[str, Any], ...]
    rules: tuple[str, ...]
    body: Mapping[str, Any] = field(repr=False)


def text_of(inputs: Inputs, answer: Answer, artefacts: Mapping[str, str]) -> str:
    """The whole evidence as one canonical text: the inputs, the hashes of all that decided, and the answer."""
    body = {"schema": SCHEMA, "inputs": inputs.to_json(), "artefacts": dict(artefacts), "answer": dict(answer.body)}
    return canonical(body)


def canonical(body: object) -> str:
    """JSON with sorted keys and no spaces, exact floats: one value, one text."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(text: str) -> str:
    """The name of an evidence."""
    return digest([text.encode()])


def differences(before: object, after: object, at: str = "") -> Iterator[str]:
    """Where two JSON values differ, place by place.

    >>> list(differences({"a": {"b": 1, "c": [1, 2]}}, {"a": {"b": 2, "c": [1, 2, 3]}}))
    ['a.b: 1 became 2', 'a.c[2]: nothing became 3']
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            place = f"{at}.{name}" if at else str(name)
            yield from differences(before.get(name, _NOTHING), after.get(name, _NOTHING), place)
    elif isinstance(before, list) and isinstance(after, list):
        for number in range(max(len(before), len(after))):
            old, new = (side[number] if number < len(side) else _NOTHING for side in (before, after))
            yield from differences(old, new, f"{at}[{number}]")
    elif before != after:
        yield f"{at}: {_said(before)} became {_said(after)}"


class _Nothing:
    pass


_NOTHING = _Nothing()


def _said(value: object) -> str:
    if isinstance(value, _Nothing):
        return "nothing"
    text = canonical(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
