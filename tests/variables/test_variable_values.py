"""The values themselves: on paper-sized firms, against pandas on real ones, and for one firm as for many."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import hand_made
import ibis
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend

from puhui.variables import registry, services
from puhui.variables.registry import CHANNELS

EVERY = CHANNELS["vat_invoices"]
VARIABLES = registry.by_name(EVERY)
AS_OF = hand_made.AS_OF
GOLDEN = [line.split() for line in (Path(__file__).parent / "golden" / "vat_invoices.txt").read_text().splitlines()]
Row = dict[str, float | None]


def _of_many(rows: ibis.Table, as_of: date, firms: list[str] | None = None) -> dict[str, Row]:
    listed = services.compute(rows, EVERY, as_of, firms=firms).to_pylist()
    return {row.pop("enterprise"): row for row in listed}


def _same(one: float | None, other: float | None, within: float = 1e-9) -> bool:
    if one is None or other is None or math.isnan(other):
        return one is None and (other is None or math.isnan(other))
    return math.isclose(one, other, rel_tol=within, abs_tol=within)


def test_every_variable_has_a_golden_row() -> None:
    assert [line[0] for line in GOLDEN[1:]] == list(VARIABLES)


@pytest.mark.parametrize("way", ["many", "one"])
def test_hand_made_firms_have_their_golden_values(invoices: ibis.Table, way: str) -> None:
    firms = GOLDEN[0][1:]
    if way == "many":
        found = _of_many(invoices, AS_OF)
    else:
        found = {
            firm: services.compute_one(invoices.filter(invoices.enterprise == firm), EVERY, AS_OF) for firm in firms
        }
    wrong = [
        (name, firm, found[firm][name], golden)
        for name, *values in GOLDEN[1:]
        for firm, golden in zip(firms, values, strict=True)
        if not _same(found[firm][name], None if golden == "–" else float(golden), within=1e-5)
    ]
    assert not wrong


def test_real_firms_have_the_values_that_pandas_gives(
    real: ibis.Table, by_pandas: Callable[[ibis.Table, date], pd.DataFrame]
) -> None:
    found, peer = _of_many(real, AS_OF), by_pandas(real, AS_OF)
    assert len(found) == 123
    assert set(peer.columns) == set(VARIABLES)
    wrong = [
        (name, firm, found[firm][name], peer.loc[firm, name])
        for name in VARIABLES
        for firm in found
        if not _same(found[firm][name], float(peer.loc[firm, name]), within=1e-8)
    ]
    assert not wrong


@pytest.mark.parametrize("as_of", [date(2020, 2, 29), date(2019, 5, 30), date(2018, 1, 14)])
def test_one_real_firm_alone_has_the_values_it_has_among_many(real: ibis.Table, as_of: date) -> None:
    found = _of_many(real, as_of)
    for firm in list(found)[::12]:
        alone = services.compute_one(real.filter(real.enterprise == firm), EVERY, as_of)
        assert [name for name in VARIABLES if not _same(alone[name], found[firm][name])] == []


DAYS = st.dates(date(2017, 1, 1), date(2020, 4, 30))
ROWS = st.lists(
    st.builds(
        hand_made.row,
        st.sampled_from("ABCD"),
        DAYS,
        st.sampled_from(["sale", "purchase"]),
        st.sampled_from(["p", "q", "r", None]),
        st.integers(-10_000_00, 100_000_00),
        st.sampled_from([0, 3_00, 13_00]),
        st.sampled_from(["valid", "valid", "valid", "void"]),
    ),
    min_size=20,
    max_size=120,
)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would compute every variable thousands of times
)
@given(rows=ROWS, as_of=st.sampled_from([date(2020, 2, 29), date(2020, 1, 30), date(2019, 8, 31)]))
def test_both_ways_agree_on_any_rows(con: Backend, rows: list[dict[str, object]], as_of: date) -> None:
    table = hand_made.kept(con, "any_rows", hand_made.table(rows))
    found = _of_many(table, as_of)
    for firm in found:
        alone = services.compute_one(table.filter(table.enterprise == firm), EVERY, as_of)
        assert [n for n in VARIABLES if not _same(alone[n], found[firm][n], within=1e-6)] == []


def test_the_future_does_not_change_the_past(con: Backend, invoices: ibis.Table) -> None:
    day = date(2019, 7, 15)
    then = [row for row in hand_made.rows() if row["happened_on"] <= day]
    held = hand_made.kept(con, "then", pa.Table.from_pylist(then, schema=hand_made.SCHEMA))
    assert _of_many(invoices, day) == _of_many(held, day)


def test_what_was_learned_later_was_not_known_then(con: Backend, invoices: ibis.Table) -> None:
    late = hand_made.row("KILN", date(2020, 2, 10), "sale", "ash", 9_000_00, 0)
    late["learned_at"] += timedelta(days=30)
    told = hand_made.kept(con, "told", hand_made.table([late]))
    assert _of_many(told, AS_OF) == _of_many(invoices, AS_OF)
    known = services.compute(told, EVERY, AS_OF, known_on=date(2020, 3, 31)).to_pylist()[0]
    assert known["vat_sales_3m"] == 12_000.0


def test_of_a_firm_without_rows_nothing_is_known(invoices: ibis.Table) -> None:
    found = services.compute(invoices, EVERY, AS_OF, firms=["MILL", "NOBODY", "KILN"])
    assert found["enterprise"].to_pylist() == ["MILL", "NOBODY", "KILN"]
    nobody = found.to_pylist()[1]
    assert {value for name, value in nobody.items() if name != "enterprise"} == {None}
    alone = services.compute_one(invoices.filter(invoices.enterprise == "NOBODY"), EVERY, AS_OF)
    assert alone == dict.fromkeys(VARIABLES)


def test_nothing_known_yet_gives_no_firms(invoices: ibis.Table) -> None:
    assert services.compute(invoices, EVERY, date(2016, 1, 1)).num_rows == 0
