"""A plan: every firm's decision by the graph, and the offers that the budget buys among those that policy allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from puhui.ids import EnterpriseId
from puhui.products.allocation import Candidate, Costs, LoanRules, allocate, line, lines_worth_offering, trade_most_yuan
from puhui.products.churn import Churn
from puhui.products.graph import Graph
from puhui.products.terms import Terms
from puhui.products.values import BASIS_POINT, Allocation, Approved, Decision, Offer, Outcome, PointReason
from puhui.refusals import Refused
from puhui.words import Label


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a firm when it is decided on. `facts` are the graph's inputs but PD, score and trade."""

    enterprise: EnterpriseId
    name: str
    trade: str
    trade_label: Label
    pd: float
    score: int
    facts: Mapping[str, float | None]
    points: tuple[PointReason, ...] = ()
    variables: Mapping[str, float] = field(default_factory=dict)

    def context(self) -> dict[str, object]:
        """All facts as the graph reads them. A PD of six decimals is told apart from no other by any rule."""
        return {**self.facts, "pd": round(self.pd, 6), "score": self.score, "trade": self.trade}


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a plan is made: the graph under its terms, and the published churn."""

    graph: Graph
    churn: Churn

    @property
    def terms(self) -> Terms:
        """The terms of the day."""
        return self.graph.terms

    def costs(self) -> Costs:
        """What lending costs, as the price build-up has it; capital and margin are in the lowest rate, not here."""
        t = self.terms
        funding = (t.whole("lpr_1y_bp") + t.whole("funding_spread_bp")) * BASIS_POINT
        return Costs(
            lgd=float(t.number("lgd")),
            funding=float(funding),
            operating=float(t.whole("operating_cost_bp") * BASIS_POINT),
            handling_yuan=float(t.number("handling_cost_yuan")),
        )

    def rules(self) -> LoanRules:
        """The bounds of a loan and of a plan."""
        t = self.terms
        return LoanRules(
            least_yuan=t.whole("loan_least_yuan"),
            step_yuan=t.whole("loan_step_yuan"),
            rate_most=t.whole("rate_most_bp") * BASIS_POINT,
            trade_share_most=float(t.number("trade_share_most")),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """Cases with their decisions and the allocation over those that were approved, all by enterprise.

    `earning` are the candidates that would earn something at some rate and amount, were there money enough;
    `full_trades` the trades that have their whole share of the budget.
    """

    cases: Mapping[EnterpriseId, Case]
    decisions: Mapping[EnterpriseId, Decision]
    candidates: Mapping[EnterpriseId, Candidate]
    allocation: Allocation
    offers: Mapping[EnterpriseId, Offer]
    earning: frozenset[EnterpriseId]
    full_trades: frozenset[str]

    def outcome(self, enterprise: EnterpriseId) -> Outcome:
        """What the firm is told."""
        match self.decisions[enterprise]:
            case Approved():
                return Outcome.APPROVED if enterprise in self.offers else Outcome.NOT_FUNDED
            case decision:
                return Outcome(type(decision).__name__.lower())


def make_plan(cases: Sequence[Case], desk: Desk, *, budget_yuan: int) -> Plan | Refused:
    """Decide every case, then allocate the budget. Refuses BUDGET_TOO_SMALL."""
    by_id = {case.enterprise: case for case in cases}
    assert len(by_id) == len(cases), "one case a firm"
    decisions = {case.enterprise: desk.graph.decide(case.context()) for case in cases}
    candidates = {
        enterprise: candidate(by_id[enterprise], decision)
        for enterprise, decision in decisions.items()
        if isinstance(decision, Approved)
    }
    costs, rules = desk.costs(), desk.rules()
    allocation = allocate(list(candidates.values()), desk.churn, costs, rules, budget_yuan=budget_yuan)
    if isinstance(allocation, Refused):
        return allocation
    offers = {offer.enterprise: offer for offer in allocation.offers}
    earning = {c.enterprise for c in candidates.values() if lines_worth_offering(c, desk.churn, costs, rules)}
    given: Counter[str] = Counter()
    for offer in allocation.offers:
        given[by_id[offer.enterprise].trade] += offer.amount_yuan
    most = trade_most_yuan(list(candidates.values()), rules, budget_yuan)
    full = frozenset(trade for trade, yuan in given.items() if most - yuan < rules.least_yuan)
    return Plan(by_id, decisions, candidates, allocation, offers, frozenset(earning), full)


def candidate(case: Case, decision: Approved) -> Candidate:
    """An approved case as the allocation sees it."""
    return Candidate(
        enterprise=case.enterprise,
        pd=round(case.pd, 6),
        limit_yuan=decision.limit.fen // 100,
        lowest_rate=decision.lowest_rate,
        rating=churn_rating(decision.grade),
        trade=case.trade,
    )


def churn_rating(grade: str) -> str:
    """The published churn column of a grade: its letter; D, which the table does not have, leaves as C does.

    >>> churn_rating("B2"), churn_rating("D")
    ('B', 'C')
    """
    return grade[0] if grade[:1] in ("A", "B", "C") else "C"


def profit_if_kept(offer: Offer, case: Case, grade: str, desk: Desk, *, amount_yuan: int) -> float:
    """What an offer made before earns now: its rate, an amount, and the PD and churn of today's case."""
    stand_in = Candidate(
        case.enterprise, round(case.pd, 6), amount_yuan, offer.annual_rate, churn_rating(grade), case.trade
    )
    churn = desk.churn.at(stand_in.rating, offer.annual_rate)
    return line(stand_in, offer.annual_rate, churn, desk.costs()).profit(amount_yuan)
