"""The credit bureau on firms: other banks' lines, loans and guarantees at a month's end; enquiries."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puhui.simulator.arrays import Texts, Whole, Yes, fen
from puhui.simulator.borrowing import LENDERS, Borrowing
from puhui.simulator.district import District
from puhui.simulator.streams import Purpose
from puhui.simulator.suppliers.rows import days, joined, numbers, of_firms, picked, same

TIERS = np.array(["normal", "special_mention", "substandard", "doubtful", "loss"])
TIER_DAYS = np.array([0, 90, 270, 360])  # more days overdue than this: the next tier (Measures 2023 No 1)
FRIENDS = 0.05  # of the firms guarantee another in good faith
COLUMNS = pa.schema([
    ("enterprise", pa.string()),
    ("record_number", pa.string()),
    ("happened_on", pa.date32()),
    ("kind", pa.string()),
    ("institution", pa.string()),
    ("opened_on", pa.date32()),
    ("limit_fen", pa.int64()),
    ("balance_fen", pa.int64()),
    ("overdue_fen", pa.int64()),
    ("overdue_days", pa.int64()),
    ("tier", pa.string()),
    ("counterparty", pa.string()),
])  # fmt: skip


def tiers(overdue_days: Whole) -> Texts:
    """The five-tier class by days overdue; any day is at least special mention.

    >>> tiers(np.array([0, 1, 91, 271, 361])).tolist()
    ['normal', 'special_mention', 'substandard', 'doubtful', 'loss']
    """
    return TIERS[np.searchsorted(TIER_DAYS, overdue_days)]


class EnterpriseBureau:
    """Reports on the firms of a district; guarantees stand in it from both sides."""

    def __init__(self, district: District) -> None:
        d = self.district = district
        rng = d.stream(Purpose.ENTERPRISE_BUREAU)
        friend = np.where(rng.random(d.n) < FRIENDS, rng.integers(0, d.n, d.n), -1)
        friend = np.where(friend == np.arange(d.n), -1, friend)
        circle = d.frauds.guarantees
        self.guaranteed = np.where(circle >= 0, circle, friend)
        self.since = np.where(
            circle >= 0, d.frauds.since["guarantee_circle"], rng.integers(-12, d.calendar.months, d.n)
        )
        self.amount = fen(np.clip(np.round(d.firms.pace * rng.uniform(0.8, 3.0, d.n), -4), 100_000, 5_000_000))
        self.lender = rng.integers(0, 8, d.n)
        self.day = rng.integers(0, 28, d.n)

    def month(self, month: int, debt: Borrowing) -> pa.Table:
        """The month's enquiries, and at its end every open account."""
        end = int(self.district.calendar.starts[month + 1]) - 1
        lives = (self.district.health.pulse[:, month] > 0) | (self.district.health.gone(month) > 0)
        open_lines = (debt.lender >= 0) & debt.revolving & lives[:, None]
        owed = (debt.lender >= 0) & (debt.balance > 0) & lives[:, None]
        parts = [
            self._accounts("line", open_lines, debt, end),
            self._accounts("loan", owed, debt, end),
            self._enquiries(month, debt),
            *self._guarantees(month, debt, end),
        ]
        return joined(parts, COLUMNS)

    def _accounts(self, kind: str, which: Yes, debt: Borrowing, end: int) -> pa.Table:
        d = self.district
        firm, account = np.nonzero(which)
        balance, late = debt.balance[firm, account], debt.overdue_days[firm]
        serial = (d.firms.counter + firm) * 1_000 + debt.serial[firm, account]
        months_late = np.minimum(-(-late // 30), 12)
        part = np.where(
            debt.revolving[firm, account], balance // 10, debt.limit[firm, account] // debt.term[firm, account]
        )
        overdue = np.where(late > 90, balance, np.minimum(part * months_late, balance))
        columns = {
            "enterprise": of_firms(d, firm),
            "record_number": numbers("L" if kind == "line" else "D", serial),
            "happened_on": days(np.full(firm.size, end)),
            "kind": same(kind, firm),
            "institution": picked(LENDERS, debt.lender[firm, account]),
            "opened_on": days(debt.opened[firm, account]),
            "balance_fen": pa.array(balance),
        }
        if kind == "line":
            columns["limit_fen"] = pa.array(debt.limit[firm, account])
        else:
            columns |= {"overdue_fen": pa.array(overdue), "overdue_days": pa.array(np.where(overdue > 0, late, 0))}
            columns["tier"] = pa.array(tiers(late).tolist(), pa.string())
        return pa.table(columns)

    def _enquiries(self, month: int, debt: Borrowing) -> pa.Table:
        d = self.district
        firm, day, lender = debt.enquiries
        label = int(d.calendar.label(month).replace("-", ""))
        serial = (label * 100 + d.number % 100) * 10**7 + np.arange(firm.size)
        return pa.table({
            "enterprise": of_firms(d, firm),
            "record_number": numbers("Q", serial),
            "happened_on": days(day),
            "kind": same("enquiry", firm),
            "institution": picked(LENDERS, lender),
        })  # fmt: skip

    def _guarantees(self, month: int, debt: Borrowing, end: int) -> list[pa.Table]:
        d = self.district
        alive = d.health.pulse[:, month] > 0
        by = np.flatnonzero((self.guaranteed >= 0) & (self.since <= month) & alive)
        to = self.guaranteed[by]
        by, to = by[alive[to]], to[alive[to]]
        opened = d.calendar.starts[np.maximum(self.since[by], 0)] - 31 * np.maximum(-self.since[by], 0)
        late = debt.overdue_days[to]
        made = []
        for kind, mine, other in (("guarantee_given", by, to), ("guarantee_received", to, by)):
            made.append(pa.table({
                "enterprise": of_firms(d, mine),
                "record_number": numbers("G", d.firms.counter + by),
                "happened_on": days(np.full(by.size, end)),
                "kind": same(kind, by),
                "institution": picked(LENDERS, self.lender[by]),
                "opened_on": days(np.minimum(opened + self.day[by], end)),
                "balance_fen": self.amount[by],
                "overdue_fen": np.where(late > 0, self.amount[by] // 10, 0),
                "overdue_days": late,
                "tier": pa.array(tiers(late).tolist(), pa.string()),
                "counterparty": of_firms(d, other),
            }))  # fmt: skip
        # Two firms may guarantee the same one under one number: the number is the guarantor's, so it stays unique.
        assert pc.count_distinct(made[0]["record_number"]).as_py() == by.size
        return made
