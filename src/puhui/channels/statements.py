"""What a channel knew, as a statement: a plan's rows by a moment, without those that were superseded by then. Pure.

Written here once, as SQL, for reads of many firms and of one: Ibis would take longer over it than DuckDB over a firm.
"""

# ruff: noqa: S608  names in these statements come from a channel's declaration, texts pass through `quoted`

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from puhui.channels.contract import Channel
from puhui.channels.planning import Plan
from puhui.channels.quoting import quoted

EMPTY = {"timestamp('UTC', 6)": "timestamptz", "int64": "bigint", "int32": "integer", "string": "varchar"}
EMPTY |= {"float64": "double", "binary": "blob"}


def files(paths: Iterable[str]) -> str:
    """Files as DuckDB reads them."""
    return f"read_parquet([{', '.join(quoted(path) for path in paths)}])"


def nothing(channel: Channel) -> str:
    """The columns that analytics see, and no row."""
    return _nothing(channel.open_schema)


def known(
    channel: Channel, planned: Plan, *, by: datetime, columns: Mapping[str, str], all_revisions: bool = False
) -> str:
    """The plan's rows that were learned by a moment, without those superseded by then (unless `all_revisions`).

    `columns` are names and Ibis types. Files without corrections cost no comparison; else the few corrections are held
    against the rows.
    """
    if not planned.files:
        return _nothing(columns)
    chosen, moment = ", ".join(f'"{name}"' for name in columns), f"{quoted(by.isoformat())}::timestamptz"
    rows = f"select {chosen} from {files(sorted(planned.files))} where learned_at <= {moment}"
    if not planned.correcting or all_revisions:
        return rows
    key = [f'"{name}"' for name in ("source", *channel.key)]
    same = " and ".join(f"known.{name} is not distinct from newer.{name}" for name in key)
    return (
        f"select {chosen} from ({rows}) as known anti join (select {', '.join(key)}, revision as newest from"
        f" {files(sorted(planned.correcting))} where revision > 0 and learned_at <= {moment}) as newer"
        f" on {same} and known.revision < newer.newest"
    )


def _nothing(columns: Mapping[str, str]) -> str:
    nothing = ", ".join(f'null::{EMPTY.get(kind, kind)} as "{name}"' for name, kind in columns.items())
    return f"select {nothing} where false"
