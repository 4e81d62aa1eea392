"""A simulated world's files as the channels' tables in a DuckDB, read by the channels' own parsers, without a lake.

For benchmarks of what works on those tables: delivering is measured elsewhere.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from ibis.backends.duckdb import Backend

from puhui.channels import contract
from puhui.channels.catalogue import CHANNELS
from puhui.channels.door import Door
from puhui.channels.formats import files


def load(con: Backend, world: Path, channels: Sequence[str]) -> None:
    """One table a channel under its own name; of rows with one key the last stays; rows without a firm are left out."""
    for name in channels:
        channel = CHANNELS[name]
        made = False
        for number, path in enumerate(sorted(_files(world / "channels" / name))):
            arrived = files.look(_unpacked(path))
            headers = contract.understood(channel, arrived.headers)
            raw = files.stage(con, arrived, Door(channel, headers, len(arrived.headers)))
            typed = con.compile(contract.typed(channel, raw, headers))
            columns = ", ".join(column.name for column in channel.columns)
            into = f"insert into all_{name}" if made else f"create or replace temp table all_{name} as"
            con.con.execute(f"{into} select {columns}, {number} as file from ({typed}) where enterprise is not null")
            con.con.execute(f"drop {_kind_of(con)} raw")
            made = True
        key = ", ".join(channel.key)
        con.con.execute(
            f"create or replace table {name} as select * exclude (file) from all_{name}"
            f" qualify row_number() over (partition by {key} order by file desc) = 1; drop table all_{name}"
        )


def _unpacked(path: Path) -> Path:
    """The file inside a zip, beside it."""
    if path.suffix != ".zip":
        return path
    inside = path.with_suffix("")
    if not inside.exists():
        with zipfile.ZipFile(path) as packed:
            inside.write_bytes(packed.read(packed.namelist()[0]))
    return inside


def _files(folder: Path) -> list[Path]:
    """A channel's files; what was unpacked beside its zip is not a file of its own."""
    return [path for path in folder.iterdir() if not path.with_name(path.name + ".zip").exists()]


def _kind_of(con: Backend) -> str:
    """What `raw` is: a view on the file itself, or a table of its texts."""
    views = con.con.execute("select count(*) from duckdb_views() where view_name = 'raw'").fetchone()
    return "view" if views and views[0] else "table"
