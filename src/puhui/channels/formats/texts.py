"""Delimited text: which encoding, which delimiter, and its rows in batches, the misshapen ones kept as text."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from puhui.refusals import BadInput
from puhui.words import Label

CHUNK = 1 << 20
BLOCK = 8 << 20
DELIMITERS = (",", ";", "\t")
OTHERS = {b"PAR1": "a Parquet file", b"PK\x03\x04": "an XLSX or ZIP file", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file is written."""

    encoding: str
    delimiter: str
    blank_before: int  # lines above the header
    headers: list[str]


def dialect(path: Path) -> Dialect:
    """The encoding, the delimiter and the headers. Raises BadInput when it is neither UTF-8 nor GBK, or empty."""
    written = encoding(path)
    with path.open(encoding="utf-8-sig" if written == "utf-8" else written, newline="") as file:
        blank, first = next(((n, line) for n, line in enumerate(file) if line.strip()), (0, ""))
        if not first:
            raise BadInput(
                Label(f"{path.name} is empty", f"{path.name}是空文件"),
                then=Label("deliver a file with a header and at least one row", "请交付含表头和至少一行数据的文件"),
            )
        delimiter = max(DELIMITERS, key=first.count)
        file.seek(0)
        headers = next(row for row in csv.reader(file, delimiter=delimiter) if row)
    return Dialect(written, delimiter, blank, headers)


def batches(path: Path, how: Dialect) -> Iterator[pa.RecordBatch]:
    """The rows in the shape of `files.stage`, a few megabytes at a time."""
    cells = [f"c{place}" for place in range(len(how.headers))]
    misshapen: list[pc.InvalidRow] = []

    def keep(row: pc.InvalidRow) -> str:
        misshapen.append(row)
        return "skip"

    reader = pc.open_csv(
        path,
        read_options=pc.ReadOptions(
            use_threads=False,
            block_size=BLOCK,
            encoding=how.encoding,
            skip_rows=how.blank_before,
            column_names=cells,
            skip_rows_after_names=1,
        ),
        parse_options=pc.ParseOptions(delimiter=how.delimiter, newlines_in_values=True, invalid_row_handler=keep),
        convert_options=pc.ConvertOptions(column_types=dict.fromkeys(cells, pa.string()), null_values=[]),
    )
    line, told = 1, 0
    for batch in reader:
        lines, told = _lines(line, batch.num_rows, [row.number for row in misshapen], told)
        line = int(lines[-1]) if len(lines) else line
        yield pa.record_batch(
            [pa.array(lines), pa.nulls(batch.num_rows, pa.string()), *batch.columns],
            names=["line", "misshapen", *cells],
        )
    if misshapen:
        broken = [pa.array([row.number for row in misshapen]), pa.array([row.text for row in misshapen])]
        empty = [pa.nulls(len(misshapen), pa.string()) for _ in cells]
        yield pa.record_batch([*broken, *empty], names=["line", "misshapen", *cells])


def _lines(after: int, rows: int, skipped: list[int], told: int) -> tuple[np.ndarray, int]:
    """The line numbers of the next sound rows, which step over the misshapen ones.

    >>> _lines(1, 4, [3, 4, 90], 0)
    (array([2, 5, 6, 7]), 2)
    """
    last = after + rows
    steps = []
    while told < len(skipped) and skipped[told] <= last:
        steps.append(skipped[told])
        last += 1
        told += 1
    numbers = np.arange(after + 1, last + 1, dtype=np.int64)
    return (numbers[~np.isin(numbers, steps)] if steps else numbers), told


def encoding(path: Path) -> str:
    """`utf-8` or `gb18030` (which holds GBK), found by decoding the whole file: no guess from a sample."""
    with path.open("rb") as file:
        start = file.read(4)
    for magic, what in OTHERS.items():
        if start.startswith(magic):
            raise BadInput(
                Label(f"{path.name} is {what}, not text in UTF-8 or GBK", f"{path.name}是{what}，而非UTF-8或GBK文本"),
                then=Label("save it as CSV in UTF-8", "请存为UTF-8编码的CSV"),
            )
    if (wrong := _wrong_at(path, "utf-8")) is None:
        return "utf-8"
    if _wrong_at(path, "gb18030") is None:
        return "gb18030"
    raise BadInput(
        Label(
            f"{path.name} is neither UTF-8 (wrong near byte {wrong:,}) nor GBK",
            f"{path.name}既非UTF-8（第{wrong:,}字节附近有误）也非GBK",
        ),
        then=Label(
            "ask its supplier for the encoding, and save it as CSV in UTF-8", "请向提供方确认编码，并存为UTF-8编码的CSV"
        ),
    )


def _wrong_at(path: Path, encoding: str) -> int | None:
    """Where a file first breaks an encoding, in bytes; None when it never does."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return done + error.start
            if "\0" in text:
                return done + chunk.find(b"\0")
            if not chunk:
                return None
            done += len(chunk)
