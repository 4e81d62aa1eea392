"""The hidden life: how well a firm trades, how strained its money is, and when it gives way.

`operating` drives sales, margins, voids, electricity and payroll; `strain` drives debt, arrears, disputes and empty
accounts. Both are in standard deviations, wander slowly, and feed a monthly hazard of default. Bad trading strains,
a big buyer's or a guaranteed firm's default strains, a trade's shock presses on trading.
Nothing here is ever written to a channel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from puhui.simulator.arrays import Real, Whole, sigmoid
from puhui.simulator.calendar import Calendar
from puhui.simulator.firms import Firms
from puhui.simulator.frauds import Frauds
from puhui.simulator.macro import Macro
from puhui.simulator.network import Network
from puhui.simulator.streams import Purpose, stream

WARM_UP = 24  # months lived before the first, so that the first is an ordinary one
OPERATING_PERSISTS, OPERATING_MOVES, OPERATING_DIFFERS = 0.965, 0.19, 0.55
STRAIN_PERSISTS, STRAIN_MOVES, STRAIN_DIFFERS = 0.97, 0.2, 0.7
STRAINED_BY_TRADING = 0.05  # a month of trading one standard deviation below par
AT_REST, STEEPNESS = -9.3, 1.8  # logit of the monthly hazard at risk 0, and per unit of risk
RISK_OF_STRAIN, RISK_OF_TRADING = 0.77, 1.0
YOUNG, YOUNG_YEARS = 2.3, 3.5  # a new firm's extra risk, wearing off
THIN = 0.45  # risk of capital one standard deviation (of its logarithm) below the ordinary
FRAGILE = 0.8  # risk of a trade by how it follows the cycle
CLOSES_A_YEAR = 0.015  # firms that stop in good order
NEVER = 1 << 20
FADE = np.array([0.45, 0.2, 0.06])  # of ordinary sales, in the months after default


@dataclass(frozen=True)
class Health:
    """Paths by firm and month. `default_month` and `closed_month` are NEVER where it does not happen.

    `pulse` is 1 while a firm lives as usual, 0 before its founding and after its end.
    """

    operating: Real
    strain: Real
    risk: Real
    default_month: Whole
    default_day: Whole
    closed_month: Whole
    pulse: Real

    def alive(self, month: int) -> Whole:
        """The firms that exist and have not stopped."""
        return np.flatnonzero(self.pulse[:, month] > 0)

    def gone(self, month: int) -> Whole:
        """1 for firms that have defaulted by a month, else 0."""
        return (self.default_month <= month).astype(np.int64)


def live(
    seed: int, firms: Firms, network: Network, frauds: Frauds, *, macro: Macro, calendar: Calendar, hazard: float = 1.0
) -> Health:
    """All months of all firms of a district; `hazard` multiplies the odds of default."""
    rng = stream(seed, Purpose.HEALTH, firms.district)
    n, months = firms.n, calendar.months
    usual_o = rng.normal(0, OPERATING_DIFFERS, n)
    usual_s = rng.normal(0, STRAIN_DIFFERS, n)
    own = usual_o + rng.normal(0, 0.6, n)
    strain = usual_s - usual_o * 0.6 + rng.normal(0, 0.6, n)
    paths = {name: np.empty((n, months)) for name in ("operating", "strain", "risk")}
    default_month = np.full(n, NEVER, np.int64)
    closed_month = np.where(rng.random(n) < CLOSES_A_YEAR * months / 12, rng.integers(1, months, n), NEVER)
    odds = AT_REST + np.log(hazard)
    capital = np.log(firms.capital)
    lasting = -THIN * (capital - capital.mean()) / capital.std() + FRAGILE * (firms.of_trade("cyclical") - 1)
    for month in range(-WARM_UP, months):
        own = usual_o + OPERATING_PERSISTS * (own - usual_o) + rng.normal(0, OPERATING_MOVES, n)
        pressure = macro.pressure[firms.trade, max(month, 0)] if month >= 0 else np.zeros(n)
        operating = own + pressure
        moves = rng.normal(0, STRAIN_MOVES, n) - STRAINED_BY_TRADING * operating
        strain = usual_s + STRAIN_PERSISTS * (strain - usual_s) + moves
        age = firms.age_years(int(calendar.starts[max(month, 0)]))
        risk = RISK_OF_STRAIN * strain - RISK_OF_TRADING * operating + YOUNG * np.exp(-np.maximum(age, 0) / YOUNG_YEARS)
        risk += lasting + frauds.risk(max(month, 0))
        falls = rng.random(n) < sigmoid(odds + STEEPNESS * risk)
        if month < 0:  # who fails before the world begins is not in it: a sounder firm takes the place
            own = np.where(falls, usual_o + 0.8, own)
            strain = np.where(falls, usual_s - 0.8, strain)
            usual_s = np.where(falls, usual_s - 0.5, usual_s)
            continue
        paths["operating"][:, month], paths["strain"][:, month], paths["risk"][:, month] = operating, strain, risk
        falls &= (default_month == NEVER) & (closed_month > month) & (firms.born <= month)
        default_month[falls] = month
        strain = strain + _contagion(falls, network, frauds)
        own = own - np.where(default_month <= month, 0.4, 0.0)
    day = calendar.starts[np.minimum(default_month, months - 1)] + rng.integers(0, 28, n)
    return Health(
        **paths,
        default_month=default_month,
        default_day=np.where(default_month < NEVER, day, -1),
        closed_month=closed_month,
        pulse=_pulse(firms, default_month, closed_month, months),
    )


def _contagion(falls: np.ndarray, network: Network, frauds: Frauds) -> Real:
    """What this month's defaults do to others: their suppliers are not paid, their guarantors are called."""
    strained = np.zeros(falls.size)
    if falls.any():
        hit = falls[network.buyer]
        np.add.at(strained, network.seller[hit], 2.0 * np.minimum(network.share[hit], 0.5))
        bound = np.flatnonzero((frauds.guarantees >= 0) & falls[np.maximum(frauds.guarantees, 0)])
        strained[bound] += 1.5
    return strained


def _pulse(firms: Firms, default_month: Whole, closed_month: Whole, months: int) -> Real:
    month = np.arange(months)[None, :]
    since = month - default_month[:, None]
    faded = np.where(since <= 0, 1.0, np.concatenate([[1.0], FADE, [0.0]])[np.clip(since, 0, FADE.size + 1)])
    return np.where((month >= firms.born[:, None]) & (month < closed_month[:, None]), faded, 0.0)
