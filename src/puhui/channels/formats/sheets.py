"""XLSX workbooks: the first sheet that holds anything, its cells as text. A sheet is at most a million rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

import pyarrow as pa
from python_calamine import CalamineSheet, CalamineWorkbook

from puhui.refusals import BadInput
from puhui.words import Label

ROWS_AT_ONCE = 20_000
Cell = int | float | str | bool | date | datetime | time | timedelta


def headers(path: Path) -> list[str]:
    """The first row's cells, without the empty ones at its end. Raises BadInput for a workbook without any."""
    found = [as_text(cell) for cell in next(_sheet(path).iter_rows(), [])]
    while found and not found[-1]:
        found.pop()
    if not found:
        raise BadInput(
            Label(f"{path.name} is empty", f"{path.name}是空表"),
            then=Label("deliver a sheet with a header and at least one row", "请交付含表头和至少一行数据的工作表"),
        )
    return found


def batches(path: Path, width: int) -> Iterator[pa.RecordBatch]:
    """The rows below the header in the shape of `files.stage`. Blank rows at the end are no rows."""
    names = ["line", "misshapen", *(f"c{place}" for place in range(width))]
    rows = _rows(path, width)
    while taken := list(islice(rows, ROWS_AT_ONCE)):
        columns = [pa.array([row[place] for row in taken], pa.string()) for place in range(1, width + 2)]
        yield pa.record_batch([pa.array([row[0] for row in taken], pa.int64()), *columns], names=names)


def as_text(cell: Cell) -> str:
    """A cell as a person reads it: whole numbers without a point, days in ISO form.

    >>> as_text(11459356.0), as_text(9401.71), as_text(datetime(2017, 7, 18)), as_text("007")
    ('11459356', '9401.71', '2017-07-18', '007')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _rows(path: Path, width: int) -> Iterator[tuple[int | str | None, ...]]:
    blank: list[tuple[int | str | None, ...]] = []
    for line, cells in enumerate(islice(_sheet(path).iter_rows(), 1, None), start=2):
        texts = [as_text(cell) for cell in cells]
        if not any(texts):
            blank.append((line, None, *[""] * width))
            continue
        yield from blank
        blank.clear()
        if any(texts[width:]):
            yield (line, "\t".join(texts), *[None] * width)
        else:
            yield (line, None, *texts[:width], *[""] * (width - len(texts)))


def _sheet(path: Path) -> CalamineSheet:
    workbook = CalamineWorkbook.from_path(str(path))
    sheets = (workbook.get_sheet_by_index(place) for place in range(len(workbook.sheet_names)))
    held = next((sheet for sheet in sheets if sheet.height), None)
    if held is None:
        raise BadInput(
            Label(f"{path.name} is empty", f"{path.name}是空表"),
            then=Label("deliver a sheet with a header and at least one row", "请交付含表头和至少一行数据的工作表"),
        )
    return held
