"""A folder that is not as it should be is told so, by the file's name, before anything is done."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from puhui.products import dataset
from puhui.refusals import BadInput
from puhui.simulator.services import write_public_set


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("set")
    write_public_set(out, seed=5, with_record=12, without_record=4)
    return out


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "set"))


def test_a_whole_folder_is_found_and_named_by_its_content(folder: Path) -> None:
    found = dataset.find(folder)
    assert (len(found.known), len(found.fresh), len(found.firms)) == (12, 4, 16)
    assert {firm.defaulted for firm in found.known} == {True, False}
    assert {firm.defaulted for firm in found.fresh} == {None}
    assert found.name.startswith("set-")
    assert dataset.find(folder).name == found.name
    (folder / "rate_churn.csv").write_text((folder / "rate_churn.csv").read_text().replace("0.15", "0.149"))
    assert dataset.find(folder).name != found.name


def test_gbk_and_csv_invoices_are_found(folder: Path) -> None:
    listed = folder / "without_record_enterprises.csv"
    listed.write_bytes(listed.read_text(encoding="utf-8").encode("gb18030"))
    (folder / "with_record_sales_invoices.parquet").rename(folder / "with_record_sales_invoices.csv")
    found = dataset.find(folder)
    assert found.fresh[0].name.strip("*")
    assert found.invoices[0].suffix == ".csv"


def test_the_banks_own_rating_is_not_read(folder: Path) -> None:
    assert not any(value in {"A", "B", "C", "D"} for firm in dataset.find(folder).known for value in (firm.name,))
    assert "rating" not in dataset.ListedFirm.__slots__


@pytest.mark.parametrize(
    "name",
    [
        "rate_churn.csv",
        "with_record_enterprises.csv",
        "without_record_enterprises.csv",
        "with_record_sales_invoices.parquet",
        "without_record_purchase_invoices.parquet",
    ],
)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BadInput, match=name.split(".", maxsplit=1)[0]):
        dataset.find(folder)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("with_record_enterprises.csv", "企业代号,企业名称\nE1,x\n", "no column 是否违约"),
        ("with_record_enterprises.csv", "企业代号,企业名称,是否违约\n", "0 rows"),
        ("with_record_enterprises.csv", "企业代号,企业名称,是否违约\nE1,x,否\nE2,x,否\n", "one kind of outcome"),
        ("with_record_enterprises.csv", "企业代号,企业名称,是否违约\nE1,x,maybe\n", "line 2: 是否违约 is 'maybe'"),
        ("with_record_enterprises.csv", "企业代号,企业名称,是否违约\nE1,x,是\nE1,x,否\n", "lists E1 twice"),
        ("with_record_enterprises.csv", "企业代号,企业名称,是否违约\n ,x,是\n", "企业代号 is empty"),
        ("without_record_enterprises.csv", "企业代号,企业名称\nE1,x\n", "E1 is in both lists"),
        ("rate_churn.csv", "年利率,信誉评级A,信誉评级B\n0.04,0,0\n", "no column 信誉评级C"),
        ("rate_churn.csv", "年利率,信誉评级A,信誉评级B,信誉评级C\n0.04,0,0,7\n", "no share between 0 and 1"),
        ("rate_churn.csv", "年利率,信誉评级A,信誉评级B,信誉评级C\n", "0 rows"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_is_wrong(folder: Path, name: str, content: str, says: str) -> None:
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=says):
        dataset.find(folder)


def test_a_wrong_encoding_and_a_wrong_folder(folder: Path, tmp_path: Path) -> None:
    (folder / "without_record_enterprises.csv").write_bytes(b"\xff\xfe\x00\x81\x81")
    with pytest.raises(BadInput, match="neither UTF-8 nor GBK"):
        dataset.find(folder)
    with pytest.raises(BadInput, match="not a folder"):
        dataset.find(tmp_path / "nowhere")
