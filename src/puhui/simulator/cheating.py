"""Invoices without trade behind them: bought, circular, invented before applying, shuffled among affiliates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from puhui.simulator.arrays import Whole, fen
from puhui.simulator.deeds import Deeds
from puhui.simulator.streams import Purpose
from puhui.simulator.trading import Invoices, Market, joined

BOUGHT_OF_SALES = 0.3  # bought invoices against real sales, and as many invented sales to hide them behind
CIRCULAR_OF_SALES = 0.35
INVENTED_OF_SALES = 0.8  # in the months before applying
SHUFFLED_OF_SALES = 0.25
A_MONTH = 4.0  # such invoices a firm
VOIDED_LATER = 0.25  # of the invented: cancelled before anyone asks


def cheat(market: Market, month: int, deeds: Deeds) -> Invoices:
    """All invoices of the month that no goods follow. `paid` says where money at least goes round.

    Who had a hand in it is noted in `deeds`, whose fraud it is: the buyer of what is bought, else the seller.
    """
    d, rng = market.district, market.district.stream(Purpose.CHEATING, month + 1)
    frauds, alive = d.frauds, d.health.pulse[:, month] > 0
    made = []

    def writes(seller: Whole, buyer: Whole, share: float, *, buyer_tells: bool, paid: bool, of: Whole) -> Whole:
        """Make the invoices; the firms `of` whom some came to be, each as often as it did."""
        counts = rng.poisson(A_MONTH, seller.size)
        rows = np.repeat(np.arange(seller.size), counts)
        rows = rows[np.argsort(seller[rows], kind="stable")]
        yuan = (d.course.sales[of, month] * share / A_MONTH)[rows] * np.exp(rng.normal(0, 0.25, rows.size))
        amount = fen(np.maximum(np.round(np.minimum(yuan, 0.99 * d.firms.limit[seller[rows]]), -2), 100.0))
        day = d.calendar.draw_days(month, rows.size, rng)
        void = (rng.random(rows.size) < VOIDED_LATER) & (not paid) & (not buyer_tells)
        issued = market.issued(seller[rows], buyer[rows], day, amount, void)
        tells, money = np.full(rows.size, buyer_tells), np.full(rows.size, paid)
        made.append(replace(issued, buyer_tells=tells, paid=money))
        return of[rows]

    buys = np.flatnonzero(frauds.active("bought_invoices", month) & alive)
    bought = writes(frauds.bought_from[buys], buys, BOUGHT_OF_SALES, buyer_tells=True, paid=False, of=buys)
    deeds.note("bought_invoices", bought, month)
    ring = np.flatnonzero(frauds.active("circular_invoices", month) & alive)
    sent = writes(ring, frauds.circular_next[ring], CIRCULAR_OF_SALES, buyer_tells=True, paid=False, of=ring)
    deeds.note("circular_invoices", sent, month)
    invents = np.flatnonzero(frauds.active("inflated_sales", month) & alive)
    strangers = d.n + rng.integers(0, d.firms.outside_code.size, invents.size)
    invented = writes(invents, strangers, INVENTED_OF_SALES, buyer_tells=False, paid=False, of=invents)
    deeds.note("inflated_sales", invented, month)
    twins = np.flatnonzero(frauds.active("hidden_affiliates", month) & alive)
    writes(twins, frauds.affiliate[twins], SHUFFLED_OF_SALES, buyer_tells=True, paid=True, of=twins)
    return joined(made)
