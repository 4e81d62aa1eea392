"""A shock moves PD and sales by trade; what was untouched stays, what was struck gets no easier."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sound_firm import case

from puhui.enterprises.trade import Trade
from puhui.products import reasons, shock
from puhui.products.planning import Case, Desk, Plan, make_plan
from puhui.products.shock import Blow, Scenario
from puhui.products.terms import CATALOGUE
from puhui.products.values import Approved, Outcome
from puhui.refusals import BadInput, Refused
from puhui.words import Label

CASES = [
    case(
        f"E{n}",
        pd=0.004 + 0.013 * n,
        trade=("catering", "food", "retail")[n % 3],
        sales_6m_yuan=800_000.0 + 400_000 * n,
    )
    for n in range(18)
]


def hit(*blows: tuple[str, float, float]) -> Scenario:
    return Scenario("test", Label("Test", "测试"), "a test", {trade: Blow(o, s) for trade, o, s in blows}, Blow(1, 1))


def planned(cases: list[Case], desk: Desk, budget: int = 6_000_000) -> Plan:
    plan = make_plan(cases, desk, budget_yuan=budget)
    assert not isinstance(plan, Refused)
    return plan


def under(scenario: Scenario, desk: Desk, budget: int = 6_000_000) -> tuple[Plan, Plan]:
    return planned(CASES, desk, budget), planned([shock.struck(c, scenario) for c in CASES], desk, budget)


def test_no_blow_changes_nothing(desk: Desk) -> None:
    scenario = hit()
    before, after = under(scenario, desk)
    run = shock.compare(before, after, scenario, desk)
    assert before.offers == after.offers
    assert run.changes["unchanged"] == len(before.offers) > 3
    assert run.old_plan_profit_yuan == pytest.approx(before.allocation.expected_profit_yuan)
    assert run.worth_of_adapting_yuan == pytest.approx(0)
    assert run.prudence_cost_yuan == pytest.approx(0)


def test_planning_twice_gives_the_same_plan(desk: Desk) -> None:
    first, second = planned(CASES, desk, 3_000_000), planned(CASES, desk, 3_000_000)
    assert first.offers == second.offers
    assert first.decisions == second.decisions


@given(st.floats(0, 1), st.floats(0.1, 10), st.floats(1, 3))
def test_a_harder_blow_never_lowers_a_pd(pd: float, odds: float, harder: float) -> None:
    soft, hard = shock.struck_pd(pd, odds), shock.struck_pd(pd, odds * harder)
    assert 0 <= soft <= hard * (1 + 1e-12) <= 1 + 1e-9


@pytest.mark.parametrize("trade", ["catering", "food", "retail"])
def test_a_harder_blow_never_raises_a_limit_or_the_profit(desk: Desk, trade: str) -> None:
    profits = []
    limits: list[list[int]] = []
    for odds, sales in [(1.0, 1.0), (1.4, 0.8), (2.0, 0.6), (4.0, 0.3)]:
        _, after = under(hit((trade, odds, sales)), desk)
        profits.append(after.allocation.expected_profit_yuan)
        decided = [after.decisions[c.enterprise] for c in CASES]
        limits.append([d.limit.fen if isinstance(d, Approved) else 0 for d in decided])
    assert profits == sorted(profits, reverse=True)
    assert all(a >= b for soft, hard in pairwise(limits) for a, b in zip(soft, hard, strict=True))


def test_the_parts_of_the_effect_add_up_and_adapting_is_worth_something(desk: Desk) -> None:
    scenario = hit(("catering", 3.0, 0.5), ("retail", 1.9, 0.75))
    before, after = under(scenario, desk)
    run = shock.compare(before, after, scenario, desk)
    assert run.old_plan_profit_yuan < before.allocation.expected_profit_yuan
    new = after.allocation.expected_profit_yuan
    assert run.old_plan_profit_yuan - run.prudence_cost_yuan + run.worth_of_adapting_yuan == pytest.approx(new)
    assert run.worth_of_adapting_yuan >= -1e-4 * new
    assert sum(run.changes.values()) == len(CASES)
    assert sum(row.amount_before_yuan for row in run.trades) == before.allocation.allocated_yuan
    assert sum(row.amount_after_yuan for row in run.trades) == after.allocation.allocated_yuan
    assert {row.trade: row.odds_multiplier for row in run.trades} == {"catering": 3.0, "food": 1.0, "retail": 1.9}


def test_every_firm_is_told_why_before_and_after(desk: Desk) -> None:
    scenario = hit(("catering", 6.0, 0.2), ("retail", 1.9, 0.75))
    before, after = under(scenario, desk, budget=2_000_000)
    told = {before.outcome(c.enterprise) for c in CASES}
    assert told == {Outcome.APPROVED, Outcome.NOT_FUNDED, Outcome.DECLINED}
    seen = set()
    for c in CASES:
        why = reasons.of_outcome(before, c.enterprise)
        then = reasons.of_change(before, after, c.enterprise, scenario.blow(c.trade))
        assert why
        assert then
        assert not any(";" in label.en for label in (*why, *then)), "reasons are split by semi-colons"
        seen.add(shock.change(before, after, c.enterprise))
    assert {"withdrawn", "new", "none"} <= seen


def test_scenarios_are_read_from_data_and_an_unknown_one_names_those_there_are() -> None:
    scenario = shock.load("epidemic-2020")
    assert scenario.blow("catering_lodging").odds > scenario.blow("construction").odds > scenario.blow("health").odds
    assert scenario.blow("a trade of tomorrow") == scenario.others
    assert "assumption" in scenario.source
    with pytest.raises(BadInput, match="epidemic-2020"):
        shock.load("meteor")


SPARE = {"label": {"en": "a", "zh": "b"}, "source": "s", "others": {"odds": 1, "sales": 1}}
NEGATIVE = json.dumps({"x": SPARE | {"trades": {"t": {"odds": -1, "sales": 1}}}})


@pytest.mark.parametrize("text", ["{", '{"x": {}}', NEGATIVE])
def test_a_broken_scenario_is_bad_input(tmp_path, text: str) -> None:
    (tmp_path / "shocks.json").write_text(text)
    with pytest.raises(BadInput, match=r"shocks\.json cannot be read"):
        shock.load("x", catalogue=tmp_path)


def test_scenarios_and_terms_name_trades_that_exist_and_their_day(desk: Desk) -> None:
    trades = {str(trade) for trade in Trade}
    for entry in json.loads((CATALOGUE / "shocks.json").read_text()).values():
        assert date.fromisoformat(entry["valid_from"])
        assert entry["trades"].keys() <= trades
    assert set(desk.terms.values()["watched_trades"]) <= trades
