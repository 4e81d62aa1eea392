"""The tax bureau: invoices as both sides filed them; monthly and quarterly returns, arrears, the yearly grade."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from puhui.simulator import flows
from puhui.simulator.arrays import Whole, Yes, sigmoid, sums
from puhui.simulator.calendar import day_number
from puhui.simulator.district import TREASURY, District
from puhui.simulator.flows import Flows
from puhui.simulator.streams import Purpose
from puhui.simulator.suppliers.rows import days, joined, of_firms, same, shown
from puhui.simulator.trading import Invoices

DUE_DAY = 15
LATE, LATE_BY_STRAIN = -3.7, 1.1  # logit of a return filed after its day
UNPAID, UNPAID_BY_STRAIN = -4.6, 1.35  # logit of a tax declared and not paid
CLEARED, CLEARED_BY_STRAIN = 0.4, -0.6  # logit of arrears paid in a month
PROFIT_TAX = 0.05  # small firms of low profit
GRADES = np.array(["A", "B", "C", "D"])
GRADE_LIMITS = np.array([-1.3, 0.9, 2.4])  # on strain, seen through noise
DECLARED_TILLS = 0.8  # of what tills take


def invoice_rows(d: District, invoices: Invoices, month: int) -> pa.Table:
    """The month's invoices in both sides' files; who has ceased files no more."""
    lives = d.health.pulse[:, month] > 0
    sold = np.flatnonzero((invoices.seller < d.n) & invoices.seller_tells)
    bought = np.flatnonzero((invoices.buyer < d.n) & invoices.buyer_tells)
    bought = bought[lives[invoices.buyer[bought]]]
    rows = np.r_[sold, bought]
    mine = np.r_[invoices.seller[sold], invoices.buyer[bought]]
    other = np.r_[invoices.buyer[sold], invoices.seller[bought]]
    is_sale = np.arange(rows.size) < sold.size
    return pa.table({
        "enterprise": d.codes.take(pa.array(mine)),
        "direction": shown(is_sale, "销项", "进项"),
        "invoice_number": pa.array(invoices.number[rows]).cast(pa.string()),
        "happened_on": days(invoices.day[rows]),
        "counterparty": d.codes.take(pa.array(other)),
        "amount_fen": invoices.amount[rows],
        "tax_fen": invoices.tax[rows],
        "total_fen": invoices.amount[rows] + invoices.tax[rows],
        "status": shown(invoices.void[rows], "作废发票", "有效发票"),
    })  # fmt: skip


class TaxBooks:
    """What a district's firms owe the state."""

    def __init__(self, district: District) -> None:
        self.district = district
        n = district.n
        self.credit = np.zeros(n, np.int64)  # input tax carried forward
        self.arrears = np.zeros(n, np.int64)
        self.last = dict.fromkeys(("sold", "output", "input"), np.zeros(n, np.int64))
        self.quarter = np.zeros((2, n), np.int64)  # sales, costs
        self.taste = district.stream(Purpose.TAX).normal(0, 0.45, n)  # how the grader sees a firm

    def month(self, month: int, moved: Flows) -> pa.Table:
        """The returns of last month, notices of arrears and, in April, grades. What is paid is noted in `moved`."""
        d, rng = self.district, self.district.stream(Purpose.TAX, month + 1)
        parts, before = [], self.arrears.copy()
        if month > 0:
            parts.append(self._vat(month, moved, rng))
            if d.calendar.of_year(month) in {1, 4, 7, 10}:
                parts.append(self._income_tax(month, moved, rng))
            parts.append(self._arrears(month, before, moved, rng))
        if d.calendar.of_year(month) == 4:
            parts.append(self._grades(month, rng))
        return joined(parts, TAX_COLUMNS)

    def note(self, invoices: Invoices, tills: Whole, costs: Whole) -> None:
        """Remember the month's invoices, tills and other costs for the returns."""
        d, counts = self.district, ~invoices.void
        sale = np.flatnonzero((invoices.seller < d.n) & counts)
        bought = np.flatnonzero((invoices.buyer < d.n) & invoices.buyer_tells & counts)
        declared = np.rint(tills * DECLARED_TILLS / (1 + d.firms.tax_rate)).astype(np.int64)
        purchases = sums(invoices.amount[bought], invoices.buyer[bought], d.n)
        self.last = {
            "sold": sums(invoices.amount[sale], invoices.seller[sale], d.n) + declared,
            "output": sums(invoices.tax[sale], invoices.seller[sale], d.n)
            + np.rint(declared * d.firms.tax_rate).astype(np.int64),
            "input": np.where(d.firms.small, 0, sums(invoices.tax[bought], invoices.buyer[bought], d.n)),
        }
        self.quarter[0] += self.last["sold"]
        self.quarter[1] += purchases + costs

    def _vat(self, month: int, moved: Flows, rng: np.random.Generator) -> pa.Table:
        due = self.last["output"] - self.last["input"] - self.credit
        payable = np.maximum(due, 0)
        self.credit = np.maximum(-due, 0)
        firm = self._filers(month)
        return self._returns(
            "VAT",
            "增值税",
            month,
            firm=firm,
            sales=self.last["sold"],
            profit=None,
            payable=payable,
            moved=moved,
            rng=rng,
        )

    def _income_tax(self, month: int, moved: Flows, rng: np.random.Generator) -> pa.Table:
        sales, profit = self.quarter[0].copy(), self.quarter[0] - self.quarter[1]
        self.quarter[:] = 0
        payable = np.rint(np.maximum(profit, 0) * PROFIT_TAX).astype(np.int64)
        firm = self._filers(month)
        return self._returns(
            "CIT", "企业所得税", month, firm=firm, sales=sales, profit=profit, payable=payable, moved=moved, rng=rng
        )

    def _filers(self, month: int) -> Whole:
        pulse = self.district.health.pulse
        return np.flatnonzero((pulse[:, month - 1] > 0) & (pulse[:, month] > 0.1))

    def _returns(
        self,
        series: str,
        tax: str,
        month: int,
        *,
        firm: Whole,
        sales: Whole,
        profit: Whole | None,
        payable: Whole,
        moved: Flows,
        rng: np.random.Generator,
    ) -> pa.Table:
        d, strain = self.district, np.clip(self.district.strain(month), -4, 5)
        first = d.calendar.starts[month]
        late = rng.random(d.n) < sigmoid(LATE + LATE_BY_STRAIN * strain)
        filed = first + np.where(late, DUE_DAY + rng.integers(0, 12, d.n), rng.integers(2, DUE_DAY, d.n))
        unpaid = rng.random(d.n) < sigmoid(UNPAID + UNPAID_BY_STRAIN * strain + 1.5 * d.health.gone(month))
        paid = np.where(unpaid, 0, payable)
        acts = np.zeros(d.n, np.bool_)
        acts[firm] = True
        self.arrears += np.where(acts, payable - paid, 0)
        moved.add(firm, filed[firm], -paid[firm], d.office(TREASURY), flows.TAXES)
        label = d.calendar.label(month - 1).replace("-", "")
        return pa.table({
            "enterprise": of_firms(d, firm),
            "filing_number": same(f"{series}-{label}", firm),
            "kind": same("申报", firm),
            "tax": same(tax, firm),
            "period_end": days(np.full(firm.size, first - 1)),
            "happened_on": days(filed[firm]),
            "due_on": days(np.full(firm.size, first + DUE_DAY - 1)),
            "sales_fen": sales[firm],
            "profit_fen": pa.nulls(firm.size, pa.int64()) if profit is None else pa.array(profit[firm]),
            "payable_fen": payable[firm],
            "paid_fen": paid[firm],
        })  # fmt: skip

    def _arrears(self, month: int, before: Whole, moved: Flows, rng: np.random.Generator) -> pa.Table:
        """Who owes at the month's end, and who has just cleared it."""
        d = self.district
        pays = rng.random(d.n) < sigmoid(CLEARED + CLEARED_BY_STRAIN * np.clip(d.strain(month), -4, 5))
        clears: Yes = (before > 0) & pays & (d.health.gone(month) == 0)
        last = int(d.calendar.starts[month + 1]) - 1
        day = np.full(d.n, last)
        moved.add(np.arange(d.n), day, np.where(clears, -before, 0), d.office(TREASURY), flows.TAXES)
        self.arrears -= np.where(clears, before, 0)
        firm = np.flatnonzero(((self.arrears > 0) | clears) & (d.health.pulse[:, month] > 0))
        return pa.table({
            "enterprise": of_firms(d, firm),
            "filing_number": same(f"ARR-{d.calendar.label(month).replace('-', '')}", firm),
            "kind": same("欠税", firm),
            "tax": same("增值税", firm),
            "period_end": days(np.full(firm.size, int(d.calendar.starts[month]) - 1)),
            "happened_on": days(day[firm]),
            "arrears_fen": self.arrears[firm],
        })  # fmt: skip

    def _grades(self, month: int, rng: np.random.Generator) -> pa.Table:
        d = self.district
        first = int(d.calendar.starts[month])
        firm = d.health.alive(month)
        seen = d.strain(month) + self.taste + rng.normal(0, 0.5, d.n) + 1.5 * (self.arrears > 0)
        grade = np.where(d.firms.age_years(first) < 1, "M", GRADES[np.searchsorted(GRADE_LIMITS, seen)])
        year = int(d.calendar.label(month)[:4]) - 1
        day = first + rng.integers(10, 28, firm.size)
        return pa.table({
            "enterprise": of_firms(d, firm),
            "filing_number": same(f"GRADE-{year}", firm),
            "kind": same("纳税信用评级", firm),
            "period_end": days(np.full(firm.size, day_number(date(year, 12, 31)))),
            "happened_on": days(day),
            "grade": pa.array(grade[firm].tolist(), pa.string()),
        })  # fmt: skip


TAX_COLUMNS = pa.schema([
    ("enterprise", pa.string()),
    ("filing_number", pa.string()),
    ("kind", pa.string()),
    ("tax", pa.string()),
    ("period_end", pa.date32()),
    ("happened_on", pa.date32()),
    ("due_on", pa.date32()),
    ("sales_fen", pa.int64()),
    ("profit_fen", pa.int64()),
    ("payable_fen", pa.int64()),
    ("paid_fen", pa.int64()),
    ("arrears_fen", pa.int64()),
    ("grade", pa.string()),
])  # fmt: skip
