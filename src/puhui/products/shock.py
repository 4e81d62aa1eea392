"""A sudden shock that strikes trades differently: PD and sales move, and everything is decided again.

The scenarios are dated data in `catalogue/shocks.json`, each with its source. A shock multiplies the odds of
default, PD / (1 − PD), so that a PD stays between 0 and 1, and multiplies the sales that carry a limit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from puhui.ids import EnterpriseId
from puhui.products.planning import Case, Desk, Plan, profit_if_kept
from puhui.products.terms import CATALOGUE
from puhui.products.values import Approved, ShockRun, TradeRow
from puhui.refusals import BadInput
from puhui.words import Label


@dataclass(frozen=True, slots=True)
class Blow:
    """How a shock strikes one trade: multipliers of the odds of default and of sales (1 = untouched)."""

    odds: float
    sales: float

    def __post_init__(self) -> None:
        if not (0 < self.odds < 100 and 0 <= self.sales < 10):
            raise ValueError(f"odds × {self.odds} and sales × {self.sales} are no multipliers of a shock")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named shock: a blow for each trade it tells apart, and one for all others."""

    name: str
    label: Label
    source: str
    blows: Mapping[str, Blow]
    others: Blow

    def blow(self, trade: str) -> Blow:
        """How it strikes a trade."""
        return self.blows.get(trade, self.others)


def load(name: str, *, catalogue: Path = CATALOGUE) -> Scenario:
    """A scenario by name. Raises BadInput for a name that is not there (and says which are) or a broken file."""
    path = catalogue / "shocks.json"
    try:
        scenarios = json.loads(path.read_text(encoding="utf-8"))
        if name not in scenarios:
            raise BadInput(f"there is no shock '{name}'", then=f"name one of: {', '.join(sorted(scenarios))}")
        entry = scenarios[name]
        return Scenario(
            name=name,
            label=Label(**entry["label"]),
            source=entry["source"],
            blows={trade: Blow(**blow) for trade, blow in entry["trades"].items()},
            others=Blow(**entry["others"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BadInput(
            f"{path.name} cannot be read ({type(problem).__name__}: {problem})",
            then="mend the file: every shock needs label, source, trades and others",
        ) from None


def struck_pd(pd: float, odds_multiplier: float) -> float:
    """The PD when its odds are multiplied.

    >>> round(struck_pd(0.05, 2.0), 6), struck_pd(1.0, 2.0), struck_pd(0.0, 2.0)
    (0.095238, 1.0, 0.0)
    """
    return pd * odds_multiplier / (1 - pd + pd * odds_multiplier)


def struck(case: Case, scenario: Scenario) -> Case:
    """The case after the blow. The score stays: it is what the data said before the shock."""
    blow = scenario.blow(case.trade)
    facts = dict(case.facts)
    for name in ("sales_12m_yuan", "sales_6m_yuan"):
        if (sales := facts[name]) is not None:
            facts[name] = sales * blow.sales
    if (change := facts["sales_change"]) is not None:
        facts["sales_change"] = (1 + change) * blow.sales - 1
    return replace(case, pd=struck_pd(case.pd, blow.odds), facts=facts)


def change(before: Plan, after: Plan, enterprise: EnterpriseId) -> str:
    """What the shock does to a firm's offer: new, withdrawn, cut, raised, repriced, unchanged or none."""
    old, new = before.offers.get(enterprise), after.offers.get(enterprise)
    if old is None or new is None:
        return "new" if new else "withdrawn" if old else "none"
    if new.amount_yuan != old.amount_yuan:
        return "cut" if new.amount_yuan < old.amount_yuan else "raised"
    return "repriced" if new.annual_rate != old.annual_rate else "unchanged"


def compare(before: Plan, after: Plan, scenario: Scenario, desk: Desk) -> ShockRun:
    """The plan under the shock held against the plan before it.

    The old plan is valued twice under the shock: as it stands, and cut to what policy still allows (loans to
    firms that are now declined withdrawn, amounts held to the new limits, offers below the new lowest rate
    withdrawn). Old plan → cut plan is what prudence costs, cut plan → new plan the worth of adapting.
    """
    kept, cut = 0.0, 0.0
    for enterprise, offer in before.offers.items():
        case, decision = after.cases[enterprise], after.decisions[enterprise]
        kept += profit_if_kept(offer, case, decision.grade, desk, amount_yuan=offer.amount_yuan)
        if isinstance(decision, Approved) and offer.annual_rate >= decision.lowest_rate:
            amount = min(offer.amount_yuan, decision.limit.fen // 100)
            cut += profit_if_kept(offer, case, decision.grade, desk, amount_yuan=amount)
    changes = dict.fromkeys(("new", "raised", "unchanged", "repriced", "cut", "withdrawn", "none"), 0)
    for enterprise in before.cases:
        changes[change(before, after, enterprise)] += 1
    return ShockRun(
        name=scenario.name,
        label=scenario.label,
        source=scenario.source,
        allocation=after.allocation,
        old_plan_profit_yuan=kept,
        cut_plan_profit_yuan=cut,
        changes=changes,
        trades=_trades(before, after, scenario),
    )


def _trades(before: Plan, after: Plan, scenario: Scenario) -> tuple[TradeRow, ...]:
    """One row a trade, the largest change of amount first."""
    members: dict[str, list[Case]] = {}
    for case in before.cases.values():
        members.setdefault(case.trade, []).append(case)
    rows = [_trade(cases, before, after, scenario) for cases in members.values()]
    return tuple(sorted(rows, key=lambda row: (row.amount_after_yuan - row.amount_before_yuan, row.trade)))


def _trade(cases: Sequence[Case], before: Plan, after: Plan, scenario: Scenario) -> TradeRow:
    old = [before.offers[case.enterprise] for case in cases if case.enterprise in before.offers]
    new = [after.offers[case.enterprise] for case in cases if case.enterprise in after.offers]
    blow = scenario.blow(cases[0].trade)
    return TradeRow(
        trade=cases[0].trade,
        label=cases[0].trade_label,
        firms=len(cases),
        lent_before=len(old),
        lent_after=len(new),
        amount_before_yuan=sum(offer.amount_yuan for offer in old),
        amount_after_yuan=sum(offer.amount_yuan for offer in new),
        profit_before_yuan=sum(offer.expected_profit_yuan for offer in old),
        profit_after_yuan=sum(offer.expected_profit_yuan for offer in new),
        odds_multiplier=blow.odds,
        sales_multiplier=blow.sales,
    )
