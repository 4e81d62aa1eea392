"""The main job on made invoices, from files to papers; and what it does with input that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from promises import assert_papers_hold, rows

from puhui.channels import selectors as channels
from puhui.channels import services as delivering
from puhui.governance import selectors as governance
from puhui.governance import services as auditing
from puhui.money import yuan
from puhui.products import dataset
from puhui.products.services import strategy
from puhui.products.values import StrategySummary
from puhui.refusals import BadInput
from puhui.simulator.services import write_public_set

FIRMS, BUDGET = 24, 6_000_000
SILENT = "E999"  # a firm that is listed, and has no invoice
ON = date(2026, 1, 5)


@dataclass(frozen=True)
class Ran:
    data: Path
    out: Path
    summary: StrategySummary


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data") / "made"
    write_public_set(data, seed=20, with_record=50, without_record=FIRMS - 1)
    with (data / "without_record_enterprises.csv").open("a", encoding="utf-8") as file:
        file.write(f"{SILENT},***贸易有限公司\n")
    return data


@pytest.fixture(scope="module")
def ran(module_book: Path, made: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    out = tmp_path_factory.mktemp("papers") / "out"
    return Ran(made, out, strategy(made, yuan(BUDGET), out, on=ON, by="test"))


def test_the_papers_hold_what_they_promise(ran: Ran) -> None:
    assert_papers_hold(ran.out, firms=FIRMS, budget=BUDGET)


def test_the_run_is_as_of_the_sets_last_day_and_on_record(ran: Ran) -> None:
    assert date(2019, 12, 1) <= date.fromisoformat(ran.summary.as_of) <= date(2019, 12, 31)
    record = governance.latest(1)[0]
    assert (record.act, record.subject, record.by) == ("strategy", ran.summary.dataset, "test")
    assert record.body["lent_to"] == ran.summary.lent_to
    assert auditing.verify().holds


def test_four_deliveries_of_one_source_came_in(ran: Ran) -> None:
    done = channels.deliveries("vat_invoices")
    assert len(done) == 4
    assert {delivery.source for delivery in done} == {ran.summary.dataset}
    assert all(d.rows_in == d.accepted + d.quarantined + d.duplicates for d in done)
    assert sum(d.duplicates for d in done) > 0, "the made set repeats rows"


def test_a_set_delivered_before_changes_nothing(ran: Ran) -> None:
    for path in dataset.find(ran.data).invoices:
        again = delivering.deliver("vat_invoices", path, source=ran.summary.dataset, on=ON, history=True, by="test")
        assert again.repeated
    assert len(channels.deliveries("vat_invoices")) == 4


def test_a_firm_without_an_invoice_goes_to_a_person(ran: Ran) -> None:
    (row,) = (row for row in rows(ran.out) if row["enterprise"] == SILENT)
    assert row["outcome"] == "referred"
    assert "no sales invoices to judge by" in row["reasons"]


def test_failing_firms_are_lent_to_less_often(ran: Ran) -> None:
    truth = (ran.data / "truth" / "firms.csv").read_text().splitlines()[1:]
    failing = {line.split(",")[0] for line in truth if line.endswith(",1")}
    told = {row["enterprise"]: row for row in rows(ran.out)}
    assert any(firm in told for firm in failing)
    pds = {kind: [float(r["pd"]) for e, r in told.items() if (e in failing) is kind] for kind in (True, False)}
    assert sum(pds[True]) / len(pds[True]) > sum(pds[False]) / len(pds[False])


@pytest.mark.parametrize(
    ("budget", "shock", "on", "says"),
    [
        ("99999.99", "epidemic-2020", ON, "BUDGET_TOO_SMALL"),
        ("1000000", "meteor", ON, "no shock 'meteor'"),
        ("1000000", "epidemic-2020", date(1999, 1, 1), "no value on 1999-01-01"),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_is_done(
    made: Path, tmp_path: Path, *, budget: str, shock: str, on: date, says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        strategy(made, yuan(budget), tmp_path / "out", shock=shock, on=on)
    assert not (tmp_path / "out").exists()


def test_a_folder_without_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="with_record_sales_invoices"):
        strategy(tmp_path, yuan(1_000_000), tmp_path / "out", on=ON)
    assert not (tmp_path / "out").exists()
