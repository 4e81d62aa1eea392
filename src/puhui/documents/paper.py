"""What a paper is made of: typed blocks for what is printed, signed or filed, each with its words in both languages.

A paper becomes a PDF in one language at a time (`services.pdf`). Blocks that mean the same on a page and on paper are
those of `blocks`. Promises that a paper says nothing that its values do not say. Refuses a row of the wrong length and
a course without days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from puhui.documents.blocks import Column, Facts, Figures, Note, Points, Prose
from puhui.documents.wording import Cell
from puhui.money import Money
from puhui.words import Label

NOTHING = Label("There is nothing to show.", "无记录。")


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows under heads that repeat on every sheet. Rows whose number is in `strong` are set apart, as is `total`."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    heading: Label | None = None
    strong: frozenset[int] = frozenset()
    total: tuple[Cell, ...] = ()
    empty: Label = NOTHING

    def __post_init__(self) -> None:
        for row in (*self.rows, *([self.total] if self.total else [])):
            if len(row) != len(self.columns):
                raise ValueError(f"a row of {len(row)} cells under {len(self.columns)} heads")


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered clause of a contract. `paragraphs` are numbered within it when there are several."""

    heading: Label
    paragraphs: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """An amount that steps from day to day, as a small plot; `said` tells in words what it shows."""

    heading: Label
    said: Label
    points: tuple[tuple[date, Money], ...]
    ceiling: tuple[Label, Money] | None = None

    def __post_init__(self) -> None:
        days = [day for day, _ in self.points]
        if len(days) < 2 or days != sorted(set(days)):
            raise ValueError("a course needs two days or more, each later than the one before")


@dataclass(frozen=True, slots=True)
class Signatures:
    """Where people sign and date, side by side."""

    places: tuple[Label, ...]


Piece = Facts | Figures | Prose | Points | Note | Listing | Clause | Course | Signatures


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole paper. `kind` stands small above the title; `number` is its reference; `colophon` how it was made."""

    kind: Label
    title: Label
    number: str
    issued_on: date
    issuer: Label
    pieces: tuple[Piece, ...]
    colophon: Label
    lead: Label | None = None
