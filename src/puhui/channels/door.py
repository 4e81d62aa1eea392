"""The door: what is personal in a file is sealed for the journey before the engine sees it.

The engine spills to disk when memory is short, so no clear personal text may be in its tables. The door reads a batch
of rows, and puts in the place of each personal cell its pseudonym with what was written, encrypted under a key that
lives in this process's memory only. Columns that the channel does not know and misshapen rows may hold anything, and
are encrypted whole. `opened` gives a cell back for the lake's and the quarantine's lasting seal.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator

import duckdb
import ibis
import pyarrow as pa
import tink
from tink import daead

from puhui.channels.contract import MARK, Channel, Column, Headers, trimmed
from puhui.governance.masking import scrubbed
from puhui.governance.personal import Kind, is_personal
from puhui.governance.vault import Pseudonyms

ROWS_AT_ONCE = 50_000
MOST_KEPT = 100_000  # texts of a column whose sealed form is remembered, as an account comes a thousand times
daead.register()


class Door:
    """The door of one delivery to a channel."""

    def __init__(self, channel: Channel, headers: Headers, width: int) -> None:
        personal = {headers.taken[c.name]: c for c in channel.personal if c.name in headers.taken}
        unknown = set(range(width)) - set(headers.taken.values())
        self._columns: dict[int, Column | None] = {**dict.fromkeys(unknown), **personal}
        self.strict = bool(channel.personal)
        self._journey = tink.new_keyset_handle(daead.deterministic_aead_key_templates.AES256_SIV).primitive(
            daead.DeterministicAead
        )
        self._known: dict[int, dict[str, str]] = {place: {} for place in (*self._columns, -1)}
        self._pseudonyms = Pseudonyms() if personal else None
        self._parsers: dict[int, Callable[[pa.Array], list[str | None]]] = {}

    def through(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches (`line`, `misshapen`, `c0`, …) with everything personal sealed."""
        for batch in batches:
            columns = dict(zip(batch.schema.names, batch.columns, strict=True))
            columns["misshapen"] = self._replaced(columns["misshapen"], -1)
            for place in self._columns:
                columns[f"c{place}"] = self._replaced(columns[f"c{place}"], place)
            yield pa.record_batch(list(columns.values()), names=list(columns))

    def opened(self, cell: str | None) -> str | None:
        """What was written in a cell that has come through."""
        if cell is None or not cell.startswith(MARK):
            return cell
        return self._open(cell.rpartition(MARK)[2])

    def written(self, cells: pa.Array) -> pa.Array:
        """What was written in the cells of a `Column.cell`, without the spaces around it."""
        encoded = cells.dictionary_encode()
        texts = pa.array([bare(self._open(cell)) for cell in encoded.dictionary.to_pylist()], pa.string())
        return pa.DictionaryArray.from_arrays(encoded.indices, texts).cast(pa.string())

    def _open(self, sealed: str) -> str:
        return bytes(self._journey.decrypt_deterministically(b64decode(sealed), b"")).decode()

    def _replaced(self, cells: pa.Array, place: int) -> pa.Array:
        if cells.null_count == len(cells):
            return cells
        encoded = cells.dictionary_encode()
        texts: list[str] = encoded.dictionary.to_pylist()
        known = self._known[place]
        if len(known) > MOST_KEPT:
            known.clear()
        if fresh := [text for text in texts if text not in known]:
            known |= zip(fresh, self._sealed(fresh, place), strict=True)
        replaced = pa.array([known[text] for text in texts], pa.string())
        return pa.DictionaryArray.from_arrays(encoded.indices, replaced).cast(pa.string())

    def _sealed(self, texts: list[str], place: int) -> list[str]:
        column = self._columns.get(place)
        if column is None:
            return [self._cell("", text) if text.strip() else text for text in texts]
        assert column.personal is not None
        if place not in self._parsers:
            self._parsers[place] = _parser(column)
        values = self._parsers[place](pa.array(texts, pa.string()))
        return [self._personal(column.personal, text, value) for text, value in zip(texts, values, strict=True)]

    def _personal(self, kind: Kind, text: str, value: str | None) -> str:
        """`value` is the text as the channel reads it; what cannot be read has no pseudonym, and is sealed as well."""
        if value is None:
            return self._cell("", text) if bare(text) else text
        if MARK not in text and not is_personal(kind, value):
            return text
        if kind is Kind.NOTE:
            return self._cell(scrubbed(value).replace(MARK, ""), text)
        assert self._pseudonyms is not None
        return self._cell(self._pseudonyms.of(kind, value), text)

    def _cell(self, shown: str, text: str) -> str:
        sealed = self._journey.encrypt_deterministically(text.encode(), b"")
        return f"{MARK}{shown}{MARK}{b64encode(sealed).decode()}"


def bare(text: str) -> str:
    """A cell without the spaces around it, as the contract reads it."""
    return text.replace("\u3000", " ").replace("\xa0", " ").strip()


def memory_only() -> duckdb.DuckDBPyConnection:
    """An engine that never writes to disk: what would need to spill fails."""
    quiet = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    return duckdb.connect(config={"temp_directory": "", "threads": "1", **quiet})


def _parser(column: Column) -> Callable[[pa.Array], list[str | None]]:
    """The column's own parser over a list of texts, in an engine that keeps nothing."""
    texts = ibis.table({"place": "int64", "text": "string"}, name="texts")
    asked = texts.select("place", value=column.parse(trimmed(texts.text)).cast(column.dtype)).order_by("place")
    query, con = ibis.to_sql(asked, dialect="duckdb"), memory_only()

    def parsed(array: pa.Array) -> list[str | None]:
        con.register("texts", pa.table({"place": pa.array(range(len(array)), pa.int64()), "text": array}))
        found: list[str | None] = [value for _, value in con.execute(query).fetchall()]
        con.unregister("texts")
        return found

    return parsed


def stream(query: str, batches: Iterator[pa.RecordBatch] | None) -> Iterator[pa.RecordBatch]:
    """The rows of a query, over the relation `arriving` if there is one, a batch at a time and never on disk."""
    con = memory_only()
    try:
        if batches is not None:
            first = next(batches, None)
            if first is None:
                return
            con.register("arriving", pa.RecordBatchReader.from_batches(first.schema, _chained(first, batches)))
        yield from con.sql(query).to_arrow_reader(ROWS_AT_ONCE)
    finally:
        con.close()


def _chained(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest
