"""The published task on the real 1.1 million invoices: 302 firms, 100 million yuan."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from promises import assert_papers_hold, rows

from puhui.money import yuan
from puhui.products import terms
from puhui.products.services import strategy

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def out(module_book: Path, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real") / "out"
    strategy(shared_data / "cumcm2020c", yuan(100_000_000), folder, on=date(2026, 11, 24))
    return folder


def test_the_task_is_done_and_its_constraints_hold(out: Path) -> None:
    assert_papers_hold(out, firms=302, budget=100_000_000)


def test_the_score_tells_failing_firms_from_others(out: Path) -> None:
    told = json.loads((out / "summary.json").read_text())
    assert told["auc_cv"]["mean"] > 0.85, "a logistic regression on a few of these variables reaches 0.876"
    assert told["as_of"] == "2020-02-21"


def test_no_probability_is_believed_below_the_floor_of_its_day(out: Path) -> None:
    floor = float(terms.load("invoice_credit", on=date(2020, 2, 21)).number("pd_floor"))
    assert min(float(row["pd"]) for row in rows(out)) >= floor > 0


def test_the_readme_shows_this_run(out: Path) -> None:
    decided = {row["enterprise"]: row for row in rows(out)}
    shown = re.findall(r"^(E\d+) +(\w+) +(.+?)(?=^E\d|^```)", README.read_text(), re.MULTILINE | re.DOTALL)
    assert len(shown) == 2
    for enterprise, outcome, words in shown:
        row = decided[enterprise]
        assert outcome == row["outcome"]
        whole = _numbers(row["reasons"]) | {float(row["limit_yuan"]), round(100 * float(row["annual_rate"]), 2)}
        assert len(_numbers(words)) >= 1
        rounded = {round(number, 1) for number in whole}
        assert _numbers(words) <= whole | rounded, f"the README says otherwise of {enterprise} than the run"


def _numbers(text: str) -> set[float]:
    return {float(found.replace(",", "")) for found in re.findall(r"(?<![A-Z\d])\d[\d,]*(?:\.\d+)?", text)}


def test_a_person_is_told_every_kind_of_outcome(out: Path) -> None:
    decided = rows(out)
    assert {row["outcome"] for row in decided} == {"approved", "declined", "not_funded", "referred"}
    grades = {row["grade"] for row in decided if row["outcome"] == "approved"}
    assert "D" not in grades
    assert len({row["reasons"] for row in decided}) > 250, "reasons are the firm's own"


def test_the_shock_moves_money_from_struck_trades(out: Path) -> None:
    decided = rows(out)
    before = sum(int(r["limit_yuan"]) for r in decided if r["trade"] in {"household", "culture_media"})
    after = sum(int(r["limit_shock_yuan"]) for r in decided if r["trade"] in {"household", "culture_media"})
    assert after < before
    for row in decided:
        if row["trade"] not in {"health", "food_farming", "technology"}:
            assert float(row["pd_shock"]) >= float(row["pd"])
