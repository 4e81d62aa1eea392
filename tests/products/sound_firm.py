"""A sound firm, to be made unsound one fact at a time."""

from __future__ import annotations

from datetime import date

from puhui.ids import EnterpriseId
from puhui.products.planning import Case
from puhui.words import Label

ON = date(2020, 2, 21)
SOUND = {
    "history_months": 36,
    "idle_days": 10,
    "active_months_12m": 12,
    "sales_12m_yuan": 20_000_000.0,
    "sales_6m_yuan": 9_000_000.0,
    "void_rate": 0.08,
    "return_rate": 0.01,
    "top1_buyer_share": 0.3,
    "sales_change": 0.1,
    "trust": 93.0,
    "contradictions": 0,
    "comparisons": 7,
    "fraud_signs": 0,
}


def case(enterprise: str = "E1", *, pd: float = 0.02, trade: str = "retail", **facts: float | None) -> Case:
    """A sound firm but for what is told."""
    assert facts.keys() <= SOUND.keys()
    return Case(
        enterprise=EnterpriseId(enterprise),
        name="***商贸有限公司",
        trade=trade,
        trade_label=Label(trade, trade),
        pd=pd,
        score=600,
        facts=SOUND | facts,
    )
