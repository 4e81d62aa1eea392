"""Who trades with whom: each firm's places for buyers and suppliers, some of them taken by firms of the district.

A firm has a number of places for buyers, the first the most used. A place is taken by a firm of the district for good,
or by companies outside, one after the other as trade moves on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from puhui.simulator.arrays import Real, Whole, within
from puhui.simulator.firms import Firms
from puhui.simulator.frauds import Frauds
from puhui.simulator.streams import Purpose, stream

STEEPNESS = 2.8  # place = size × u ** STEEPNESS: how much the first places get
INSIDE = 0.22  # of the places for buyers are taken by the district's firms
BUYS_INSIDE_AT_MOST = 0.45  # of what a firm buys
LASTS_MONTHS = 15.0  # a partner outside, on average
MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Places:
    """Places for partners: firm f has those from `start[f]`, `size[f]` of them.

    `inside` is the district's firm in a place or -1; `lasts` months an outside partner stays, `phase` shifts it.
    """

    start: Whole
    size: Whole
    inside: Whole
    lasts: Whole
    phase: Whole

    def draw(self, firm: Whole, rng: np.random.Generator, width: Real | float = 1.0) -> Whole:
        """A place for each of these firms' dealings; those of a firm keep to its first places as `width` falls."""
        reach = np.minimum(np.broadcast_to(np.asarray(width), firm.shape), 1.0) * self.size[firm]
        return np.asarray(self.start[firm] + (reach * rng.random(firm.size) ** STEEPNESS).astype(np.int64))

    def party(self, place: Whole, month: int, firms: Firms) -> Whole:
        """Who is in a place: a firm's number, or `firms.n` + the number of an outside company."""
        generation = (month + self.phase[place]) // self.lasts[place]
        outside = firms.n + scatter(place * 4_099 + generation) % firms.outside_code.size
        return np.where(self.inside[place] >= 0, self.inside[place], outside)


@dataclass(frozen=True)
class Network:
    """Places for buyers and for suppliers, and the lasting links inside: seller, buyer, share of the seller's sales."""

    buyers: Places
    suppliers: Places
    seller: Whole
    buyer: Whole
    share: Real


def draw_network(seed: int, firms: Firms, frauds: Frauds) -> Network:
    """Who trades with whom in a district."""
    rng = stream(seed, Purpose.NETWORK, firms.district)
    buyers = _places(firms, 2.2, rng)
    owner = np.repeat(np.arange(firms.n), buyers.size)
    rank = within(owner)
    share = _share(rank, buyers.size[owner])
    cumulated = np.cumsum(firms.pace**0.8)
    inside = np.searchsorted(cumulated, rng.random(owner.size) * cumulated[-1], side="right")
    inside = np.where((rng.random(owner.size) < INSIDE) & (inside != owner) & ~frauds.shell[inside], inside, -1)
    first = buyers.start[:-1] if buyers.start.size > firms.n else buyers.start
    tied = frauds.affiliate >= 0
    inside[first[tied]] = frauds.affiliate[tied]
    inside = _affordable(inside, share * firms.pace[owner], firms, rng)
    buyers = Places(buyers.start, buyers.size, inside, buyers.lasts, buyers.phase)
    linked = np.flatnonzero(inside >= 0)
    return Network(buyers, _places(firms, 5.0, rng), owner[linked], inside[linked], share[linked])


def scatter(numbers: Whole) -> Whole:
    """Well-mixed numbers below 2**62, the same for the same input (the finaliser of splitmix64).

    >>> len(set(scatter(np.arange(1000)).tolist()))
    1000
    """
    x = numbers.astype(np.uint64) * MIX
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((x ^ (x >> np.uint64(31))) >> np.uint64(2)).astype(np.int64)


def _places(firms: Firms, wide: float, rng: np.random.Generator) -> Places:
    many = wide * firms.invoices**0.95 * np.exp(rng.normal(0, 0.8, firms.n))
    size = np.clip(many, 2, 500).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(size)])[:-1]
    total = int(size.sum())
    lasts = np.clip(rng.exponential(LASTS_MONTHS, total), 2, 120).astype(np.int64)
    return Places(start, size, np.full(total, -1, np.int64), lasts, rng.integers(0, 120, total))


def _share(rank: Whole, size: Whole) -> Real:
    """A place's share of all dealings; the shares of one firm add up to 1.

    >>> _share(np.array([0, 1, 2]), np.array([3, 3, 3])).round(2).tolist()
    [0.68, 0.19, 0.13]
    """
    return np.asarray(((rank + 1) / size) ** (1 / STEEPNESS) - (rank / size) ** (1 / STEEPNESS))


def _affordable(inside: Whole, value: Real, firms: Firms, rng: np.random.Generator) -> Whole:
    """Only as many links to a buyer as it can use: by chance those come first that are kept."""
    need = BUYS_INSIDE_AT_MOST * firms.pace * (1 - firms.margin)
    linked = np.flatnonzero(inside >= 0)
    linked = linked[np.lexsort((rng.random(linked.size), inside[linked]))]
    begins = within(inside[linked]) == 0
    running = np.cumsum(value[linked])
    before = np.maximum.accumulate(np.where(begins, running - value[linked], 0.0))
    kept = np.full(inside.size, -1, np.int64)
    fits = linked[running - before <= need[inside[linked]]]
    kept[fits] = inside[fits]
    return kept
