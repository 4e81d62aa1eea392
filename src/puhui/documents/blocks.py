"""What a document is made of: typed blocks, each in both languages, none of them knows HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from puhui.documents.wording import Cell, Form
from puhui.words import Label


class Tone(StrEnum):
    """What a mark says without words; the words always stand beside it."""

    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Tag:
    """A short word in a table cell, with a tone."""

    words: Label
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Figure:
    """One key figure: `written(value, form)` large, its unit small, a note of a line or two below."""

    label: Label
    value: Cell
    form: Form = Form.TEXT
    digits: int | None = None
    unit: Label | None = None
    note: Label | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Key figures in a row that wraps."""

    items: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    text: Label


@dataclass(frozen=True, slots=True)
class Points:
    """A list of short statements."""

    items: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A remark the reader must not miss, such as a limit of the data."""

    text: Label
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot: an ECharts option of plain data (`puhui.documents.plots` builds the usual ones).

    Four things in an option are resolved when the page draws it, so that language and theme can change:
    `{"en": …, "zh": …}` is a text; a string `"@ink"` is the page's colour of that name; `{"$form": "percent",
    "digits": 1}` is a formatter; `{"$tip": [[place, label, form, digits], …], "$name": place}` is a tooltip that
    lists parts of a point, where `place` is an index into the point's values or a key of the data item.
    `said` tells in words what the plot shows, for those who do not see it.
    """

    title: Label
    option: Mapping[str, Any]
    said: Label
    note: Label | None = None
    height_px: int = 320


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table. A `choice` column gets a menu that filters rows by its values."""

    label: Label
    form: Form = Form.TEXT
    digits: int | None = None
    unit: Label | None = None
    choice: bool = False

    @property
    def is_number(self) -> bool:
        """Numbers stand right, text stands left."""
        return self.form is not Form.TEXT


@dataclass(frozen=True, slots=True)
class Fact:
    """A named value among a row's details; `strong` marks the one that decides."""

    label: Label
    value: Cell
    form: Form = Form.TEXT
    digits: int | None = None
    unit: Label | None = None
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Named values under a heading, within a row's details, and in sentences below them why they are so."""

    heading: Label
    facts: tuple[Fact, ...]
    because: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its length is `size` (either sign); `value`, `form` and `digits` say what is written at its end.

    `of` is written after the label, such as the value of the variable whose points the bar shows.
    """

    label: Label
    size: float
    value: Cell
    form: Form = Form.NUMBER
    digits: int | None = None
    of: Cell = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Signed bars around a zero line, within a row's details: what pushed up, what pulled down."""

    heading: Label
    bars: tuple[Bar, ...]
    note: Label | None = None
    up_is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Statements:
    """Sentences under a heading, within a row's details."""

    heading: Label
    items: tuple[Label, ...]


Detail = Facts | Bars | Statements


@dataclass(frozen=True, slots=True)
class Row:
    """One row: as many cells as the table has columns; `details` open below it; `anchor` links to it (#anchor)."""

    cells: tuple[Cell | Tag, ...]
    details: tuple[Detail, ...] = ()
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table; every column sorts. `searchable` adds a search box; of a long table `first_rows` show at once."""

    title: Label
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    searchable: bool = False
    first_rows: int = 40
    note: Label | None = None

    def __post_init__(self) -> None:
        for row in self.rows:
            assert len(row.cells) == len(self.columns), f"{len(row.cells)} cells for {len(self.columns)} columns"


@dataclass(frozen=True, slots=True)
class Beside:
    """Blocks side by side where the page is wide enough, one below the other where it is not."""

    blocks: tuple[Plot | Table | Prose | Points | Note | Figures, ...]


Block = Figures | Prose | Points | Note | Plot | Table | Beside


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document with a heading; `lead` is one sentence on what it shows."""

    heading: Label
    blocks: tuple[Block, ...]
    lead: Label | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A whole page. `kind` stands small above the title; `colophon` says at the end how it was made."""

    kind: Label
    title: Label
    lead: Label
    sections: tuple[Section, ...]
    colophon: Label
