"""What the pieces of a page are made from: plain values that templates draw. Pure.

Promises that a waterfall's bars add up to its total; refuses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from puhui.documents.blocks import Tag, Tone
from puhui.documents.wording import Cell, Form, written
from puhui.money import Money
from puhui.words import Label

WIDTH = 1000.0  # of a waterfall's drawing
NONE = Money(0)
NEARLY = 10  # a whole of which less than a tenth is left is to be watched


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a waterfall; a `whole` one stands on zero and names a sum, a `quiet` one is only compared with it."""

    label: Label
    size: float
    of: Cell = None
    whole: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A step as it is drawn: from, width and tone, and its number in words."""

    step: Step
    x: str
    width: str
    zero: str
    tone: str
    words: Label


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Steps that add up. `up_is_good` colours a rise green."""

    title: Label
    steps: tuple[Step, ...]
    form: Form = Form.NUMBER
    digits: int | None = None
    up_is_good: bool = True

    def bars(self) -> list[Bar]:
        """Where each bar begins and ends, between 0 and 1000.

        >>> steps = (Step(Label("a", "甲"), 4), Step(Label("b", "乙"), -1), Step(Label("c", "丙"), 3, whole=True))
        >>> [(bar.x, bar.width, bar.tone) for bar in Waterfall(Label("t", "题"), steps).bars()]
        [('0.0', '1000.0', 'up'), ('750.0', '250.0', 'down'), ('0.0', '750.0', 'whole')]
        """
        spans, at = [], 0.0
        for step in self.steps:
            start = 0.0 if step.whole else at
            at = step.size if step.whole else at + step.size
            spans.append((start, at))
        low = min([0.0, *(min(span) for span in spans)])
        high = max([0.0, *(max(span) for span in spans)])
        scale = WIDTH / ((high - low) or 1.0)
        drawn = []
        for step, (start, end) in zip(self.steps, spans, strict=True):
            rises = step.size >= 0
            tone = "quiet" if step.quiet else "whole" if step.whole else ("up" if rises == self.up_is_good else "down")
            value = Money(round(step.size * 100)) if self.form in (Form.MONEY, Form.MONEY_SHORT) else step.size
            words = written(value, self.form, self.digits)
            if not step.whole and step.size > 0:
                words = Label(f"+{words.en}", f"+{words.zh}")
            x, width = (min(start, end) - low) * scale, abs(end - start) * scale
            drawn.append(Bar(step, f"{x:.1f}", f"{max(width, 2.0):.1f}", f"{-low * scale:.1f}", tone, words))
        return drawn


@dataclass(frozen=True, slots=True)
class Gauge:
    """How much of a whole is taken: what is used, what is reserved, and a mark at what is promised in all."""

    label: Label
    used: Money
    whole: Money
    reserved: Money = NONE
    promised: Money | None = None
    note: Label | None = None
    more: Label | None = None
    tag: Tag | None = None
    at: str = ""

    @property
    def free(self) -> Money:
        """What is left; below zero when more is used than the whole."""
        return self.whole - self.used - self.reserved

    @property
    def tone(self) -> str:
        """Bad when nothing is left, to be watched when little is.

        >>> [Gauge(Label("a", "甲"), Money(used), Money(100)).tone for used in (10, 95, 101)]
        ['good', 'watch', 'bad']
        """
        if self.free.fen < 0:
            return "bad"
        return "watch" if self.free.fen * NEARLY < self.whole.fen else "good"

    def drawn(self) -> dict[str, str]:
        """Where the used part ends, how wide the reserved one is, and where the marks stand, between 0 and 1000.

        >>> Gauge(Label("a", "甲"), Money(50), Money(100), Money(25), promised=Money(200)).drawn()
        {'used': '250.0', 'reserved': '125.0', 'end': '500.0', 'promised': '1000.0'}
        """
        taken = self.used.fen + self.reserved.fen
        scale = WIDTH / max(self.whole.fen, taken, self.promised.fen if self.promised else 0, 1)
        found = {"used": self.used.fen * scale, "reserved": self.reserved.fen * scale, "end": self.whole.fen * scale}
        if self.promised is not None:
            found["promised"] = self.promised.fen * scale
        return {name: f"{value:.1f}" for name, value in found.items()}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    on: date | datetime
    what: Label
    more: Label | None = None
    by: str = ""
    tone: Tone = Tone.PLAIN
    at: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One named value before and after."""

    name: str
    before: Any
    after: Any
    differs: bool


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Two mappings name by name, nested ones by their path, what differs first.

    >>> [(c.name, c.before, c.after) for c in compared({"a": 1, "b": {"c": 2}}, {"a": 1, "b": {"c": 3}})]
    [('b · c', 2, 3), ('a', 1, 1)]
    """
    old, new = _flat(before), _flat(after)
    rows = [Change(name, old.get(name), new.get(name), old.get(name) != new.get(name)) for name in {**old, **new}]
    return sorted(rows, key=lambda row: not row.differs)


def _flat(given: Mapping[str, Any] | Sequence[Any], path: str = "") -> dict[str, Any]:
    pairs = given.items() if isinstance(given, Mapping) else enumerate(given, start=1)
    found: dict[str, Any] = {}
    for key, value in pairs:
        name = f"{path} · {key}" if path else str(key)
        if isinstance(value, Mapping | list | tuple) and value:
            found |= _flat(value, name)
        else:
            found[name] = value
    return found


def plain(value: object) -> object:
    """What JSON cannot write by itself, for plots: labels in both languages, exact numbers as numbers."""
    if isinstance(value, Label):
        return {"en": value.en, "zh": value.zh}
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"a plot cannot hold a {type(value).__name__}")
