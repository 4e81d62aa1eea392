"""Fit and score on real files; what cannot be used is said, with what to do, and nothing is half written."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from puhui.refusals import BadInput
from puhui.scoring import services, tables
from puhui.scoring.intake import take_in

COLUMNS = ["Term", "NoEmp", "DisbursementGross", "Portion", "UrbanRural", "BankState", "ChgOffPrinGr", "ApprovalFY"]


@pytest.fixture(scope="module")
def loans(shared_data):
    """300 real loans with a target in words."""
    table = tables.read(shared_data / "sba" / "sba_case_california_real_estate.csv")
    return table.select([*COLUMNS, "MIS_Status"]).slice(0, 300)


@pytest.fixture(scope="module")
def model_dir(loans, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    pq.write_table(loans, folder / "loans.parquet")
    services.fit_model(folder / "loans.parquet", "MIS_Status", out=folder / "m", time="ApprovalFY", drop=["NoEmp"])
    return folder / "m"


def test_a_model_folder_holds_all_its_parts(model_dir):
    assert {path.name for path in model_dir.iterdir()} == {"model.json", "challenger", "metrics.json", "report.html"}
    metrics = json.loads((model_dir / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["regime"].startswith("small")
    assert metrics["champion"]["auc"]["lo"] < metrics["champion"]["auc"]["mean"] < metrics["champion"]["auc"]["hi"]
    assert metrics["model_sha256"] == services.load(model_dir).hash
    assert [f["column"] for f in metrics["sentinel"] if f["verdict"] == "outcome"] == ["ChgOffPrinGr"]
    assert metrics["left_out"].keys() == {"ChgOffPrinGr"}
    assert len(metrics["periods"]) > 3
    assert [path.name for path in model_dir.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("which", ["champion", "challenger"])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_scores_keep_the_order_of_the_rows(model_dir, loans, tmp_path, which, suffix):
    out = tmp_path / f"scored.{suffix}"
    assert services.score_table(model_dir, model_dir.parent / "loans.parquet", out, which=which) == 300
    scored = tables.read(out)
    assert scored.column_names[:2] == ["pd", "score"]
    pd = scored["pd"].to_numpy()
    assert ((pd > 0) & (pd < 1)).all()
    turned = loans.take(np.arange(300)[::-1])
    pq.write_table(turned, tmp_path / "turned.parquet")
    services.score_table(model_dir, tmp_path / "turned.parquet", out, which=which)
    assert tables.read(out)["pd"].to_numpy() == pytest.approx(pd[::-1], abs=1e-12)


def test_the_same_rows_and_seed_give_the_same_model(loans):
    small = loans.select(["DisbursementGross", "Portion", "BankState", "MIS_Status"])
    first = services.fit(small, target="MIS_Status", seed=5)
    assert services.fit(small, target="MIS_Status", seed=5).champion.hash == first.champion.hash
    assert first.champion.positive == "CHGOFF"
    assert len(first.validation.champion.pd) == len(first.validation.y) == 300


def test_a_declared_direction_is_kept(loans):
    small = loans.select(["Portion", "DisbursementGross", "MIS_Status"])
    for worse in ("higher", "lower"):
        fitted = services.fit(small, target="MIS_Status", worse_when={"Portion": worse})
        for term in fitted.champion.terms:
            if term.name == "Portion":
                steps = np.diff(term.points[1:])
                assert (steps >= 0).all() if worse == "higher" else (steps <= 0).all()


def test_scoring_without_a_column_names_it(model_dir, loans, tmp_path):
    used = services.load(model_dir).inputs[0]
    pc.write_csv(loans.drop_columns([used]), tmp_path / "short.csv")
    with pytest.raises(BadInput, match=f"misses 1 column.* of the model: {used}"):
        services.score_table(model_dir, tmp_path / "short.csv", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def table_with(**columns):
    return pa.table({"x": list(range(30)), "bad": [0, 1] * 15, **columns})


BAD = [
    ({}, "missing", {}, "no target 'missing'"),
    ({"bad2": [1] * 30}, "bad2", {}, "one value only"),
    ({"bad2": [0, 1, 2] * 10}, "bad2", {}, "3 different values"),
    ({"bad2": [None] * 30}, "bad2", {}, "missing in every row"),
    ({"same": ["a"] * 30, "none": pa.nulls(30, pa.float64())}, "bad", {}, "--drop same,none"),
    ({"bad2": [1] + [0] * 29}, "bad2", {"drop": ["bad"]}, "only 1 rows"),
    ({}, "bad", {"drop": ["nothing"]}, "no column to drop 'nothing'"),
    ({}, "bad", {"drop": ["x"]}, "no column is left"),
    ({}, "bad", {"positive": "7"}, "no value '7'"),
    ({"day": ["soon"] * 29 + ["late"]}, "bad", {"time": "day"}, "not a day"),
]


def test_a_column_that_tells_nothing_gives_everybody_the_mean():
    table = pa.table({"x": list(range(40)), "bad": [0, 1] * 20})
    pd = services.fit(table, target="bad", seed=1).champion.score({"x": np.arange(40.0)}).pd
    assert len(pd) == 40
    assert abs(float(np.mean(pd)) - 0.5) < 0.1


@pytest.mark.parametrize(("more", "target", "options", "said"), BAD)
def test_a_table_that_cannot_be_used_is_refused_and_nothing_is_written(tmp_path, more, target, options, said):
    pq.write_table(table_with(**more), tmp_path / "t.parquet")
    with pytest.raises(BadInput, match=said) as refused:
        services.fit_model(tmp_path / "t.parquet", target, out=tmp_path / "m", **options)
    assert refused.value.then
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "is empty"),
        ("header.csv", b"x,bad\n", "0 rows"),
        ("no-end.csv", b"x,bad", "0 rows"),
        ("unnamed.csv", b"x,,bad\n1,2,0\n", "a column without a name"),
        ("void.csv", b"x,none,bad\n" + b"1,,0\n2,,1\n" * 20, "--drop none"),
        ("book.xlsx", b"PK\x03\x04", "neither CSV nor Parquet"),
        ("ragged.csv", b"x,bad\n1,0\n1,0,7\n", "cannot be read as CSV"),
        ("latin.csv", "x,bad\nÿþ\xff,0\n".encode("utf-16"), "neither in UTF-8 nor in GBK"),
        ("twice.csv", b"x,x\n1,0\n", "two columns named x"),
        ("cut.parquet", b"PAR1 and no more", "cannot be read as Parquet"),
    ],
)
def test_a_broken_file_is_refused(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=said):
        services.fit_model(tmp_path / name, "bad", out=tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_a_truncated_parquet_is_refused(tmp_path):
    pq.write_table(table_with(), tmp_path / "t.parquet")
    whole = (tmp_path / "t.parquet").read_bytes()
    (tmp_path / "t.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match="copy the file again"):
        services.fit_model(tmp_path / "t.parquet", "bad", out=tmp_path / "m")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_headers_are_read_in_both_encodings(tmp_path, encoding):
    text = "企业,违约\n甲,是\n乙,否\n丙,否\n"
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    intake = take_in(tables.read(tmp_path / "t.csv"), "违约")
    assert intake.positive == "是"
    assert intake.y.tolist() == [1, 0, 0]
    assert intake.texts["企业"].tolist() == ["甲", "乙", "丙"]


def test_a_category_never_seen_in_training_is_scored_as_any_other(tmp_path):
    random = np.random.default_rng(3)
    bad = (random.random(400) < 0.3).astype(int)
    trade = np.where(random.random(400) < 0.3 + 0.4 * bad, "farm", "shop")
    fitted = services.fit(pa.table({"trade": trade, "x": random.normal(bad, 1.0), "bad": bad}), target="bad")
    asked = {"trade": ["farm", "shop", "mine", None], "x": [0.0] * 4}
    pd = fitted.champion.score(asked).pd
    assert pd[1] < pd[2] < pd[0], "an unknown trade stands at the mean, between the known ones"
    assert np.isfinite(fitted.challenger.score(asked).pd).all()


def test_columns_made_of_two_others_are_told_apart_and_can_be_forgone():
    """Bad firms report assets that contradict their own ratio: only the two columns together tell."""
    random = np.random.default_rng(6)
    bad = (random.random(1500) < 0.2).astype(int)
    sales, assets = random.lognormal(0, 1, 1500), random.lognormal(0, 1, 1500)
    ratio = sales / assets * np.where(bad == 1, random.uniform(1.1, 2.0, 1500), 1.0)
    table = pa.table({"sales": sales, "assets": assets * ratio, "bad": bad})
    crossed, plain = services.fit(table, target="bad"), services.fit(table, target="bad", derive=False)
    assert crossed.champion.derived
    assert crossed.validation.champion.auc.mean > 0.95
    assert crossed.validation.without_derived < 0.8
    assert "breaks an identity" in {test.name for f in crossed.validation.findings for test in f.tests}
    assert plain.champion.derived == ()
    assert plain.validation.champion.auc.mean < crossed.validation.champion.auc.mean
    assert plain.validation.without_derived is None


def test_a_folder_that_cannot_be_made_is_refused_before_the_work(tmp_path):
    (tmp_path / "file").write_bytes(b"in the way")
    pq.write_table(table_with(), tmp_path / "t.parquet")
    with pytest.raises(BadInput, match="cannot be made"):
        services.fit_model(tmp_path / "t.parquet", "bad", out=tmp_path / "file" / "m")
    with pytest.raises(BadInput, match="cannot be made"):
        tables.write(table_with(), tmp_path / "file" / "scored.csv")


def test_somebody_elses_folder_is_never_replaced(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"meow")
    pq.write_table(table_with(), tmp_path / "t.parquet")
    with pytest.raises(BadInput, match="not a model folder"):
        services.fit_model(tmp_path / "t.parquet", "bad", out=tmp_path / "photos")
    assert (tmp_path / "photos" / "cat.jpg").read_bytes() == b"meow"
