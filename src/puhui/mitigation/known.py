"""What the house knows of a guarantor beside its own statement, as the room of exposure tells, which lies above.

Promises that whoever proposes, confirms or counts a guarantee is held against the same knowledge: guarantees that the
bureau reports, and what the guarantor itself borrows here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from puhui.ids import EnterpriseId
from puhui.money import Money

NOTHING = Money(0)


@dataclass(frozen=True, slots=True)
class Known:
    """What a guarantor owes here, and what it guarantees elsewhere by the bureau's last report."""

    owes: Money = NOTHING
    guarantees: Money = NOTHING


class Source(Protocol):
    """Who knows: of one guarantor, and of the guarantees around a borrower."""

    def of(self, guarantor: EnterpriseId) -> Known:
        """What is known of a guarantor now."""

    def ties_from(self, borrower: EnterpriseId, *, on: date) -> list[tuple[EnterpriseId, EnterpriseId]]:
        """The guarantees elsewhere that lead away from a borrower, as (guarantor, guaranteed)."""


_source: list[Callable[[], Source]] = []


def tell(source: Callable[[], Source]) -> None:
    """Let guarantees be held against what the rooms above know."""
    _source[:] = [source]


def source() -> Source:
    """Who has told this room that it knows."""
    assert _source, "nobody has told what is known of guarantors: is Django set up?"
    return _source[0]()
