"""What rooms above hold of a firm beside the channels' rows: each tells it for the owner's copy, and how it lets go.

Promises that a copy is of all that is held, and that an erasure drops what is no history. Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from puhui.ids import EnterpriseId

Tell = Callable[[EnterpriseId], list[dict[str, Any]]]
Forget = Callable[[EnterpriseId], int]
_rooms: dict[str, tuple[Tell, Forget | None]] = {}


def also(what: str, tell: Tell, forget: Forget | None = None) -> None:
    """Let a room's holdings be part of the owner's copy under this name.

    With `forget`, what it keeps is dropped in the act of an erasure, and told how much that was; without, it is history
    that the law keeps.
    """
    _rooms[what] = tell, forget


def held_of(firm: EnterpriseId) -> dict[str, list[dict[str, Any]]]:
    """What every room holds of a firm, by name; nothing of those that hold nothing."""
    found = {what: tell(firm) for what, (tell, _) in _rooms.items()}
    return {what: its for what, its in found.items() if its}


def forget(firm: EnterpriseId) -> int:
    """Let every room drop what it keeps of a firm that is no history; how much that was."""
    return sum(drop(firm) for _, drop in _rooms.values() if drop is not None)
