"""The shapes that many operations share: texts, numbers, amounts, pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from ninja import Path, Query, Schema
from pydantic import BeforeValidator, Field, StringConstraints

from puhui.money import MOST_FEN, Money
from puhui.refusals import BadInput

T = TypeVar("T")
PLAIN = r"^[^\x00-\x1f\x7f]*$"  # no control characters: PostgreSQL keeps no zero byte
Word = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=PLAIN)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=PLAIN)]
Fen = Annotated[int, BeforeValidator(lambda value: value.fen if isinstance(value, Money) else value)]
Amount = Annotated[int, Field(ge=1, le=MOST_FEN // 10, strict=True)]
Firm = Annotated[str, Path(min_length=1, max_length=80, pattern=PLAIN)]
Number = Annotated[int, Path(ge=1, le=2**62)]
After = Annotated[str, Query(max_length=120, description="The `next` of the page before; empty: from the beginning.")]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]


class Page(Schema, Generic[T]):
    """Some of a list, and where to go on; `next` is empty on the last page."""

    items: list[T]
    next: str


def page(rows: Sequence[Any], limit: int, place: Callable[[Any], int | str]) -> dict[str, Any]:
    """A page of rows, of which one more than `limit` were asked for; `place` is a row's place in the order."""
    shown = list(rows[:limit])
    return {"items": shown, "next": to_cursor(place(shown[-1])) if len(rows) > limit else ""}


def to_cursor(place: int | str) -> str:
    """A place in a list, as callers hand it back.

    >>> from_cursor(to_cursor(4711))
    4711
    """
    return base64.urlsafe_b64encode(f"at {place}".encode()).decode().rstrip("=")


def from_cursor(cursor: str) -> int:
    """The place that a cursor names; the beginning for none. Raises BadInput for what is no cursor."""
    if not cursor:
        return 0
    named = named_by(cursor)
    if not named.isascii() or not named.isdecimal() or not 0 <= int(named) < 2**62:
        raise _no_cursor(cursor)
    return int(named)


def named_by(cursor: str) -> str:
    """The name at which a list goes on, where places are names; empty for the beginning."""
    if not cursor:
        return ""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, UnicodeError, ValueError):
        text = ""
    if not text.startswith("at ") or not text.isprintable():
        raise _no_cursor(cursor)
    return text.removeprefix("at ")


def _no_cursor(cursor: str) -> BadInput:
    return BadInput(f"'{cursor}' is no cursor", then="hand back the `next` of a page as it came")


class Agreed(Schema):
    """The proposal that another person has judged, and that is to be carried out."""

    proposal: Annotated[int, Field(ge=1, le=10**17)]
