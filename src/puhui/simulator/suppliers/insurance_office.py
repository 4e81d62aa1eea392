"""The social insurance office: who is on the payroll, what is due for them, and months that are not paid."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from puhui.simulator import flows
from puhui.simulator.arrays import Real, Whole, fen, sigmoid
from puhui.simulator.district import INSURANCE, STAFF, District
from puhui.simulator.firms import WAGE_YUAN
from puhui.simulator.flows import Flows
from puhui.simulator.streams import Purpose
from puhui.simulator.suppliers.rows import days, joined, of_firms

BASE_YUAN, RATE = 4_200.0, 0.359  # payroll base a person; contributions of firm and staff together
ADAPTS = 0.15  # of the gap between staff and work, a month
UNPAID, UNPAID_BY_STRAIN = -4.8, 1.2  # logit
MADE_GOOD = 0.55  # of unpaid months, in the month after
WAGE_LATE, WAGE_LATE_BY_STRAIN = -3.6, 0.9
COLUMNS = pa.schema([
    ("enterprise", pa.string()),
    ("period_end", pa.date32()),
    ("happened_on", pa.date32()),
    ("headcount", pa.int64()),
    ("base_fen", pa.int64()),
    ("due_fen", pa.int64()),
    ("paid_fen", pa.int64()),
])  # fmt: skip


class Payroll:
    """Staff of a district's firms, their wages and contributions. `wages` is the month's sum, in fen."""

    def __init__(self, district: District) -> None:
        d = self.district = district
        rng = d.stream(Purpose.SOCIAL_SECURITY)
        self.staff: Real = np.where(d.frauds.shell, 0.0, d.firms.staff)
        self.insured = rng.beta(5, 2.5, d.n)  # the share of the staff that is insured at all
        self.wage = WAGE_YUAN * np.exp(rng.normal(0, 0.15, d.n))
        self.wages = np.zeros(d.n, np.int64)
        self.unpaid: list[tuple[Whole, Whole, Whole]] = []  # firm, heads, base of last month's gaps

    def month(self, month: int, moved: Flows) -> pa.Table:
        """Wages and contributions of the month; last month's gaps that are made good come as corrections."""
        d, rng = self.district, self.district.stream(Purpose.SOCIAL_SECURITY, month + 1)
        ordinary = d.calendar.tempo[month]
        work = (d.course.vigour[:, month] / max(ordinary, 0.3)).clip(0, 6) ** 0.6
        wanted = np.where(d.frauds.shell, 0.0, d.firms.staff) * work
        self.staff = self.staff + ADAPTS * (wanted - self.staff) + rng.normal(0, 0.02, d.n) * self.staff
        heads = np.rint(np.maximum(self.staff, 0)).astype(np.int64)
        alive, strain = d.health.pulse[:, month] > 0, np.clip(d.strain(month), -4, 5)
        first = d.calendar.starts[month]
        late = rng.random(d.n) < sigmoid(WAGE_LATE + WAGE_LATE_BY_STRAIN * strain)
        pays = alive & (rng.random(d.n) > sigmoid(WAGE_LATE - 1.4 + 1.1 * strain)) & (d.health.pulse[:, month] > 0.3)
        self.wages = fen(np.where(alive, heads * self.wage, 0.0))
        day = first + np.where(late, rng.integers(17, 28, d.n), 9 + rng.integers(0, 4, d.n))
        everyone = np.arange(d.n)
        moved.add(everyone, day, np.where(pays, -self.wages, 0), d.office(STAFF), flows.WAGES)
        return self._contributions(month, heads, moved, rng)

    def _contributions(self, month: int, heads: Whole, moved: Flows, rng: np.random.Generator) -> pa.Table:
        d, first, strain = (
            self.district,
            self.district.calendar.starts[month],
            np.clip(self.district.strain(month), -4, 5),
        )
        insured = np.maximum(np.rint(heads * self.insured), np.minimum(heads, 1)).astype(np.int64)
        base = fen(insured * np.round(BASE_YUAN * np.sqrt(self.wage / WAGE_YUAN), 0))
        due = np.rint(base * RATE).astype(np.int64)
        firm = np.flatnonzero((d.health.pulse[:, month] > 0) & (insured > 0))
        gone = d.health.gone(month)[firm]
        unpaid = rng.random(firm.size) < sigmoid(UNPAID + UNPAID_BY_STRAIN * strain[firm] + 2.5 * gone)
        paid = np.where(unpaid, 0, due[firm])
        day = first + np.where(unpaid, 24, 14 + rng.integers(0, 9, firm.size))
        moved.add(firm, day, -paid, d.office(INSURANCE), flows.INSURED)
        end = d.calendar.starts[month + 1] - 1
        parts = [self._rows(firm, end, day, insured[firm], base=base[firm], paid=paid)]
        for owing, people, payroll in self.unpaid:
            good = np.flatnonzero((rng.random(owing.size) < MADE_GOOD) & (d.health.gone(month)[owing] == 0))
            when = first + rng.integers(2, 20, good.size)
            amount = np.rint(payroll[good] * RATE).astype(np.int64)
            moved.add(owing[good], when, -amount, d.office(INSURANCE), flows.INSURED)
            parts.append(self._rows(owing[good], first - 1, when, people[good], base=payroll[good], paid=amount))
        self.unpaid = [(firm[unpaid], insured[firm][unpaid], base[firm][unpaid])]
        return joined(parts, COLUMNS)

    def _rows(self, firm: Whole, end: int, day: Whole, people: Whole, *, base: Whole, paid: Whole) -> pa.Table:
        seen = np.flatnonzero(self.district.firms.covered["social_security"][firm])
        firm = firm[seen]
        return pa.table({
            "enterprise": of_firms(self.district, firm),
            "period_end": days(np.full(firm.size, end)),
            "happened_on": days(day[seen]),
            "headcount": people[seen],
            "base_fen": base[seen],
            "due_fen": np.rint(base[seen] * RATE).astype(np.int64),
            "paid_fen": paid[seen],
        })  # fmt: skip
