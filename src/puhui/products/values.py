"""What the products room hands out: decisions with their trace, offers, and a whole strategy run.

All are frozen values. Amounts are whole yuan where the loan is made in steps of whole yuan, and `Money`
where an act may follow; rates are exact decimals (0.0625 = 6.25 % a year); basis points are whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from puhui.ids import EnterpriseId
from puhui.money import Money
from puhui.words import Label

BASIS_POINT = Decimal("0.0001")
NOTHING = Money(0)


@dataclass(frozen=True, slots=True)
class RuleHit:
    """One row of one decision table that matched: which table, which rule, and what it says."""

    table: str
    rule: str
    words: Label


@dataclass(frozen=True, slots=True)
class LimitPart:
    """One formula that caps the limit, in whole yuan; the smallest one is the limit (`binding`)."""

    name: str
    words: Label
    yuan: int
    binding: bool


@dataclass(frozen=True, slots=True)
class PricePart:
    """One stone of the price, in basis points a year."""

    name: str
    words: Label
    basis_points: int


@dataclass(frozen=True, slots=True)
class Trace:
    """How a decision came about: the tables' hits in order, and the hashes of what was run and under which terms."""

    hits: tuple[RuleHit, ...]
    path: tuple[str, ...]
    graph_sha256: str
    terms_sha256: str


@dataclass(frozen=True, slots=True)
class Approved:
    """Yes: up to `limit`, at `annual_rate` (the built-up price), and never below `lowest_rate` (its full cost).

    `mortgage` is the part of the limit that a property carries, `guarantee` the part that a guarantor answers for.
    """

    limit: Money
    annual_rate: Decimal
    lowest_rate: Decimal
    grade: str
    limit_parts: tuple[LimitPart, ...]
    build_up: tuple[PricePart, ...]
    trace: Trace
    mortgage: Money = NOTHING
    guarantee: Money = NOTHING


@dataclass(frozen=True, slots=True)
class Declined:
    """No, for these reasons; `grade` is empty when the case ended before it was graded."""

    reasons: tuple[RuleHit, ...]
    grade: str
    limit_parts: tuple[LimitPart, ...]
    build_up: tuple[PricePart, ...]
    trace: Trace


@dataclass(frozen=True, slots=True)
class Referred:
    """A person must look, for these reasons."""

    reasons: tuple[RuleHit, ...]
    grade: str
    limit_parts: tuple[LimitPart, ...]
    build_up: tuple[PricePart, ...]
    trace: Trace


Decision = Approved | Declined | Referred


@dataclass(frozen=True, slots=True)
class Offer:
    """A loan offered to one firm by the strategy.

    `churn` is the share of such customers who turn the rate down; `expected_profit_yuan` counts it in.
    """

    enterprise: EnterpriseId
    amount_yuan: int
    annual_rate: Decimal
    churn: float
    expected_profit_yuan: float


@dataclass(frozen=True, slots=True)
class Allocation:
    """The offers under a budget, and the proof of how good they are.

    `upper_bound_yuan` is the solver's dual bound: no plan under the same rules earns more.
    `gap` = (bound - value) / bound.
    """

    budget_yuan: int
    offers: tuple[Offer, ...]
    expected_profit_yuan: float
    upper_bound_yuan: float
    gap: float
    seconds: float

    @property
    def allocated_yuan(self) -> int:
        """The sum of the amounts offered, whether or not the customer takes them."""
        return sum(offer.amount_yuan for offer in self.offers)

    @property
    def expected_taken_yuan(self) -> float:
        """The part of it that is expected to be taken up."""
        return sum(offer.amount_yuan * (1 - offer.churn) for offer in self.offers)


class Outcome(StrEnum):
    """What a firm is told. NOT_FUNDED: policy says yes, but the budget earns more elsewhere."""

    APPROVED = "approved"
    DECLINED = "declined"
    NOT_FUNDED = "not_funded"
    REFERRED = "referred"


@dataclass(frozen=True, slots=True)
class PointReason:
    """One variable's part in the score: its value with its unit, and the score points it won or lost (negative)."""

    variable: str
    label: Label
    value: Label
    points: float


@dataclass(frozen=True, slots=True)
class FirmUnderShock:
    """The same firm when the shock has struck: its new PD and decision, the new offer, and why it changed."""

    pd: float
    grade: str
    outcome: Outcome
    limit_yuan: int
    annual_rate: Decimal
    expected_profit_yuan: float
    change: str
    reasons: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class FirmRow:
    """One firm in a strategy run. `limit_yuan` is 0 and `annual_rate` 0 unless the firm is offered a loan.

    `variables` are the model's inputs by name; `points` the strongest reasons of the score, worst first;
    `reasons` are the plain words of the outcome, never empty.
    """

    enterprise: EnterpriseId
    name: str
    trade: str
    trade_label: Label
    outcome: Outcome
    pd: float
    score: int
    grade: str
    limit_yuan: int
    annual_rate: Decimal
    churn: float
    expected_profit_yuan: float
    reasons: tuple[Label, ...]
    points: tuple[PointReason, ...]
    decision: Decision
    shock: FirmUnderShock
    variables: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the ends of its 95 % interval."""

    mean: float
    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Firms of like PD: what was foretold and what happened, with a 95 % interval of the observed share."""

    firms: int
    foretold: float
    observed: float
    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """How good the score is on firms that it has not seen (repeated cross-validation)."""

    name: str
    firms: int
    defaults: int
    auc: Interval
    ks: float
    brier: float
    roc: tuple[tuple[float, float], ...]
    calibration: tuple[CalibrationBin, ...]


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One trade before and after the shock: firms, offers, amounts and profit in yuan, and the shock's factors."""

    trade: str
    label: Label
    firms: int
    lent_before: int
    lent_after: int
    amount_before_yuan: int
    amount_after_yuan: int
    profit_before_yuan: float
    profit_after_yuan: float
    odds_multiplier: float
    sales_multiplier: float


@dataclass(frozen=True, slots=True)
class ShockRun:
    """The strategy again under a named shock.

    `old_plan_profit_yuan` is what the plan made before earns once the shock has struck, `cut_plan_profit_yuan`
    the same plan held to what policy still allows. Their difference is what prudence costs in expected profit
    (`prudence_cost_yuan`); what the new plan earns above the cut one is the worth of adapting, never below 0 but
    for the gap. `changes` counts firms whose offer is new, raised, unchanged, repriced, cut, withdrawn or none.
    """

    name: str
    label: Label
    source: str
    allocation: Allocation
    old_plan_profit_yuan: float
    cut_plan_profit_yuan: float
    changes: Mapping[str, int]
    trades: tuple[TradeRow, ...]

    @property
    def prudence_cost_yuan(self) -> float:
        """Expected profit given up because policy lends less, or not at all, to firms that the shock makes riskier."""
        return self.old_plan_profit_yuan - self.cut_plan_profit_yuan

    @property
    def worth_of_adapting_yuan(self) -> float:
        """Expected profit won by choosing firms, amounts and rates anew within that policy."""
        return self.allocation.expected_profit_yuan - self.cut_plan_profit_yuan


@dataclass(frozen=True, slots=True)
class StrategyRun:
    """Everything that a strategy run found, ready to be written and drawn. Firms come in the data set's order."""

    dataset: str
    on: date
    as_of: date
    product: Label
    firms: tuple[FirmRow, ...]
    allocation: Allocation
    shock: ShockRun
    model: ModelFigures
    churn: Mapping[str, tuple[tuple[Decimal, float], ...]]
    terms: tuple[tuple[Label, str, str], ...]
    graph_sha256: str
    seconds_by_step: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class StrategySummary:
    """The key figures, as in `summary.json`; `report` is the page's path as text."""

    enterprises: int
    lent_to: int
    budget_yuan: int
    allocated_yuan: int
    expected_profit_yuan: float
    upper_bound_yuan: float
    gap: float
    auc_cv: Mapping[str, float]
    ks: float
    brier: float
    seconds: float
    peak_rss_mb: float
    shock: Mapping[str, object]
    outcomes: Mapping[str, int]
    dataset: str
    as_of: str
    expected_taken_yuan: float
    seconds_by_step: Mapping[str, float]
    report: str
