"""A paper set as PDF by Typst: one template, the words of one language, the house's own fonts, nothing from outside.

Promises the same bytes for the same paper, language and moment, so that a hash of them can be kept. Everything a paper
says reaches the template as data and is never read as markup. Refuses to work while the fonts are not built.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from puhui.documents import paper
from puhui.documents.blocks import Fact, Facts, Figures, Note, Points, Prose
from puhui.documents.wording import Cell, Form, written
from puhui.refusals import BadInput, NotReady
from puhui.words import Label

ROOM = Path(__file__).parent
FONTS = ROOM / "built" / "fonts"
TEMPLATE = ROOM / "paper.typ"
STANDARD: typst.PDFStandard = "a-2a"  # ISO 19005-2: to be read in decades, and read aloud
LANGUAGES = ("en", "zh-hans")
SHELL = {
    "number": Label("No.", "编号"),
    "issued": Label("Issued on", "出具日期"),
    "sheet": Label("Sheet", "第"),
    "of": Label("of", "页，共"),
    "sheets": Label("\u200b", "页"),
    "date": Label("Date", "日期"),
    "signature": Label("Signature and seal", "签字（盖章）"),
}


def pdf(wanted: paper.Paper, language: str, *, at: datetime) -> bytes:
    """The paper as PDF/A in one language. Raises NotReady when the fonts are not built."""
    if language not in LANGUAGES:
        raise BadInput(f"no paper is written in '{language}'", then=f"name one of: {', '.join(LANGUAGES)}")
    assert at.tzinfo is not None, "a moment has its zone"
    say = _Speaker(language)
    inputs = {"paper": json.dumps(say.whole(wanted), ensure_ascii=False)}
    compiler = typst.Compiler(TEMPLATE, root=ROOM, font_paths=_fonts(), sys_inputs=inputs)
    made = compiler.compile(format="pdf", pdf_standards=STANDARD, timestamp=at.replace(microsecond=0))
    assert isinstance(made, bytes)
    return made


@cache
def _fonts() -> typst.Fonts:
    """The built fonts only, so that a paper looks the same on every machine."""
    if not list(FONTS.glob("*.ttf")):
        raise NotReady("the fonts are not built", then="run: make build")
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


class _Speaker:
    """Turns a paper's values into the words of one language, as plain data for the template."""

    def __init__(self, language: str) -> None:
        self.language = language

    def whole(self, wanted: paper.Paper) -> dict[str, Any]:
        return {
            "language": self.language,
            "kind": self.said(wanted.kind),
            "title": self.said(wanted.title),
            "number": wanted.number,
            "issued_on": wanted.issued_on.isoformat(),
            "issuer": self.said(wanted.issuer),
            "lead": self.said(wanted.lead),
            "colophon": self.said(wanted.colophon),
            "shell": {name: label.in_(self.language) for name, label in SHELL.items()},
            "pieces": [{"is": type(each).__name__.lower(), **PIECES[type(each)](self, each)} for each in wanted.pieces],
        }

    def said(self, label: Label | None) -> str:
        return "" if label is None else label.in_(self.language)

    def cell(self, value: Cell, form: Form = Form.TEXT, digits: int | None = None, unit: Label | None = None) -> str:
        text = written(value, form, digits).in_(self.language)
        return text if unit is None or value is None else f"{text}\u202f{self.said(unit)}"

    def fact(self, fact: Fact) -> dict[str, Any]:
        value = self.cell(fact.value, fact.form, fact.digits, fact.unit)
        return {"label": self.said(fact.label), "value": value, "strong": fact.strong}

    def facts(self, piece: Facts) -> dict[str, Any]:
        facts = [self.fact(each) for each in piece.facts]
        return {"heading": self.said(piece.heading), "facts": facts, "because": [*map(self.said, piece.because)]}

    def figures(self, piece: Figures) -> dict[str, Any]:
        items = [
            {
                "label": self.said(each.label),
                "value": self.cell(each.value, each.form, each.digits),
                "unit": self.said(each.unit),
                "note": self.said(each.note),
            }
            for each in piece.items
        ]
        return {"items": items}

    def listing(self, piece: paper.Listing) -> dict[str, Any]:
        heads = [
            {"label": self.said(each.label), "unit": self.said(each.unit), "right": each.is_number}
            for each in piece.columns
        ]
        return {
            "heading": self.said(piece.heading),
            "heads": heads,
            "rows": [self.row(piece, row) for row in piece.rows],
            "strong": sorted(piece.strong),
            "total": self.row(piece, piece.total) if piece.total else [],
            "empty": self.said(piece.empty),
        }

    def row(self, piece: paper.Listing, cells: tuple[Cell, ...]) -> list[str]:
        """Where nothing is said a cell is empty: a dash in every other cell would be noise on paper."""
        pairs = zip(cells, piece.columns, strict=False)
        return ["" if cell is None else self.cell(cell, column.form, column.digits) for cell, column in pairs]

    def clause(self, piece: paper.Clause) -> dict[str, Any]:
        return {"heading": self.said(piece.heading), "paragraphs": [*map(self.said, piece.paragraphs)]}

    def course(self, piece: paper.Course) -> dict[str, Any]:
        first = piece.points[0][0]
        top = max([fen.fen for _, fen in piece.points] + ([piece.ceiling[1].fen] if piece.ceiling else []))
        ceiling = piece.ceiling and {
            "label": f"{self.said(piece.ceiling[0])} {self.cell(piece.ceiling[1], Form.MONEY)}",
            "share": _share(piece.ceiling[1].fen, top),
        }
        return {
            "heading": self.said(piece.heading),
            "said": self.said(piece.said),
            "days": [first.isoformat(), piece.points[-1][0].isoformat()],
            "points": [
                [_share((day - first).days, (piece.points[-1][0] - first).days), _share(amount.fen, top)]
                for day, amount in piece.points
            ],
            "ceiling": ceiling,
        }


def _share(part: int, whole: int) -> float:
    """Where a point stands between nothing and the whole, for drawing only."""
    return round(part / whole, 5) if whole else 0.0


PIECES: dict[type, Callable[[_Speaker, Any], dict[str, Any]]] = {
    Facts: _Speaker.facts,
    Figures: _Speaker.figures,
    Prose: lambda say, piece: {"text": say.said(piece.text)},
    Points: lambda say, piece: {"items": [*map(say.said, piece.items)]},
    Note: lambda say, piece: {"text": say.said(piece.text), "tone": piece.tone.value},
    paper.Listing: _Speaker.listing,
    paper.Clause: _Speaker.clause,
    paper.Course: _Speaker.course,
    paper.Signatures: lambda say, piece: {"places": [*map(say.said, piece.places)]},
}
assert set(PIECES) == set(paper.Piece.__args__), "every kind of piece has its words"
