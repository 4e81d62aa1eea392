"""JSON lines: one object a line, each key a column. Numbers keep every digit that the file has.

A line that is no object is a misshapen row; a key that an object lacks, or has as null, is an empty cell; an object or
a list within a cell is its JSON as text.
"""

# ruff: noqa: S608  paths and keys in these statements pass through `quoted`

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from puhui.channels.formats import texts
from puhui.channels.quoting import quoted
from puhui.refusals import BadInput
from puhui.words import Label

BLOCK = 8 << 20
NO_DELIMITER = "\x1f"  # the unit separator: JSON allows no control character but in an escape, so none splits a line
LONG_NUMBER = r"[\[:,\s]-?[0-9.]{16}"  # beyond a float's digits, which is what the engine's JSON reader makes of it
MOST_KEYS = 500


def headers(path: Path) -> list[str]:
    """Every key that any line has, in the order of their first appearance.

    Raises BadInput for a file that holds no object at all, and for more keys than a table can have.
    """
    con = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    found: dict[str, None] = {}
    try:
        for batch in _lines(path, texts.encoding(path)):
            con.register("arriving", pa.Table.from_batches([batch]))
            keys = con.execute(
                "select try(json_keys(text)) as keys from arriving where starts_with(text, '{')"
                " group by keys having keys is not null order by min(line)"
            ).fetchall()
            found |= dict.fromkeys(key for (row,) in keys for key in row)
            if len(found) > MOST_KEYS:
                raise BadInput(
                    Label(
                        f"{path.name} has more than {MOST_KEYS} different keys", f"{path.name}的不同键超过{MOST_KEYS}个"
                    ),
                    then=Label("deliver records that share their keys", "请交付键一致的记录"),
                )
    finally:
        con.close()
    if not found:
        raise BadInput(
            Label(f"{path.name} holds no JSON object", f"{path.name}不含任何JSON对象"),
            then=Label(
                'deliver one object a line, such as {"enterprise": "…", …}',
                '请每行交付一个对象，如{"enterprise": "…", …}',
            ),
        )
    return list(found)


def batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The file's lines as `line` and `text`; `extract` makes cells of them. Blank lines are left out."""
    return _lines(path, texts.encoding(path))


def extract(keys: list[str]) -> str:
    """The query that makes rows in the shape of `files.stage` of the relation `arriving`."""
    paths = ", ".join(quoted(f"$.{json.dumps(key, ensure_ascii=False)}") for key in keys)
    cells = ", ".join(f"cells[{place}] as c{place - 1}" for place in range(1, len(keys) + 1))
    return (
        f"select line, if(sound, null, text) as misshapen, {cells} from (select line, text, cells,"
        " cells is not null and starts_with(text, '{') as sound from (select line, text,"
        f" try(json_extract_string(text, [{paths}])) as cells from arriving))"
    )


def _lines(path: Path, encoding: str) -> Iterator[pa.RecordBatch]:
    reader = pacsv.open_csv(
        path,
        read_options=pacsv.ReadOptions(use_threads=False, block_size=BLOCK, encoding=encoding, column_names=["text"]),
        parse_options=pacsv.ParseOptions(
            delimiter=NO_DELIMITER, quote_char=False, newlines_in_values=False, ignore_empty_lines=False
        ),
        convert_options=pacsv.ConvertOptions(column_types={"text": pa.string()}, null_values=[]),
    )
    before = 0
    for batch in reader:
        text = pc.utf8_trim_whitespace(_exact(batch.column("text")))
        numbers = pa.array(np.arange(before + 1, before + batch.num_rows + 1))
        before += batch.num_rows
        lines = pa.record_batch([numbers, text], names=["line", "text"])
        yield lines.filter(pc.not_equal(text, ""))


def _exact(text: pa.Array) -> pa.Array:
    """The lines, those with long numbers rewritten with all their numbers as text.

    >>> _exact(pa.array(['{"a": 12345678901234567890.12, "b": "x"}', '{"a": 1.5}'])).to_pylist()
    ['{"a": "12345678901234567890.12", "b": "x"}', '{"a": 1.5}']
    """
    long = pc.match_substring_regex(text, LONG_NUMBER)
    if not pc.any(long).as_py():
        return text
    mended = []
    for line in text.filter(long).to_pylist():
        with suppress(ValueError, RecursionError):
            mended.append(json.dumps(json.loads(line, parse_int=str, parse_float=str), ensure_ascii=False))
            continue
        mended.append(line)
    return pc.replace_with_mask(text, long, pa.array(mended, pa.string()))
