"""The hidden life: default rates, shocks that hit trades differently, rings that fall together, calendars that move."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from puhui.simulator import network
from puhui.simulator.arrays import sums
from puhui.simulator.calendar import Calendar, day_number
from puhui.simulator.cheating import cheat
from puhui.simulator.credit_codes import credit_codes, identity_numbers, is_credit_code, is_identity_number
from puhui.simulator.deeds import Deeds
from puhui.simulator.district import District, draw_district
from puhui.simulator.frauds import INFLATES_MONTHS, SHARE
from puhui.simulator.health import NEVER
from puhui.simulator.macro import draw_macro
from puhui.simulator.trades import TRADES
from puhui.simulator.trading import Market
from puhui.simulator.truth import frauds

CALENDAR = Calendar(date(2022, 1, 1), 36)


@pytest.fixture(scope="module")
def districts() -> list[District]:
    """Lives only: no file is written."""
    return [draw_district(seed, 0, 4_000, CALENDAR) for seed in range(1, 13)]


def _yearly(district: District, first: int) -> float:
    health = district.health
    there = (district.firms.born <= first) & (health.default_month >= first) & (health.closed_month > first)
    return float(((health.default_month < first + 12) & there).sum() / there.sum())


def test_four_to_eight_in_a_hundred_default_in_ordinary_years(districts: list[District]) -> None:
    rates = [_yearly(district, first) for district in districts for first in (0, 12, 24)]
    assert 0.04 < np.median(rates) < 0.08
    assert min(rates) > 0.015
    assert max(rates) < 0.2


def test_a_shock_brings_more_defaults_to_the_trade_that_it_presses(districts: list[District]) -> None:
    """Over trades and years: the third that is pressed hardest against the third that is pressed least."""
    pressed, failed = [], []
    for district in districts:
        for trade in range(len(TRADES)):
            mine = district.firms.trade == trade
            for first in (0, 12, 24):
                there = mine & (district.firms.born <= first) & (district.health.default_month >= first)
                pressed.append(district.macro.pressure[trade, first : first + 12].mean())
                failed.append((district.health.default_month[there] < first + 12).mean())
    low, high = np.quantile(pressed, (1 / 3, 2 / 3))
    hard = np.mean([rate for rate, press in zip(failed, pressed, strict=True) if press < low])
    soft = np.mean([rate for rate, press in zip(failed, pressed, strict=True) if press > high])
    assert hard > 1.4 * soft


def test_a_default_in_a_circle_of_guarantees_strains_the_guarantor(districts: list[District]) -> None:
    grown = []
    for district in districts:
        fails, bound = district.health.default_month, district.frauds.guarantees
        firm = np.flatnonzero((bound >= 0) & (fails[np.maximum(bound, 0)] < 35) & (fails == NEVER))
        month = fails[bound[firm]]
        strain = district.health.strain
        grown += (strain[firm, month + 1] - strain[firm, month]).tolist()
    assert len(grown) > 50
    assert np.mean(grown) > 1.0


def test_every_fraud_has_members_and_partners_that_exist(districts: list[District]) -> None:
    for district in districts:
        frauds = district.frauds
        for name, members in frauds.members().items():
            assert members.any(), name
        ring = np.flatnonzero(frauds.circular_next >= 0)
        assert sorted(frauds.circular_next[ring]) == ring.tolist(), "a ring closes"
        pair = np.flatnonzero(frauds.affiliate >= 0)
        assert (frauds.affiliate[frauds.affiliate[pair]] == pair).all()
        assert frauds.shell[frauds.bought_from[frauds.bought_from >= 0]].all()


def test_the_truth_names_a_cheat_only_for_what_it_did(districts: list[District]) -> None:
    """Who was drawn to invent sales, and had closed before it came to it, is no cheat; a broken circle is no circle."""
    unborn = 0
    for district in districts[:2]:
        deeds, market, invented = Deeds(district), Market(district), set[int]()
        for month in range(CALENDAR.months):
            made = cheat(market, month, deeds)
            invented |= set(made.seller[~made.buyer_tells].tolist())
            deeds.note_standing(month)
        codes = district.firms.code
        told = frauds(deeds).to_pylist()
        named = {kind: {row["enterprise"] for row in told if row["fraud"] == kind} for kind in SHARE}
        assert named["inflated_sales"] == {codes[firm] for firm in invented}
        assert not named["stacked_loans"], "nobody has borrowed here"
        drawn = np.flatnonzero(district.frauds.inflates)
        never = [firm for firm in drawn if codes[firm] not in named["inflated_sales"]]
        since, pulse = district.frauds.since["inflated_sales"], district.health.pulse
        lived = [sum(pulse[firm, since[firm] : since[firm] + INFLATES_MONTHS + 1] > 0) for firm in never]
        assert max(lived) <= 2, "in a month of four such invoices on average, one firm in fifty writes none"
        unborn += lived.count(0)
        number, alive = district.frauds.ring["guarantee_circle"], pulse > 0
        for row in (row for row in told if row["fraud"] == "guarantee_circle"):
            ring = np.flatnonzero(number == row["ring"])
            assert {codes[firm] for firm in ring} <= named["guarantee_circle"]
            month = int(np.searchsorted(CALENDAR.starts, day_number(row["since"])))
            assert alive[ring, month].all()
            assert row["until"] is None or row["since"] < row["until"]
    assert unborn > 10


def test_the_feast_moves_with_the_year() -> None:
    tempo = Calendar(date(2017, 1, 1), 36).tempo
    assert tempo[1 + 12] < tempo[0 + 12], "2018: New Year on 16 February"
    assert CALENDAR.tempo[12] < 0.8 < CALENDAR.tempo[11], "2023: New Year on 22 January"
    eve = day_number(date(2023, 1, 21)) - CALENDAR.starts[12]
    assert CALENDAR.work[12][eve] == pytest.approx(0.05)


def test_the_macro_path_is_one_for_all_districts() -> None:
    one, other = draw_macro(7, 36), draw_macro(7, 36)
    assert (one.pressure == other.pressure).all()
    assert one.pressure.shape == (len(TRADES), 36)
    assert (draw_macro(8, 36).pressure != one.pressure).any()


def test_links_never_overfill_a_buyer(districts: list[District]) -> None:
    """What a firm is expected to buy inside stays below its share of what it needs."""
    for district in districts[:3]:
        firms, net = district.firms, district.network
        bought = sums((net.share * firms.pace[net.seller]).astype(np.int64), net.buyer, firms.n)
        assert (bought <= network.BUYS_INSIDE_AT_MOST * firms.pace * (1 - firms.margin) + 1).all()
        assert (net.seller != net.buyer).all()


def test_many_codes_are_valid_and_distinct() -> None:
    counters = np.concatenate([np.arange(50_000), 4_000_000 * 20 + np.arange(50_000)])
    codes = credit_codes(counters, region=510107)
    assert len(set(codes.tolist())) == counters.size
    assert all(map(is_credit_code, codes[::97].tolist()))
    people = identity_numbers(counters, counters % 9_000, region=510100)
    assert all(map(is_identity_number, people[::97].tolist()))
