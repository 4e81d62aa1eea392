"""How much each firm really sells, month by month: its pace, its trade's year, its health, and plain luck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from puhui.simulator.arrays import Real, sigmoid
from puhui.simulator.calendar import Calendar
from puhui.simulator.firms import Firms
from puhui.simulator.frauds import Frauds
from puhui.simulator.health import Health
from puhui.simulator.streams import Purpose, stream
from puhui.simulator.trades import rhythm

HEALTH_IN_SALES = 0.5  # log sales for one standard deviation of trading health
LUCK_PERSISTS, LUCK = 0.75, 0.11  # what moves sales and says nothing of health
SILENT, SILENT_BY_HEALTH = -4.8, -1.1  # logit of a month without a sale
MARGIN_BY_HEALTH, MARGIN_LUCK = 0.05, 0.025
SHELL_PACE = 0.15  # a company of paper sells little of its own


@dataclass(frozen=True)
class Course:
    """By firm and month: `sales` in yuan without tax and `margin`; `vigour` is sales against the firm's ordinary."""

    sales: Real
    vigour: Real
    margin: Real


def draw_course(seed: int, firms: Firms, health: Health, frauds: Frauds, calendar: Calendar) -> Course:
    """The real sales of a district's firms: what invoices, tills, electricity and payroll all follow."""
    rng = stream(seed, Purpose.COURSE, firms.district)
    n, months = firms.n, calendar.months
    luck, level = np.empty((n, months)), rng.normal(0, LUCK / np.sqrt(1 - LUCK_PERSISTS**2), n)
    for month in range(months):
        level = LUCK_PERSISTS * level + rng.normal(0, LUCK, n)
        luck[:, month] = level
    season = np.stack([rhythm(calendar.of_year(m)) * calendar.tempo[m] for m in range(months)], axis=1)[firms.trade]
    trend = firms.growth[:, None] * np.arange(months)[None, :]
    silent = rng.random((n, months)) < sigmoid(SILENT + SILENT_BY_HEALTH * health.operating)
    operating = np.clip(health.operating, -5, 4)
    vigour = np.exp(HEALTH_IN_SALES * operating + luck + trend) * season * health.pulse * ~silent
    vigour[frauds.shell] *= SHELL_PACE
    margin = firms.margin[:, None] + MARGIN_BY_HEALTH * operating + rng.normal(0, MARGIN_LUCK, (n, months))
    return Course(firms.pace[:, None] * vigour, vigour, margin)
