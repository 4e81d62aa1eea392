"""Every channel's variables: on rows worked out on paper, for one firm as for many on any rows, and across channels."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import golden_files
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend

from puhui import days
from puhui.channels.catalogue import CHANNELS as DATA_CHANNELS
from puhui.channels.catalogue import channel_named
from puhui.variables import registry, services
from puhui.variables.declarations import Derived
from puhui.variables.language import Constant, Named
from puhui.variables.registry import CHANNELS
from puhui.variables.units import PERCENT
from puhui.words import Label

AS_OF = date(2020, 2, 29)


def _same(one: float | None, other: float | None, within: float = 1e-9) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=within, abs_tol=within)


def test_every_data_channel_has_variables() -> None:
    assert set(CHANNELS) == set(DATA_CHANNELS)


@pytest.mark.parametrize("channel", golden_files.WRITTEN)
def test_every_variable_has_a_golden_row(channel: str) -> None:
    assert list(golden_files.read(channel).values) == [variable.name for variable in CHANNELS[channel]]


@pytest.mark.parametrize("channel", golden_files.WRITTEN)
def test_firms_on_paper_have_their_golden_values(con: Backend, channel: str) -> None:
    golden, its = golden_files.read(channel), CHANNELS[channel]
    rows = golden_files.table(con, f"golden_{channel}", channel, golden.rows)
    many = services.compute(rows, its, AS_OF, firms=golden.firms, covered=True)
    wrong = []
    for place, firm in enumerate(golden.firms):
        one = services.compute_one(rows.filter(rows.enterprise == firm), its, AS_OF, covered=True)
        for name, values in golden.values.items():
            found = (many[name][place].as_py(), one[name])
            if not all(_same(each, values[place], within=1e-5) for each in found):
                wrong.append((name, firm, values[place], *found))
    assert not wrong


def _any_row(channel: str) -> st.SearchStrategy[dict[str, Any]]:
    """A row of a channel: texts from its golden file, numbers and days of any kind, and gaps where gaps may be."""
    golden = golden_files.read(channel).rows
    day = st.dates(date(2017, 6, 1), date(2020, 4, 30))
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for column in channel_named(channel).columns:
        if column.dtype == "date":
            fields[column.name] = day
        elif column.dtype == "int64":
            fields[column.name] = st.one_of(st.integers(0, 3), st.integers(0, 1_000_000_00))
        else:
            texts = sorted({row[column.name] for row in golden} - {None}) or ["any"]
            fields[column.name] = st.sampled_from(texts)
        if not column.required:
            fields[column.name] |= st.none()
    fields["enterprise"] = st.sampled_from("ABC")
    return st.fixed_dictionaries(fields).map(
        lambda row: row | {"learned_at": days.end_of(row["happened_on"]) - timedelta(microseconds=1)}
    )


@pytest.mark.parametrize("channel", golden_files.WRITTEN)
def test_both_ways_agree_on_any_rows(con: Backend, channel: str) -> None:
    its = CHANNELS[channel]

    @settings(
        max_examples=6,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would compute them all thousands of times
    )
    @given(
        rows=st.lists(_any_row(channel), min_size=10, max_size=80),
        as_of=st.sampled_from([AS_OF, date(2020, 1, 30)]),
    )
    def agree(rows: list[dict[str, Any]], as_of: date) -> None:
        table = golden_files.table(con, f"any_{channel}", channel, rows)
        for found in services.compute(table, its, as_of).to_pylist():
            alone = services.compute_one(table.filter(table.enterprise == found["enterprise"]), its, as_of)
            assert [name for name in alone if not _same(alone[name], found[name], within=1e-6)] == []

    agree()


def test_silence_tells_of_no_events_only_where_a_quiet_channel_was_delivered(con: Backend) -> None:
    golden = golden_files.read("court_records")
    rows = golden_files.table(con, "courts", "court_records", golden.rows)
    its = registry.CHANNELS["court_records"]
    for covered, cases in ((True, 0.0), (False, None)):
        found = services.compute(rows, its, AS_OF, firms=["NOBODY"], covered=covered).to_pylist()[0]
        assert found["court_defendant_cases_12m"] == cases
        assert found["court_days_since_sued"] is None
    taxes = golden_files.table(con, "taxes", "tax_filings", golden_files.read("tax_filings").rows)
    told = services.compute(taxes, registry.CHANNELS["tax_filings"], AS_OF, firms=["NOBODY"], covered=True)
    assert told["tax_arrears_now"].to_pylist() == [None]


def _across() -> tuple[list[str], dict[str, list[float | None]], dict[str, list[float | None]]]:
    sections = (golden_files.FOLDER / "across.txt").read_text().strip().split("\n\n")
    tables = [[line.split() for line in section.splitlines()] for section in sections]
    given, golden = ({n: [None if v == "–" else float(v) for v in its] for n, *its in table[1:]} for table in tables)
    return tables[0][0][1:], given, golden


def test_every_derived_variable_has_its_golden_values_and_is_missing_where_a_channel_is() -> None:
    firms, given, golden = _across()
    assert list(golden) == [derived.name for derived in registry.DERIVED]
    table = pa.table({"enterprise": firms} | {name: pa.array(its, pa.float64()) for name, its in given.items()})
    found = services.derive(table, registry.DERIVED)
    wrong = [
        (name, found[name].to_pylist(), its)
        for name, its in golden.items()
        if not all(_same(one, other) for one, other in zip(found[name].to_pylist(), its, strict=True))
    ]
    assert not wrong


def test_a_derived_variable_is_made_of_named_ones_of_several_channels() -> None:
    for derived in registry.DERIVED:
        assert len(registry.channels_of(derived)) == 2, derived.name
    words = Label("x", "某")
    with pytest.raises(ValueError, match="made of named variables"):
        Derived("x", words, PERCENT, Constant(1.0), None, words)
    with pytest.raises(ValueError, match="made of named variables"):
        Derived("x", words, PERCENT, Named("a") + registry.CHANNELS["customs"][0].value, None, words)
