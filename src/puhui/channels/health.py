"""How each channel does: its last delivery, its rows, its quarantine, its freshness, and what changed in form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Count, Max, Sum

from puhui.channels.catalogue import CHANNELS
from puhui.channels.contract import Channel
from puhui.channels.deliveries import State
from puhui.channels.models import DeliveryRow
from puhui.governance.purposes import Purpose
from puhui.words import Label

CHANGES_SHOWN = 20


class Freshness(StrEnum):
    """The newest fact against the channel's promise. EMPTY: nothing has been accepted yet."""

    FRESH = "fresh"
    STALE = "stale"
    EMPTY = "empty"


WORDS: dict[Freshness, Label] = {
    Freshness.FRESH: Label("fresh", "及时"),
    Freshness.STALE: Label("stale", "逾期"),
    Freshness.EMPTY: Label("no data", "无数据"),
}
assert WORDS.keys() == set(Freshness)


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """The first delivery of a source whose headers are not those of the one before it."""

    on: date
    source: str
    file: str
    added: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """One channel as of a business day. Counts are of all deliveries; `rows` supersede each other by correction.

    `age_days` is how old the newest fact is; `unknown_headers` of each source's last file fill no column.
    """

    name: str
    label: Label
    purposes: tuple[Purpose, ...]
    deliveries: int
    last_on: date | None
    last_source: str | None
    rows: int
    quarantined: int
    duplicates: int
    corrections: int
    quarantine_rate: float
    newest: date | None
    age_days: int | None
    fresh_within_days: int
    freshness: Freshness
    unknown_headers: tuple[str, ...]
    changes: tuple[SchemaChange, ...]


def newest_delivery() -> date | None:
    """The business day of the newest delivery of any channel; None before the first."""
    newest: date | None = DeliveryRow.objects.filter(state=State.COMMITTED).aggregate(on=Max("on"))["on"]
    return newest


def health(on: date) -> list[ChannelHealth]:
    """Every channel of the catalogue as of a business day, in the catalogue's order."""
    done = DeliveryRow.objects.filter(state=State.COMMITTED, on__lte=on)
    sums = {
        row["channel"]: row
        for row in done.values("channel").annotate(
            deliveries=Count("id"),
            accepted=Sum("accepted"),
            quarantined=Sum("quarantined"),
            duplicates=Sum("duplicates"),
            corrections=Sum("corrections"),
            rows_in=Sum("rows_in"),
            newest=Max("last_day"),
        )
    }
    return [_of(channel, sums.get(channel.name), on) for channel in CHANNELS.values()]


def freshness(newest: date | None, promise_days: int, on: date) -> Freshness:
    """Is the newest fact as new as promised?

    >>> on = date(2024, 6, 30)
    >>> freshness(date(2024, 6, 28), 2, on).value, freshness(date(2024, 6, 27), 2, on).value
    ('fresh', 'stale')
    """
    if newest is None:
        return Freshness.EMPTY
    return Freshness.FRESH if (on - newest).days <= promise_days else Freshness.STALE


def _of(channel: Channel, sums: Mapping[str, object] | None, on: date) -> ChannelHealth:
    found: dict[str, int] = {name: value for name, value in (sums or {}).items() if isinstance(value, int)}
    newest = (sums or {}).get("newest")
    newest = newest if isinstance(newest, date) else None
    files = list(
        DeliveryRow.objects.filter(channel=channel.name, state=State.COMMITTED, on__lte=on, mends__isnull=True)
        .order_by("made_at", "on", "pk")
        .values_list("on", "source", "file_name", "headers", "unknown_headers")
    )
    rows_in = found.get("rows_in", 0)
    return ChannelHealth(
        name=channel.name,
        label=channel.label,
        purposes=tuple(sorted(channel.purposes)),
        deliveries=found.get("deliveries", 0),
        last_on=files[-1][0] if files else None,
        last_source=files[-1][1] if files else None,
        rows=found.get("accepted", 0) - found.get("corrections", 0),
        quarantined=found.get("quarantined", 0),
        duplicates=found.get("duplicates", 0),
        corrections=found.get("corrections", 0),
        quarantine_rate=found.get("quarantined", 0) / rows_in if rows_in else 0.0,
        newest=newest,
        age_days=(on - newest).days if newest else None,
        fresh_within_days=channel.fresh_within_days,
        freshness=freshness(newest, channel.fresh_within_days, on),
        unknown_headers=tuple(sorted({h for unknown in {f[1]: f[4] for f in files}.values() for h in unknown})),
        changes=tuple(_changes(files))[-CHANGES_SHOWN:][::-1],
    )


def _changes(files: list[tuple[date, str, str, list[str], list[str]]]) -> list[SchemaChange]:
    """Where a source's headers differ from those of its file before."""
    before: dict[str, set[str]] = {}
    found = []
    for on, source, file, headers, _ in files:
        now = set(headers)
        if (old := before.get(source)) is not None and old != now:
            found.append(SchemaChange(on, source, file, tuple(sorted(now - old)), tuple(sorted(old - now))))
        before[source] = now
    return found
