"""The book in the lake: one Iceberg table, one atomic commit per closed business date, a day once and for good.

Vintages, roll rates and portfolio queries read it and never touch the operational tables. Promises that a day's rows in
the lake are those of its snapshot in the book, and that publishing again, after a kill as well, adds only what is
missing. Refuses nothing: what is not closed is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection, transaction
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import MonthTransform
from pyiceberg.types import DateType, IcebergType, IntegerType, LongType, NestedField, StringType

from puhui.channels import lake
from puhui.lending.facility import Component
from puhui.lending.models import SnapshotRow

NAME = ("lending", "book")
DAY = "puhui.business_date"  # the Iceberg snapshot's property that names the day it commits
BATCH = 50_000
PUBLISHING = 7_020_2026  # the advisory lock that lets publishers take turns
FENS = tuple(f"{each}_fen" for each in Component)
COLUMNS: dict[str, tuple[IcebergType, pa.DataType]] = {
    "on": (DateType(), pa.date32()),
    "loan": (LongType(), pa.int64()),
    "facility": (LongType(), pa.int64()),
    "enterprise": (StringType(), pa.string()),
    "product": (StringType(), pa.string()),
    "drawn_on": (DateType(), pa.date32()),
    "matures_on": (DateType(), pa.date32()),
    "drawn_fen": (LongType(), pa.int64()),
    **{each: (LongType(), pa.int64()) for each in FENS},
    "days_past_due": (IntegerType(), pa.int32()),
    "tier": (IntegerType(), pa.int32()),
    "stage": (IntegerType(), pa.int32()),
}
ROWS = f"""select s."on", s.loan, s.facility, f.enterprise, f.product, l.drawn_on, l.matures_on, l.drawn_fen,
        {", ".join(f"s.{each}" for each in FENS)}, s.days_past_due, s.tier, s.stage
    from lending_snapshot s join lending_loan l on l.id = s.loan join lending_facility f on f.id = s.facility
    where s."on" = %s order by s.loan"""  # noqa: S608  the names are the room's own


def publish(day: date) -> int:
    """Commit a closed day, unless the lake has it; returns how many loans the day has."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [PUBLISHING])
        table = _table()
        if day not in _days(table):
            _commit(table, day)
    return SnapshotRow.objects.filter(on=day).count()


def sums(day: date) -> dict[str, int]:
    """Loans, and fen by component, as the lake has them for a day (all zero for a day without loans)."""
    table = lake.load(NAME)
    found = {"loans": 0, **dict.fromkeys(FENS, 0)}
    if table is None:
        return found
    rows = table.scan(row_filter=f"on = '{day.isoformat()}'", selected_fields=("loan", *FENS)).to_arrow()
    return {"loans": rows.num_rows, **{each: int(sum(rows[each].to_pylist())) for each in FENS}}


def days_there() -> list[date]:
    """The days that the lake has, in order."""
    table = lake.load(NAME)
    return sorted(_days(table)) if table is not None else []


def _table() -> Table:
    fields = [NestedField(i, name, kinds[0]) for i, (name, kinds) in enumerate(COLUMNS.items(), start=1)]
    schema = Schema(*fields)
    month = PartitionSpec(PartitionField(schema.find_field("on").field_id, 1000, MonthTransform(), "month"))
    return lake.ensure(NAME, schema, month, location=_folder())


def _folder() -> Path:
    return Path(settings.LAKE) / "book"


def _days(table: Table) -> set[date]:
    return {
        date.fromisoformat(str(each.summary[DAY]))
        for each in table.snapshots()
        if each.summary is not None and each.summary.get(DAY)
    }


def _commit(table: Table, day: date) -> None:
    """One day, all at once: a file that is written and never committed belongs to no table, and is written anew."""
    file = _folder() / "data" / f"{day.isoformat()}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([pa.field(name, kinds[1]) for name, kinds in COLUMNS.items()])
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in _batches(day, schema):
            writer.write_batch(batch)
    table.add_files([str(file)], snapshot_properties={DAY: day.isoformat()}, check_duplicate_files=False)


def _batches(day: date, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    with connection.connection.cursor(name="book_to_lake") as cursor:
        cursor.itersize = BATCH
        cursor.execute(ROWS, [day])
        while rows := cursor.fetchmany(BATCH):
            yield _batch(rows, schema)


def _batch(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
