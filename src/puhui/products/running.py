"""A strategy run put together from its parts: every firm before and under the shock, and the model's figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from puhui.ids import EnterpriseId
from puhui.products import reasons, shock
from puhui.products.dataset import DataSet
from puhui.products.planning import Desk, Plan
from puhui.products.shock import Scenario
from puhui.products.values import (
    CalibrationBin,
    FirmRow,
    FirmUnderShock,
    Interval,
    ModelFigures,
    StrategyRun,
)
from puhui.scoring.values import Fitted

NO_RATE = Decimal(0)


def assemble(
    found: DataSet,
    fitted: Fitted,
    desk: Desk,
    scenario: Scenario,
    *,
    before: Plan,
    after: Plan,
    on: date,
    as_of: date,
    seconds_by_step: Mapping[str, float],
) -> StrategyRun:
    """The run as a value. `before` and `after` hold the same firms, in the data set's order."""
    return StrategyRun(
        dataset=found.name,
        on=on,
        as_of=as_of,
        product=desk.terms.label,
        firms=tuple(firm_row(before, after, scenario, enterprise) for enterprise in before.cases),
        allocation=before.allocation,
        shock=shock.compare(before, after, scenario, desk),
        model=model_figures(fitted),
        churn={rating: desk.churn.points(rating) for rating in desk.churn.lost},
        terms=tuple((term.label, term.shown(), term.source) for term in desk.terms.terms.values()),
        graph_sha256=desk.graph.sha256,
        seconds_by_step=dict(seconds_by_step),
    )


def model_figures(fitted: Fitted) -> ModelFigures:
    """The champion's figures on firms that it had not seen."""
    examined, champion = fitted.validation, fitted.validation.champion
    return ModelFigures(
        name=str(fitted.champion.facts.get("form", "additive points")),
        firms=examined.rows,
        defaults=examined.bads,
        auc=Interval(champion.auc.mean, champion.auc.lo, champion.auc.hi),
        ks=champion.ks,
        brier=champion.brier,
        roc=champion.roc,
        calibration=tuple(
            CalibrationBin(group.rows, group.predicted, group.observed, group.lo, group.hi)
            for group in champion.calibration
        ),
    )


def firm_row(before: Plan, after: Plan, scenario: Scenario, enterprise: EnterpriseId) -> FirmRow:
    """One firm before and under the shock."""
    case, offer = before.cases[enterprise], before.offers.get(enterprise)
    return FirmRow(
        enterprise=enterprise,
        name=case.name,
        trade=case.trade,
        trade_label=case.trade_label,
        outcome=before.outcome(enterprise),
        pd=case.pd,
        score=case.score,
        grade=before.decisions[enterprise].grade,
        limit_yuan=offer.amount_yuan if offer else 0,
        annual_rate=offer.annual_rate if offer else NO_RATE,
        churn=offer.churn if offer else 0.0,
        expected_profit_yuan=offer.expected_profit_yuan if offer else 0.0,
        reasons=reasons.of_outcome(before, enterprise),
        points=case.points,
        decision=before.decisions[enterprise],
        shock=_under_shock(before, after, scenario, enterprise),
        variables=case.variables,
    )


def _under_shock(before: Plan, after: Plan, scenario: Scenario, enterprise: EnterpriseId) -> FirmUnderShock:
    case, offer = after.cases[enterprise], after.offers.get(enterprise)
    return FirmUnderShock(
        pd=case.pd,
        grade=after.decisions[enterprise].grade,
        outcome=after.outcome(enterprise),
        limit_yuan=offer.amount_yuan if offer else 0,
        annual_rate=offer.annual_rate if offer else NO_RATE,
        expected_profit_yuan=offer.expected_profit_yuan if offer else 0.0,
        change=shock.change(before, after, enterprise),
        reasons=reasons.of_change(before, after, enterprise, scenario.blow(case.trade)),
    )
