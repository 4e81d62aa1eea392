"""The world around the firms: a common cycle, a price of money, and shocks that hit trades differently."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from puhui.simulator.arrays import Real
from puhui.simulator.streams import Purpose, stream
from puhui.simulator.trades import TRADES, column

PERSISTENCE, NOISE = 0.94, 0.12  # of the cycle, a month, in standard deviations of health
SHOCKS_A_YEAR = {"epidemic": 0.16, "credit_crunch": 0.25}
DEPTH = {"epidemic": 1.4, "credit_crunch": 0.9}  # how far the hardest-hit trade's health is pressed down
OF_A_TRADE_A_YEAR, OF_A_TRADE_DEPTH = 0.1, 1.1  # a bad year of one trade alone
LASTS_MONTHS = 7.0


@dataclass(frozen=True, slots=True)
class Macro:
    """`pressure[trade, month]` presses on health (standard deviations, negative is bad); `rate[month]` a year.

    `shocks` tells what happened: (kind or trade, first month).
    """

    pressure: Real
    rate: Real
    shocks: tuple[tuple[str, int], ...]


def draw_macro(seed: int, months: int) -> Macro:
    """One path of the world, the same for all districts."""
    rng = stream(seed, Purpose.MACRO)
    cycle = np.empty(months)
    level = rng.normal(0, 0.3)
    for month in range(months):
        level = PERSISTENCE * level + rng.normal(0, NOISE)
        cycle[month] = level
    pressure = np.outer(column("cyclical"), cycle)
    told: list[tuple[str, int]] = []
    for kind, often in SHOCKS_A_YEAR.items():
        for month in np.flatnonzero(rng.random(months) < often / 12).tolist():
            pressure -= np.outer(DEPTH[kind] * column(kind), _course(month, months))
            told.append((kind, month))
    hit = rng.random((len(TRADES), months)) < OF_A_TRADE_A_YEAR / 12
    for trade, month in np.argwhere(hit).tolist():
        pressure[trade] -= OF_A_TRADE_DEPTH * _course(month, months)
        told.append((TRADES[trade].code, month))
    rate = np.clip(0.055 + 0.006 * np.cumsum(rng.normal(0, 0.12, months)), 0.035, 0.085)
    return Macro(pressure, rate, tuple(told))


def _course(start: int, months: int) -> Real:
    """A shock comes within two months and wears off."""
    since = np.arange(months) - start
    return np.where(since < 0, 0.0, np.minimum((since + 1) / 2, 1) * np.exp(-np.maximum(since, 0) / LASTS_MONTHS))
