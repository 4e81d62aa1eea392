"""Random dirt through the contract: nothing vanishes, every quarantined row says why, every accepted row is sound."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend
from paper_invoices import CHINESE, Rows, written

from puhui.channels import contract, lake, sifting
from puhui.channels.catalogue import CHANNELS
from puhui.channels.contract import Channel
from puhui.channels.door import Door
from puhui.channels.formats import files

ON = date(2024, 6, 30)
DIRT = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
    | st.sampled_from(
        ["", " ", "\u3000", "null", "NaN", "inf", "1e5", "-0", "0", "epoch", "2020-02-30", "99999", "9" * 25]
    )
    | st.sampled_from(
        ["a\nb", 'q"q', "a,b", "'; drop table rows; --", "=1+1", "\u202e", "１２", "1,00", "--1", "+", "."]
    )
    | st.integers().map(str)
    | st.floats().map(str)
    | st.dates().map(str)
)


def dirty(channel: Channel) -> st.SearchStrategy[Rows]:
    """Rows of the channel's sample with random cells in random places; one cell in four is dirt."""
    sample = list(csv.reader(io.StringIO(channel.sample)))[1:]
    cell = st.one_of(st.none(), st.none(), st.none(), DIRT)

    def soiled(row: list[str], dirt: list[str | None]) -> tuple[str, ...]:
        return tuple(text if other is None else other for text, other in zip(row, dirt, strict=True))

    width = len(sample[0])
    row = st.builds(soiled, st.sampled_from(sample), st.lists(cell, min_size=width, max_size=width))
    return st.lists(row, min_size=1, max_size=60)


@pytest.fixture
def con(book: Path) -> Iterator[Backend]:
    con = lake.connect()
    yield con
    con.disconnect()


@pytest.mark.parametrize("name", CHANNELS)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_row_has_one_fate_and_quarantine_its_reasons(
    con: Backend, tmp_path: Path, data: st.DataObject, name: str
) -> None:
    channel = CHANNELS[name]
    rows = data.draw(dirty(channel))
    path = tmp_path / f"dirt.{data.draw(st.sampled_from(['csv', 'parquet', 'jsonl']))}"
    headers = tuple(next(csv.reader(io.StringIO(channel.sample))))
    arrived = files.look(_as_json(path, rows, headers) if path.suffix == ".jsonl" else written(path, rows, headers))
    for table in ("rows", "fates", "keyed", "repeats"):
        con.con.execute(f"drop table if exists {table}")
    _drop_raw(con)
    understood = contract.understood(channel, arrived.headers)
    raw = files.stage(con, arrived, Door(channel, understood, len(arrived.headers)))
    typed = con.create_table("rows", contract.typed(channel, raw, understood), temp=True)
    sifting.hold_against_contract(con, channel, typed, ON)
    sifting.find_repeats(con, channel)
    tally = sifting.tally(con)

    assert tally.rows_in == len(rows) == tally.accepted + tally.quarantined + tally.duplicates
    fates = con.con.execute("select line, fate, reasons from fates").fetchall()
    assert len({line for line, _, _ in fates}) == len(fates)
    for _, fate, reasons in fates:
        assert (fate == "quarantined") == bool(reasons)
        for reason in reasons or []:
            assert channel.words(reason).zh != reason
    _all_sound(channel, con)


def _all_sound(channel: Channel, con: Backend) -> None:
    """What was accepted has all that is required, in its range, on a day that has been, under a key of its own."""
    accepted = con.con.execute(f"select * from rows where {sifting.ACCEPTED}").fetchall()
    columns = [column for (column, *_) in con.con.execute("describe rows").fetchall()]
    keys = set()
    for values in accepted:
        row = dict(zip(columns, values, strict=True))
        for column in channel.columns:
            assert row[column.name] is not None or not column.required
            if column.within is not None and row[column.name] is not None:
                assert column.within[0] <= row[column.name] <= column.within[1]
        assert row["happened_on"] <= ON
        if channel.name == "vat_invoices":
            assert abs(row["amount_fen"] + row["tax_fen"] - row["total_fen"]) <= 2
        if channel.name == "social_security":
            assert row["paid_fen"] <= row["due_fen"] <= row["base_fen"]
        keys.add(tuple(row[key] for key in channel.key))
    assert len(keys) == len(accepted)


def _as_json(path: Path, rows: Rows, headers: tuple[str, ...]) -> Path:
    text = "".join(json.dumps(dict(zip(headers, row, strict=True)), ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return path


def _drop_raw(con: Backend) -> None:
    kinds = con.con.execute("select table_type from information_schema.tables where table_name = 'raw'").fetchall()
    for (kind,) in kinds:
        con.con.execute(f"drop {'view' if kind == 'VIEW' else 'table'} raw")


def test_the_headers_are_those_of_the_shared_data() -> None:
    assert contract.understood(CHANNELS["vat_invoices"], CHINESE).told == {"direction": "sale"}
