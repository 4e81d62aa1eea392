"""The simulator makes the public data set's shape from a seed, and its hidden health shows in the invoices."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from puhui.refusals import BadInput
from puhui.simulator.services import write_public_set

FILES = {
    "rate_churn.csv",
    "with_record_enterprises.csv",
    "without_record_enterprises.csv",
    *(f"{kind}_record_{side}_invoices.parquet" for kind in ("with", "without") for side in ("sales", "purchase")),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made")
    write_public_set(out, seed=7, with_record=40, without_record=20)
    return out


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(made: Path, tmp_path: Path) -> None:
    again, other = tmp_path / "again", tmp_path / "other"
    write_public_set(again, seed=7, with_record=40, without_record=20)
    write_public_set(other, seed=8, with_record=40, without_record=20)
    assert hashes(made) == hashes(again)
    assert not set(hashes(made).values()) & set(hashes(other).values())


def test_the_files_have_the_public_shape(made: Path, shared_data: Path) -> None:
    assert {path.name for path in made.iterdir() if path.is_file()} == FILES
    for name in FILES:
        mine, public = made / name, shared_data / "cumcm2020c" / name
        if name.endswith(".csv"):
            assert rows(mine)[0].keys() == rows(public)[0].keys()
        else:
            assert pq.read_schema(mine).names == pq.read_schema(public).names
            assert pq.read_schema(mine).types == pq.read_schema(public).types
    assert [r["年利率"] for r in rows(made / "rate_churn.csv")] == [
        repr(float(r["年利率"])) for r in rows(shared_data / "cumcm2020c" / "rate_churn.csv")
    ]


def test_the_invoices_hold_what_real_ones_hold(made: Path) -> None:
    table = pq.read_table(made / "with_record_sales_invoices.parquet")
    amount, tax, total = (pc.cast(table[name], "float64").to_numpy() for name in ("金额", "税额", "价税合计"))
    assert abs(amount + tax - total).max() < 0.011
    assert (amount < 0).any(), "no returns"
    assert set(table["发票状态"].to_pylist()) == {"有效发票", "作废发票", " 有效发票", " 作废发票"}
    whole = list(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))
    assert len(set(whole)) < len(whole), "no repeated rows"


def test_a_fifth_defaults_and_is_rated_d(made: Path) -> None:
    known = rows(made / "with_record_enterprises.csv")
    assert sum(row["是否违约"] == "是" for row in known) == 8
    assert all((row["信誉评级"] == "D") == (row["是否违约"] == "是") for row in known)
    truth = {row["enterprise"]: row["defaults"] for row in rows(made / "truth" / "firms.csv")}
    assert all(truth[row["企业代号"]] == ("1" if row["是否违约"] == "是" else "0") for row in known)


def test_poor_health_shows_as_voided_sales(tmp_path: Path) -> None:
    write_public_set(tmp_path, seed=3, with_record=120, without_record=1)
    table = pq.read_table(tmp_path / "with_record_sales_invoices.parquet")
    failed = {r["企业代号"] for r in rows(tmp_path / "with_record_enterprises.csv") if r["是否违约"] == "是"}
    void: dict[bool, list[bool]] = {True: [], False: []}
    for firm, status in zip(table["企业代号"].to_pylist(), table["发票状态"].to_pylist(), strict=True):
        void[firm in failed].append(status.strip() == "作废发票")
    assert sum(void[True]) / len(void[True]) > 1.2 * sum(void[False]) / len(void[False])


def test_a_set_too_small_to_learn_from_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least 10 firms"):
        write_public_set(tmp_path / "set", seed=1, with_record=3, without_record=5)
    assert not (tmp_path / "set").exists()
