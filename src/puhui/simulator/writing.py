"""Rows to files: CSV in any encoding, zipped or not, JSON lines, XLSX and Parquet, always the same bytes.

Tables have the lake's column names; money is int64 fen in columns that end in `_fen` and becomes yuan here, shares in
`_bp` become per cent. A file appears under its name only when it is whole.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from puhui.simulator.forms import Form, Kind

CHUNK_ROWS = 65_536
EPOCH_OF_ZIP = (1980, 1, 1, 0, 0, 0)  # a file's bytes do not depend on when it was written


def write(table: pa.Table, form: Form, path: Path) -> list[Path]:
    """Write the rows, in several files when there are more than a file may hold; the first is `path`."""
    written = []
    for part in range(max(1, -(-table.num_rows // form.most_rows))):
        piece = table.slice(part * form.most_rows, form.most_rows)
        name = path if part == 0 else path.with_name(path.name.replace(".", f"-part{part + 1}.", 1))
        half = name.with_name(name.name + ".half")
        WRITERS[form.kind](in_words(piece, form), form, half)
        half.rename(name)
        written.append(name)
    return written


def in_words(table: pa.Table, form: Form) -> pa.Table:
    """The columns of the form, in its order and under its headers, money in yuan."""
    columns = [_worded(name, table[name]) for name in form.headers]
    return pa.table(columns, names=list(form.headers.values()))


def hundredths(whole: np.ndarray, valid: np.ndarray | None = None) -> pa.Array:
    """Whole hundredths as decimals, without a division.

    >>> hundredths(np.array([1250, -5])).to_pylist()
    [Decimal('12.50'), Decimal('-0.05')]
    """
    words = np.empty((whole.size, 2), np.int64)
    words[:, 0], words[:, 1] = whole, whole >> 63
    mask = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(pa.decimal128(20, 2), whole.size, [mask, pa.py_buffer(words)])


def _worded(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    if name.endswith(("_fen", "_bp")):
        valid = None if column.null_count == 0 else column.is_valid().to_numpy()
        return hundredths(column.fill_null(0).to_numpy(), valid)
    return column


def _text(table: pa.Table, encoding: str) -> Iterator[bytes]:
    """CSV with CRLF-free lines; `utf-8-sig` begins with a mark, `gbk` is recoded chunk by chunk."""
    header = ",".join(table.column_names) + "\n"
    yield header.encode(encoding)
    options = pa.csv.WriteOptions(include_header=False, quoting_style="none")
    for start in range(0, table.num_rows, CHUNK_ROWS):
        sink = io.BytesIO()
        pa.csv.write_csv(table.slice(start, CHUNK_ROWS), sink, options)
        plain = sink.getvalue()
        yield plain if encoding.startswith("utf-8") else plain.decode("utf-8").encode(encoding)


def _write_csv(table: pa.Table, form: Form, path: Path) -> None:
    with path.open("wb") as file:
        for chunk in _text(table, form.encoding):
            file.write(chunk)


def _write_zipped(table: pa.Table, form: Form, path: Path) -> None:
    inside = path.name.removesuffix(".half").removesuffix(".zip")
    with zipfile.ZipFile(path, "w") as archive, archive.open(_entry(inside), "w") as file:
        for chunk in _text(table, form.encoding):
            file.write(chunk)


def _write_json_lines(table: pa.Table, form: Form, path: Path) -> None:
    with path.open("wb") as file:
        for start in range(0, table.num_rows, CHUNK_ROWS):
            piece = table.slice(start, CHUNK_ROWS)
            parts: list[pa.Array | str] = []
            for place, name in enumerate(piece.column_names):
                column = piece[name].combine_chunks()
                quote = "" if pa.types.is_integer(column.type) or pa.types.is_decimal(column.type) else '"'
                parts += [f'{", " if place else "{"}"{name}": {quote}', _as_text(column), quote]
            lines = pc.binary_join_element_wise(*parts, "}\n", "")
            file.write(_content(lines))


def _write_xlsx(table: pa.Table, form: Form, path: Path) -> None:
    """A workbook with one sheet, its texts inline: the least that spreadsheet programs read, streamed."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in XLSX_PARTS.items():
            with archive.open(_entry(name), "w") as file:
                file.write(content.encode())
        with archive.open(_entry("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as sheet:
            sheet.write(SHEET_HEAD.encode())
            sheet.write(b"<row>" + b"".join(_cell(name) for name in table.column_names) + b"</row>")
            for start in range(0, table.num_rows, CHUNK_ROWS):
                piece = table.slice(start, CHUNK_ROWS)
                cells = [_cells(piece[name].combine_chunks()) for name in piece.column_names]
                sheet.write(_content(pc.binary_join_element_wise("<row>", *cells, "</row>", "")))
            sheet.write(b"</sheetData></worksheet>")


def _write_parquet(table: pa.Table, form: Form, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", compression_level=1, row_group_size=1 << 18)


def _cell(text: str) -> bytes:
    return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'.encode()


def _cells(column: pa.Array) -> pa.Array:
    if pa.types.is_integer(column.type) or pa.types.is_decimal(column.type):
        return pc.if_else(column.is_valid(), _joined("<c><v>", column, "</v></c>"), "<c/>")
    safe = _as_text(column)
    for sign, word in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        safe = pc.replace_substring(safe, sign, word)
    return pc.if_else(column.is_valid(), _joined('<c t="inlineStr"><is><t>', safe, "</t></is></c>"), "<c/>")


def _joined(before: str, column: pa.Array, after: str) -> pa.Array:
    return pc.binary_join_element_wise(before, _as_text(column), after, "")


def _as_text(column: pa.Array) -> pa.Array:
    return pc.fill_null(column.cast(pa.string()), "")


def _content(lines: pa.Array) -> memoryview | bytes:
    """The text of all values, one behind the other."""
    array = lines.combine_chunks() if isinstance(lines, pa.ChunkedArray) else lines
    if not len(array):
        return b""
    _, offsets, content = array.buffers()
    ends = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    return memoryview(content)[int(ends[0]) : int(ends[-1])]


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH_OF_ZIP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


WRITERS: dict[Kind, Callable[[pa.Table, Form, Path], None]] = {
    Kind.CSV: _write_csv,
    Kind.CSV_ZIP: _write_zipped,
    Kind.JSON_LINES: _write_json_lines,
    Kind.XLSX: _write_xlsx,
    Kind.PARQUET: _write_parquet,
}
assert WRITERS.keys() == set(Kind)

OFFICE = "http://schemas.openxmlformats.org"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SHEET_HEAD = f'{XML}<worksheet xmlns="{OFFICE}/spreadsheetml/2006/main"><sheetData>'
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XLSX_PARTS = {
    "[Content_Types].xml": f'{XML}<Types xmlns="{OFFICE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{XML}<Relationships xmlns="{OFFICE}/package/2006/relationships"><Relationship Id="rId1" '
    f'Type="{OFFICE}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{XML}<workbook xmlns="{OFFICE}/spreadsheetml/2006/main" '
    f'xmlns:r="{OFFICE}/officeDocument/2006/relationships"><sheets>'
    '<sheet name="数据" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{OFFICE}/package/2006/relationships"><Relationship '
    f'Id="rId1" Type="{OFFICE}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
    "</Relationships>",
}
