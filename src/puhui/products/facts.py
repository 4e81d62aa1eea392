"""From variables to the facts that the decision graph reads: one line a fact, with its scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FromVariable:
    """A fact is a variable times a factor; `whole` cuts it down to whole units, as rules and words count them."""

    variable: str
    factor: float = 1.0
    whole: bool = False


PER_CENT = 0.01
FACTS: dict[str, FromVariable] = {
    "history_months": FromVariable("vat_years_of_sales", 12, whole=True),
    "idle_days": FromVariable("vat_days_since_last_sale", whole=True),
    "active_months_12m": FromVariable("vat_sales_active_months_12m", whole=True),
    "sales_12m_yuan": FromVariable("vat_sales_12m"),
    "sales_6m_yuan": FromVariable("vat_sales_6m"),
    "void_rate": FromVariable("vat_sales_void_rate_12m", PER_CENT),
    "return_rate": FromVariable("vat_sales_return_rate_12m", PER_CENT),
    "top1_buyer_share": FromVariable("vat_buyer_top1_12m", PER_CENT),
    "sales_change": FromVariable("vat_sales_growth_12m", PER_CENT),
    "trust": FromVariable("firm_trust"),
    "contradictions": FromVariable("firm_contradictions", whole=True),
    "comparisons": FromVariable("firm_comparisons", whole=True),
    "fraud_signs": FromVariable("firm_fraud_signs", whole=True),
}


def of(variables: Mapping[str, float | None]) -> dict[str, float | None]:
    """The graph's facts from a firm's variables; what is missing or not finite is None, "not known".

    >>> facts = of({"vat_years_of_sales": 2.99, "vat_sales_void_rate_12m": 7.5, "vat_sales_12m": float("nan")})
    >>> facts["history_months"], facts["void_rate"], facts["sales_12m_yuan"], facts["idle_days"]
    (35, 0.075, None, None)
    """
    return {fact: _value(variables.get(source.variable), source) for fact, source in FACTS.items()}


def _value(raw: float | None, source: FromVariable) -> float | None:
    if raw is None or not math.isfinite(raw):
        return None
    scaled = raw * source.factor
    return math.floor(scaled) if source.whole else round(scaled, 6)
