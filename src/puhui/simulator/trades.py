"""The trades of a region: what their firms' names end in, how they sell, buy, pay and suffer.

One row a trade. Shares and sizes are of the order of small firms in China's statistics; what the real invoices
tell (sizes, partners, voids, seasons) is calibrated against them, see docs/simulator.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from puhui.simulator.arrays import Real


@dataclass(frozen=True, slots=True)
class Trade:
    """`share` of firms; `tax_rate` of VAT; `swing` and `peak` month of the year's rhythm; gross `margin`;

    `pace` and `invoices`: sales and invoice count against the ordinary firm; `wages` share of sales; `power` kWh per
    100 yuan of sales; share of firms with tills (`tills`) and with foreign trade (`abroad`); `cyclical` sensitivity to
    the common cycle; `epidemic` and `credit_crunch`: how hard such a shock hits, 1 = hardest.
    """

    code: str
    zh: str
    endings: tuple[str, ...]
    share: float
    tax_rate: float
    swing: float
    peak: int
    margin: float
    pace: float
    invoices: float
    wages: float
    power: float
    tills: float
    abroad: float
    cyclical: float
    epidemic: float
    credit_crunch: float


TRADES = (
    Trade("construction", "建筑业", ("建筑工程有限公司", "路桥工程有限公司", "装饰工程有限公司"),
          0.17, 0.09, 0.22, 12, 0.16, 1.4, 0.55, 0.16, 0.8, 0.0, 0.0, 1.2, 0.5, 1.0),
    Trade("labour_services", "劳务服务", ("建筑劳务有限公司", "人力资源有限公司"),
          0.05, 0.03, 0.18, 12, 0.10, 0.9, 0.45, 0.45, 0.2, 0.0, 0.0, 1.1, 0.5, 0.9),
    Trade("wholesale_retail", "批发零售", ("商贸有限公司", "贸易有限公司", "建材经营部", "电器销售有限公司"),
          0.28, 0.13, 0.08, 12, 0.12, 1.1, 1.5, 0.05, 0.5, 0.35, 0.06, 1.0, 0.5, 0.5),
    Trade("manufacturing", "制造业", ("机械设备制造有限公司", "塑料制品厂", "金属材料有限公司", "电气设备有限公司"),
          0.15, 0.13, 0.06, 11, 0.20, 1.3, 1.0, 0.14, 5.0, 0.02, 0.25, 1.2, 0.4, 0.7),
    Trade("technology", "信息技术", ("信息技术有限公司", "网络科技有限公司", "软件有限公司"),
          0.08, 0.06, 0.15, 12, 0.38, 0.6, 0.7, 0.32, 0.5, 0.02, 0.03, 0.7, 0.1, 0.4),
    Trade("transport_logistics", "交通运输", ("物流有限公司", "运输有限公司", "货运有限公司"),
          0.07, 0.09, 0.05, 11, 0.14, 0.9, 1.3, 0.18, 0.6, 0.0, 0.02, 1.1, 0.7, 0.5),
    Trade("catering_lodging", "住宿餐饮", ("餐饮管理有限公司", "酒店管理有限公司", "大酒楼"),
          0.05, 0.06, 0.12, 7, 0.42, 0.35, 1.6, 0.24, 2.2, 0.92, 0.0, 0.9, 1.0, 0.3),
    Trade("food_farming", "食品农林", ("食品有限公司", "农业发展有限公司", "粮油有限公司"),
          0.05, 0.09, 0.12, 1, 0.15, 0.9, 1.0, 0.09, 1.6, 0.25, 0.05, 0.5, 0.2, 0.4),
    Trade("health", "医药健康", ("医药有限公司", "医疗器械有限公司"),
          0.03, 0.13, 0.04, 11, 0.24, 1.1, 1.3, 0.12, 0.7, 0.45, 0.03, 0.3, -0.3, 0.3),
    Trade("culture_media", "文化传媒", ("文化传媒有限公司", "广告有限公司", "旅游服务有限公司"),
          0.04, 0.06, 0.15, 12, 0.34, 0.45, 0.7, 0.26, 0.5, 0.1, 0.0, 1.0, 0.9, 0.5),
    Trade("professional_services", "专业服务", ("工程咨询有限公司", "检测技术服务有限公司", "财务咨询有限公司"),
          0.03, 0.06, 0.15, 12, 0.42, 0.45, 0.7, 0.38, 0.3, 0.0, 0.0, 0.7, 0.3, 0.4),
)  # fmt: skip
assert abs(sum(trade.share for trade in TRADES) - 1) < 1e-9


def column(name: str) -> Real:
    """One fact of every trade, in the order of `TRADES`.

    >>> float(column("tills").max())
    0.92
    """
    return np.array([getattr(trade, name) for trade in TRADES], np.float64)


def rhythm(month_of_year: int) -> Real:
    """How each trade sells in a month of the year; the average over a year is 1."""
    return 1 + column("swing") * np.cos(2 * np.pi * (month_of_year - column("peak")) / 12)
