"""Whom to lend to, how much and at what rate, under one budget: a mixed-integer program with its proof.

The budget is the sum of the amounts *offered*. A customer may turn the rate down (churn), and the profit
counts that in, but the money is kept ready for everyone who is offered a loan: the budget can never be
broken, whoever accepts. What is expected to be taken is reported beside it.

Floats are the solver's; amounts come out as whole yuan in steps and rates as the exact decimals put in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from puhui.ids import EnterpriseId
from puhui.products.churn import Churn
from puhui.products.values import Allocation, Offer
from puhui.refusals import Code, Refused

if TYPE_CHECKING:  # the solver loads for a second, and only a plan needs it
    from scipy.optimize import LinearConstraint
    from scipy.sparse import csr_array

GAP_WANTED = 1e-5  # far inside the 0.5 % that is promised, and still a matter of a second
SECONDS_MOST = 20.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A firm that policy would lend to: up to `limit_yuan`, at `lowest_rate` or more; `rating` is its churn column."""

    enterprise: EnterpriseId
    pd: float
    limit_yuan: int
    lowest_rate: Decimal
    rating: str
    trade: str


@dataclass(frozen=True, slots=True)
class Costs:
    """What lending costs: shares of the amount a year, and yuan for handling one loan that is taken."""

    lgd: float
    funding: float
    operating: float
    handling_yuan: float


@dataclass(frozen=True, slots=True)
class LoanRules:
    """The smallest loan, the step of amounts (whole yuan), the highest rate, and one trade's share of a budget."""

    least_yuan: int
    step_yuan: int
    rate_most: Decimal
    trade_share_most: float


@dataclass(frozen=True, slots=True)
class Line:
    """A firm's expected profit at one rate: `per_yuan` × amount + `fixed_yuan`, with churn counted in."""

    candidate: Candidate
    rate: Decimal
    churn: float
    per_yuan: float
    fixed_yuan: float

    def profit(self, amount_yuan: int) -> float:
        """The expected profit in yuan of offering this amount."""
        return self.per_yuan * amount_yuan + self.fixed_yuan


def line(candidate: Candidate, rate: Decimal, churn: float, costs: Costs) -> Line:
    """The profit line of one firm at one rate.

    profit = (1 − churn) × [amount × (rate × (1 − PD) − PD × LGD − funding − operating) − handling]

    A defaulter pays no interest; interest is that of one year on the whole amount.

    >>> firm = Candidate(EnterpriseId("E1"), 0.05, 500_000, Decimal("0.05"), "A", "retail")
    >>> at = line(firm, Decimal("0.10"), 0.5, Costs(lgd=0.6, funding=0.027, operating=0.008, handling_yuan=800))
    >>> round(at.profit(100_000), 6)
    1100.0
    """
    margin = float(rate) * (1 - candidate.pd) - candidate.pd * costs.lgd - costs.funding - costs.operating
    return Line(candidate, rate, churn, (1 - churn) * margin, -(1 - churn) * costs.handling_yuan)


def lines_worth_offering(candidate: Candidate, churn: Churn, costs: Costs, rules: LoanRules) -> list[Line]:
    """The firm's lines that earn most at some allowed amount, and earn something: the upper envelope.

    All other rates are dominated: at every amount another rate earns at least as much, so leaving them
    out cannot lower the best plan.
    """
    lines = [
        line(candidate, rate, churn.at(candidate.rating, rate), costs)
        for rate in churn.rates
        if candidate.lowest_rate <= rate <= rules.rate_most
    ]
    amounts = np.arange(rules.least_yuan, candidate.limit_yuan + 1, rules.step_yuan)
    if not lines or not amounts.size:
        return []
    profits = np.outer([at.per_yuan for at in lines], amounts) + np.array([[at.fixed_yuan] for at in lines])
    best = profits.argmax(axis=0)
    earning = profits.max(axis=0) > 0
    return [lines[index] for index in sorted(set(best[earning].tolist()))]


def allocate(
    candidates: Sequence[Candidate], churn: Churn, costs: Costs, rules: LoanRules, *, budget_yuan: int
) -> Allocation | Refused:
    """The plan of greatest expected profit under the budget, with the solver's dual bound.

    Each firm gets one offer or none; an offer is a whole number of steps between the smallest loan and the
    firm's limit; one trade takes at most its share of the budget (but may always have one largest limit).
    Refuses BUDGET_TOO_SMALL.
    """
    started = perf_counter()
    if budget_yuan < rules.least_yuan:
        return Refused(Code.BUDGET_TOO_SMALL, {"budget_yuan": budget_yuan, "smallest_loan_yuan": rules.least_yuan})
    lines = [at for candidate in candidates for at in lines_worth_offering(candidate, churn, costs, rules)]
    if not lines:
        return Allocation(budget_yuan, (), 0.0, 0.0, 0.0, perf_counter() - started)
    steps, bound = _solve(lines, rules, budget_yuan)
    offers = tuple(
        Offer(at.candidate.enterprise, amount, at.rate, at.churn, at.profit(amount))
        for at, amount in zip(lines, (int(n) * rules.step_yuan for n in steps), strict=True)
        if amount
    )
    value = sum(offer.expected_profit_yuan for offer in offers)
    bound = max(bound, value)  # the two differ by rounding when the plan is proved best
    gap = (bound - value) / bound if bound else 0.0
    return Allocation(budget_yuan, offers, value, bound, gap, perf_counter() - started)


def trade_most_yuan(candidates: Sequence[Candidate], rules: LoanRules, budget_yuan: int) -> int:
    """The most that one trade may take: its share of the budget, or the largest limit there is if that is more."""
    largest = max((candidate.limit_yuan for candidate in candidates), default=0)
    return max(int(rules.trade_share_most * budget_yuan), largest)


def _solve(lines: Sequence[Line], rules: LoanRules, budget_yuan: int) -> tuple[np.ndarray, float]:
    """The steps of each line (0 = not offered) and the dual bound in yuan.

    Columns: x_i in {0, 1} "line i is offered", then n_i, its amount in steps. Rows: least·x_i ≤ n_i ≤ most_i·x_i;
    one line a firm; the trades' shares; the budget.
    """
    from scipy.optimize import Bounds, milp  # noqa: PLC0415

    count, step = len(lines), rules.step_yuan
    most = np.array([at.candidate.limit_yuan // step for at in lines])
    least = -(-rules.least_yuan // step)
    gain = np.concatenate([[at.fixed_yuan for at in lines], [at.per_yuan * step for at in lines]])
    answer = milp(
        -gain,
        integrality=np.ones(2 * count, dtype=int),
        bounds=Bounds(0, np.concatenate([np.ones(count), most])),
        constraints=_constraints(lines, rules, budget_yuan, least=least, most=most),
        options={"mip_rel_gap": GAP_WANTED, "time_limit": SECONDS_MOST},
    )
    assert answer.x is not None, f"offering nothing is always allowed, yet the solver says: {answer.message}"
    return np.rint(answer.x[count:]).astype(int), -float(answer.mip_dual_bound)


def _constraints(
    lines: Sequence[Line], rules: LoanRules, budget_yuan: int, *, least: int, most: np.ndarray
) -> list[LinearConstraint]:
    from scipy.optimize import LinearConstraint  # noqa: PLC0415

    count, step = len(lines), rules.step_yuan
    every = np.arange(count)
    ones = np.ones(count)
    ties = [  # n_i − most_i·x_i ≤ 0 and least·x_i − n_i ≤ 0
        _matrix(np.tile(every, 2), np.concatenate([every + count, every]), np.concatenate([ones, -most]), count),
        _matrix(
            np.tile(every, 2), np.concatenate([every, every + count]), np.concatenate([ones * least, -ones]), count
        ),
    ]
    firms = _groups([at.candidate.enterprise for at in lines])
    trades = _groups([at.candidate.trade for at in lines])
    trade_most = trade_most_yuan([at.candidate for at in lines], rules, budget_yuan) // step
    return [
        *(LinearConstraint(tie, -np.inf, 0) for tie in ties),
        LinearConstraint(_matrix(firms, every, ones, count), -np.inf, 1),
        LinearConstraint(_matrix(trades, every + count, ones, count), -np.inf, trade_most),
        LinearConstraint(_matrix(np.zeros(count, int), every + count, ones, count), -np.inf, budget_yuan // step),
    ]


def _matrix(rows: np.ndarray, columns: np.ndarray, values: np.ndarray, count: int) -> csr_array:
    from scipy.sparse import coo_array, csr_array  # noqa: PLC0415

    return csr_array(coo_array((values, (rows, columns)), shape=(int(rows.max()) + 1, 2 * count)))


def _groups(names: Sequence[str]) -> np.ndarray:
    order = {name: index for index, name in enumerate(dict.fromkeys(names))}
    return np.array([order[name] for name in names])
