"""A firm's invoices from its health: fewer sales, more voids, returns and silent months as it fails."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from puhui.days import add_months
from puhui.simulator.public.firms import MONTHS, Firm, Series

FIRST_DAY = date(2017, 1, 1)
REPEATED = 0.004  # rows delivered twice, as in the public set
NUMBER_REUSED = 0.004  # rows that carry another row's invoice number

Whole = NDArray[np.int64]
Texts = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Invoices:
    """Columns of equal length, as the public set writes them: every value is text."""

    number: Texts
    day: Texts
    counterparty: Texts
    amount: Texts
    tax: Texts
    total: Texts
    status: Texts


@dataclass(frozen=True, slots=True)
class Flow:
    """One side of a firm's trade: the pace (yuan a month), invoices a month, partners, and how rows go wrong."""

    pace: Series
    invoices: Series
    partners: int
    void_share: Series
    return_share: float
    prefix: str


def sales_flow(firm: Firm, rng: np.random.Generator, *, prefix: str) -> Flow:
    """What the firm sells. A failing firm has silent months, and voids what its buyers no longer want."""
    months = np.arange(MONTHS)
    season = 1 + firm.trade.season * np.sin(2 * np.pi * (months % 12 - 2) / 12)
    spring_festival = np.where(months % 12 == 1, 0.5, 1.0)
    vigour: Series = np.exp(firm.growth * months + 0.35 * firm.health)
    silent = rng.random(MONTHS) < 1 / (1 + np.exp(3.6 + 1.8 * firm.health))
    pace = firm.monthly_sales_yuan * season * spring_festival * vigour * ~silent
    return Flow(
        pace=pace,
        invoices=np.asarray(firm.trade.invoices_a_month * np.sqrt(vigour) * ~silent, np.float64),
        partners=int(rng.integers(4, 60)),
        void_share=1 / (1 + np.exp(2.6 + 0.7 * firm.health)),
        return_share=float(np.clip(0.015 * np.exp(-0.5 * firm.health.mean()), 0, 0.2)),
        prefix=prefix,
    )


def purchase_flow(firm: Firm, sales: Flow, rng: np.random.Generator, *, prefix: str) -> Flow:
    """What the firm buys: last month's and this month's sales, less its margin, which shrinks in poor health."""
    smooth = (sales.pace + np.roll(sales.pace, 1)) / 2
    margin = firm.trade.margin + 0.03 * firm.health + rng.normal(0, 0.02, MONTHS)
    return Flow(
        pace=smooth * np.clip(1 - margin, 0.2, 1.1),
        invoices=np.asarray(0.7 * firm.trade.invoices_a_month * (smooth > 0), np.float64),
        partners=int(rng.integers(3, 40)),
        void_share=np.full(MONTHS, 0.03),
        return_share=0.01,
        prefix=prefix,
    )


def draw_invoices(firm: Firm, flow: Flow, rng: np.random.Generator) -> Invoices:
    """All rows of one side of a firm's trade, by day, with returns, voids, repeats and reused numbers."""
    counts = rng.poisson(flow.invoices)
    month = np.repeat(np.arange(MONTHS), counts)
    cents = np.rint(rng.lognormal(-0.32, 0.8, month.size) * (flow.pace / np.maximum(flow.invoices, 1e-9))[month] * 100)
    cents = np.maximum(cents, 100).astype(np.int64)
    day = _days(month, rng)
    partner = _partners(month, flow, firm, rng)
    void = rng.random(month.size) < flow.void_share[month]
    returned = np.flatnonzero((rng.random(month.size) < flow.return_share) & ~void)
    later = np.minimum(day[returned] + rng.integers(1, 40, returned.size), _last_day())
    day, cents = np.concatenate([day, later]), np.concatenate([cents, -cents[returned]])
    partner, void = np.concatenate([partner, partner[returned]]), np.concatenate([void, np.zeros(returned.size, bool)])
    order = np.argsort(day, kind="stable")
    number = 10_000_000 + int(rng.integers(80_000_000)) + np.arange(order.size)
    reused = np.flatnonzero(rng.random(order.size) < NUMBER_REUSED)
    number[reused] = number[np.maximum(reused - 7, 0)]
    repeated = np.flatnonzero(rng.random(order.size) < REPEATED)
    rows = np.sort(np.concatenate([np.arange(order.size), repeated]))
    picked = order[rows]
    return _texts(
        number[rows],
        day[picked],
        partner[picked],
        cents[picked],
        void=void[picked],
        tax_rate=firm.trade.tax_rate,
        rng=rng,
    )


def _days(month: Whole, rng: np.random.Generator) -> Whole:
    """A day in each month, as a count from the first day."""
    firsts = [add_months(FIRST_DAY, m) for m in range(MONTHS)]
    starts = np.array([(first - FIRST_DAY).days for first in firsts])
    lengths = np.array([monthrange(first.year, first.month)[1] for first in firsts])
    within: Whole = (rng.random(month.size) * lengths[month]).astype(np.int64)
    days: Whole = within + starts[month]
    return days


def _last_day() -> int:
    return (add_months(FIRST_DAY, MONTHS) - FIRST_DAY).days - 1


def _partners(month: Whole, flow: Flow, firm: Firm, rng: np.random.Generator) -> Texts:
    """Counterparties: a few large and many small; the circle moves on slowly, faster in poor health."""
    weights = 1 / np.arange(1, flow.partners + 1) ** 1.1
    pick = rng.choice(flow.partners, size=month.size, p=weights / weights.sum())
    turnover = 0.25 + 0.15 * max(0.0, -float(firm.health.mean()))
    generation = (month * turnover * rng.random(flow.partners)[pick] / 3).astype(np.int64)
    base = int(rng.integers(40_000))
    codes = base + pick + flow.partners * generation
    return np.array([f"{flow.prefix}{code:05d}" for code in codes], dtype=np.str_)


def _texts(
    number: Whole,
    day: Whole,
    partner: Texts,
    cents: Whole,
    *,
    void: NDArray[np.bool_],
    tax_rate: float,
    rng: np.random.Generator,
) -> Invoices:
    """The columns as text. Tax is whole cents, so amount + tax = total holds exactly before it is written."""
    tax = np.rint(cents * tax_rate).astype(np.int64)
    calendar = [date.fromordinal(FIRST_DAY.toordinal() + int(d)) for d in range(_last_day() + 1)]
    shown = np.array([f"{d.year}/{d.month}/{d.day}" for d in calendar], dtype=np.str_)
    leading = np.where(rng.random(void.size) < 0.005, " ", "")
    return Invoices(
        number=number.astype(np.str_),
        day=shown[day],
        counterparty=partner,
        amount=_yuan(cents),
        tax=_yuan(tax),
        total=_yuan(cents + tax),
        status=np.char.add(leading, np.where(void, "作废发票", "有效发票")),
    )


def _yuan(cents: Whole) -> Texts:
    return np.array([repr(c / 100) for c in cents.tolist()], dtype=np.str_)
