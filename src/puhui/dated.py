"""Dated data: values that hold from a day on, each with its source. Thresholds live here, never in code.

A file of terms is JSON; a term with several values takes the last one that is valid on the day asked for, so that
an act of 2020 is judged, and replayed, under the terms of 2020.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from puhui.ids import digest
from puhui.refusals import BadInput
from puhui.words import Label

UNITS = ("bp", "share", "yuan", "days", "months", "points", "count", "ratio", "list")

Value = int | Decimal | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """One term as it holds on a day.

    Units: bp (basis points), share (1 = 100 %), yuan, days, months, points (of 100), count, ratio, list.
    """

    name: str
    label: Label
    unit: str
    value: Value
    valid_from: date
    source: str
    confidence: str

    def shown(self) -> str:
        """The value with its unit, for a person.

        >>> Term("lgd", Label("Loss", "损失"), "share", Decimal("0.6"), date(2020, 1, 1), "stated", "L").shown()
        '60 %'
        """
        if isinstance(self.value, tuple):
            return ", ".join(self.value)
        if self.unit == "share":
            return f"{(Decimal(self.value) * 100).normalize():f} %"
        return f"{self.value:,} {self.unit}"


@dataclass(frozen=True, slots=True)
class Terms:
    """All terms of a thing on one day: of a product, of a kind of collateral, of a law."""

    of: str
    label: Label
    on: date
    terms: Mapping[str, Term]

    def number(self, name: str) -> int | Decimal:
        """The value of a term that is a number, exact."""
        value = self.terms[name].value
        assert not isinstance(value, tuple), f"{name} is a list"
        return value

    def whole(self, name: str) -> int:
        """The value of a term that is a whole number, such as basis points or yuan."""
        value = self.number(name)
        assert isinstance(value, int), f"{name} is not whole"
        return value

    def decimal(self, name: str) -> Decimal:
        """The value of a term that is a number, as a decimal: a share written without a point too."""
        return Decimal(self.number(name))

    def words(self, name: str) -> tuple[str, ...]:
        """The value of a term that is a list of words."""
        value = self.terms[name].value
        assert isinstance(value, tuple), f"{name} is no list"
        return value

    def values(self) -> dict[str, Any]:
        """Name to value: whole numbers, exact decimals or lists of text."""
        return {name: list(t.value) if isinstance(t.value, tuple) else t.value for name, t in self.terms.items()}

    @property
    def sha256(self) -> str:
        """The hash of the values that hold on the day."""
        return digest([json.dumps(self.values(), sort_keys=True, default=str).encode()])


def load(path: Path, *, on: date) -> Terms:
    """The terms of a file as they hold on a day.

    Raises BadInput when the file is broken, a unit is unknown, or a term has no value yet on that day.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(f"the terms in {path.name} cannot be read ({problem})", then="restore the file") from None
    return read(text, on=on, name=path.name)


def read(text: str, *, on: date, name: str) -> Terms:
    """The terms of a text as they hold on a day; `name` is what a complaint calls it. Raises as `load`."""
    try:
        document = json.loads(text, parse_float=Decimal)
        entries = [_term(entry, on, name) for entry in document["terms"]]
        of, label = document["of"]["name"], Label(**document["of"]["label"])
    except (ValueError, KeyError, TypeError) as problem:
        raise BadInput(
            f"the terms in {name} cannot be read ({type(problem).__name__}: {problem})",
            then="mend the file: every term needs name, label, unit and dated values with a source",
        ) from None
    return Terms(of, label, on, MappingProxyType({term.name: term for term in entries}))


def _term(entry: dict[str, Any], on: date, file: str) -> Term:
    if entry["unit"] not in UNITS:
        raise ValueError(f"{entry['name']} has the unit '{entry['unit']}', not one of {', '.join(UNITS)}")
    valid = [v for v in entry["values"] if date.fromisoformat(v["valid_from"]) <= on]
    if not valid:
        raise BadInput(
            f"the term {entry['name']} has no value on {on}",
            then=f"ask for a later day, or add a value that is valid then to {file}",
        )
    last = max(valid, key=lambda v: str(v["valid_from"]))
    value = tuple(last["value"]) if isinstance(last["value"], list) else last["value"]
    return Term(
        name=entry["name"],
        label=Label(**entry["label"]),
        unit=entry["unit"],
        value=value,
        valid_from=date.fromisoformat(last["valid_from"]),
        source=last["source"],
        confidence=last["confidence"],
    )
