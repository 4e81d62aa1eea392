"""What a declaration may say, and what it may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import ibis
import pyarrow as pa
import pytest
from hand_made import kept
from hypothesis import given
from hypothesis import strategies as st
from ibis import _
from ibis.backends.duckdb import Backend

from puhui import days
from puhui.refusals import BadInput
from puhui.variables import registry, services, units
from puhui.variables.declarations import DAYS_AGO, Column, Reading, Variable
from puhui.variables.engine import _month
from puhui.variables.language import EVER, Grain, Window, before, count, latest, months, percent, smallest, total
from puhui.variables.registry import VARIABLES
from puhui.variables.vat_invoices.reading import SALES, VAT_INVOICES
from puhui.words import Label

WORDS = Label("a number", "一个数")
BANK = Reading(
    channel="bank_flows",
    kinds={"inflow": _.fen > 0, "outflow": _.fen < 0},
    columns={"amount": Column(_.fen.abs(), per=100)},
)
INFLOW, OUTFLOW = total("amount", of=("inflow",)), total("amount", of=("outflow",))


def _variable(name: str, value: object, reads: Reading = BANK) -> Variable:
    return Variable(name=name, label=WORDS, unit=units.YUAN, reads=reads, value=value, worse_when=None, why=WORDS)  # type: ignore[arg-type]


def test_another_channel_needs_declarations_only(con: Backend) -> None:
    flows = [("E1", date(2020, 2, 3), 500), ("E1", date(2020, 1, 9), -200), ("E1", date(2019, 6, 1), 100)]
    rows = pa.table(
        {
            "enterprise": [firm for firm, _day, _fen in flows],
            "happened_on": [day for _firm, day, _fen in flows],
            "fen": [fen for _firm, _day, fen in flows],
            "learned_at": pa.array([days.end_of(day) for _f, day, _n in flows], pa.timestamp("us", "UTC")),
        }
    )
    declared = (
        _variable("inflow_3m", INFLOW.over(months(3))),
        _variable("spent_share", percent(OUTFLOW.over(EVER), INFLOW.over(EVER))),
        _variable("mean_inflow_12m", INFLOW.monthly.mean(months(12))),
        _variable("days_since_inflow", smallest(DAYS_AGO, of=("inflow",)).over(EVER)),
    )
    table = kept(con, "flows", rows)
    expected = {"inflow_3m": 5.0, "spent_share": 100 / 3, "mean_inflow_12m": 6 / 9, "days_since_inflow": 26.0}
    (many,) = services.compute(table, declared, date(2020, 2, 29)).to_pylist()
    assert many == pytest.approx({"enterprise": "E1"} | expected)
    assert services.compute_one(table, declared, date(2020, 2, 29)) == pytest.approx(expected)


def test_months_and_partners_do_not_meet_in_one_number() -> None:
    with pytest.raises(TypeError, match="one grain"):
        SALES.volume.monthly + SALES.volume.by_partner(EVER)
    with pytest.raises(TypeError, match="one grain"):
        SALES.volume.monthly / SALES.volume.over(EVER)


def test_partners_of_two_sorts_do_not_meet_in_one_number() -> None:
    by_lender, by_country = INFLOW.by("lender", EVER), INFLOW.by("country", EVER)
    with pytest.raises(TypeError, match="country and lender cannot meet"):
        by_lender + by_country
    with pytest.raises(TypeError, match="country and lender cannot meet"):
        by_lender.sum(where=by_country > 0)
    assert (by_lender.sum() / by_country.sum()).grain is Grain.FIRM


def test_the_latest_row_goes_by_day_then_by_the_readings_order_then_by_size(con: Backend) -> None:
    told = [("E1", 3, "b", 500), ("E1", 3, "a", 900), ("E1", 2, "z", 700), ("E2", 3, None, 100), ("E2", 3, None, 200)]
    told += [("E3", 3, "a", None), ("E3", 1, "a", 300)]
    rows = pa.table(
        {
            "enterprise": [firm for firm, *_rest in told],
            "happened_on": [date(2020, 2, day) for _firm, day, *_rest in told],
            "place": pa.array([place for _firm, _day, place, _fen in told], pa.string()),
            "fen": pa.array([fen for *_rest, fen in told], pa.int64()),
            "learned_at": pa.array([days.end_of(date(2020, 2, 4)) for _row in told], pa.timestamp("us", "UTC")),
        }
    )
    reads = replace(BANK, kinds={"any": _.happened_on.notnull()}, columns={"fen": Column(_.fen)}, order=_.place)
    declared = (_variable("now", latest("fen", of=("any",)).over(EVER), reads),)
    table = kept(con, "sequence", rows)
    many = services.compute(table, declared, date(2020, 2, 29))["now"].to_pylist()
    one = [
        services.compute_one(table.filter(table.enterprise == firm), declared, date(2020, 2, 29))["now"]
        for firm in ("E1", "E2", "E3")
    ]
    assert many == one == [500.0, 200.0, 300.0]


def test_only_months_and_partners_can_be_gathered() -> None:
    with pytest.raises(TypeError, match="already"):
        SALES.volume.over(EVER).mean(EVER)
    with pytest.raises(TypeError, match="window"):
        SALES.volume.monthly.mean()
    with pytest.raises(TypeError, match="window"):
        SALES.volume.by_partner(EVER).mean(EVER)
    with pytest.raises(TypeError, match="must both speak of each firm × counterparty"):
        SALES.volume.by_partner(EVER).sum(where=SALES.volume.over(EVER) > 0)


def test_a_variable_fits_its_reading() -> None:
    with pytest.raises(ValueError, match="gather it to the firm"):
        _variable("each_month", INFLOW.monthly)
    with pytest.raises(ValueError, match="refund, colour"):
        _variable("x", total("colour", of=("refund",)).over(EVER))
    with pytest.raises(ValueError, match="do not name"):
        _variable("x", INFLOW.by_partner(EVER).sum())
    with pytest.raises(ValueError, match="given by the engine"):
        replace(BANK, columns={DAYS_AGO: Column(_.fen)})


def test_a_window_holds_whole_months_of_the_past() -> None:
    with pytest.raises(ValueError, match="at least one month"):
        Window(0)
    with pytest.raises(ValueError, match="ends in the past"):
        months(3, ago=-1)


def test_grain_and_window_follow_from_the_value() -> None:
    asked = VARIABLES["vat_buyer_new_share_12m"]
    assert (asked.grains, asked.window) == ({Grain.FIRM_COUNTERPARTY}, EVER)
    assert VARIABLES["vat_sales_growth_3m"].window == months(15)
    assert VARIABLES["vat_sales_trend_12m"].grains == {Grain.FIRM_MONTH}
    assert VARIABLES["vat_sales_per_buyer_12m"].grains == {Grain.FIRM, Grain.FIRM_COUNTERPARTY}
    assert _variable("x", INFLOW.over(before(12))).window == before(12)


def test_the_registry_holds_enough_and_each_in_both_languages() -> None:
    assert len(VARIABLES) >= 300
    assert min(len(its) for its in registry.CHANNELS.values()) >= 8
    for text in ("en", "zh"):
        labels = [variable.label.in_(text) for variable in VARIABLES.values()]
        assert len(set(labels)) == len(labels), "two variables are told by the same words"
    for variable in VARIABLES.values():
        assert variable.label.en.isascii(), variable.name
        assert not variable.label.zh.isascii(), variable.name
        assert variable.worse_when in ("higher", "lower", None)


def test_a_name_declared_twice_is_refused() -> None:
    twice = [_variable("x", INFLOW.over(EVER)), _variable("x", OUTFLOW.over(EVER))]
    with pytest.raises(ValueError, match="declared twice"):
        registry.by_name(twice)
    with pytest.raises(BadInput, match="no variable is called vat_nothing"):
        registry.named(["vat_sales_3m", "vat_nothing"])


def test_the_fingerprint_follows_what_decides_the_value() -> None:
    first = _variable("x", INFLOW.over(months(3)))
    again = replace(first, label=Label("other words", "别的说法"))
    assert registry.fingerprint([first]) == registry.fingerprint([again])
    changed = [
        replace(first, value=INFLOW.over(months(4))),
        replace(first, version=2),
        replace(first, unit=Label("fen", "分")),
        replace(first, reads=replace(BANK, kinds={"inflow": _.fen >= 0, "outflow": _.fen < 0})),
        replace(first, value=count(of=("inflow",)).over(months(3))),
    ]
    prints = {registry.fingerprint([variable]) for variable in (first, *changed)}
    assert len(prints) == 1 + len(changed)


@given(
    day=st.dates(date(2015, 1, 1), date(2020, 12, 31)),
    as_of=st.one_of(st.dates(date(2016, 1, 1), date(2020, 12, 31)), st.sampled_from([date(2020, 2, 29)])),
)
def test_months_are_cut_as_the_days_module_cuts_them(con: Backend, day: date, as_of: date) -> None:
    if day > as_of:
        day, as_of = as_of, day
    ((found,),) = con.con.execute(ibis.to_sql(_month(ibis.literal(day), as_of), dialect="duckdb")).fetchall()
    assert days.months_back(as_of, found + 1) <= day
    assert found == 0 or day < days.months_back(as_of, found)


def test_the_statement_reads_the_rows_once_for_all_grains(invoices: ibis.Table) -> None:
    sql = services._sql(registry.CHANNELS["vat_invoices"], invoices.schema(), date(2020, 2, 29), date(2020, 2, 29))
    assert len(VAT_INVOICES.partners) == 1
    assert sql.count(f'"{services.ROWS}"') == 1
