"""What is declared: how a channel's rows are read, and the variables that are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from puhui.ids import digest
from puhui.variables.language import (
    Constant,
    Gathered,
    Grain,
    InMonth,
    Measure,
    Named,
    OverFirm,
    Value,
    Window,
    WithPartner,
)
from puhui.words import Label

DAYS_AGO = "days_ago"  # given by the engine to every reading: whole days from the row to the as-of day


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A whole number of each row, so that sums are exact in any order; a measure of it is divided by `per`.

    `expression` is an Ibis deferred, for instance `_.amount_fen` with `per=100` for yuan.
    """

    expression: Any
    per: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """How the engine reads a channel: each row is of the first kind whose condition holds, or is not used.

    `kinds`, `columns`, `partners` and `order` are Ibis deferreds over the channel's schema. `partners` are the names
    that rows bear (counterparty, lender, meter …), each a grain of its own. `order` is a text that tells rows of one
    day apart where their sequence matters. A `quiet` channel writes of events only: its silence says that a firm had
    none, and so sums and counts are 0.
    """

    channel: str
    kinds: Mapping[str, Any]
    columns: Mapping[str, Column]
    partners: Mapping[str, Any] = field(default_factory=dict)
    order: Any = None
    quiet: bool = False

    def __post_init__(self) -> None:
        if DAYS_AGO in self.columns:
            raise ValueError(f"{DAYS_AGO} is given by the engine: name the column of {self.channel} otherwise")


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """One number about a firm as of a day, with what a person needs to read it.

    Its grain and window follow from `value`, so that a declaration cannot contradict itself.
    Raises ValueError where the value does not fit the reading.
    """

    name: str
    label: Label
    unit: Label
    reads: Reading = field(repr=False)
    value: Value
    worse_when: Literal["higher", "lower"] | None
    why: Label
    version: int = 1

    def __post_init__(self) -> None:
        if self.value.grain is not Grain.FIRM:
            raise ValueError(f"{self.name} is a number of each {self.value.grain}: gather it to the firm")
        for measure in measures(self.value):
            unknown = [kind for kind in measure.of if kind not in self.reads.kinds]
            if measure.column and measure.column not in (*self.reads.columns, DAYS_AGO):
                unknown.append(measure.column)
            if unknown:
                raise ValueError(f"{self.name} uses {', '.join(unknown)}, which {self.reads.channel} does not have")
        asked = {node.of_whom for node in self.value.walk() if isinstance(node, WithPartner)}
        if unnamed := sorted(asked - self.reads.partners.keys()):
            raise ValueError(f"{self.name} asks for each {unnamed[0]}, which rows of {self.reads.channel} do not name")

    @property
    def channel(self) -> str:
        """The channel whose rows it is made of."""
        return self.reads.channel

    @property
    def grains(self) -> frozenset[Grain]:
        """The grains it is aggregated at on its way to the firm."""
        leaves = (OverFirm, InMonth, WithPartner)
        return frozenset(node.grain for node in self.value.walk() if isinstance(node, leaves))

    @property
    def window(self) -> Window:
        """The stretch of months it looks at: from its farthest reach to its nearest end."""
        windows = [
            node.window
            for node in self.value.walk()
            if isinstance(node, OverFirm | WithPartner | Gathered) and node.window is not None
        ]
        ago = min(window.ago for window in windows)
        reaches = [window.reach for window in windows]
        farthest = None if None in reaches else max(reach for reach in reaches if reach is not None) - ago
        return Window(farthest, ago)

    def fingerprint(self) -> str:
        """SHA-256 of everything that decides its value: declaration and reading, not labels."""
        reading = f"{dict(self.reads.kinds)} {dict(self.reads.columns)} {dict(self.reads.partners)}"
        reading += f" {self.reads.order} {self.reads.quiet}"
        parts = (self.name, self.unit.en, self.channel, reading, repr(self.value), str(self.version))
        return digest(part.encode() for part in parts)


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """A number made of declared variables of more than one channel; missing where one of them is.

    `value` is made of `Named` variables, worked out after every channel has been read.
    """

    name: str
    label: Label
    unit: Label
    value: Value
    worse_when: Literal["higher", "lower"] | None
    why: Label
    version: int = 1

    def __post_init__(self) -> None:
        ends = [node for node in self.value.walk() if not any(node.parts())]
        if not self.made_of or not all(isinstance(node, Named | Constant) for node in ends):
            raise ValueError(f"{self.name} is derived, and so made of named variables and plain numbers only")

    @property
    def made_of(self) -> tuple[str, ...]:
        """The names of the variables that it is made of."""
        return tuple(dict.fromkeys(node.name for node in self.value.walk() if isinstance(node, Named)))

    def fingerprint(self) -> str:
        """SHA-256 of what it makes of its variables; theirs are their own."""
        return digest(part.encode() for part in (self.name, self.unit.en, repr(self.value), str(self.version)))


@dataclass(frozen=True, slots=True, eq=False)
class Assessed:
    """A number that the room of enterprises works out from several `channels` and from other firms' rows as well."""

    name: str
    of: Literal["accuracy", "bonds"]
    channels: tuple[str, ...]
    label: Label
    unit: Label
    worse_when: Literal["higher", "lower"] | None
    why: Label
    version: int = 1

    def fingerprint(self) -> str:
        """SHA-256 of its name, kind and version: a change of how it is worked out is a new version."""
        parts = (self.name, self.unit.en, self.of, *self.channels, str(self.version))
        return digest(part.encode() for part in parts)


Declared = Variable | Derived | Assessed


def measures(value: Value) -> frozenset[Measure]:
    """Every measure a value is made of."""
    return frozenset(node.measure for node in value.walk() if isinstance(node, OverFirm | InMonth | WithPartner))
