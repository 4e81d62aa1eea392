"""The strategy report in a real browser: what was decided, and behind each firm why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Browser, expect
from sound_firm import ON, case

from puhui.documents.blocks import Figure, Figures, Table
from puhui.products import report, shock
from puhui.products.planning import Case, Desk, make_plan
from puhui.products.running import firm_row
from puhui.products.values import CalibrationBin, Interval, ModelFigures, StrategyRun
from puhui.refusals import Refused
from puhui.words import Label


def run_of(cases: list[Case], desk: Desk) -> StrategyRun:
    """A run over a few cases, with a model whose figures are made up."""
    scenario = shock.load("epidemic-2020")
    before = make_plan(cases, desk, budget_yuan=2_000_000)
    after = make_plan([shock.struck(one, scenario) for one in cases], desk, budget_yuan=2_000_000)
    assert not isinstance(before, Refused)
    assert not isinstance(after, Refused)
    roc = ((0.0, 0.0), (0.1, 0.8), (1.0, 1.0))
    bins = (CalibrationBin(60, 0.02, 0.03, 0.0, 0.1), CalibrationBin(63, 0.4, 0.4, 0.3, 0.55))
    return StrategyRun(
        dataset="three",
        on=ON,
        as_of=date(2020, 2, 21),
        product=Label("Invoice credit", "发票信用贷"),
        firms=tuple(firm_row(before, after, scenario, one.enterprise) for one in cases),
        allocation=before.allocation,
        shock=shock.compare(before, after, scenario, desk),
        model=ModelFigures("scorecard", 123, 27, Interval(0.92, 0.85, 0.98), 0.7, 0.09, roc, bins),
        churn={"A": ((Decimal("0.04"), 0.0), (Decimal("0.15"), 0.9))},
        terms=((Label("Smallest loan", "最低贷款额"), "100,000 yuan", "the task"),),
        graph_sha256=desk.graph.sha256,
        seconds_by_step={"decide": 0.1},
    )


def figures_of(run: StrategyRun) -> dict[str, Figure]:
    """The key figures at the top, by their English label."""
    first = report.document(run).sections[0].blocks[0]
    assert isinstance(first, Figures)
    return {figure.label.en: figure for figure in first.items}


def test_the_key_figures_are_those_of_the_run(desk: Desk) -> None:
    run = run_of([case("E1"), case("E2", pd=0.5)], desk)
    found = figures_of(run)
    assert found["Lent to"].value == 1
    assert found["Allocated"].value == report.money(run.allocation.allocated_yuan)
    assert found["Mean PD, within a year"].value == 0.02
    assert found["AUC on firms not seen"].value == 0.92


def test_every_firm_stands_in_the_table_with_its_reasons(desk: Desk) -> None:
    run = run_of([case("E1"), case("E2", pd=0.5), case("E3", idle_days=None)], desk)
    tables = [
        block for section in report.document(run).sections for block in section.blocks if isinstance(block, Table)
    ]
    firms = next(table for table in tables if table.searchable)
    assert [row.anchor for row in firms.rows] == ["E1", "E2", "E3"]
    assert all(len(row.details) >= 4 for row in firms.rows)


def test_a_run_that_lends_to_nobody_is_told_without_a_fault(desk: Desk, tmp_path: Path) -> None:
    run = run_of([case("E2", pd=0.5)], desk)
    report.write(run, tmp_path / "report.html")
    assert "No firm is lent to under this budget." in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert figures_of(run)["Mean rate, a year"].value is None


def test_the_page_tells_why_in_both_languages(desk: Desk, tmp_path: Path, browser: Browser) -> None:
    path = tmp_path / "report.html"
    report.write(run_of([case("E1"), case("E2", pd=0.5)], desk), path)
    page = browser.new_page(locale="en-GB")
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(path.as_uri() + "#E2")
    expect(page.get_by_role("heading", level=1)).to_contain_text("to 1 of 2 firms")
    details = page.locator("tr.details")
    expect(details).to_contain_text("grade D is not lent to")
    expect(details).to_contain_text("Before and after the shock")
    page.get_by_role("button", name="中文").click()
    expect(details.locator("h3").first).to_have_text("理由", use_inner_text=True)
    for area in page.locator(".plot-area").all():
        area.scroll_into_view_if_needed()
        expect(area.locator("svg")).to_have_count(1)
    page.close()
    assert not wrong, wrong
