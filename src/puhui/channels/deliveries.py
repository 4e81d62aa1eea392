"""What a delivery is, and the states that it passes through. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from puhui.ids import DeliveryId


class State(StrEnum):
    """Where a delivery stands.

    STARTED: being worked on, or its process was killed; the next delivery to the channel heals it.
    COMMITTED: its rows are in the lake, its quarantine and tally in the book. For ever.
    FAILED: nothing of it remains; the same file may be delivered again.
    """

    STARTED = "started"
    COMMITTED = "committed"
    FAILED = "failed"


NEXT: dict[State, set[State]] = {
    State.STARTED: {State.COMMITTED, State.FAILED},
    State.FAILED: {State.STARTED},
    State.COMMITTED: set(),
}
assert NEXT.keys() == set(State)


def step(now: State, then: State) -> State:
    """The next state, or a bug.

    >>> step(State.STARTED, State.COMMITTED).value
    'committed'
    >>> step(State.COMMITTED, State.FAILED)
    Traceback (most recent call last):
    ...
    AssertionError: a delivery goes from committed to nothing, not to failed
    """
    allowed = ", ".join(sorted(NEXT[now])) or "nothing"
    assert then in NEXT[now], f"a delivery goes from {now} to {allowed}, not to {then}"
    return then


@dataclass(frozen=True, slots=True)
class Delivery:
    """The answer to a delivery: rows in = accepted + quarantined + duplicates.

    `corrections` of the accepted rows supersede an earlier row. `reasons` counts the quarantined rows by reason; a row
    may have several. `repeated` says that this very file had been delivered before, and nothing was done.
    """

    delivery: DeliveryId
    channel: str
    source: str
    rows_in: int
    accepted: int
    quarantined: int
    duplicates: int
    corrections: int
    reasons: dict[str, int] = field(default_factory=dict)
    unknown_headers: tuple[str, ...] = ()
    repeated: bool = False

    def __post_init__(self) -> None:
        assert self.rows_in == self.accepted + self.quarantined + self.duplicates, f"a row vanished: {self}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Compacted:
    """The answer to a compaction: so many files became so few. Files that were well as they were are not counted."""

    channel: str
    files_before: int
    files_after: int
