"""Invoices on paper: rows as suppliers write them, in every kind of file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

CHINESE = ("企业代号", "发票号码", "开票日期", "购方单位代号", "金额", "税额", "价税合计", "发票状态")
ENGLISH = ("enterprise", "invoice_number", "date", "buyer", "amount", "tax", "total", "status")
GOOD = ("E1", "1001", "2019/7/18", "B1", "100.00", "13.00", "113.00", "有效发票")
Rows = list[tuple[str, ...]]
Writer = Callable[..., Path]


def invoice(**changes: str) -> tuple[str, ...]:
    """A sound invoice with some cells changed, by their English headers."""
    return tuple(changes.get(header, text) for header, text in zip(ENGLISH, GOOD, strict=True))


def written(path: Path, rows: Rows, headers: tuple[str, ...] = CHINESE, encoding: str = "utf-8") -> Path:
    """The rows as a file of the kind that the path's ending names."""
    if path.suffix == ".parquet":
        columns = zip(*rows, strict=True) if rows else [[] for _ in headers]
        arrays = [pa.array(list(column), pa.string()) for column in columns]
        pq.write_table(pa.table(arrays, names=list(headers)), path)
    elif path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in (headers, *rows):
            book.active.append(row)
        book.save(path)
    else:
        text = io.StringIO()
        csv.writer(text).writerows([headers, *rows])
        path.write_bytes(text.getvalue().encode(encoding))
    return path
