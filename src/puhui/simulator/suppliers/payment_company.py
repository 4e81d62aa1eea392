"""The payment company: what the tills of shops and restaurants take, day by day."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from puhui.simulator import flows
from puhui.simulator.arrays import Real, Whole, fen, sigmoid, sums
from puhui.simulator.district import ACQUIRER, District
from puhui.simulator.flows import Flows
from puhui.simulator.streams import Purpose
from puhui.simulator.suppliers.rows import days, numbers, of_firms

TICKET_YUAN, TICKET_DIFFERS = 70.0, 0.7
OF_SALES, OF_SALES_DIFFERS = 0.35, 0.6  # what tills take beside invoiced sales; more in catering
SHUT, SHUT_BY_HEALTH = -3.6, -0.7  # logit of a day without business
REFUNDS, REFUNDS_BY_HEALTH = 0.008, -0.25
FEE = 0.0038
WEEKEND = 1.3
FEAST = 0.35  # shops in the days around New Year, on average
NIGHT = {"catering_lodging": 0.24}
NIGHT_ELSEWHERE = 0.05


class Tills:
    """Tills of a district's firms. `taken` is the month's sum by firm, in fen."""

    def __init__(self, district: District) -> None:
        d = self.district = district
        rng = d.stream(Purpose.POS)
        self.firm = np.flatnonzero(d.firms.tills)
        many = self.firm.size
        self.ticket = TICKET_YUAN * np.exp(rng.normal(0, TICKET_DIFFERS, many))
        share = OF_SALES * np.exp(rng.normal(0, OF_SALES_DIFFERS, many))
        self.share = share * np.where(d.firms.of_trade("tills")[self.firm] > 0.9, 2.5, 1.0)
        night = d.firms.of_trade("tills")[self.firm] > 0.9
        self.night = np.where(night, NIGHT["catering_lodging"], NIGHT_ELSEWHERE) * rng.uniform(0.4, 1.5, many)
        self.taken = np.zeros(d.n, np.int64)

    def month(self, month: int, moved: Flows) -> pa.Table:
        """One row a till and day of business; the money reaches the account once a week."""
        d, rng = self.district, self.district.stream(Purpose.POS, month + 1)
        place, day = self._open_days(month, rng)
        firm = self.firm[place]
        vigour = d.course.vigour[firm, month] / max(float(d.calendar.tempo[month]), 0.4)
        daily: Real = d.firms.pace[firm] * self.share[place] / 30 * vigour * self._mood(day)
        tickets = rng.poisson(np.minimum(daily / self.ticket[place], 4_000))
        amount = fen(tickets * self.ticket[place] * np.exp(rng.normal(0, 0.12, place.size)))
        refund_rate = REFUNDS * np.exp(REFUNDS_BY_HEALTH * np.clip(d.operating(month)[firm], -4, 3))
        refunds = rng.binomial(tickets, np.minimum(refund_rate, 0.5))
        each = np.where(tickets > 0, amount // np.maximum(tickets, 1), 0)
        night = rng.binomial(tickets, np.minimum(self.night[place], 0.9))
        fee = np.rint(amount * FEE).astype(np.int64)
        refunded = np.minimum(refunds * each, amount)
        net = amount - refunded - fee
        self.taken = sums(amount - refunded, firm, d.n)
        self._paid_out(month, firm, day, net, moved)
        seen = np.flatnonzero(d.firms.covered["pos_settlements"][firm])
        mine = firm[seen]
        return pa.table({
            "enterprise": of_firms(d, mine),
            "terminal": numbers("T", d.firms.counter + mine + 10_000_000),
            "happened_on": days(day[seen]),
            "tickets": tickets[seen],
            "amount_fen": amount[seen],
            "refunds": refunds[seen],
            "refund_fen": refunded[seen],
            "night_tickets": night[seen],
            "night_fen": np.minimum(night * each, amount)[seen],
            "fee_fen": fee[seen],
        })  # fmt: skip

    def _open_days(self, month: int, rng: np.random.Generator) -> tuple[Whole, Whole]:
        """Till and day wherever there is business."""
        d = self.district
        operating = np.clip(d.operating(month)[self.firm], -5, 4)
        alive = d.health.pulse[self.firm, month] > 0
        shut = sigmoid(SHUT + SHUT_BY_HEALTH * operating)
        drawn = rng.random((self.firm.size, d.calendar.length(month)))
        place, day = np.nonzero((drawn > shut[:, None]) & alive[:, None])
        return place, day + d.calendar.starts[month]

    def _mood(self, day: Whole) -> Real:
        """Consumers come when offices are shut, but for the feast itself."""
        d = self.district
        month = d.calendar.month_of(day)
        work = np.concatenate(d.calendar.work)[day - d.calendar.starts[0]] if day.size else np.empty(0)
        assert not day.size or month.max() < d.calendar.months, "a day beyond the world"
        return np.where(work < 0.1, FEAST, np.where(work < 0.3, WEEKEND, 0.95))

    def _paid_out(self, month: int, firm: Whole, day: Whole, net: Whole, moved: Flows) -> None:
        d = self.district
        last = d.calendar.length(month) - 1
        week = np.minimum((day - d.calendar.starts[month]) // 7, 3)
        total = sums(net, firm * 4 + week, 4 * d.n)
        place = np.flatnonzero(total)
        when = d.calendar.starts[month] + np.array([7, 14, 21, last])[place % 4]
        moved.add(place // 4, when, total[place], d.office(ACQUIRER), flows.SETTLED)
