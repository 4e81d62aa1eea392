"""Which files a read needs, from the statistics that Iceberg keeps of each: days, firms, corrections.

A table's state never changes, so its statistics are decoded once; planning a read is then a few comparisons a file,
where pyiceberg's own planner rewrites the filter for every file (10 ms for 20 files; here 0.1 ms).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile
from pyiceberg.schema import Schema
from pyiceberg.table import StaticTable, Table
from pyiceberg.types import PrimitiveType

from puhui.channels import lake

EPOCH = date(1970, 1, 1)
EPOCH_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """What a data file may hold at most. Bounds of long ids are shortened by Iceberg, outwards."""

    path: str
    year: int
    rows: int
    first_day: date
    last_day: date
    first_firm: str
    last_firm: str
    learned_from: datetime
    corrects: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The files that a read needs, and those among them that hold corrections."""

    files: tuple[str, ...]
    correcting: tuple[str, ...]
    rows: int  # in all these files


def plan(
    table: StaticTable | None,
    *,
    firms: Collection[str] | None,
    first: date = date.min,
    last: date = date.max,
    known_by: datetime | None = None,
) -> Plan:
    """The files that may hold rows of these firms (None: of any), that happened from `first` to `last`."""
    if table is None:
        return Plan((), (), 0)
    wanted = sorted(firms) if firms is not None else None
    hit = [
        span
        for span in _spans_at(table.metadata_location)
        if span.first_day <= last
        and span.last_day >= first
        and (known_by is None or span.learned_from <= known_by)
        and (wanted is None or _between(wanted, span.first_firm, span.last_firm))
    ]
    return Plan(
        tuple(span.path for span in hit),
        tuple(span.path for span in hit if span.corrects),
        sum(span.rows for span in hit),
    )


def span(schema: Schema, file: DataFile) -> Span:
    """A data file's statistics, decoded."""

    def bound(bounds: dict[int, bytes] | None, name: str) -> Any:  # noqa: ANN401  the field's own type
        field = schema.find_field(name)
        assert isinstance(field.field_type, PrimitiveType)
        return from_bytes(field.field_type, (bounds or {})[field.field_id])

    least, most = file.lower_bounds, file.upper_bounds
    return Span(
        path=file.file_path,
        year=EPOCH.year + file.partition[0],
        rows=file.record_count,
        first_day=EPOCH + timedelta(days=bound(least, "happened_on")),
        last_day=EPOCH + timedelta(days=bound(most, "happened_on")),
        first_firm=bound(least, "enterprise"),
        last_firm=bound(most, "enterprise"),
        learned_from=EPOCH_MOMENT + timedelta(microseconds=bound(least, "learned_at")),
        corrects=bound(most, "revision") > 0,
    )


def files_of(table: Table | StaticTable) -> list[DataFile]:
    """All data files of a table's current state."""
    return [task.file for task in table.scan().plan_files()]


@lru_cache(maxsize=32)
def _spans_at(metadata_location: str) -> tuple[Span, ...]:
    table = lake.table_at(metadata_location)
    return tuple(span(table.schema(), file) for file in files_of(table))


def _between(firms: list[str], least: str, most: str) -> bool:
    """Is any of the sorted firms in this range?

    >>> _between(["E1", "E5"], "E2", "E4"), _between(["E1", "E3"], "E2", "E4")
    (False, True)
    """
    place = bisect_left(firms, least)
    return place < len(firms) and firms[place] <= most
