"""Random dirt through the contract: nothing vanishes, every quarantined row says why, every accepted row is sound."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend
from paper_invoices import CHINESE, GOOD, Rows, written

from puhui.channels import contract, files, lake, sifting
from puhui.channels.catalogue import CHANNELS
from puhui.channels.door import Door

ON = date(2020, 2, 29)
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
ROW = st.tuples(
    *(st.just(text) | DIRT if place else st.sampled_from(["E1", "E2", ""]) for place, text in enumerate(GOOD))
)


@pytest.fixture
def con(book: Path) -> Iterator[Backend]:
    con = lake.connect()
    yield con
    con.disconnect()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, min_size=1, max_size=60), st.sampled_from(["csv", "parquet"]))
def test_every_row_has_one_fate_and_quarantine_its_reasons(con: Backend, tmp_path: Path, rows: Rows, kind: str) -> None:
    channel = CHANNELS["vat_invoices"]
    arrived = files.look(written(tmp_path / f"dirt.{kind}", rows))
    for name in ("rows", "fates", "keyed", "repeats"):
        con.con.execute(f"drop table if exists {name}")
    _drop_raw(con)
    headers = contract.understood(channel, arrived.headers)
    raw = files.stage(con, arrived, Door(channel, headers, len(arrived.headers)))
    typed = con.create_table("rows", contract.typed(channel, raw, headers), temp=True)
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
    accepted = con.con.execute(f"select * from rows where {sifting.ACCEPTED}").fetchall()
    columns = [column for (column, *_) in con.con.execute("describe rows").fetchall()]
    keys = set()
    for values in accepted:
        row = dict(zip(columns, values, strict=True))
        assert all(row[column.name] is not None for column in channel.columns)
        assert abs(row["amount_fen"] + row["tax_fen"] - row["total_fen"]) <= 2
        assert date(1994, 1, 1) <= row["happened_on"] <= ON
        keys.add(tuple(row[name] for name in channel.key))
    assert len(keys) == len(accepted)


def _drop_raw(con: Backend) -> None:
    kinds = con.con.execute("select table_type from information_schema.tables where table_name = 'raw'").fetchall()
    for (kind,) in kinds:
        con.con.execute(f"drop {'view' if kind == 'VIEW' else 'table'} raw")


def test_the_headers_are_those_of_the_shared_data() -> None:
    assert contract.understood(CHANNELS["vat_invoices"], CHINESE).told == {"direction": "sale"}
