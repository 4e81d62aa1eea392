"""The golden files, one a channel: first its rows, a line each, then every variable's value for each firm.

A file says what a supplier would: yuan and per cent, `–` for nothing. A row was known at the end of its day, or of
`learned_on`. `NOBODY` has no rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from puhui import days
from puhui.channels.catalogue import channel_named
from puhui.variables.registry import CHANNELS

FOLDER = Path(__file__).parent / "golden"
WRITTEN = [channel for channel in CHANNELS if channel != "vat_invoices"]  # whose rows are in `hand_made`


@dataclass(frozen=True)
class Golden:
    """A file's rows as the lake has them, its firms, and each variable's values in their order; None = missing."""

    channel: str
    rows: list[dict[str, Any]]
    firms: list[str]
    values: dict[str, list[float | None]]


def read(channel: str) -> Golden:
    """The golden file of a channel."""
    text = (FOLDER / f"{channel}.txt").read_text()
    rows, _, values = text.rpartition("\n\n")
    header, *lines = [line.split() for line in rows.splitlines() if line]
    (_, *firms), *golden = [line.split() for line in values.splitlines() if line]
    return Golden(
        channel,
        [row(channel, dict(zip(header, line, strict=True))) for line in lines],
        firms,
        {name: [None if each == "–" else float(each) for each in its] for name, *its in golden},
    )


def row(channel: str, written: dict[str, str]) -> dict[str, Any]:
    """One line as the lake has it."""
    told = {"enterprise" if name == "firm" else name: value for name, value in written.items()}
    found: dict[str, Any] = {}
    for name, dtype in schema(channel).items():
        plain = name.removesuffix("_fen").removesuffix("_bp")
        value = told.get(plain, "–")
        if value == "–":
            found[name] = None
        elif plain != name:
            found[name] = round(float(value) * 100)
        else:
            found[name] = {"date": date.fromisoformat, "int64": int, "string": str}[dtype](value)
    learned = date.fromisoformat(told["learned_on"]) if "learned_on" in told else found["happened_on"]
    return found | {"learned_at": days.end_of(learned) - timedelta(microseconds=1)}


def schema(channel: str) -> dict[str, str]:
    """The declared columns of a channel, name to Ibis type."""
    return {column.name: column.dtype for column in channel_named(channel).columns}


def table(con: Backend, name: str, channel: str, rows: list[dict[str, Any]]) -> ibis.Table:
    """Rows as a table of the database, in the channel's own types."""
    types = {"date": pa.date32(), "int64": pa.int64(), "string": pa.string()}
    fields = {name: types[dtype] for name, dtype in schema(channel).items()} | {"learned_at": pa.timestamp("us", "UTC")}
    con.con.register("arrived", pa.Table.from_pylist(rows, schema=pa.schema(fields)))
    con.con.execute(f'create or replace table "{name}" as from arrived')
    con.con.unregister("arrived")
    return con.table(name)
