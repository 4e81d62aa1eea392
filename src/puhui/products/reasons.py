"""Why a firm gets what it gets, in plain words in both languages, ready for the firm, the officer and the page."""

from __future__ import annotations

from decimal import Decimal

from puhui.ids import EnterpriseId
from puhui.products.planning import Case, Plan
from puhui.products.shock import Blow, change
from puhui.products.values import Approved, LimitPart, PointReason
from puhui.words import Label

POINT_REASONS_SHOWN = 3


def percent(share: Decimal | float, places: int = 2) -> str:
    """A share as a percentage.

    >>> percent(Decimal("0.0625")), percent(0.0414, 1)
    ('6.25 %', '4.1 %')
    """
    return f"{share * 100:.{places}f} %"


def of_outcome(plan: Plan, enterprise: EnterpriseId) -> tuple[Label, ...]:
    """The reasons of one firm's outcome, the deciding ones first, then what moved its score most."""
    case, decision = plan.cases[enterprise], plan.decisions[enterprise]
    points = tuple(of_points(point) for point in _telling(case.points, lent=enterprise in plan.offers))
    if not isinstance(decision, Approved):
        return tuple(hit.words for hit in decision.reasons) + points
    graded = tuple(hit.words for hit in decision.trace.hits if hit.table == "Grade") + _of_trust(decision)
    if enterprise in plan.offers:
        return (*graded, *_of_offer(plan, decision, enterprise), *points)
    return (_of_no_money(plan, decision, enterprise), *graded, *points)


def _telling(points: tuple[PointReason, ...], *, lent: bool) -> tuple[PointReason, ...]:
    """What to say of the score: to a firm that is lent to, what speaks for it and the worst against; else the worst."""
    against = [point for point in points if point.points < 0]
    if not lent:
        return tuple(against[:POINT_REASONS_SHOWN])
    best = sorted((point for point in points if point.points > 0), key=lambda point: -point.points)
    return (*best[: POINT_REASONS_SHOWN - 1], *against[:1])


def of_points(point: PointReason) -> Label:
    """One variable's part in the score."""
    sign = "+" if point.points > 0 else "−"
    en = f"{point.label.en}: {point.value.en} ({sign}{abs(point.points):.0f} points)"
    return Label(en, f"{point.label.zh}：{point.value.zh}（{sign}{abs(point.points):.0f} 分）")


def binding_part(parts: tuple[LimitPart, ...]) -> LimitPart:
    """The formula that holds the limit."""
    return next(part for part in parts if part.binding)


def _of_trust(decision: Approved) -> tuple[Label, ...]:
    """What the firm's sources say of each other, where it makes the limit smaller."""
    if binding_part(decision.limit_parts).name != "trust":
        return ()
    return tuple(hit.words for hit in decision.trace.hits if hit.table == "Trust")


def _of_offer(plan: Plan, decision: Approved, enterprise: EnterpriseId) -> tuple[Label, ...]:
    offer = plan.offers[enterprise]
    held = binding_part(decision.limit_parts).words
    limit = decision.limit.fen // 100
    amount = Label(f"Limit {limit:,} yuan, held by: {held.en}", f"额度 {limit:,} 元，由此限定：{held.zh}")
    if offer.amount_yuan < limit:
        amount = Label(
            f"{offer.amount_yuan:,} of a limit of {limit:,} yuan: the budget earns more elsewhere",
            f"额度 {limit:,} 元中给予 {offer.amount_yuan:,} 元：预算用于他处收益更高",
        )
    rate = Label(
        f"Rate {percent(offer.annual_rate)}: earns most when {percent(offer.churn, 0)} may turn it down, "
        f"full cost {percent(decision.lowest_rate)}",
        f"利率 {percent(offer.annual_rate)}：计入 {percent(offer.churn, 0)} 的流失后收益最高，"
        f"全成本 {percent(decision.lowest_rate)}",
    )
    return amount, rate


def _of_no_money(plan: Plan, decision: Approved, enterprise: EnterpriseId) -> Label:
    limit = decision.limit.fen // 100
    if enterprise not in plan.earning:
        return Label(
            f"Policy allows {limit:,} yuan, but at no rate from {percent(decision.lowest_rate)} up does the loan earn "
            "more than it costs once those who turn it down are counted",
            f"政策允许 {limit:,} 元，但自 {percent(decision.lowest_rate)} 起任一利率计入流失后均不足以覆盖成本",
        )
    if plan.cases[enterprise].trade in plan.full_trades:
        return Label(
            f"Policy allows {limit:,} yuan, but its trade has its whole share of the budget with firms that earn more",
            f"政策允许 {limit:,} 元，但该行业的预算份额已用于收益更高的企业",
        )
    return Label(
        f"Policy allows {limit:,} yuan, but the budget earns more with other firms",
        f"政策允许 {limit:,} 元，但预算用于其他企业收益更高",
    )


def of_change(before: Plan, after: Plan, enterprise: EnterpriseId, blow: Blow) -> tuple[Label, ...]:
    """Why the shock changes a firm's offer, or leaves it: what struck it, then what follows."""
    old, new = before.cases[enterprise], after.cases[enterprise]
    causes = _causes(old, new, blow)
    decision = after.decisions[enterprise]
    match change(before, after, enterprise):
        case "none" | "unchanged":
            return causes
        case "withdrawn":
            if isinstance(decision, Approved):
                return (*causes, _of_no_money(after, decision, enterprise))
            return causes + tuple(hit.words for hit in decision.reasons)
        case "new" | "raised":
            return (*causes, Label("Money that the shock freed elsewhere is lent here", "其他企业释放的资金转投于此"))
        case "repriced":
            return (*causes, Label("The best rate moves with the risk", "最优利率随风险变动"))
        case cut:
            assert cut == "cut"
            assert isinstance(decision, Approved)
            held = binding_part(decision.limit_parts).words
            return (*causes, Label(f"The limit falls, held by: {held.en}", f"额度下降，由此限定：{held.zh}"))


def _causes(old: Case, new: Case, blow: Blow) -> tuple[Label, ...]:
    if blow == Blow(1, 1):
        return (Label("The shock leaves this trade untouched", "冲击未触及该行业"),)
    trade = old.trade_label
    risk = Label(
        f"{trade.en}: PD {percent(old.pd, 1)} → {percent(new.pd, 1)} (odds × {blow.odds:g})",
        f"{trade.zh}：违约概率 {percent(old.pd, 1)} → {percent(new.pd, 1)}（赔率 × {blow.odds:g}）",
    )
    sales = Label(f"Sales × {blow.sales:g}", f"销售 × {blow.sales:g}")
    return (risk, sales)
