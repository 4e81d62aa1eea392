"""From rows in DuckDB to the lake's Parquet files: one a year, sorted by firm and day, in small row groups.

Corrections go to files of their own, so that a read knows from a file's statistics whether anything is superseded.
"""

# ruff: noqa: S608  names in these statements come from a channel's declaration, texts pass through `quoted`

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

import pyarrow as pa
from ibis.backends.duckdb import Backend

from puhui.channels.contract import Channel
from puhui.channels.door import memory_only
from puhui.channels.quoting import quoted
from puhui.channels.sealing import Strips
from puhui.channels.sifting import ACCEPTED

ROWS_A_GROUP = 16_384
ROWS_AT_ONCE = 4 * ROWS_A_GROUP
AS_PARQUET = f"format parquet, compression zstd, row_group_size {ROWS_A_GROUP}"
ROWS_A_FILE = 4_000_000  # more are parted by firm, so that a plan can leave files out


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the room adds to each row of a delivery."""

    source: str
    delivery: str
    learned_at: datetime
    history: bool


def accept(con: Backend, channel: Channel, of: Provenance) -> str:
    """The accepted rows of a sifted delivery in the lake's schema, as a view; returns its name.

    With `history` a row was learned at the end of the day on which it happened. A correction never was: it is learned
    when it is delivered, or a past `as_of` would change its answer.
    """
    learned = f"timestamptz {quoted(of.learned_at.isoformat())}"
    if of.history:
        # `days.end_of` in SQL: a day in China ends at 16:00 UTC (China's summer time ended with 1991, before any data).
        ended = "(happened_on + interval 16 hour - interval 1 microsecond)::timestamptz"
        learned = f"if(f.revision is null, {ended}, {learned})"
    values = {"source": quoted(of.source), "learned_at": learned, "delivery": quoted(of.delivery)}
    values |= {"line": "r.line", "revision": "coalesce(f.revision, 0)::integer"}
    names = [*channel.open_schema, *(c.cell for c in channel.personal)]
    chosen = ", ".join(f'{values.get(name, f"""r."{name}" """)} as "{name}"' for name in names)
    con.con.execute(
        f"create temp view accepted as select {chosen} from rows r"
        f" left join fates f on f.line = r.line and f.fate = 'correction' where r.{ACCEPTED}"
    )
    return "accepted"


def write(con: Backend, rows: str, folder: Path, *, prefix: str, strips: Strips | None = None) -> list[Path]:
    """Write a relation in the lake's schema; returns the files. They are in no table yet.

    With `strips` the rows still hold what was sealed for the journey, and it seals them for good.
    """
    parts = con.con.execute(
        f"select year(happened_on) as year, revision > 0 as corrects, count(*) from {rows} group by all order by all"
    ).fetchall()
    paths = []
    for year, corrects, count in parts:
        part = f"from {rows} where year(happened_on) = {year} and (revision > 0) = {corrects}"
        for firms in _ranges(con, part, -(-count // ROWS_A_FILE)):
            path = folder / str(year) / f"{prefix}-{uuid.uuid4().hex[:8]}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            sorted_rows = f"select * {part} and {firms} order by enterprise, happened_on, line, revision"
            if strips is None:
                con.con.execute(f"copy ({sorted_rows}) to {quoted(path)} ({AS_PARQUET})").fetchall()
            else:
                batches = con.con.sql(sorted_rows).to_arrow_reader(ROWS_AT_ONCE)
                _write_stream(strips.sealed(batches, year), path)
            paths.append(path)
    return paths


def _write_stream(batches: Iterator[pa.RecordBatch], path: Path) -> None:
    """Write rows as they come, in their order."""
    first = next(batches)
    with closing(memory_only()) as con:
        con.register("arriving", pa.RecordBatchReader.from_batches(first.schema, chain([first], batches)))
        con.execute(f"copy arriving to {quoted(path)} ({AS_PARQUET})").fetchall()


def _ranges(con: Backend, part: str, pieces: int) -> list[str]:
    """Conditions on `enterprise` that part the rows into about equal pieces, no firm in two of them."""
    if pieces <= 1:
        return ["true"]
    shares = [piece / pieces for piece in range(1, pieces)]
    ((found,),) = con.con.execute(f"select quantile_disc(enterprise, {shares}) {part}").fetchall()
    cuts = sorted(set(found))
    below = [*(f"enterprise < {quoted(cut)}" for cut in cuts), "true"]
    above = ["true", *(f"enterprise >= {quoted(cut)}" for cut in cuts)]
    return [f"{lower} and {upper}" for lower, upper in zip(above, below, strict=True)]
