"""Logistic regression, plain or penalised, with signs that may be held: numpy and SciPy only.

Used for scorecards, for calibration and, without any penalty, to reproduce published models.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from puhui.scoring.columns import Floats


@dataclass(frozen=True, slots=True)
class Line:
    """log-odds = intercept + x · weights."""

    intercept: float
    weights: Floats

    def log_odds(self, x: Floats) -> Floats:
        """Log-odds of rows, `x` of shape (rows, columns)."""
        found: Floats = self.intercept + x @ self.weights
        return found


def fit(x: Floats, y: NDArray[np.int64], *, l1: float = 0.0, l2: float = 0.0, not_negative: bool = False) -> Line:
    """Least Σ log-loss + l2 / 2 · |w|² + l1 · Σ w; the intercept is free of penalty.

    `x` has shape (rows, columns). `l1` needs `not_negative`, where |w| = w and the problem stays smooth.

    >>> line = fit(np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([0, 1, 1, 1]), l2=1.0)
    >>> round(line.intercept, 3), round(float(line.weights[0]), 3)
    (0.899, 0.421)
    """
    assert l1 == 0.0 or not_negative
    from scipy.optimize import minimize  # noqa: PLC0415  it loads for a second, and serving does without

    rate = float(np.clip(y.mean(), 1e-6, 1 - 1e-6))
    start = np.concatenate([[np.log(rate / (1 - rate))], np.zeros(x.shape[1])])

    def loss(w: Floats) -> tuple[float, Floats]:
        eta = w[0] + x @ w[1:]
        error = 1.0 / (1.0 + np.exp(-eta)) - y
        value = float(np.sum(np.logaddexp(0.0, eta) - y * eta) + l2 / 2 * w[1:] @ w[1:] + l1 * w[1:].sum())
        return value, np.concatenate([[error.sum()], x.T @ error + l2 * w[1:] + l1])

    bounds = [(None, None)] + [(0.0 if not_negative else None, None)] * x.shape[1]
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000, "ftol": 1e-12, "gtol": 1e-8}
    )
    return Line(float(found.x[0]), np.asarray(found.x[1:], dtype=np.float64))


def calibrate(log_odds: Floats, y: NDArray[np.int64]) -> tuple[float, float]:
    """(offset, slope) that turn out-of-fold log-odds into honest ones (Platt 1999, with his smoothed targets).

    The slope is kept positive, so that calibration never changes the order of rows.
    """
    from scipy.optimize import minimize  # noqa: PLC0415

    bads, goods = int(y.sum()), int(len(y) - y.sum())
    # Platt's targets keep a perfect separation from driving the slope to infinity.
    target = np.where(y == 1, (bads + 1) / (bads + 2), 1 / (goods + 2))

    def loss(w: Floats) -> tuple[float, Floats]:
        eta = w[0] + w[1] * log_odds
        error = 1.0 / (1.0 + np.exp(-eta)) - target
        return float(np.sum(np.logaddexp(0.0, eta) - target * eta)), np.array([error.sum(), error @ log_odds])

    found = minimize(loss, np.array([0.0, 1.0]), jac=True, method="L-BFGS-B", bounds=[(None, None), (1e-3, None)])
    return float(found.x[0]), float(found.x[1])
