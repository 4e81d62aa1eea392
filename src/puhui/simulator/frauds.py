"""Who cheats, how, with whom, and from when: told to the truth folder, seen elsewhere only in what it does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from puhui.simulator.arrays import Real, Whole, Yes
from puhui.simulator.calendar import Calendar
from puhui.simulator.firms import Firms
from puhui.simulator.streams import Purpose, stream

SHARE = {  # of the firms; of those who are young or in need more, see `draw_frauds`
    "shell": 0.010,
    "bought_invoices": 0.015,
    "circular_invoices": 0.012,
    "inflated_sales": 0.025,
    "hidden_affiliates": 0.020,
    "guarantee_circle": 0.030,
    "stacked_loans": 0.015,
}
RING_SIZES = (3, 6)  # from, below
INFLATES_MONTHS = 5  # before applying
RISK = {  # on health's risk scale, see health.py
    "shell": 0.3,
    "bought_invoices": 0.5,
    "circular_invoices": 0.8,
    "inflated_sales": 0.8,
    "hidden_affiliates": 0.2,
    "guarantee_circle": 0.2,
    "stacked_loans": 1.1,
}


@dataclass(frozen=True)
class Frauds:
    """For each firm -1, or its partner in the fraud; `since` and `until` (exclusive) bound it in months.

    `shell`: a company of paper that sells invoices; `bought_from`: the shell that sells to this firm;
    `circular_next`: whom it invoices in a ring; `inflates`: invents sales before it applies; `affiliate`: the firm
    that the same person controls through a nominee; `guarantees`: the next in a circle of guarantees;
    `stacks`: takes loans at many banks at once. `ring` numbers the ring or circle.
    """

    shell: Yes
    bought_from: Whole
    circular_next: Whole
    inflates: Yes
    affiliate: Whole
    guarantees: Whole
    stacks: Yes
    ring: dict[str, Whole]
    since: dict[str, Whole]
    until: dict[str, Whole]

    def members(self) -> dict[str, Yes]:
        """Who takes part in which fraud."""
        return {
            "shell": self.shell,
            "bought_invoices": self.bought_from >= 0,
            "circular_invoices": self.circular_next >= 0,
            "inflated_sales": self.inflates,
            "hidden_affiliates": self.affiliate >= 0,
            "guarantee_circle": self.guarantees >= 0,
            "stacked_loans": self.stacks,
        }

    def active(self, fraud: str, month: int) -> Yes:
        """Who commits it in a month."""
        return self.members()[fraud] & (self.since[fraud] <= month) & (month < self.until[fraud])

    def risk(self, month: int) -> Real:
        """What the frauds add to each firm's risk, from their beginning on."""
        total = np.zeros(self.shell.size)
        for fraud, members in self.members().items():
            total += RISK[fraud] * (members & (self.since[fraud] <= month))
        return total


def draw_frauds(seed: int, firms: Firms, calendar: Calendar) -> Frauds:
    """The cheats of a district. A firm may take part in several."""
    rng = stream(seed, Purpose.FRAUDS, firms.district)
    n, months = firms.n, calendar.months
    shell = _drawn("shell", n, rng, among=(firms.trade == 2) | (firms.trade == 4))
    shells = np.flatnonzero(shell)
    buys = _drawn("bought_invoices", n, rng, among=~shell & ~firms.small)
    bought_from = np.full(n, -1, np.int64)
    if shells.size:
        bought_from[buys] = shells[rng.integers(0, shells.size, int(buys.sum()))]
    circular, circular_ring = _rings("circular_invoices", n, rng, among=~shell)
    guarantees, guarantee_ring = _rings("guarantee_circle", n, rng, among=~shell)
    affiliate, pair = _pairs(n, rng, among=~shell)
    inflates = _drawn("inflated_sales", n, rng, among=~shell & (firms.applied >= INFLATES_MONTHS))
    stacks = _drawn("stacked_loans", n, rng, among=~shell)
    begin = {fraud: rng.integers(0, max(1, months * 2 // 3), n) for fraud in SHARE}
    lone = np.full(n, -1, np.int64)
    ring = {"circular_invoices": circular_ring, "guarantee_circle": guarantee_ring, "hidden_affiliates": pair}
    for fraud, of in ring.items():  # a ring begins on one day
        begin[fraud] = np.where(of >= 0, begin[fraud][np.maximum(of, 0)], begin[fraud])
    begin["inflated_sales"] = firms.applied - INFLATES_MONTHS
    begin |= {always: np.zeros(n, np.int64) for always in ("shell", "hidden_affiliates")}
    lasts = {"inflated_sales": INFLATES_MONTHS + 1, "circular_invoices": 14, "stacked_loans": 4}
    return Frauds(
        shell=shell,
        bought_from=bought_from,
        circular_next=circular,
        inflates=inflates,
        affiliate=affiliate,
        guarantees=guarantees,
        stacks=stacks,
        ring={fraud: ring.get(fraud, lone) for fraud in SHARE},
        since=begin,
        until={fraud: begin[fraud] + lasts.get(fraud, 1000) for fraud in SHARE},
    )


def _drawn(fraud: str, n: int, rng: np.random.Generator, *, among: Yes) -> Yes:
    """A share of all firms, drawn from some of them; at least three where there are so many."""
    candidates = rng.permutation(np.flatnonzero(among))
    members = np.zeros(n, np.bool_)
    members[candidates[: max(3, round(SHARE[fraud] * n))]] = True
    return members


def _rings(fraud: str, n: int, rng: np.random.Generator, *, among: Yes) -> tuple[Whole, Whole]:
    """The next firm in its ring, and the ring's number, for each firm; -1 outside."""
    following, number = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    candidates = rng.permutation(np.flatnonzero(among))
    wanted, done, ring = max(3, round(SHARE[fraud] * n)), 0, 0
    while done < wanted and candidates.size - done >= RING_SIZES[1]:
        members = candidates[done : done + int(rng.integers(*RING_SIZES))]
        following[members], number[members] = np.roll(members, -1), ring
        done, ring = done + members.size, ring + 1
    return following, number


def _pairs(n: int, rng: np.random.Generator, *, among: Yes) -> tuple[Whole, Whole]:
    other, number = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    pairs = max(1, round(SHARE["hidden_affiliates"] * n / 2))
    chosen = rng.permutation(np.flatnonzero(among))[: 2 * pairs]
    left, right = chosen[: chosen.size // 2], chosen[chosen.size // 2 : chosen.size // 2 * 2]
    other[left], other[right] = right, left
    number[left] = number[right] = np.arange(left.size)
    return other, number
