"""What the papers of any strategy run must hold, written apart from the code that makes them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

COLUMNS = [  # as the task names them, in this order
    *("enterprise", "outcome", "pd", "score", "grade"),
    *("limit_yuan", "annual_rate", "expected_profit_yuan", "reasons"),
]
SUMMARY = {
    *("enterprises", "lent_to", "budget_yuan", "allocated_yuan", "expected_profit_yuan", "upper_bound_yuan", "gap"),
    *("auc_cv", "ks", "brier", "seconds", "peak_rss_mb", "shock"),
}


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "decisions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def assert_papers_hold(out: Path, *, firms: int, budget: int) -> None:
    assert {path.name for path in out.iterdir()} == {"decisions.csv", "summary.json", "report.html"}
    decided = rows(out)
    assert list(decided[0])[: len(COLUMNS)] == COLUMNS
    assert len({row["enterprise"] for row in decided}) == len(decided) == firms
    for row in decided:
        assert_row_holds(row, limit="limit_yuan", rate="annual_rate", outcome="outcome")
        assert_row_holds(row, limit="limit_shock_yuan", rate="rate_shock", outcome="outcome_shock")
        assert 0 <= float(row["pd"]) <= 1
        assert row["reasons"].strip()
        assert row["reasons_zh"].strip()
        assert row["reasons_shock"].strip()
        assert float(row["limit_yuan"]) <= float(row["policy_limit_yuan"])
    assert_summary_holds(json.loads((out / "summary.json").read_text()), decided, firms=firms, budget=budget)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert all(row["enterprise"] in page for row in decided)


def assert_row_holds(row: dict[str, str], *, limit: str, rate: str, outcome: str) -> None:
    amount, yearly = int(row[limit]), float(row[rate])
    assert row[outcome] in {"approved", "declined", "not_funded", "referred"}
    assert (amount > 0) == (row[outcome] == "approved")
    if amount:
        assert 100_000 <= amount <= 1_000_000
        assert 0.04 <= yearly <= 0.15
    else:
        assert yearly == 0


def assert_summary_holds(told: dict, decided: list[dict[str, str]], *, firms: int, budget: int) -> None:
    assert told.keys() >= SUMMARY
    lent = [row for row in decided if int(row["limit_yuan"])]
    assert told["enterprises"] == firms
    assert told["lent_to"] == len(lent) > 0
    assert told["allocated_yuan"] == sum(int(row["limit_yuan"]) for row in lent) <= budget == told["budget_yuan"]
    assert abs(told["expected_profit_yuan"] - sum(float(row["expected_profit_yuan"]) for row in lent)) < 0.01 * len(
        lent
    )
    assert told["upper_bound_yuan"] >= told["expected_profit_yuan"] > 0
    assert 0 <= told["gap"] <= 0.005
    assert told["auc_cv"]["lo"] <= told["auc_cv"]["mean"] <= told["auc_cv"]["hi"]
    assert told["shock"]["allocated_yuan"] == sum(int(row["limit_shock_yuan"]) for row in decided) <= budget
    assert told["shock"]["worth_of_adapting_yuan"] >= -0.005 * told["shock"]["upper_bound_yuan"]
    assert sum(told["shock"]["changes"].values()) == firms
    assert told["seconds"] > 0
    assert told["peak_rss_mb"] > 50
