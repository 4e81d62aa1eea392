"""What a table's rows open to, as JSON that keeps each text once: hundreds of rows say much the same words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from puhui.documents.blocks import Bar, Bars, Detail, Fact, Facts, Statements, Table
from puhui.documents.wording import written
from puhui.words import Label

Place = Callable[[Label], int]


def details_of(table: Table) -> dict[str, Any]:
    """{"words": [[en, zh], …], "rows": [[block, …], …]}: texts once, one list of blocks a row, texts by their place.

    A text that is the same in both languages stands alone in its list.
    """
    known: dict[Label, int] = {}

    def place(label: Label) -> int:
        return known.setdefault(label, len(known))

    rows = [[_detail(detail, place) for detail in row.details] for row in table.rows]
    return {"words": [[label.en] if label.en == label.zh else [label.en, label.zh] for label in known], "rows": rows}


def _detail(detail: Detail, place: Place) -> dict[str, Any]:
    block: dict[str, Any] = {"heading": place(detail.heading)}
    match detail:
        case Facts():
            block |= {"facts": [_fact(fact, place) for fact in detail.facts]}
            return block | ({"because": [place(item) for item in detail.because]} if detail.because else {})
        case Statements():
            return block | {"statements": [place(item) for item in detail.items]}
        case Bars():
            block |= {"bars": [_bar(bar, place) for bar in detail.bars], "good": -1 if detail.up_is_bad else 1}
            return block | ({"note": place(detail.note)} if detail.note else {})


def _bar(bar: Bar, place: Place) -> list[float]:
    value = place(written(bar.value, bar.form, bar.digits))
    return [place(bar.label), bar.size, value, *([place(written(bar.of))] if bar.of is not None else [])]


def _fact(fact: Fact, place: Place) -> list[int]:
    value = written(fact.value, fact.form, fact.digits)
    if fact.unit:
        value = Label(f"{value.en} {fact.unit.en}", f"{value.zh} {fact.unit.zh}")
    return [place(fact.label), place(value), *([1] if fact.strong else [])]
