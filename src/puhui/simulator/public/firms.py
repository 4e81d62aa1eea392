"""Firms that live: a trade, a size, and a hidden health that wanders and, for some, gives way.

Health is in standard deviations (0 = ordinary). It is never written beside the invoices: what a model may
learn, it must learn from what poor health does to sales, voids, gaps and purchases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MONTHS = 36
PERSISTENCE = 0.93  # of health from month to month
SHARE_OF_DEFAULTS = 0.2

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trade:
    """What a trade's names end in, and how it sells: tax rate, yearly swing, invoices a month, margin."""

    code: str
    name_endings: tuple[str, ...]
    tax_rate: float
    season: float
    invoices_a_month: float
    margin: float


TRADES = (
    Trade("construction", ("建筑工程有限公司", "建筑劳务有限公司", "路桥工程有限公司"), 0.09, 0.35, 8, 0.18),
    Trade("wholesale", ("商贸有限公司", "贸易有限责任公司", "建材有限公司"), 0.13, 0.15, 22, 0.09),
    Trade("retail", ("家电有限公司", "电器销售有限公司"), 0.13, 0.25, 26, 0.14),
    Trade("manufacturing", ("机械有限责任公司", "新材料科技有限公司"), 0.13, 0.12, 15, 0.2),
    Trade("technology", ("信息技术有限公司", "网络科技有限公司"), 0.06, 0.1, 9, 0.35),
    Trade("transport", ("物流有限公司", "运业有限公司"), 0.09, 0.18, 18, 0.12),
    Trade("catering", ("餐饮管理有限公司", "酒店管理有限公司"), 0.06, 0.2, 24, 0.3),
    Trade("food", ("食品有限公司",), 0.13, 0.2, 18, 0.16),
    Trade("health", ("医药有限公司", "医疗设备有限公司"), 0.13, 0.08, 14, 0.22),
    Trade("culture", ("文化传媒股份有限公司", "广告有限公司"), 0.06, 0.2, 7, 0.32),
)


@dataclass(frozen=True, slots=True)
class Firm:
    """One simulated firm: `health` has one value a month, oldest first; `monthly_sales_yuan` is its ordinary pace."""

    number: int
    name: str
    trade: Trade
    monthly_sales_yuan: float
    growth: float
    health: Series
    stress: float

    @property
    def id(self) -> str:
        """The firm's code, as the public set writes it."""
        return f"E{self.number}"


def draw_firm(number: int, rng: np.random.Generator, *, with_record: bool) -> Firm:
    """A firm from its own random stream: the same number and seed give the same firm in any set.

    `stress` decides who defaults: poor health at the end, with luck mixed in, so that nothing foretells it fully.
    """
    trade = TRADES[int(rng.integers(len(TRADES)))]
    start = rng.normal(0, 0.8)
    trend = rng.normal(0, 0.03)
    shocks = rng.normal(0, 0.3, MONTHS)
    health = np.empty(MONTHS)
    level = start
    for month in range(MONTHS):
        level = PERSISTENCE * level + trend + shocks[month]
        health[month] = level
    ending = trade.name_endings[int(rng.integers(len(trade.name_endings)))]
    single = not with_record and rng.random() < 0.15
    return Firm(
        number=number,
        name=f"个体经营E{number} " if single else f"***{ending}",
        trade=trade,
        monthly_sales_yuan=float(np.exp(rng.normal(12.6, 1.1))),
        growth=rng.normal(0.004, 0.01),
        health=health,
        stress=float(-health[-12:].mean() + rng.normal(0, 0.35)),
    )


def default_threshold(firms: list[Firm]) -> float:
    """The stress above which a firm defaults, so that the share of defaults among these firms is as stated."""
    defaults = max(1, round(SHARE_OF_DEFAULTS * len(firms)))
    ordered = sorted((firm.stress for firm in firms), reverse=True)
    return (ordered[defaults - 1] + ordered[defaults]) / 2 if defaults < len(ordered) else ordered[-1]


def rating(firm: Firm, threshold: float) -> str:
    """The bank's own rating, A to D, as a person with the files would give it: D for those who gave way."""
    distance = threshold - firm.stress
    if distance < 0:
        return "D"
    return "C" if distance < 0.6 else "B" if distance < 1.4 else "A"
