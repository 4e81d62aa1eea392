"""From the journey's seal to the lasting one: what was written in personal cells, sealed for the lake and quarantine.

In the lake a personal column holds pseudonyms, and beside it a column holds what was written, under the key of the
firm's file (or of the person in it) and the key of the channel's year. A quarantined row is sealed whole.
"""

# ruff: noqa: S608  names in these statements come from a channel's declaration, texts pass through `quoted`

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from datetime import date

import pyarrow as pa
from ibis.backends.duckdb import Backend

from puhui.channels.contract import Channel, Column
from puhui.channels.door import Door, bare
from puhui.channels.sifting import ACCEPTED
from puhui.governance import vault

AT_ONCE = 100_000
Raw = dict[str, str | None]


def seal_accepted(con: Backend, channel: Channel, door: Door) -> None:
    """Make a table `sealed_<name>` of each personal column: `enterprise`, `person`, `year`, `cell`, `sealed`.

    A value of a firm, a person and a year is sealed once, however many rows have it.
    """
    sealer = vault.Sealer()
    for column in channel.personal:
        con.con.execute(
            f'create temp table "sealed_{column.name}"(enterprise varchar, person varchar, year int, cell varchar,'
            " sealed blob)"
        )
        con.con.execute(
            f"create or replace temp table to_seal as select row_number() over () as n, * from (select distinct"
            f' enterprise, {person_of(channel)} as person, year(happened_on) as year, "{column.name}__cell" as cell'
            f' from rows r where {ACCEPTED} and "{column.name}__cell" is not null)'
        )
        ((count,),) = con.con.execute("select count(*) from to_seal").fetchall()
        for start in range(0, count, AT_ONCE):
            found = con.con.sql(
                f"select * exclude n from to_seal where n > {start} and n <= {start + AT_ONCE}"
            ).to_arrow_table()
            con.con.register("arriving", _sealed(sealer, channel, column, door, found))
            con.con.execute(f'insert into "sealed_{column.name}" select * from arriving')
            con.con.unregister("arriving")


def person_of(channel: Channel, of: str = "r") -> str:
    """The pseudonym of the person whom a row tells of, in SQL; nothing when it names none, or a firm."""
    if channel.person is None:
        return "''"
    return f"if({of}.\"{channel.person}__cell\" is null, '', coalesce({of}.\"{channel.person}\", ''))"


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
            text = json.dumps(raw, ensure_ascii=False)
            yield b64encode(self._sealer.seal(text, within=holder, without=self._period, place=place)).decode()


def opened_quarantine(channel: str, rows: Sequence[tuple[str, str]]) -> list[Raw | None]:
    """The raw rows of (delivery, sealed text); None where they have been erased."""
    cells = [(b64decode(text), quarantine_place(channel, delivery)) for delivery, text in rows]
    return [None if text is None else json.loads(text) for text in vault.unseal(cells)]


def quarantine_place(channel: str, delivery: str) -> bytes:
    """What a quarantined row is bound to."""
    return vault.place_of(channel, "quarantine", delivery)


def _sealed(sealer: vault.Sealer, channel: Channel, column: Column, door: Door, found: pa.Table) -> pa.Table:
    rows = list(zip(*(found[name].to_pylist() for name in ("enterprise", "person", "year", "cell")), strict=True))
    sealer.prepare(
        {vault.subject(e, p) for e, p, _, _ in rows} | {vault.period(channel.name, y) for _, _, y, _ in rows}
    )
    cells = [
        sealer.seal(
            bare(door.opened(cell) or ""),
            within=vault.subject(enterprise, person),
            without=vault.period(channel.name, year),
            place=vault.place_of(channel.name, column.name, enterprise),
        )
        for enterprise, person, year, cell in rows
    ]
    return found.append_column("sealed", pa.array(cells, pa.binary()))
