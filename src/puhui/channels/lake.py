"""The lake: one Iceberg table a channel, Parquet underneath, the catalog in the book's own PostgreSQL.

Partitioned by year of `happened_on`, each file sorted by firm in small row groups, so that one firm's rows are a few
pages. A delivery is one atomic commit that carries its id. DuckDB writes the files and reads those that a plan names.
"""

# ruff: noqa: S608  names in these statements come from a channel's declaration, texts pass through `quoted`

from __future__ import annotations

import os
import shutil
import threading
import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import psutil
from django.conf import settings
from django.db import connection
from ibis.backends.duckdb import Backend
from pyiceberg.manifest import DataFile
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import StaticTable, Table
from pyiceberg.table.sorting import SortField, SortOrder
from pyiceberg.transforms import IdentityTransform, YearTransform
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DoubleType,
    IcebergType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    TimestamptzType,
)

from puhui import postgres
from puhui.channels.contract import Channel
from puhui.channels.metadata_files import PLAIN
from puhui.refusals import NotReady

if TYPE_CHECKING:  # whoever only reads waits for no catalog
    from pyiceberg.catalog.sql import SqlCatalog

NAMESPACE, SCHEMA = "channels", "lake"
DELIVERY = "puhui.delivery"  # the snapshot's property that names the delivery it commits
TYPES: dict[str, IcebergType] = {
    "string": StringType(),
    "date": DateType(),
    "int64": LongType(),
    "int32": IntegerType(),
    "float64": DoubleType(),
    "boolean": BooleanType(),
    "binary": BinaryType(),
    "timestamp('UTC', 6)": TimestamptzType(),
}
PROPERTIES = {
    "write.parquet.compression-codec": "zstd",
    "commit.manifest-merge.enabled": "true",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
}
_threads = threading.local()


def connect(*, memory: str = "4GB", threads: int | None = None) -> Backend:
    """A new DuckDB for Ibis: it never fetches extensions, and spills to the lake's own folder beyond `memory`."""
    spill = scratch()
    con = ibis.duckdb.connect(
        temp_directory=str(spill),
        memory_limit=memory,
        autoinstall_known_extensions=False,
        autoload_known_extensions=False,
        **({"threads": threads} if threads else {}),
    )
    con.con.execute("set timezone = 'UTC'")
    con.con.execute("set enable_progress_bar = false")  # a slow query would write one into what --json prints
    return con


def shared() -> Backend:
    """This thread's DuckDB for reads, kept warm."""
    home = (os.getpid(), str(settings.LAKE))
    if getattr(_threads, "home", None) != home:
        _threads.con, _threads.home = connect(), home
    con: Backend = _threads.con
    return con


@contextmanager
def beside() -> Iterator[Backend]:
    """A connection of one's own to this thread's DuckDB, for tables that nobody else shall see: made in no time."""
    con = ibis.duckdb.from_connection(shared().con.cursor())
    try:
        con.con.execute("set timezone = 'UTC'")
        con.con.execute("set enable_progress_bar = false")
        yield con
    finally:
        con.disconnect()


def folder(channel: Channel) -> Path:
    """Where a channel's data files are."""
    return Path(settings.LAKE) / channel.name


def data(channel: Channel) -> Path:
    """Where a channel's Parquet files are, a folder a year."""
    return folder(channel) / "data"


def open_table(channel: Channel) -> Table:
    """The channel's table to write to, made when absent. Hold the channel's lock."""
    catalog, name = _catalog(), (NAMESPACE, channel.name)
    if catalog.table_exists(name):
        table = catalog.load_table(name)
        if absent := set(channel.schema) - set(table.schema().column_names):
            raise NotReady(
                f"the lake's table of {channel.name} was made before it had {', '.join(sorted(absent))}",
                then="deliver its files anew to a fresh PUHUI_HOME: rows that came in the clear are not sealed later",
            )
        return table
    fields = [NestedField(i, column, TYPES[kind]) for i, (column, kind) in enumerate(channel.schema.items(), start=1)]
    schema = Schema(*fields)
    year = PartitionField(schema.find_field("happened_on").field_id, 1000, YearTransform(), "year")
    firm = SortField(schema.find_field("enterprise").field_id, IdentityTransform())
    catalog.create_namespace_if_not_exists(NAMESPACE)
    return catalog.create_table(
        name,
        schema=schema,
        location=str(folder(channel)),
        partition_spec=PartitionSpec(year),
        sort_order=SortOrder(firm),
        properties=PROPERTIES,
    )


def current(channel: Channel) -> StaticTable | None:
    """The channel's table as it stands, to read from; None before its first delivery."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select metadata_location from {SCHEMA}.iceberg_tables where table_namespace = %s and table_name = %s",
            [NAMESPACE, channel.name],
        )
        found = cursor.fetchone()
    return table_at(found[0]) if found else None


def currents() -> dict[str, StaticTable]:
    """The tables of all channels as they stand, by channel: one question to the book."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select table_name, metadata_location from {SCHEMA}.iceberg_tables where table_namespace = %s", [NAMESPACE]
        )
        return {name: table_at(location) for name, location in cursor.fetchall()}


def load(name: tuple[str, str]) -> Table | None:
    """A table of another room, by its namespace and name; None before it was made."""
    catalog = _catalog()
    return catalog.load_table(name) if catalog.table_exists(name) else None


def ensure(name: tuple[str, str], schema: Schema, partitions: PartitionSpec, *, location: Path) -> Table:
    """A table of another room, made when absent. The room holds a lock of its own."""
    if (table := load(name)) is not None:
        return table
    catalog = _catalog()
    catalog.create_namespace_if_not_exists(name[0])
    return catalog.create_table_if_not_exists(
        name, schema=schema, location=str(location), partition_spec=partitions, properties=PROPERTIES
    )


def has(table: Table, delivery: str) -> bool:
    """Has this delivery been committed to the lake?"""
    return any(s.summary is not None and s.summary.get(DELIVERY) == delivery for s in table.snapshots())


def deliveries_since(table: StaticTable, snapshot: int) -> list[str] | None:
    """The deliveries committed after a snapshot, in no order; None where the table remembers it no more."""
    then = table.snapshot_by_id(snapshot)
    if then is None:
        return None
    later = [each for each in table.snapshots() if (each.sequence_number or 0) > (then.sequence_number or 0)]
    named = [each.summary.get(DELIVERY) if each.summary is not None else None for each in later]
    return [each for each in named if each is not None]


def commit(table: Table, paths: Iterable[Path], *, delivery: str) -> None:
    """Make the files part of the table, all at once."""
    table.add_files(
        [str(path) for path in paths], snapshot_properties={DELIVERY: delivery}, check_duplicate_files=False
    )


def replace(table: Table, old: Collection[DataFile], new: Iterable[Path]) -> None:
    """Put new files in the place of old ones, all at once. They must hold the same rows."""
    from pyiceberg.io.pyarrow import parquet_files_to_data_files  # noqa: PLC0415

    with table.transaction() as transaction, transaction.update_snapshot().overwrite() as overwrite:
        for file in old:
            overwrite.delete_data_file(file)
        for file in parquet_files_to_data_files(table.io, table.metadata, (str(path) for path in new)):
            overwrite.append_data_file(file)


def expire(table: Table, channel: Channel, *, before: datetime) -> None:
    """Forget the table's states from before a moment, and the files that only they needed.

    A read that was planned before that moment may still want them: leave it time. Hold the channel's lock.
    """
    now = table.current_snapshot()
    limit = before.timestamp()
    past = [s.snapshot_id for s in table.snapshots() if s != now and s.timestamp_ms < limit * 1000]
    if past:
        table.maintenance.expire_snapshots().by_ids(past).commit()
    needed = {
        entry.data_file.file_path
        for snapshot in table.refresh().snapshots()
        for manifest in snapshot.manifests(table.io)
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)
    }
    for path in data(channel).glob("*/*.parquet"):
        if str(path) not in needed and path.stat().st_mtime < limit:
            path.unlink()


def sweep(channel: Channel, delivery: str) -> None:
    """Remove the files that a delivery wrote and never committed."""
    for path in data(channel).glob(f"*/{delivery}-*.parquet"):
        path.unlink()


def scratch() -> Path:
    """The name of a folder of the caller's own, not made yet; those that dead processes left are removed."""
    folders = Path(settings.LAKE) / "spill"
    folders.mkdir(parents=True, exist_ok=True)
    for left in folders.iterdir():
        if not psutil.pid_exists(int(left.name.partition("-")[0])):
            shutil.rmtree(left, ignore_errors=True)
    return folders / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"


def _catalog() -> SqlCatalog:
    from pyiceberg.catalog.sql import SqlCatalog  # noqa: PLC0415
    from sqlalchemy import create_engine  # noqa: PLC0415
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    uri = postgres.url("psycopg")
    uri += f"{'&' if '?' in uri else '?'}options=-csearch_path%3D{SCHEMA}"
    catalog = SqlCatalog("puhui", uri=uri, warehouse=str(settings.LAKE))
    catalog.engine.dispose()
    # A delivery holds its own connection and leaves none behind: writers are few, and far between.
    catalog.engine = create_engine(uri, poolclass=NullPool)
    return catalog


@lru_cache(maxsize=32)
def table_at(metadata_location: str) -> StaticTable:
    """A table's metadata never changes in place, so it is read once."""
    return StaticTable.from_metadata(metadata_location, PLAIN)
