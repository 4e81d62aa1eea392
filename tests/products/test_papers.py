"""The three papers appear together or not at all."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sound_firm import ON, case

from puhui.products import papers, shock
from puhui.products.planning import Desk, make_plan
from puhui.products.running import firm_row
from puhui.products.values import Interval, ModelFigures, StrategyRun, StrategySummary
from puhui.refusals import BadInput, Refused
from puhui.words import Label


@pytest.fixture
def run(desk: Desk) -> StrategyRun:
    scenario = shock.load("epidemic-2020")
    cases = [case("E1"), case("E2", pd=0.5), case("E3", idle_days=None)]
    before = make_plan(cases, desk, budget_yuan=2_000_000)
    after = make_plan([shock.struck(c, scenario) for c in cases], desk, budget_yuan=2_000_000)
    assert not isinstance(before, Refused)
    assert not isinstance(after, Refused)
    return StrategyRun(
        dataset="three",
        on=ON,
        as_of=date(2020, 2, 21),
        product=Label("Invoice credit", "发票信用贷"),
        firms=tuple(firm_row(before, after, scenario, c.enterprise) for c in cases),
        allocation=before.allocation,
        shock=shock.compare(before, after, scenario, desk),
        model=ModelFigures("none", 0, 0, Interval(0.5, 0.4, 0.6), 0.0, 0.25, (), ()),
        churn={},
        terms=(),
        graph_sha256=desk.graph.sha256,
        seconds_by_step={},
    )


def summary() -> StrategySummary:
    """A summary of nothing: what it says is not this module's matter."""
    return StrategySummary(**{field.name: None for field in fields(StrategySummary)})


def test_all_three_are_written(run: StrategyRun, tmp_path: Path) -> None:
    papers.write(run, tmp_path / "out", summarise=summary, report=lambda _, path: path.write_text("page") and None)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "decisions.csv",
        "report.html",
        "summary.json",
    ]
    lines = (tmp_path / "out" / "decisions.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [["E1", "approved"], ["E2", "declined"], ["E3", "referred"]]


def test_a_report_that_fails_leaves_what_was_there(run: StrategyRun, tmp_path: Path) -> None:
    (tmp_path / "decisions.csv").write_text("yesterday's")

    def fails(_: StrategyRun, path: Path) -> None:
        path.write_text("half a pa")
        raise RuntimeError("the pen broke")

    with pytest.raises(RuntimeError, match="the pen broke"):
        papers.write(run, tmp_path, summarise=summary, report=fails)
    assert [path.name for path in tmp_path.iterdir()] == ["decisions.csv"]
    assert (tmp_path / "decisions.csv").read_text() == "yesterday's"


def test_a_place_that_cannot_be_written_to_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written to"):
        papers.require_writable(tmp_path / "file" / "out")


def test_a_line_of_the_decisions_is_exact(run: StrategyRun) -> None:
    line = papers.row_of(run.firms[0])
    assert line["annual_rate"] in {Decimal("0.06"), Decimal("0.08"), Decimal("0.1"), Decimal("0.12")}
    assert line["limit_yuan"] == 1_000_000
    assert str(line["reasons"]).count("; ") == len(run.firms[0].reasons) - 1
