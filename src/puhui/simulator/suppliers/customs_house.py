"""Customs: declarations of exporters, and the money that follows from abroad a month or two later."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from puhui.simulator import flows
from puhui.simulator.arrays import Whole, fen
from puhui.simulator.district import BANK, District
from puhui.simulator.flows import Flows
from puhui.simulator.streams import Purpose
from puhui.simulator.suppliers.rows import days, numbers, of_firms, picked, shown

COUNTRIES = np.array(
    ["美国", "德国", "日本", "韩国", "越南", "印度", "英国", "泰国", "巴西", "阿联酋", "俄罗斯", "墨西哥"]
)
TRADERS = np.array([
    f"{first} {second} {form}"
    for form in ("LTD", "GMBH", "INC", "CO")
    for first in ("NORTHERN", "PACIFIC", "UNITED", "GOLDEN", "ATLAS")
    for second in ("TRADING", "IMPORTS", "HARDWARE", "SUPPLY")
])  # fmt: skip
HEADINGS = np.array(["8481804090", "3926909090", "7326909000", "8536690000", "6109100010", "9403609990", "2005999990"])
A_MONTH, OF_SALES = 2.5, 0.3
IMPORTS = 0.15  # of declarations
RETURNED, RETURNED_BY_HEALTH = 0.02, -0.4


class Declarations:
    """Declarations of a district's traders abroad; `due` is the money to come, by month."""

    def __init__(self, district: District) -> None:
        self.district = district
        rng = district.stream(Purpose.CUSTOMS)
        self.partners = rng.integers(0, TRADERS.size * COUNTRIES.size, (district.n, 6))
        self.heading = rng.integers(0, HEADINGS.size, district.n)
        self.due: dict[int, list[tuple[Whole, Whole, Whole]]] = {}

    def month(self, month: int, moved: Flows) -> pa.Table:
        """The month's declarations; what earlier exports bring is noted in `moved`."""
        d, rng = self.district, self.district.stream(Purpose.CUSTOMS, month + 1)
        traders = np.flatnonzero(d.firms.abroad & (d.course.vigour[:, month] > 0))
        firm = np.repeat(traders, rng.poisson(A_MONTH * d.course.vigour[traders, month] ** 0.7))
        amount = fen(
            np.maximum(d.firms.pace[firm] * OF_SALES / A_MONTH * np.exp(rng.normal(-0.3, 0.75, firm.size)), 200.0)
        )
        day = d.calendar.draw_days(month, firm.size, rng)
        export = rng.random(firm.size) >= IMPORTS
        health = np.clip(d.operating(month)[firm], -4, 3)
        back = rng.random(firm.size) < RETURNED * np.exp(RETURNED_BY_HEALTH * health)
        partner = self.partners[firm, (6 * rng.random(firm.size) ** 2).astype(np.int64)]
        self._money(month, firm, day, np.where(back, 0, np.where(export, amount, -amount)), moved=moved, rng=rng)
        label = int(d.calendar.label(month).replace("-", ""))
        serial = (label * 100 + d.number % 100) * 10**7 + np.arange(firm.size)
        return pa.table({
            "enterprise": of_firms(d, firm),
            "declaration_number": numbers("7901", serial),
            "happened_on": days(day),
            "direction": shown(export, "出口", "进口"),
            "counterparty": picked(TRADERS, partner % TRADERS.size),
            "country": picked(COUNTRIES, partner // TRADERS.size),
            "hs_code": picked(HEADINGS, self.heading[firm]),
            "amount_fen": amount,
            "weight_kg": np.maximum(amount // 100 // 45, 1),
            "status": shown(back, "退单", "放行"),
        })  # fmt: skip

    def _money(
        self, month: int, firm: Whole, day: Whole, amount: Whole, *, moved: Flows, rng: np.random.Generator
    ) -> None:
        when = day + rng.integers(20, 75, firm.size)
        later = self.district.calendar.month_of(when)
        for target in np.unique(later).tolist():
            mine = later == target
            self.due.setdefault(target, []).append((firm[mine], when[mine], amount[mine]))
        for who, on, what in self.due.pop(month, []):
            alive = self.district.health.default_month[who] > month
            # An export earns its margin only: the goods were bought outside the district's invoices.
            earned = np.rint(what * np.where(what > 0, 0.15, 0.02)).astype(np.int64)
            moved.add(who, on, np.where(alive, earned, 0), self.district.office(BANK), flows.EXPORTED)
