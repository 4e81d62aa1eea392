"""The sentinel names what could not be known on the day, and leaves honest columns alone."""

import numpy as np
import pytest

from puhui.scoring import sentinel, tables
from puhui.scoring.intake import take_in
from puhui.scoring.values import Verdict


def watched(path, target, drop=()):
    intake = take_in(tables.read(path), target, drop=drop)
    return {f.column: f for f in sentinel.watch({**intake.numbers, **intake.texts, **intake.others}, intake.y, {})}


def test_term_is_named_and_charge_off_columns_are_outcomes(shared_data):
    found = watched(shared_data / "sba" / "sba_7a_loans_approved_before_2005h2.csv", "MIS_Status")
    assert found["Term"].verdict is Verdict.SUSPECT
    assert {test.name for test in found["Term"].tests} == {"ranks too well alone", "values off the common ones"}
    assert {name for name, f in found.items() if f.verdict is Verdict.OUTCOME} == {"ChgOffDate", "ChgOffPrinGr"}
    assert found.keys() == {"Term", "ChgOffDate", "ChgOffPrinGr"}


def test_on_the_california_file_too(shared_data):
    path = shared_data / "sba" / "sba_case_california_real_estate.csv"
    found = watched(path, "MIS_Status")
    assert {"ChgOffDate", "ChgOffPrinGr", "Default"} == {n for n, f in found.items() if f.verdict is Verdict.OUTCOME}
    assert found["Term"].verdict is Verdict.SUSPECT


def test_a_balance_left_only_after_a_charge_off_is_caught():
    """A column such as BalanceGross: nearly always 0, and filled only where the loan went bad."""
    random = np.random.default_rng(1)
    y = (random.random(5000) < 0.2).astype(int)
    few = np.where((y == 1) & (random.random(5000) < 0.03), 1000.0 + random.random(5000), 0.0)
    most = np.where((y == 1) & (random.random(5000) < 0.9), 1000.0 + random.random(5000), 0.0)
    honest = random.normal(y * 0.5, 1.0)
    found = {f.column: f for f in sentinel.watch({"few": few, "most": most, "honest": honest}, y, {})}
    assert found["most"].verdict is Verdict.OUTCOME
    assert found["few"].verdict is Verdict.SUSPECT
    assert "honest" not in found


@pytest.mark.parametrize("year", ["year1", "year5"])
def test_strong_but_honest_accounts_are_not_outcomes(shared_data, year):
    found = watched(shared_data / "polish" / f"{year}.csv", "bankrupt")
    assert not [f for f in found.values() if f.verdict is Verdict.OUTCOME]


def test_a_column_that_carries_a_good_model_is_a_suspect():
    random = np.random.default_rng(2)
    y = (random.random(2000) < 0.3).astype(int)
    columns = {"a": random.normal(y * 1.2, 1.0), "b": random.normal(y * 1.0, 1.0)}
    assert sentinel.watch(columns, y, {"a": 0.4, "b": 0.3}) == ()
    assert [f.column for f in sentinel.watch(columns, y, {"a": 0.6, "b": 0.3})] == ["a"]


@pytest.mark.parametrize("flip", [0.0, 0.005])
def test_the_target_under_another_name_is_an_outcome_even_beside_other_strong_columns(flip):
    """A flag such as Default beside MIS_Status: two values, so no special state, and no lead over Term either."""
    random = np.random.default_rng(3)
    y = (random.random(3000) < 0.3).astype(int)
    flag = np.where(random.random(3000) < flip, 1 - y, y).astype(float)
    word = np.array(["lost" if bad else "paid" for bad in flag], dtype=object)
    columns = {"flag": flag, "word": word, "term": random.normal(y * 2.7, 1.0)}
    found = {f.column: f for f in sentinel.watch(columns, y, {})}
    assert {name for name, f in found.items() if f.verdict is Verdict.OUTCOME} == {"flag", "word"}


def test_columns_that_agree_in_good_rows_and_not_in_bad_ones_are_suspects():
    random = np.random.default_rng(4)
    y = (random.random(3000) < 0.1).astype(int)
    year = random.uniform(0.1, 9.0, 3000)
    days = 365.0 * year * np.where((y == 1) & (random.random(3000) < 0.6), random.uniform(0.5, 1.5, 3000), 1.0)
    honest = random.normal(y, 1.0)
    found = sentinel.watch_derived({"days ÷ year": days / year, "honest": honest}, y)
    assert [(f.column, f.verdict) for f in found] == [("days ÷ year", Verdict.SUSPECT)]
    assert [test.name for test in found[0].tests] == ["breaks an identity"]
