"""Files as suppliers send them: CSV, XLSX, JSON lines and Parquet, in UTF-8 or GBK, read as text in batches.

`look` tells what a file is and refuses what cannot be read; `stage` makes its rows a table of text in DuckDB:
`line` (the header is line 1; in Parquet and JSON lines, which have none, the first row is 1; blank lines of text count
only in JSON lines),
`misshapen` (the text of a row whose cells do not fit the header, else NULL), and the cells as `c0`, `c1`, ….
"""

# ruff: noqa: S608  names in these statements come from a channel's declaration, texts pass through `quoted`

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import duckdb
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend
from python_calamine import CalamineError

from puhui.channels.door import Door, stream
from puhui.channels.formats import jsonlines, sheets, texts
from puhui.channels.quoting import quoted
from puhui.governance.redaction import told
from puhui.refusals import BadInput
from puhui.words import Label

AS_IT_IS = "from arriving"
Batches = Callable[[], Iterator[pa.RecordBatch]]


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that has been looked at.

    `headers` are distinct. `batches` streams its rows (None: DuckDB reads the Parquet file), of which `extract`, SQL
    over the relation `arriving`, makes the shape of `stage`. `stamp` is its size and time of change (None: it is no
    file on disk).
    """

    path: Path
    sha256: str
    headers: tuple[str, ...]
    batches: Batches | None
    stamp: tuple[int, int] | None
    extract: str = AS_IT_IS


def look(path: Path) -> Arrived:
    """What is this file? Reads it once, for its hash and its encoding.

    Raises BadInput for a missing or unreadable file, a folder, an unknown kind, an encoding that is neither UTF-8
    nor GBK, a truncated Parquet or XLSX, two equal headers, and no header.
    """
    stamp = _stamp(path)
    if (reader := LOOKS.get(path.suffix.lower())) is None:
        known = ", ".join(LOOKS)
        raise BadInput(
            Label(f"{path.name} is of no known kind", f"无法识别{path.name}的类型"),
            then=Label(f"deliver a file that ends in one of {known}", f"请交付以下列后缀结尾的文件：{known}"),
        )
    with readable(path):
        sha256 = _hash(path)
        headers, batches = reader(path)
    extract = jsonlines.extract(headers) if reader is _look_at_json else AS_IT_IS
    return Arrived(path, sha256, _distinct(path, headers), batches, stamp, extract)


def stage(con: Backend, arrived: Arrived, door: Door) -> ir.Table:
    """The file's rows as the table `raw`, text only, with everything personal sealed at the door.

    Raises BadInput for a damaged file and for 0 rows.
    """
    with readable(arrived.path):
        if arrived.batches is None and not door.strict:
            con.con.execute(f"create temp view raw as {_parquet(arrived)}")
        else:
            rows = _rows(arrived)
            first = next(rows, None)
            if first is None:
                raise _without_rows(arrived)
            sealed = door.through(chain([first], rows))
            fields = [("line", pa.int64()), ("misshapen", pa.string())]
            fields += [(f"c{place}", pa.string()) for place in range(len(arrived.headers))]
            con.con.register("arriving", pa.RecordBatchReader.from_batches(pa.schema(fields), sealed))
            con.con.execute("create temp table raw as select * from arriving")
            con.con.unregister("arriving")
        if not con.con.execute("select 1 from raw limit 1").fetchall():
            raise _without_rows(arrived)
    return con.table("raw")


def _rows(arrived: Arrived) -> Iterator[pa.RecordBatch]:
    """The file's rows in the shape of `stage`, in batches."""
    if arrived.batches is None:
        return stream(_parquet(arrived), None)
    return arrived.batches() if arrived.extract == AS_IT_IS else stream(arrived.extract, arrived.batches())


def _parquet(arrived: Arrived) -> str:
    cells = [f"c{place}" for place in range(len(arrived.headers))]
    texts_of = ", ".join(f"{cell}::varchar as {cell}" for cell in cells)
    return (
        f"select place + 1 as line, null::varchar as misshapen, {texts_of}"
        f" from read_parquet({quoted(arrived.path)}, file_row_number = true) as file({', '.join([*cells, 'place'])})"
    )


def assert_unchanged(arrived: Arrived) -> None:
    """Raises BadInput when the file was written to since it was looked at."""
    if arrived.stamp is not None and _stamp(arrived.path) != arrived.stamp:
        raise BadInput(
            Label(f"{arrived.path.name} changed while it was read", f"{arrived.path.name}在读取过程中发生变化"),
            then=Label("deliver it again once it is complete", "请待其完整后重新交付"),
        )


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turns what a damaged file makes its readers raise into BadInput."""
    try:
        yield
    except (CalamineError, pa.ArrowInvalid, duckdb.Error) as error:
        # DuckDB's own Parquet reader raises plain errors; its other kinds (memory, disk, our own SQL) are no damage.
        if isinstance(error, duckdb.Error) and type(error) not in {duckdb.Error, duckdb.InvalidInputException}:
            raise
        said = told(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise BadInput(
            Label(f"{path.name} is damaged or cut short ({said})", f"{path.name}已损坏或不完整（{said}）"),
            then=Label("fetch the file again from its supplier, whole", "请向提供方重新获取完整文件"),
        ) from error
    except PermissionError as error:
        raise BadInput(f"{path} may not be read", then="give yourself the right to read it") from error


def _without_rows(arrived: Arrived) -> BadInput:
    return BadInput(
        Label(f"{arrived.path.name} has 0 rows", f"{arrived.path.name}没有数据行"),
        then=Label("deliver a file with at least one row", "请交付至少含一行数据的文件"),
    )


def _look_at_text(path: Path) -> tuple[list[str], Batches]:
    dialect = texts.dialect(path)
    return dialect.headers, lambda: texts.batches(path, dialect)


def _look_at_sheet(path: Path) -> tuple[list[str], Batches]:
    headers = sheets.headers(path)
    return headers, lambda: sheets.batches(path, len(headers))


def _look_at_json(path: Path) -> tuple[list[str], Batches]:
    return jsonlines.headers(path), lambda: jsonlines.batches(path)


def _look_at_parquet(path: Path) -> tuple[list[str], Batches | None]:
    return list(pq.read_schema(path).names), None


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        raise BadInput(f"there is no file {path}", then="check its name and folder") from None
    except (PermissionError, NotADirectoryError) as error:
        raise BadInput(f"{path} cannot be reached ({error.strerror})", then="check its name and your rights") from None
    if not stat.S_ISREG(found.st_mode):
        raise BadInput(f"{path} is not a file", then="name one file; a folder is delivered file by file")
    if not os.access(path, os.R_OK):
        raise BadInput(f"{path} may not be read", then="give yourself the right to read it")
    return found.st_size, found.st_mtime_ns


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _distinct(path: Path, headers: list[str]) -> tuple[str, ...]:
    named = [header.strip().lstrip("\ufeff") or f"column {place}" for place, header in enumerate(headers, start=1)]
    twice = sorted({header for header in named if named.count(header) > 1})
    if twice:
        raise BadInput(
            Label(f"{path.name} has the header {', '.join(twice)} twice", f"{path.name}的表头重复：{'、'.join(twice)}"),
            then=Label("give each column its own header", "请为每列使用不同的表头"),
        )
    return tuple(named)


LOOKS: dict[str, Callable[[Path], tuple[list[str], Batches | None]]] = {
    ".csv": _look_at_text,
    ".txt": _look_at_text,
    ".tsv": _look_at_text,
    ".xlsx": _look_at_sheet,
    ".parquet": _look_at_parquet,
    ".jsonl": _look_at_json,
    ".ndjson": _look_at_json,
}
