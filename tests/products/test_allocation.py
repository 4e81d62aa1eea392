"""The allocation is the best there is: checked by brute force, by its bound, and by what must always hold."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puhui.ids import EnterpriseId
from puhui.products.allocation import Candidate, Costs, LoanRules, allocate, line, lines_worth_offering
from puhui.products.churn import Churn, never_falling
from puhui.products.values import Allocation
from puhui.refusals import Code, Refused

RATES = tuple(Decimal(text) for text in ("0.05", "0.08", "0.11"))
CHURN = Churn(RATES, {"A": (0.1, 0.5, 0.8), "B": (0.05, 0.45, 0.78), "C": (0.0, 0.4, 0.7)})
COSTS = Costs(lgd=0.6, funding=0.027, operating=0.008, handling_yuan=800)
RULES = LoanRules(least_yuan=100_000, step_yuan=100_000, rate_most=Decimal("0.11"), trade_share_most=1.0)


def firm(
    name: str, pd: float, limit: int, rating: str = "A", *, trade: str = "retail", lowest: str = "0.05"
) -> Candidate:
    return Candidate(EnterpriseId(name), pd, limit, Decimal(lowest), rating, trade)


def allocated(firms: list[Candidate], budget: int, rules: LoanRules = RULES) -> Allocation:
    plan = allocate(firms, CHURN, COSTS, rules, budget_yuan=budget)
    assert isinstance(plan, Allocation)
    return plan


def best_by_trying_all(firms: list[Candidate], budget: int, rules: LoanRules = RULES) -> float:
    """Every amount at every rate for every firm, written down plainly and apart from the code under test."""
    choices = []
    for candidate in firms:
        column = CHURN.lost[candidate.rating]
        mine = [(0, 0.0)]
        for rate, lost in zip(RATES, column, strict=True):
            if candidate.lowest_rate <= rate <= rules.rate_most:
                for amount in range(rules.least_yuan, candidate.limit_yuan + 1, rules.step_yuan):
                    income = amount * float(rate) * (1 - candidate.pd)
                    cost = amount * (candidate.pd * 0.6 + 0.027 + 0.008) + 800
                    mine.append((amount, (1 - lost) * (income - cost)))
        choices.append(mine)
    most = 0.0
    for plan in product(*choices):
        if sum(amount for amount, _ in plan) > budget:
            continue
        trades: dict[str, int] = {}
        for candidate, (amount, _) in zip(firms, plan, strict=True):
            trades[candidate.trade] = trades.get(candidate.trade, 0) + amount
        cap = max(int(rules.trade_share_most * budget), *(candidate.limit_yuan for candidate in firms))
        if max(trades.values()) <= cap:
            most = max(most, sum(profit for _, profit in plan))
    return most


THREE = [
    firm("E1", 0.01, 500_000, "A"),
    firm("E2", 0.03, 400_000, "B", trade="food"),
    firm("E3", 0.06, 300_000, "C", lowest="0.08"),
]


@pytest.mark.parametrize("budget", [100_000, 250_000, 400_000, 700_000, 1_100_000, 1_200_000, 5_000_000])
def test_three_firms_by_brute_force(budget: int) -> None:
    plan = allocated(THREE, budget)
    assert plan.expected_profit_yuan == pytest.approx(best_by_trying_all(THREE, budget))
    assert plan.gap <= 1e-6


def test_the_golden_plan_of_three_firms() -> None:
    plan = allocated(THREE, 700_000)
    assert [(offer.enterprise, offer.amount_yuan, str(offer.annual_rate)) for offer in plan.offers] == [
        ("E1", 500_000, "0.08"),
        ("E2", 200_000, "0.08"),
    ]
    # E1: 0.5 × (500,000 × (0.08 × 0.99 − 0.01 × 0.6 − 0.035) − 800); E2: 0.55 × (200,000 × 0.0246 − 800)
    assert plan.expected_profit_yuan == pytest.approx(9_150 + 2_266)
    assert plan.allocated_yuan == 700_000
    assert plan.expected_taken_yuan == pytest.approx(250_000 + 110_000)


def test_a_trade_takes_at_most_its_share() -> None:
    rules = LoanRules(100_000, 100_000, Decimal("0.11"), trade_share_most=0.5)
    plan = allocated([*THREE, firm("E4", 0.01, 500_000, "A")], 1_000_000, rules)
    assert plan.expected_profit_yuan == pytest.approx(
        best_by_trying_all([*THREE, firm("E4", 0.01, 500_000, "A")], 1_000_000, rules)
    )
    retail = {"E1", "E3", "E4"}
    assert sum(offer.amount_yuan for offer in plan.offers if offer.enterprise in retail) <= 500_000


def test_small_loans_do_not_bear_their_handling_and_are_not_made() -> None:
    poor = firm("E9", 0.04, 100_000, "C")
    assert [at.rate for at in lines_worth_offering(poor, CHURN, COSTS, RULES)]
    dear = Costs(lgd=0.6, funding=0.027, operating=0.008, handling_yuan=20_000)
    assert lines_worth_offering(poor, CHURN, dear, RULES) == []
    plan = allocate([poor], CHURN, dear, RULES, budget_yuan=1_000_000)
    assert isinstance(plan, Allocation)
    assert (plan.offers, plan.upper_bound_yuan, plan.gap) == ((), 0.0, 0.0)


def test_the_rates_left_out_are_never_the_best() -> None:
    mid = firm("E5", 0.02, 1_000_000, "B")
    kept = lines_worth_offering(mid, CHURN, COSTS, RULES)
    every = [line(mid, rate, CHURN.at("B", rate), COSTS) for rate in RATES]
    for amount in range(100_000, 1_000_001, 100_000):
        assert max(at.profit(amount) for at in kept) == max(at.profit(amount) for at in every)


def test_a_budget_below_the_smallest_loan_is_refused() -> None:
    answer = allocate(THREE, CHURN, COSTS, RULES, budget_yuan=99_999)
    assert isinstance(answer, Refused)
    assert answer.code is Code.BUDGET_TOO_SMALL


def test_nobody_to_lend_to_is_a_plan_too() -> None:
    plan = allocated([], 1_000_000)
    assert (plan.offers, plan.expected_profit_yuan, plan.gap) == ((), 0.0, 0.0)


FIRMS = st.lists(
    st.builds(
        firm,
        st.just("?"),
        st.floats(0, 0.2),
        st.integers(1, 10).map(lambda n: n * 100_000),
        st.sampled_from("ABC"),
        trade=st.sampled_from(["retail", "food"]),
        lowest=st.sampled_from(["0.05", "0.08", "0.1"]),
    ),
    min_size=1,
    max_size=12,
).map(lambda firms: [replace(f, enterprise=EnterpriseId(f"E{n}")) for n, f in enumerate(firms)])


@settings(max_examples=60, deadline=None)
@given(FIRMS, st.integers(100_000, 8_000_000), st.sampled_from([0.3, 0.5, 1.0]))
def test_what_always_holds(firms: list[Candidate], budget: int, share: float) -> None:
    rules = LoanRules(100_000, 100_000, Decimal("0.11"), share)
    plan = allocated(firms, budget, rules)
    by_id = {candidate.enterprise: candidate for candidate in firms}
    assert plan.allocated_yuan <= budget
    assert len({offer.enterprise for offer in plan.offers}) == len(plan.offers)
    for offer in plan.offers:
        candidate = by_id[offer.enterprise]
        assert rules.least_yuan <= offer.amount_yuan <= candidate.limit_yuan
        assert offer.amount_yuan % rules.step_yuan == 0
        assert offer.annual_rate in RATES
        assert candidate.lowest_rate <= offer.annual_rate <= rules.rate_most
        assert offer.expected_profit_yuan > 0
        at = line(candidate, offer.annual_rate, offer.churn, COSTS)
        assert offer.expected_profit_yuan == pytest.approx(at.profit(offer.amount_yuan))
    assert plan.expected_profit_yuan <= plan.upper_bound_yuan + 1e-6
    assert 0 <= plan.gap <= 0.005


@settings(max_examples=40, deadline=None)
@given(FIRMS, st.integers(100_000, 4_000_000), st.integers(0, 4_000_000))
def test_more_budget_never_lowers_the_profit(firms: list[Candidate], budget: int, more: int) -> None:
    less, greater = allocated(firms, budget), allocated(firms, budget + more)
    assert greater.expected_profit_yuan >= less.expected_profit_yuan * (1 - 1e-4) - 1e-6


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_smoothed_churn_never_falls_and_keeps_its_sum(values: list[float]) -> None:
    smooth = never_falling(values)
    assert all(a <= b for a, b in pairwise(smooth))
    assert sum(smooth) == pytest.approx(sum(values))
    assert never_falling(smooth) == pytest.approx(smooth)
