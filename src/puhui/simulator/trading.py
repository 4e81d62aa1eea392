"""Invoices of a month: each drawn once, so that what one firm sells is what the other buys, unless someone cheats."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from puhui.simulator.arrays import Real, Whole, Yes, fen, sigmoid, sums, within
from puhui.simulator.district import District
from puhui.simulator.network import scatter
from puhui.simulator.streams import Purpose

SPREAD, SPREAD_DIFFERS = 1.25, 0.3  # log standard deviation of one firm's invoices, and how firms differ in it
VOID, VOID_DIFFERS, VOID_BY_HEALTH, VOID_BOUGHT = -2.35, 0.5, -0.68, 0.016
RETURNED, RETURNED_BY_HEALTH = 0.013, -0.6
WIDTH, WIDTH_BY_HEALTH = 0.75, 0.25  # how many of its places for buyers a firm fills
COSTS_BESIDES = 0.04  # of sales, beyond wages, goods and margin: rent, power, fees
MATERIALS_AT_LEAST = 0.08
EXPENSES, EXPENSES_DIFFERS = 0.64, 0.16  # of a firm's purchase invoices are small ones: fuel, tolls, telephones, meals
EXPENSE_LOG_YUAN, EXPENSE_SPREAD = 5.6, 0.75
GOODS_SPREAD = 0.95
RETURNED_BOUGHT = 0.003
PURCHASES_A_SALE = 1.15
ADVANCED_FEN = 150_000  # smaller expenses are advanced by staff and paid back at the month's end
FIRST_NUMBER = 10_000_000


@dataclass(frozen=True)
class Invoices:
    """Rows of one month, by party. Amounts in fen without tax, negative for a return.

    `seller_tells` and `buyer_tells` say in whose files the invoice is, `paid` whether money follows.
    """

    seller: Whole
    buyer: Whole
    day: Whole
    amount: Whole
    tax: Whole
    number: Whole
    void: Yes
    seller_tells: Yes
    buyer_tells: Yes
    paid: Yes


def joined(parts: list[Invoices]) -> Invoices:
    """All rows of several sets."""
    return Invoices(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Invoices)})


@dataclass
class Market:
    """Draws a district's invoices; keeps sellers' running numbers and what staff `advanced` this month (fen)."""

    district: District

    def __post_init__(self) -> None:
        rng = self.district.stream(Purpose.SALES)
        n = self.district.n
        self.next_number = FIRST_NUMBER + rng.integers(0, 80_000_000, n)
        self.void_habit = VOID + rng.normal(0, VOID_DIFFERS, n)
        self.spread = SPREAD * np.exp(rng.normal(0, SPREAD_DIFFERS, n))
        self.return_habit = RETURNED * np.exp(rng.normal(0, 0.8, n))
        self.expenses = np.clip(EXPENSES + rng.normal(0, EXPENSES_DIFFERS, n), 0.05, 0.9)
        self.bought_void = VOID_BOUGHT * np.exp(rng.normal(0, 0.7, n))
        self.bought_return = RETURNED_BOUGHT * np.exp(rng.normal(0, 0.9, n))
        self.advanced = np.zeros(n, np.int64)
        self.buying = np.exp(rng.normal(0, 0.5, n))  # how many invoices a firm makes of what it buys

    def sales(self, month: int) -> Invoices:
        """What the district's firms sell, to each other and outside, with voids and returns."""
        d, rng = self.district, self.district.stream(Purpose.SALES, month + 1)
        vigour = d.course.vigour[:, month]
        expected = d.firms.invoices * vigour**0.65
        counts = rng.poisson(expected)
        seller = np.repeat(np.arange(d.n), counts)
        width = WIDTH * np.exp(WIDTH_BY_HEALTH * np.clip(d.operating(month), -4, 3))
        mean = d.course.sales[:, month] / np.maximum(expected, 1e-9)
        amount = _amounts(mean[seller], self.spread[seller], d.firms.limit[seller], rng)
        buyer = d.network.buyers.party(d.network.buyers.draw(seller, rng, width[seller]), month, d.firms)
        shut = (buyer < d.n) & (d.health.pulse[np.minimum(buyer, d.n - 1), month] <= 0)
        buyer = np.where(shut, d.n + scatter(buyer + d.n * month) % d.firms.outside_code.size, buyer)
        day = d.calendar.draw_days(month, seller.size, rng)
        operating = d.operating(month)
        void = rng.random(seller.size) < sigmoid(self.void_habit + VOID_BY_HEALTH * operating)[seller]
        back = np.flatnonzero(
            (rng.random(seller.size) < (self.return_habit * np.exp(RETURNED_BY_HEALTH * operating))[seller]) & ~void
        )
        later = np.minimum(day[back] + rng.integers(1, 20, back.size), d.calendar.starts[month + 1] - 1)
        seller, buyer = np.r_[seller, seller[back]], np.r_[buyer, buyer[back]]
        amount, day, void = np.r_[amount, -amount[back]], np.r_[day, later], np.r_[void, np.zeros(back.size, np.bool_)]
        order = np.lexsort((day, seller))
        return self.issued(seller[order], buyer[order], day[order], amount[order], void[order])

    def purchases(self, month: int, inside: Invoices) -> Invoices:
        """What they buy from outside, after what they have bought of each other (`inside`)."""
        d, rng = self.district, self.district.stream(Purpose.PURCHASES, month + 1)
        sales, firms = d.course.sales[:, month], d.firms
        materials = np.maximum(1 - d.course.margin[:, month] - firms.of_trade("wages") - COSTS_BESIDES, 0)
        need = sales * np.maximum(materials, MATERIALS_AT_LEAST)
        bought = (inside.buyer < d.n) & ~inside.void
        need = np.maximum(need - sums(inside.amount[bought], inside.buyer[bought], d.n) / 100, 0.02 * need)
        expected = PURCHASES_A_SALE * firms.invoices * self.buying * d.course.vigour[:, month] ** 0.65
        small = rng.poisson(expected * self.expenses)
        large = rng.poisson(expected * (1 - self.expenses))
        each = need / np.maximum(expected * (1 - self.expenses), 1e-9)
        of_small, of_large = np.repeat(np.arange(d.n), small), np.repeat(np.arange(d.n), large)
        limit = np.full(of_large.size, 99_999.0)
        limit[each[of_large] > 60_000] = 999_999.0
        goods = _amounts(each[of_large], np.full(of_large.size, GOODS_SPREAD), limit, rng)
        expense = fen(np.minimum(np.exp(rng.normal(EXPENSE_LOG_YUAN, EXPENSE_SPREAD, of_small.size)), 9_900.0))
        buyer, amount = np.r_[of_small, of_large], np.r_[np.maximum(expense, 100), goods]
        seller = d.network.suppliers.party(d.network.suppliers.draw(buyer, rng), month, firms)
        seller = np.where(seller < d.n, d.n + seller, seller)
        day = d.calendar.draw_days(month, buyer.size, rng)
        back = rng.random(buyer.size) < self.bought_return[buyer]
        amount = np.where(back, -amount, amount)
        rate = np.array([0.13, 0.09, 0.06, 0.03])[rng.choice(4, buyer.size, p=(0.4, 0.1, 0.15, 0.35))]
        yes = np.ones(buyer.size, np.bool_)
        tax = np.rint(amount * rate).astype(np.int64)
        advanced = (np.arange(buyer.size) < of_small.size) & (np.abs(amount) < ADVANCED_FEN)
        self.advanced = sums(np.where(advanced, amount + tax, 0), buyer, d.n)
        return Invoices(
            seller=seller,
            buyer=buyer,
            day=day,
            amount=amount,
            tax=tax,
            number=rng.integers(FIRST_NUMBER, 99_999_999, buyer.size),
            void=rng.random(buyer.size) < self.bought_void[buyer],
            seller_tells=yes,
            buyer_tells=yes,
            paid=~advanced,
        )

    def issued(self, seller: Whole, buyer: Whole, day: Whole, amount: Whole, void: Yes) -> Invoices:
        """Invoices of the district's firms, sorted by seller, with the sellers' next numbers and tax rates."""
        number = self.next_number[seller] + within(seller)
        self.next_number += np.bincount(seller, minlength=self.district.n)
        yes = np.ones(seller.size, np.bool_)
        tax = np.rint(amount * self.district.firms.tax_rate[seller]).astype(np.int64)
        return Invoices(seller, buyer, day, amount, tax, number % 100_000_000, void, yes, yes, yes)


def _amounts(mean: Real, spread: Real, limit: Real, rng: np.random.Generator) -> Whole:
    """Lognormal amounts with this mean (yuan), kept under the largest an invoice may show, as fen."""
    crowded = np.maximum(mean / limit - 0.3, 0)  # who sells more than the limit splits it into full invoices
    drawn = mean * (1 + 8 * crowded**2) * np.exp(rng.normal(-(spread**2) / 2, spread))
    capped = limit * (1 - 0.12 * rng.random(mean.size) ** 3)
    return np.maximum(fen(np.minimum(drawn, capped)), 100)
