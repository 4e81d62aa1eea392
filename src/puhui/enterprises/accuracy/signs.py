"""What a detector answers: a firm that looks as if, how strongly, and the evidence that a person can check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ibis.backends.duckdb import Backend

from puhui.dated import Terms
from puhui.words import Label


@dataclass(frozen=True, slots=True)
class Sign:
    """A firm that looks as if; `strength` runs from 0 to 1, `evidence` is what to check."""

    enterprise: str
    kind: str
    strength: float
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Detector:
    """What it is called, what it looks for, which document would settle it. `find` reads the thresholds of a day."""

    label: Label
    looks_for: Label
    settles: Label
    find: Callable[[Backend, Terms], list[Sign]]


def signs(kind: str, rows: list[tuple[Any, ...]], *names: str) -> list[Sign]:
    """Signs from rows `enterprise, strength, evidence…`."""
    return [Sign(row[0], kind, round(float(row[1]), 3), dict(zip(names, row[2:], strict=True))) for row in rows]


def numbers(held: Terms) -> dict[str, float]:
    """The terms as plain numbers, as statements use them."""
    return {name: float(term.value) for name, term in held.terms.items() if not isinstance(term.value, tuple)}
