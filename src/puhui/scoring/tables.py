"""Tables on disk: read CSV (UTF-8 with or without BOM, or GBK) and Parquet whole, write CSV and Parquet."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from puhui.refusals import BadInput

ENCODINGS = ("utf-8-sig", "gb18030")
OTHER_KINDS = (".xlsx", ".xls", ".json", ".zip", ".gz")


def read(path: Path) -> pa.Table:
    """A table with at least one row and distinct column names.

    Raises BadInput when the file is absent, empty, cut short, in another encoding or of another kind.
    """
    if not path.is_file():
        raise BadInput(f"there is no file {path}", then="give the path of a CSV or Parquet file")
    if path.suffix.lower() in OTHER_KINDS:
        raise BadInput(f"{path.name} is neither CSV nor Parquet", then="save the table as CSV and give that file")
    table = _parquet(path) if path.suffix.lower() in (".parquet", ".pq") else _csv(path)
    if table.num_rows == 0:
        raise BadInput(f"{path.name} has 0 rows", then="give a table with at least one row")
    if not all(name.strip() for name in table.column_names):
        raise BadInput(f"{path.name} has a column without a name", then="give every column of the header its name")
    repeated = sorted({name for name in table.column_names if table.column_names.count(name) > 1})
    if repeated:
        raise BadInput(f"{path.name} has two columns named {', '.join(repeated)}", then="give each column its own name")
    return table


def write(table: pa.Table, path: Path) -> None:
    """Write CSV (UTF-8) or Parquet by the suffix, whole or not at all. Raises BadInput on another suffix."""
    require_suffix(path)
    beside = path.with_name(f".{path.name}.part")
    make_folder(path.parent)
    try:
        if path.suffix.lower() == ".parquet":
            pq.write_table(table, beside)
        else:
            pa_csv.write_csv(table, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make a folder with its parents. Raises BadInput where that may not be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise BadInput(f"{folder} cannot be made ({refused.strerror})", then="name a folder you may write to") from None


def require_suffix(path: Path) -> None:
    """Raises BadInput unless the path ends in .csv or .parquet."""
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise BadInput(f"cannot write a table as '{path.name}'", then="name the file with .csv or .parquet")


def _parquet(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as broken:
        raise BadInput(
            f"{path.name} cannot be read as Parquet ({_first_line(broken)})",
            then="export or copy the file again, whole",
        ) from None


def _csv(path: Path) -> pa.Table:
    text = _decoded(path)
    if not text.strip():
        raise BadInput(f"{path.name} is empty", then="give a table with a header and at least one row")
    try:
        return pa_csv.read_csv(
            io.BytesIO(f"{text}\n".encode()),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(strings_can_be_null=True),
        )
    except pa.ArrowInvalid as broken:
        raise BadInput(
            f"{path.name} cannot be read as CSV ({_first_line(broken)})",
            then="give a table with one header row, commas between values and as many values in each row",
        ) from None


def _decoded(path: Path) -> str:
    held = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            text = held.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadInput(f"{path.name} is written neither in UTF-8 nor in GBK", then="save the file again as UTF-8")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
