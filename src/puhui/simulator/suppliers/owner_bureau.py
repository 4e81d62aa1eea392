"""The credit bureau on owners: cards, mortgages and loans of the person behind a firm, who strains when it does."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from puhui.simulator.arrays import Whole, fen, sigmoid
from puhui.simulator.borrowing import LENDERS
from puhui.simulator.district import District
from puhui.simulator.streams import Purpose
from puhui.simulator.suppliers.rows import days, joined, numbers, of_firms, picked, same

PERSON_DIFFERS = 0.65  # an owner's own strain beside the firm's
STRAINED_BY_FIRM = 0.8
CARDS = 2
HAS_MORTGAGE = 0.4
HAS_LOAN, HAS_LOAN_BY_STRAIN = -1.6, 0.5  # logit
USED, USED_BY_STRAIN = -0.8, 0.7
LATE, LATE_BY_STRAIN = -5.0, 0.95
ENQUIRED, ENQUIRED_BY_STRAIN = -2.2, 0.35
COLUMNS = pa.schema([
    ("enterprise", pa.string()),
    ("person", pa.string()),
    ("record_number", pa.string()),
    ("happened_on", pa.date32()),
    ("kind", pa.string()),
    ("institution", pa.string()),
    ("limit_fen", pa.int64()),
    ("balance_fen", pa.int64()),
    ("overdue_fen", pa.int64()),
    ("overdue_months", pa.int64()),
])  # fmt: skip


class OwnerBureau:
    """Reports on the main owner of each firm that the bureau covers."""

    def __init__(self, district: District) -> None:
        d = self.district = district
        rng = d.stream(Purpose.OWNER_BUREAU)
        self.own_strain = rng.normal(0, PERSON_DIFFERS, d.n)
        self.limits = fen(np.round(np.exp(rng.normal(10.3, 0.6, (d.n, CARDS))), -3))
        self.cards = rng.choice(CARDS + 1, d.n, p=(0.15, 0.5, 0.35))
        self.mortgage = np.where(rng.random(d.n) < HAS_MORTGAGE, fen(np.exp(rng.normal(13.3, 0.5, d.n))), 0)
        self.loan = fen(np.round(np.exp(rng.normal(11.6, 0.7, d.n)), -3))
        self.borrows = rng.random(d.n)
        self.lender = rng.integers(0, LENDERS.size, (d.n, 4))
        self.months_late = np.zeros(d.n, np.int64)

    def month(self, month: int) -> pa.Table:
        """Every open account at the month's end, and the enquiries of the month."""
        d, rng = self.district, self.district.stream(Purpose.OWNER_BUREAU, month + 1)
        strain = STRAINED_BY_FIRM * np.clip(d.strain(month), -4, 5) + self.own_strain
        gone = d.health.gone(month)
        slips = rng.random(d.n) < sigmoid(LATE + LATE_BY_STRAIN * strain + 3.0 * gone)
        self.months_late = np.where(slips, self.months_late + 1, 0)
        seen = d.firms.covered["owner_bureau"] & ((d.health.pulse[:, month] > 0) | (gone > 0))
        used = sigmoid(USED + USED_BY_STRAIN * strain + rng.normal(0, 0.4, d.n))
        parts = []
        for card in range(CARDS):
            firm = np.flatnonzero(seen & (self.cards > card))
            balance = np.rint(self.limits[firm, card] * np.minimum(used[firm], 0.999)).astype(np.int64)
            parts.append(
                self._rows(month, "card", "C", card, firm=firm, balance=balance, limit=self.limits[firm, card])
            )
        owes = np.flatnonzero(seen & (self.mortgage > 0))
        left = np.maximum(self.mortgage[owes] * (240 - month) // 240, 0)
        parts.append(self._rows(month, "mortgage", "M", 2, firm=owes, balance=left))
        borrows = np.flatnonzero(seen & (self.borrows < sigmoid(HAS_LOAN + HAS_LOAN_BY_STRAIN * strain)))
        parts.append(self._rows(month, "loan", "P", 3, firm=borrows, balance=self.loan[borrows]))
        parts.append(self._enquiries(month, seen, strain, rng))
        return joined(parts, COLUMNS)

    def _rows(
        self, month: int, kind: str, series: str, place: int, *, firm: Whole, balance: Whole, limit: Whole | None = None
    ) -> pa.Table:
        d = self.district
        end = int(d.calendar.starts[month + 1]) - 1
        # A person in trouble lets the card go first and the house last.
        late = np.maximum(self.months_late[firm] - (2 if kind == "mortgage" else 0), 0)
        overdue = np.where(late > 0, np.minimum(balance, balance // 12 * late + 10_000), 0)
        owner = d.owners.majority[firm]
        return pa.table({
            "enterprise": of_firms(d, firm),
            "person": pa.array(d.owners.person[owner].tolist(), pa.string()),
            "record_number": numbers(f"{series}{place}", d.firms.counter + firm),
            "happened_on": days(np.full(firm.size, end)),
            "kind": same(kind, firm),
            "institution": picked(LENDERS, self.lender[firm, place]),
            "limit_fen": pa.nulls(firm.size, pa.int64()) if limit is None else pa.array(limit),
            "balance_fen": balance,
            "overdue_fen": overdue,
            "overdue_months": np.where(overdue > 0, late, 0),
        })  # fmt: skip

    def _enquiries(self, month: int, seen: np.ndarray, strain: np.ndarray, rng: np.random.Generator) -> pa.Table:
        d = self.district
        many = rng.poisson(np.exp(ENQUIRED + ENQUIRED_BY_STRAIN * strain) * seen)
        firm = np.repeat(np.arange(d.n), np.minimum(many, 10))
        label = int(d.calendar.label(month).replace("-", ""))
        serial = (label * 100 + d.number % 100) * 10**7 + np.arange(firm.size)
        owner = d.owners.majority[firm]
        return pa.table({
            "enterprise": of_firms(d, firm),
            "person": pa.array(d.owners.person[owner].tolist(), pa.string()),
            "record_number": numbers("Q", serial),
            "happened_on": days(d.calendar.starts[month] + rng.integers(0, 27, firm.size)),
            "kind": same("enquiry", firm),
            "institution": picked(LENDERS, rng.integers(0, LENDERS.size, firm.size)),
        })  # fmt: skip
