"""Money follows invoices, later: each partner settles what is due in one payment a month, and slowly when strained."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from puhui.simulator.arrays import Whole
from puhui.simulator.district import District
from puhui.simulator.streams import Purpose
from puhui.simulator.trading import Invoices

LAG_DAYS, LAG_SHAPE = 36.0, 2.0
SLOWER_BY_STRAIN, SLOWER_BY_TRADING = 0.2, -0.1  # the buyer's strain; a weak seller's buyers take their time


@dataclass(frozen=True)
class Payments:
    """Who pays whom how much (fen) on which day; one row a pair and month."""

    payer: Whole
    payee: Whole
    day: Whole
    amount: Whole


@dataclass
class Receivables:
    """What is owed between parties, by the month in which it will be paid."""

    district: District
    due: dict[int, list[Payments]] = field(default_factory=dict)

    def add(self, invoices: Invoices, month: int) -> None:
        """Agree on a day of payment for each invoice of a month."""
        d, rng = self.district, self.district.stream(Purpose.BANK, month + 1)
        owed = np.flatnonzero(invoices.paid & ~invoices.void)
        seller, buyer = invoices.seller[owed], invoices.buyer[owed]
        pace = np.zeros(owed.size)
        inside = buyer < d.n
        pace[inside] += SLOWER_BY_STRAIN * np.clip(d.strain(month), -3, 4)[buyer[inside]]
        sold = seller < d.n
        pace[sold] += SLOWER_BY_TRADING * np.clip(d.operating(month), -4, 3)[seller[sold]]
        lag = rng.gamma(LAG_SHAPE, LAG_DAYS / LAG_SHAPE, owed.size) * np.exp(pace)
        day = invoices.day[owed] + lag.astype(np.int64)
        total = invoices.amount[owed] + invoices.tax[owed]
        when = d.calendar.month_of(day)
        for later in np.unique(when).tolist():
            mine = when == later
            self.due.setdefault(later, []).append(Payments(buyer[mine], seller[mine], day[mine], total[mine]))

    def settle(self, month: int) -> Payments:
        """The payments of a month. Who has defaulted pays no more; who has stopped is not paid."""
        parts = self.due.pop(month, [])
        if not parts:
            nothing = np.empty(0, np.int64)
            return Payments(nothing, nothing, nothing, nothing)
        payer, payee, day, amount = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("payer", "payee", "day", "amount")
        )
        d = self.district
        stopped = np.zeros(len(d.codes), np.bool_)
        stopped[: d.n] = (d.health.default_month <= month) | (d.health.pulse[:, month] <= 0)
        lives = np.flatnonzero(
            ~stopped[payer] & ~((payee < d.n) & (d.health.pulse[np.minimum(payee, d.n - 1), month] <= 0))
        )
        payer, payee, day, amount = payer[lives], payee[lives], day[lives], amount[lives]
        order = np.argsort(payer * len(d.codes) + payee, kind="stable")
        payer, payee, day, amount = payer[order], payee[order], day[order], amount[order]
        begins = np.flatnonzero(np.r_[True, (payer[1:] != payer[:-1]) | (payee[1:] != payee[:-1])])
        if not begins.size or not payer.size:
            return Payments(payer, payee, day, amount)
        total = np.add.reduceat(amount, begins)
        kept = total > 0
        return Payments(payer[begins][kept], payee[begins][kept], np.maximum.reduceat(day, begins)[kept], total[kept])
