"""What rooms above know of a firm that bears on its data: what else is held, what rests on it, what it is called.

Each room tells it from its `apps.py`, upward to downward, since this room may not ask those above it. Promises that a
copy is of all that is held, that an erasure drops what is no history, and that only a decision or a credit keeps data
for the legal time. Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from puhui.ids import EnterpriseId

Tell = Callable[[EnterpriseId], list[dict[str, Any]]]
Forget = Callable[[EnterpriseId], int]
_rooms: dict[str, tuple[Tell, Forget | None]] = {}


@dataclass(frozen=True, slots=True)
class Resting:
    """What last rested on a firm's data, such as `decision` 12, and the day on which it did."""

    what: str
    number: int
    on: date


Rests = Callable[[Collection[EnterpriseId]], Resting | None]
Keys = Callable[[EnterpriseId], list[EnterpriseId]]
_resting: dict[str, Rests] = {}
_keys: list[Keys] = []


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


def rests(what: str, tell: Rests) -> None:
    """Let what a room has decided keep the data that it rests on; `tell` is asked under every key of the firm."""
    _resting[what] = tell


def last_resting(keys: Collection[EnterpriseId]) -> Resting | None:
    """What last rested on the data of a firm, by all its keys; None where nothing ever did."""
    found = [resting for tell in _resting.values() if (resting := tell(keys)) is not None]
    return max(found, key=lambda resting: resting.on, default=None)


def known_by(keys: Keys) -> None:
    """Let a room say under which keys the channels and the other rooms know a firm."""
    _keys.append(keys)


def keys_of(firm: EnterpriseId) -> list[EnterpriseId]:
    """Every key that means this firm, whichever of them is named; itself among them."""
    return sorted({firm, *(key for keys in _keys for key in keys(firm))})
