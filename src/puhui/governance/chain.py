"""The audit chain's arithmetic: each record carries the hash of the one before. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from puhui.ids import digest

FIRST = "0" * 64  # what the first record names as the hash before it


@dataclass(frozen=True, slots=True)
class Link:
    """One record as it is hashed. `at` is UTC; `body` is canonical JSON text."""

    number: int
    at: datetime
    act: str
    subject: str
    by: str
    body: str
    before: str
    hash: str

    def computed(self) -> str:
        """The hash that the fields have now."""
        fields = {name: getattr(self, name) for name in ("number", "at", "act", "subject", "by", "body", "before")}
        return hash_of(**fields)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a walk over the chain found: how many records hold, and the first that does not (if any)."""

    records: int
    head: str
    broken_at: int | None = None
    why: str | None = None

    @property
    def holds(self) -> bool:
        """True when every record is as it was written."""
        return self.broken_at is None


def canonical(body: dict[str, Any]) -> str:
    """JSON with sorted keys and no spaces: one value, one text.

    >>> canonical({"rate": Decimal("0.0615"), "on": date(2020, 2, 29), "a": 1})
    '{"a":1,"on":"2020-02-29","rate":"0.0615"}'
    """
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def hash_of(*, number: int, at: datetime, act: str, subject: str, by: str, body: str, before: str) -> str:
    """SHA-256 over every field and the hash before, each length-prefixed.

    >>> moment = datetime(2026, 1, 1, tzinfo=UTC)
    >>> hash_of(number=1, at=moment, act="deliver", subject="d1", by="cli", body="{}", before=FIRST)[:16]
    'b422ddf5570c47e5'
    """
    parts = (str(number), at.astimezone(UTC).isoformat(), act, subject, by, body, before)
    return digest(part.encode() for part in parts)


def walk(links: Iterable[Link]) -> Verified:
    """Verify records in order; stop at the first that is missing, moved or altered."""
    before, expected = FIRST, 1
    for link in links:
        if link.number != expected:
            return Verified(expected - 1, before, expected, f"record {expected} is missing: {link.number} follows")
        if link.before != before:
            return Verified(expected - 1, before, expected, f"record {expected} does not follow record {expected - 1}")
        if link.computed() != link.hash:
            return Verified(expected - 1, before, expected, f"record {expected} was altered after it was written")
        before, expected = link.hash, expected + 1
    return Verified(expected - 1, before)


def _plain(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical text: give text, whole numbers, days or decimals")
