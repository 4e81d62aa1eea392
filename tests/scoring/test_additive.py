"""The artefact: the same score everywhere, kept exactly, explained exactly."""

import json
import math

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puhui.refusals import BadInput
from puhui.scoring.additive import Additive, Cuts, Levels, Term
from puhui.scoring.derived import Derived, Op
from puhui.scoring.expression import probability
from puhui.words import Label


def small_model():
    """Sales in three bins, a trade, debt over sales, and a two-way table of sales and trade."""
    sales = Cuts("sales", (0.0, 100.0))
    trade = Levels("trade", ("farm", "shop"))
    ratio = Cuts("debt ÷ sales", (0.5,))
    return Additive(
        target="bad",
        positive="1",
        intercept=-2.0,
        terms=(
            Term((sales,), np.array([0.3, 0.9, 0.1, -0.6]), 0.05),
            Term((trade,), np.array([0.2, -0.1, 0.1, 0.4]), 0.0),
            Term((ratio,), np.array([0.0, -0.5, 0.7]), 0.0),
            Term((sales, trade), np.arange(16.0).reshape(4, 4) / 10, 0.7),
        ),
        derived=(Derived(Op.RATIO, "debt", "sales"),),
        slope=1.1,
        offset=0.2,
        labels={"sales": Label("Sales", "销售额")},
    )


ROWS = {
    "sales": [None, -1.0, 0.0, 99.9, 100.0, float("nan")],
    "debt": [1.0, 1.0, 1.0, 60.0, None, 3.0],
    "trade": ["farm", None, "shop", "mine", "", "farm"],
}


def test_points_are_those_of_the_bins_by_hand():
    scored = small_model().score(ROWS)
    by_hand = [
        -2.0 + 0.3 - 0.1 + 0.0 + 0.1,  # missing sales, farm, no ratio, table row 0 column 1
        -2.0 + 0.9 + 0.2 - 0.5 + 0.4,  # below 0, missing trade, ratio −1, table row 1 column 0
        -2.0 + 0.1 + 0.1 + 0.0 + 1.0,  # a cut opens its upper bin; debt ÷ 0 is missing
        -2.0 + 0.1 + 0.4 + 0.7 + 1.1,  # ratio 0.6006; a trade never seen
        -2.0 - 0.6 + 0.2 + 0.0 + 1.2,
        -2.0 + 0.3 - 0.1 + 0.0 + 0.1,  # NaN is missing
    ]
    assert scored.log_odds == pytest.approx(by_hand, abs=1e-12)
    assert scored.pd == pytest.approx(1 / (1 + np.exp(-(0.2 + 1.1 * np.array(by_hand)))), abs=1e-15)


number = st.one_of(st.none(), st.floats(allow_infinity=False), st.sampled_from([0.0, 100.0, -0.0, 1e308]))
row = st.tuples(number, number, st.sampled_from([None, "farm", "shop", "mine", ""]))


@settings(deadline=None, max_examples=25)
@given(st.lists(row, min_size=1, max_size=30))
def test_sql_gives_the_same_pd(rows):
    sales, debt, trade = (list(part) for part in zip(*rows, strict=True))
    columns = {"sales": pa.array(sales, pa.float64()), "debt": pa.array(debt, pa.float64())}
    columns["trade"] = pa.array(trade, pa.string())
    table = ibis.memtable(pa.table(columns))
    model = small_model()
    found = ibis.duckdb.connect().to_pyarrow(table.select(pd=probability(model, table)))["pd"].to_numpy()
    assert found == pytest.approx(model.score(columns).pd, abs=1e-12)


def test_reasons_add_up_to_the_score():
    model = small_model()
    scored = model.score(ROWS)
    for at in range(6):
        reasons = model.reasons(ROWS, at, most=9)
        assert [r.points for r in reasons] == sorted(r.points for r in reasons)
        lost = {name: -model.scale.factor * model.slope * part[at] for name, part in scored.points.items()}
        for reason in reasons:
            mean = next(term.mean for term in model.terms if term.name == reason.column)
            assert reason.points == pytest.approx(lost[reason.column] + model.scale.factor * model.slope * mean)
    worst = model.reasons(ROWS, 1)[0]
    assert (worst.column, worst.value, worst.bin.en, worst.label.zh) == ("sales", "-1", "below 0", "销售额")


def test_kept_and_read_again_it_is_the_same_model(tmp_path):
    model = small_model()
    model.save(tmp_path / "model.json")
    again = Additive.load(tmp_path / "model.json")
    assert again.hash == model.hash
    assert again.score(ROWS).pd.tolist() == model.score(ROWS).pd.tolist()


def test_one_changed_point_changes_the_hash():
    data = small_model().to_json()
    data["terms"][0]["points"][1] += 1e-15
    assert Additive.from_json(data).hash != small_model().hash


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 99, "kind": "additive"}', "[1"])
def test_a_broken_artefact_is_bad_input(tmp_path, text):
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(BadInput, match="fit the model again"):
        Additive.load(tmp_path / "model.json")


def test_missing_columns_are_named():
    with pytest.raises(BadInput, match="trade, debt"):
        small_model().score({"sales": [1.0]})


def test_the_artefact_needs_no_training_library():
    """Serving the champion imports numpy alone among the heavy libraries."""
    import subprocess
    import sys

    code = (
        "import sys, puhui.scoring.additive as a; "
        "heavy = {'sklearn', 'optbinning', 'lightgbm', 'pandas', 'interpret', 'ibis', 'scipy'} & set(sys.modules); "
        "print(sorted(heavy))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(found.stdout.replace("'", '"')) == []


@given(
    st.lists(st.one_of(st.none(), st.floats(-50, 50), st.just(math.nan)), min_size=2, max_size=2),
    st.floats(0.5, 2.0),
)
def test_one_row_alone_scores_to_the_bit_as_among_many(row: list[float | None], slope: float) -> None:
    rng = np.random.default_rng(3)
    terms = (
        Term((Cuts("a", (-1.0, 0.0, 2.5)),), rng.normal(size=5), 0.1),
        Term((Cuts("a", (0.0,)), Cuts("b", (-3.0, 3.0))), rng.normal(size=(3, 4)), -0.2),
    )
    model = Additive("y", "1", -2.0, terms, slope=slope, offset=0.3)
    numbers = [math.nan if value is None else value for value in row]
    among = model.score({"a": np.array([0.5, numbers[0]]), "b": np.array([1.0, numbers[1]])})
    pd, score, points = model.score_one({"a": row[0], "b": row[1]})
    assert (pd, score) == (among.pd[1], among.score[1])
    assert points == [(term.name, among.points[term.name][1], term.mean) for term in terms]
