"""From the journey's seal to the lasting one: what was written in personal cells, sealed for the lake and quarantine.

In the lake a personal column holds pseudonyms. What was written is sealed by the *strip*: the cells of up to a thousand
rows of one firm (or of one person in its file) that lie together in one file, as one text under the keys of the firm's
file (or the person's) and of the channel's year. The first row of a strip carries it; each row names the strip, its own
place in it, and the columns that are sealed. A quarantined row is sealed whole.
"""

from __future__ import annotations

import json
import struct
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from puhui.channels.contract import Channel, Strip
from puhui.channels.door import Door
from puhui.governance import vault

LONGEST = 1_000  # rows of a strip: who reads one row opens no more than these
WORTH_PACKING = 200  # bytes; less does not shrink
SIZE = struct.Struct(">I")  # of a packed text, unpacked; zero: it is not packed
ZSTD = pa.Codec("zstd", 1)
Raw = dict[str, str | None]
Ints = np.ndarray[Any, np.dtype[np.int64]]


class Strips:
    """Seals the people in a delivery's rows on their way to the lake's files."""

    def __init__(self, channel: Channel, door: Door, delivery: str) -> None:
        self._channel, self._door, self._delivery = channel, door, delivery
        self._sealer = vault.Sealer()
        self._made = 0

    def sealed(self, batches: Iterable[pa.RecordBatch], year: int) -> Iterator[pa.RecordBatch]:
        """Rows of one year, a firm's together, in the lake's schema; they come with a `Column.cell` a personal column.

        A strip never reaches beyond its batch, so memory holds one batch whatever the file's size.
        """
        for batch in batches:
            yield self._with_strips(batch, year)

    def _with_strips(self, batch: pa.RecordBatch, year: int) -> pa.RecordBatch:
        names = [c.name for c in self._channel.personal]
        written = [self._door.written(batch[c.cell]) for c in self._channel.personal]
        there = [texts.is_valid().to_numpy(zero_copy_only=False) for texts in written]
        firms, people = _codes(batch["enterprise"]), self._people(batch, there)
        order, starts = _strips(firms, people, np.logical_or.reduce(there))
        length = np.diff([*starts, len(order)])
        texts = [texts.take(pa.array(order)).to_pylist() for texts in written]
        contents = [
            {name: part for name, cells in zip(names, texts, strict=True) if any(part := cells[start : start + rows])}
            for start, rows in zip(starts, length, strict=True)
        ]
        first = batch.take(pa.array(order[starts]))
        subjects = list(zip(first["enterprise"].to_pylist(), self._names(first, people[order[starts]]), strict=True))
        numbers = np.arange(self._made, self._made + len(starts))
        self._made += len(starts)
        sealed = self._seals(subjects, contents, numbers, year)
        columns = {name: batch[name] for name in batch.schema.names}
        columns |= _columns_of_strips(len(batch), order, starts, numbers, sealed)
        columns[Strip.COLUMNS] = _which(names, there)
        return pa.record_batch([columns[name] for name in self._channel.schema], names=list(self._channel.schema))

    def _seals(
        self, subjects: Sequence[tuple[str, str]], contents: Sequence[object], numbers: Ints, year: int
    ) -> list[bytes]:
        within, without = [vault.subject(*who) for who in subjects], vault.period(self._channel.name, year)
        self._sealer.prepare({*within, without})
        return [
            self._sealer.seal(
                _packed(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()),
                within=holder,
                without=without,
                place=strip_place(self._channel.name, holder.enterprise, self._delivery, int(number)),
            )
            for holder, content, number in zip(within, contents, numbers, strict=True)
        ]

    def _people(self, batch: pa.RecordBatch, there: Sequence[np.ndarray]) -> Ints:
        """A number for the person whom each row tells of; -1 when it names none, or a firm."""
        if self._channel.person is None:
            return np.full(len(batch), -1)
        named = there[[c.name for c in self._channel.personal].index(self._channel.person)]
        return np.where(named, _codes(batch[self._channel.person]), -1)

    def _names(self, rows: pa.RecordBatch, people: Ints) -> list[str]:
        """The pseudonyms behind those numbers."""
        if self._channel.person is None:
            return [""] * len(rows)
        named = rows[self._channel.person].to_pylist()
        return [(name or "") if person >= 0 else "" for name, person in zip(named, people, strict=True)]


class Quarantine:
    """Seals the rows that a delivery could not accept."""

    def __init__(self, channel: str, delivery: str, on: date) -> None:
        self._sealer, self._channel, self._delivery = vault.Sealer(), channel, delivery
        self._period = vault.period(channel, on.year)

    def sealed(self, rows: Sequence[tuple[str | None, Raw]]) -> Iterator[str]:
        """Each (firm or None, raw row) as text that only the book's keys open."""
        holders = [vault.subject(firm) if firm else vault.delivery(self._delivery) for firm, _ in rows]
        self._sealer.prepare({*holders, self._period})
        place = quarantine_place(self._channel, self._delivery)
        for holder, (_, raw) in zip(holders, rows, strict=True):
            content = json.dumps(raw, ensure_ascii=False).encode()
            yield b64encode(self._sealer.seal(content, within=holder, without=self._period, place=place)).decode()


def opened_quarantine(channel: str, rows: Sequence[tuple[str, str]]) -> list[Raw | None]:
    """The raw rows of (delivery, sealed text); None where they have been erased."""
    cells = [(b64decode(text), quarantine_place(channel, delivery)) for delivery, text in rows]
    return [None if content is None else json.loads(content) for content in vault.unseal(cells)]


def opened_strips(
    channel: str, strips: Sequence[tuple[str, str, int, bytes]]
) -> dict[tuple[str, int], dict[str, list[str | None]] | None]:
    """What was written in strips of (firm, delivery, number, sealed): by (delivery, number), the cells of each column
    that has any; None where they have been erased.
    """
    found = vault.unseal([(sealed, strip_place(channel, *where)) for *where, sealed in strips])  # type: ignore[arg-type]
    return {
        (delivery, number): None if content is None else json.loads(_unpacked(content))
        for (_, delivery, number, _), content in zip(strips, found, strict=True)
    }


def quarantine_place(channel: str, delivery: str) -> bytes:
    """What a quarantined row is bound to."""
    return f"{channel}|quarantine|{delivery}".encode()


def strip_place(channel: str, enterprise: str, delivery: str, number: int) -> bytes:
    """What a strip is bound to: moved to another firm's row, it does not open."""
    return f"{channel}|strip|{enterprise}|{delivery}|{number}".encode()


def _codes(texts: pa.Array) -> Ints:
    """Equal texts as equal numbers."""
    indices = texts.dictionary_encode().indices.fill_null(-1)
    return np.asarray(indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def _strips(firms: Ints, people: Ints, personal: np.ndarray) -> tuple[Ints, Ints]:
    """Which rows have anything to seal, a subject's together, and where in that order each strip starts.

    >>> personal = np.array([True, True, False, True, True])
    >>> order, starts = _strips(np.array([0, 0, 0, 0, 1]), np.array([-1, 7, -1, -1, -1]), personal)
    >>> order.tolist(), starts.tolist()
    ([0, 3, 1, 4], [0, 2, 3])
    """
    order = np.lexsort((people, firms))
    order = order[personal[order]]
    if not len(order):
        return order, order
    differs = np.ones(len(order), dtype=bool)
    differs[1:] = (np.diff(firms[order]) != 0) | (np.diff(people[order]) != 0)
    begun = np.flatnonzero(differs)[np.cumsum(differs) - 1]
    return order, np.flatnonzero((np.arange(len(order)) - begun) % LONGEST == 0)


def _columns_of_strips(rows: int, order: Ints, starts: Ints, numbers: Ints, sealed: list[bytes]) -> dict[str, pa.Array]:
    """The lake's columns that say where each row's cells are."""
    of = np.searchsorted(starts, np.arange(len(order)), side="right") - 1
    number, place, nothing = np.zeros(rows, np.int32), np.zeros(rows, np.int32), np.ones(rows, dtype=bool)
    nothing[order] = False
    if len(order):
        number[order], place[order] = numbers[of], np.arange(len(order)) - starts[of]
    carried: list[bytes | None] = [None] * rows
    for row, text in zip(order[starts].tolist(), sealed, strict=True):
        carried[row] = text
    return {
        Strip.NUMBER: pa.array(number, pa.int32(), mask=nothing),
        Strip.PLACE: pa.array(place, pa.int32(), mask=nothing),
        Strip.SEALED: pa.array(carried, pa.binary()),
    }


def _which(names: Sequence[str], there: Sequence[np.ndarray]) -> pa.Array:
    """Each row's sealed columns, by name; NULL when it has none."""
    codes = sum(cells.astype(np.int64) << place for place, cells in enumerate(there))
    found, indices = np.unique(codes, return_inverse=True)
    told = [",".join(name for place, name in enumerate(names) if code >> place & 1) or None for code in found.tolist()]
    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), pa.array(told, pa.string())).cast(pa.string())


def _packed(content: bytes) -> bytes:
    if len(content) < WORTH_PACKING:
        return SIZE.pack(0) + content
    return SIZE.pack(len(content)) + bytes(ZSTD.compress(content, asbytes=True))


def _unpacked(content: bytes) -> bytes:
    (size,), rest = SIZE.unpack_from(content), content[SIZE.size :]
    return bytes(ZSTD.decompress(rest, size, asbytes=True)) if size else rest
