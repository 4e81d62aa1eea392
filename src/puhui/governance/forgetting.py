"""What rooms above keep of a firm that is no history: each tells how it lets go of it when the firm is erased."""

from __future__ import annotations

from collections.abc import Callable

from puhui.ids import EnterpriseId

Forget = Callable[[EnterpriseId], int]
_told: list[Forget] = []


def also(forget: Forget) -> None:
    """Let a room drop, in the act of an erasure, what it keeps of a firm; `forget` says how much that was."""
    _told.append(forget)


def all_of(firm: EnterpriseId) -> int:
    """Let every room drop what it keeps of a firm; how much that was."""
    return sum(forget(firm) for forget in _told)
