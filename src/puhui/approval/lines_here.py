"""What goes ill with a firm's lines in the house, as the room of lending tells, which lies above.

Promises that a decision is told of every line of the legal firm that is frozen, written off or non-performing, under
whichever of its ids it was opened.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from puhui.ids import EnterpriseId

Source = Callable[[EnterpriseId, date], list[str]]
_source: list[Source] = []


def tell(source: Source) -> None:
    """Let decisions know what the room above knows: of each line that goes ill, its number and how it stands."""
    _source[:] = [source]


def ill(firm: EnterpriseId, *, on: date) -> tuple[str, ...]:
    """The firm's lines that go ill, opened by a day, in the order of their numbers, such as `12 frozen`."""
    assert _source, "nobody has told of the lines in the house: is Django set up?"
    return tuple(_source[0](firm, on))
