"""A district's firms: what each one is before its life begins. One array a fact, one place a firm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from puhui.simulator import credit_codes, names
from puhui.simulator.arrays import Real, Texts, Whole, Yes
from puhui.simulator.calendar import Calendar
from puhui.simulator.streams import Purpose, stream
from puhui.simulator.trades import TRADES, column

REGION = 510100  # first six digits of codes: a province and city
EXTERNAL_A_FIRM = 3  # companies outside the bank's books that a district's firms deal with, for each firm
COUNTERS_A_DISTRICT = 100_000  # of all codes in a district: firms, companies outside, people
BORN_LATER = 0.06  # of the firms, a year
PACE_YUAN, PACE_SPREAD = 1_300_000.0, 2.1  # ordinary sales a month: median, log standard deviation
INVOICES, INVOICES_SPREAD, MOST_INVOICES = 8.0, 1.25, 220.0  # sale invoices a month
LIMITS_YUAN, LIMITS_SHARE = (9_999.0, 99_999.0, 999_999.0), (0.12, 0.74, 0.14)  # largest invoice the tax office allows
COVERAGE = {
    "bank_transactions": 0.93,
    "pos_settlements": 0.85,
    "utilities": 0.9,
    "social_security": 0.88,
    "owner_bureau": 0.95,
}
APPLIES = 0.7
WAGE_YUAN = 5_200.0


@dataclass(frozen=True)
class Firms:
    """A district's firms. Money in yuan (a month where it flows), days from 1970, months from the world's first.

    `born` is the month of founding (0: before the world began), `limit` the largest amount an invoice may show,
    `small` says small-scale taxpayer, `covered` by channel whether the firm is in that supplier's files at all,
    `applied` the month in which it asks for credit (-1: never).
    """

    district: int
    counter: int
    code: Texts
    name: Texts
    trade: Whole
    founded: Whole
    born: Whole
    pace: Real
    invoices: Real
    limit: Real
    small: Yes
    tax_rate: Real
    margin: Real
    growth: Real
    staff: Real
    capital: Real
    tills: Yes
    abroad: Yes
    covered: dict[str, Yes]
    applied: Whole
    address: Texts
    phone: Texts
    account: Texts
    outside_code: Texts
    outside_name: Texts

    @property
    def n(self) -> int:
        """How many."""
        return self.code.size

    def of_trade(self, name: str) -> Real:
        """A fact of its trade, for each firm."""
        return column(name)[self.trade]

    def age_years(self, day: int) -> Real:
        """Years since founding; below 0 for a firm yet to be founded."""
        return (day - self.founded) / 365.25


def draw_firms(seed: int, district: int, n: int, calendar: Calendar) -> Firms:
    """The firms of one district."""
    rng = stream(seed, Purpose.POPULATION, district)
    trade = rng.choice(len(TRADES), n, p=column("share") / column("share").sum()).astype(np.int64)
    outside = EXTERNAL_A_FIRM * n + 200
    assert n + outside <= COUNTERS_A_DISTRICT, "a district has more parties than codes"
    counter = district * COUNTERS_A_DISTRICT
    counters = counter + np.arange(n + outside)
    founded = _founded(n, calendar, rng)
    small, real = _sizes(trade, rng)
    outside_trade = rng.choice(len(TRADES), outside, p=column("share") / column("share").sum()).astype(np.int64)
    last_day = calendar.last_day
    applied = np.where(rng.random(n) < APPLIES, rng.integers(min(10, calendar.months - 3), calendar.months, n), -1)
    return Firms(
        district=district,
        counter=counter,
        code=credit_codes.credit_codes(counters[:n], region=REGION + 1 + district % 90),
        name=names.firm_names(trade, rng),
        trade=trade,
        founded=np.minimum(founded, last_day),
        born=np.maximum(calendar.month_of(founded), 0),
        **real,
        small=small,
        tills=rng.random(n) < column("tills")[trade],
        abroad=rng.random(n) < column("abroad")[trade],
        covered={channel: rng.random(n) < share for channel, share in COVERAGE.items()},
        applied=applied,
        address=names.addresses(n, rng),
        phone=credit_codes.numbered("13", rng.integers(0, 10**9, n), 9),
        account=credit_codes.numbered("6232", counters[:n], 12),
        outside_code=credit_codes.credit_codes(counters[n:], region=REGION + 6),
        outside_name=names.firm_names(outside_trade, rng),
    )


def _founded(n: int, calendar: Calendar, rng: np.random.Generator) -> Whole:
    """Days of founding: most in the years before, some while the world runs."""
    years = calendar.months / 12
    later = rng.random(n) < BORN_LATER * years / (1 + BORN_LATER * years)
    before = calendar.starts[0] - 40 - rng.gamma(1.5, 4.2 * 365, n).astype(np.int64)
    during = rng.integers(calendar.starts[0], calendar.last_day, n)
    return np.where(later, during, np.maximum(before, calendar.starts[0] - 30 * 365))


def _sizes(trade: Whole, rng: np.random.Generator) -> tuple[Yes, dict[str, Real]]:
    """Who is a small-scale taxpayer, and how big each is; large sales under a low limit mean many invoices."""
    n = trade.size
    pace = PACE_YUAN * column("pace")[trade] * np.exp(rng.normal(0, PACE_SPREAD, n))
    limit = np.array(LIMITS_YUAN)[rng.choice(3, n, p=LIMITS_SHARE)]
    many = rng.normal(0, INVOICES_SPREAD, n) + 0.25 * np.log(pace / PACE_YUAN)
    invoices = np.clip(INVOICES * column("invoices")[trade] * np.exp(many), 0.8, MOST_INVOICES)
    pace = np.minimum(pace, invoices * limit * 0.85)
    small = (pace < 420_000) & (rng.random(n) < 0.6)
    return small, {
        "pace": pace,
        "invoices": invoices,
        "limit": limit,
        "tax_rate": np.where(small, np.where(rng.random(n) < 0.8, 0.03, 0.01), column("tax_rate")[trade]),
        "margin": np.clip(column("margin")[trade] * np.exp(rng.normal(0, 0.15, n)), 0.04, 0.7),
        "growth": rng.normal(0.003, 0.008, n),
        "staff": np.maximum(1, np.rint(pace * column("wages")[trade] / WAGE_YUAN * np.exp(rng.normal(0, 0.35, n)))),
        "capital": np.clip(np.round(pace * np.exp(rng.normal(1.3, 0.9, n)), -5), 100_000, 50_000_000),
    }
