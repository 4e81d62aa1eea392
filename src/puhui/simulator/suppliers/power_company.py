"""Electricity and water: real work shows on the meter, whatever the invoices say."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from puhui.simulator import flows
from puhui.simulator.arrays import Whole, fen, sigmoid
from puhui.simulator.district import POWER, District
from puhui.simulator.flows import Flows
from puhui.simulator.streams import Purpose
from puhui.simulator.suppliers.rows import days, joined, numbers, of_firms, same
from puhui.simulator.trades import TRADES

YUAN_A_KWH, YUAN_A_TON = 0.72, 4.1
ALWAYS_ON = 0.3  # of an ordinary month's use
SUMMER = 0.18
LUCK = 0.1
UNPAID, UNPAID_BY_STRAIN = -4.6, 1.1  # logit
THIRSTY = ("catering_lodging", "manufacturing", "food_farming", "health")
COLUMNS = pa.schema([
    ("enterprise", pa.string()),
    ("meter", pa.string()),
    ("happened_on", pa.date32()),
    ("kind", pa.string()),
    ("quantity", pa.int64()),
    ("cost_fen", pa.int64()),
    ("paid_on", pa.date32()),
    ("overdue_fen", pa.int64()),
])  # fmt: skip


class Meters:
    """One electricity meter a firm, a water meter for the thirsty trades. `owed` is in fen."""

    def __init__(self, district: District) -> None:
        d = self.district = district
        rng = d.stream(Purpose.UTILITIES)
        usual = np.maximum(d.firms.pace, 20_000) / 100 * d.firms.of_trade("power") * np.exp(rng.normal(0, 0.4, d.n))
        self.usual = np.where(d.frauds.shell, 60.0, usual + 120)  # kWh a month
        self.owed = np.zeros(d.n, np.int64)
        self.cost = np.zeros(d.n, np.int64)
        wet = np.isin([trade.code for trade in TRADES], THIRSTY)[d.firms.trade]
        self.water = wet & (rng.random(d.n) < 0.8)

    def month(self, month: int, moved: Flows) -> pa.Table:
        """Meters are read in the first days of the month, for the month before."""
        d, rng = self.district, self.district.stream(Purpose.UTILITIES, month + 1)
        if month == 0:
            return COLUMNS.empty_table()
        work = d.course.vigour[:, month - 1]
        hot = 1 + SUMMER * np.cos(4 * np.pi * (d.calendar.of_year(month) - 1.5) / 12)
        lives = d.health.pulse[:, month - 1]
        used = self.usual * (ALWAYS_ON * lives + (1 - ALWAYS_ON) * work) * hot * np.exp(rng.normal(0, LUCK, d.n))
        kwh = np.rint(used).astype(np.int64)
        firm = np.flatnonzero(lives > 0)
        parts = [self._read(month, firm, kwh, price=YUAN_A_KWH, kind="电", moved=moved, rng=rng)]
        tons = np.rint(used * 0.02 * np.exp(rng.normal(0, 0.2, d.n))).astype(np.int64)
        parts.append(self._read(month, firm[self.water[firm]], tons, price=YUAN_A_TON, kind="水", moved=moved, rng=rng))
        return joined(parts, COLUMNS)

    def _read(
        self,
        month: int,
        firm: Whole,
        quantity: Whole,
        *,
        price: float,
        kind: str,
        moved: Flows,
        rng: np.random.Generator,
    ) -> pa.Table:
        d, first = self.district, self.district.calendar.starts[month]
        cost = fen(quantity[firm] * price)
        strain = np.clip(d.strain(month)[firm], -4, 5) + 3.0 * d.health.gone(month)[firm]
        unpaid = rng.random(firm.size) < sigmoid(UNPAID + UNPAID_BY_STRAIN * strain)
        read = first + rng.integers(0, 5, firm.size)
        paid_on = read + rng.integers(3, 18, firm.size)
        if kind == "电":
            self.cost = np.zeros(d.n, np.int64)
            self.cost[firm] = cost
            owed = self.owed[firm] + cost
            moved.add(firm, paid_on, np.where(unpaid, 0, -owed), d.office(POWER), flows.POWER_BILL)
            self.owed[firm] = np.where(unpaid, owed, 0)
            overdue = self.owed[firm]
        else:
            overdue = np.where(unpaid, cost, 0)
        seen = np.flatnonzero(d.firms.covered["utilities"][firm])
        mine = firm[seen]
        return pa.table({
            "enterprise": of_firms(d, mine),
            "meter": numbers("E" if kind == "电" else "W", d.firms.counter + mine + 510_000_000),
            "happened_on": days(read[seen]),
            "kind": same(kind, mine),
            "quantity": quantity[mine],
            "cost_fen": cost[seen],
            "paid_on": days(paid_on[seen], ~unpaid[seen]),
            "overdue_fen": overdue[seen],
        })  # fmt: skip
