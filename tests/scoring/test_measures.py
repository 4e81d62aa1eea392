"""Figures against the definition, counted by hand or by brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puhui.scoring import logistic, measures


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6)), min_size=2, max_size=40))
def test_auc_is_the_share_of_pairs_in_order(rows):
    y, risk = (np.array(part) for part in zip(*rows, strict=True))
    bad, good = risk[y == 1], risk[y == 0]
    if len(bad) == 0 or len(good) == 0:
        return
    wins = sum((b > g) + 0.5 * (b == g) for b in bad for g in good) / (len(bad) * len(good))
    assert measures.auc(y, risk.astype(float)) == pytest.approx(wins, abs=1e-12)


def test_delong_interval_holds_the_truth_about_as_often_as_it_says():
    """Two normal classes one apart have a true AUC of Φ(1/√2) = 0.7602."""
    random = np.random.default_rng(7)
    y = np.repeat([0, 1], [150, 60])
    held = 0
    for _ in range(300):
        found = measures.auc_delong(y, random.normal(y, 1.0))
        held += found.lo <= 0.76025 <= found.hi
    assert 0.91 <= held / 300 <= 0.99


def test_ks_is_the_widest_gap():
    y = np.array([1, 1, 0, 1, 0, 0])
    risk = np.array([6.0, 5.0, 4.0, 3.0, 2.0, 1.0])
    assert measures.ks(y, risk) == pytest.approx(2 / 3)  # after two rows: 2/3 of bads, none of the goods


def test_psi_of_a_shifted_population_by_hand():
    first, later = np.array([0] * 50 + [1] * 50), np.array([0] * 20 + [1] * 80)
    e, a = np.array([50.5, 50.5]) / 101, np.array([20.5, 80.5]) / 101
    assert measures.psi(first, later, 2) == pytest.approx(float(np.sum((a - e) * np.log(a / e))))


def test_calibration_finds_the_line_that_spoiled_the_log_odds():
    random = np.random.default_rng(3)
    truth = random.normal(-1.0, 1.5, 20_000)
    y = (random.random(20_000) < 1 / (1 + np.exp(-truth))).astype(int)
    offset, slope = logistic.calibrate((truth - 0.5) / 2.0, y)
    assert slope == pytest.approx(2.0, abs=0.08)
    assert offset == pytest.approx(0.5, abs=0.06)


def test_weights_held_to_one_side_never_cross_it():
    random = np.random.default_rng(5)
    x = random.normal(size=(400, 2))
    y = (random.random(400) < 1 / (1 + np.exp(-(x[:, 0] - x[:, 1])))).astype(int)
    line = logistic.fit(x, y, l2=1.0, not_negative=True)
    assert line.weights[0] > 0.5
    assert line.weights[1] == 0.0
