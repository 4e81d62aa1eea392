"""How good is a score: ranking, honesty of the probabilities, and drift. Pure numpy.

`y` is 1 where the bad outcome came, 0 elsewhere; a higher `risk` should mean a worse row. Arrays have shape (rows,).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from puhui.scoring.columns import Floats

Ints = NDArray[np.int64]
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval and how the interval was found."""

    mean: float
    lo: float
    hi: float
    method: str


def midranks(values: Floats) -> Floats:
    """Ranks from 1, ties share their mean rank.

    >>> midranks(np.array([3.0, 1.0, 3.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    upper = np.cumsum(counts)
    ranks: Floats = (upper - (counts - 1) / 2.0)[inverse]
    return ranks


def auc(y: Ints, risk: Floats) -> float:
    """Area under the ROC curve: the share of (bad, good) pairs in the right order, ties half.

    >>> auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.4, 0.8]))
    0.875
    """
    bads = int(y.sum())
    goods = len(y) - bads
    return float((midranks(risk)[y == 1].sum() - bads * (bads + 1) / 2.0) / (bads * goods))


def auc_delong(y: Ints, risk: Floats) -> Interval:
    """AUC with its 95 % interval after DeLong, DeLong and Clarke-Pearson (Biometrics 1988), by midranks (Sun, Xu 2014).

    >>> found = auc_delong(np.array([0, 0, 0, 1, 1]), np.array([0.1, 0.4, 0.3, 0.35, 0.8]))
    >>> round(found.mean, 4), round(found.lo, 4), round(found.hi, 4)
    (0.8333, 0.3714, 1.0)
    """
    bad, good = risk[y == 1], risk[y == 0]
    m, n = len(bad), len(good)
    all_ranks = midranks(np.concatenate([bad, good]))
    of_bad = (all_ranks[:m] - midranks(bad)) / n
    of_good = 1.0 - (all_ranks[m:] - midranks(good)) / m
    mean = float(of_bad.mean())
    spread = (np.var(of_bad, ddof=1) / m if m > 1 else 0.0) + (np.var(of_good, ddof=1) / n if n > 1 else 0.0)
    half = Z95 * float(np.sqrt(spread))
    return Interval(mean, max(0.0, mean - half), min(1.0, mean + half), "DeLong")


def auc_bootstrap(y: Ints, risks: Floats, *, draws: int = 1000, seed: int = 0) -> Interval:
    """Mean AUC over repeats, `risks` of shape (repeats, rows), with a 95 % interval over rows drawn again.

    Each draw takes rows of each class with replacement, the same rows for every repeat, so that the interval tells
    what other firms would have given and the repeats only smooth it.
    """
    random = np.random.default_rng(seed)
    bads, goods = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    found = np.empty(draws)
    for draw in range(draws):
        rows = np.concatenate([random.choice(bads, len(bads)), random.choice(goods, len(goods))])
        found[draw] = np.mean([auc(y[rows], risk[rows]) for risk in risks])
    lo, hi = np.quantile(found, [0.025, 0.975])
    return Interval(float(np.mean([auc(y, risk) for risk in risks])), float(lo), float(hi), "bootstrap")


def roc(y: Ints, risk: Floats, *, most: int = 200) -> list[tuple[float, float]]:
    """Points (false positive rate, true positive rate) of the ROC curve, at most `most` of them.

    >>> roc(np.array([0, 1]), np.array([0.2, 0.7]))
    [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)]
    """
    order = np.argsort(-risk, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(risk[order])), len(y) - 1)
    caught = np.cumsum(y[order])[ends]
    alarms = ends + 1 - caught
    if len(ends) > most:
        keep = np.unique(np.linspace(0, len(ends) - 1, most).round().astype(int))
        caught, alarms = caught[keep], alarms[keep]
    pairs = zip((alarms / (y == 0).sum()).tolist(), (caught / y.sum()).tolist(), strict=True)
    return [(0.0, 0.0), *((float(x), float(t)) for x, t in pairs)]


def ks(y: Ints, risk: Floats) -> float:
    """Kolmogorov–Smirnov: the widest gap between the cumulative shares of bads and goods, 0 to 1."""
    points = np.array(roc(y, risk, most=len(y) + 1))
    return float(np.max(points[:, 1] - points[:, 0]))


def brier(y: Ints, pd: Floats) -> float:
    """Mean squared error of the probabilities (Brier 1950); lower is better."""
    return float(np.mean((pd - y) ** 2))


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Rows of like pd: mean pd, observed rate, its 95 % Wilson interval, rows."""

    predicted: float
    observed: float
    lo: float
    hi: float
    rows: int


def calibration_bins(y: Ints, pd: Floats, *, bins: int = 10) -> list[CalibrationBin]:
    """At most `bins` groups of as many rows each, by rising pd."""
    groups = np.array_split(np.argsort(pd, kind="stable"), min(bins, len(y)))
    found = []
    for rows in groups:
        bads, count = int(y[rows].sum()), len(rows)
        lo, hi = wilson(bads, count)
        found.append(CalibrationBin(float(pd[rows].mean()), bads / count, lo, hi, count))
    return found


def wilson(bads: int, rows: int) -> tuple[float, float]:
    """95 % interval of a rate (Wilson 1927).

    >>> [round(x, 4) for x in wilson(5, 50)]
    [0.0435, 0.2136]
    """
    rate, z2 = bads / rows, Z95 * Z95
    middle = (rate + z2 / (2 * rows)) / (1 + z2 / rows)
    half = Z95 / (1 + z2 / rows) * float(np.sqrt(rate * (1 - rate) / rows + z2 / (4 * rows * rows)))
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class BinStat:
    """One bin of a variable in the data: rows, bads, rate, weight of evidence ln(bad share / good share), IV part."""

    rows: int
    bads: int
    rate: float
    woe: float
    iv: float


def bin_stats(y: Ints, bins: NDArray[np.intp], size: int) -> list[BinStat]:
    """Every bin 0 … size−1 with its WOE and IV; half a row is added to each side, so that no bin is infinite.

    >>> [round(b.woe, 3) for b in bin_stats(np.array([0, 0, 0, 1, 1, 0]), np.array([0, 0, 0, 1, 1, 1]), 2)]
    [-1.358, 1.099]
    """
    rows = np.bincount(bins, minlength=size)
    bads = np.bincount(bins, weights=y, minlength=size)
    goods = rows - bads
    bad_share = (bads + 0.5) / (bads.sum() + 0.5)
    good_share = (goods + 0.5) / (goods.sum() + 0.5)
    woe = np.where(rows > 0, np.log(bad_share / good_share), 0.0)
    iv = np.where(rows > 0, (bads / bads.sum() - goods / goods.sum()) * woe, 0.0)
    return [
        BinStat(int(rows[at]), int(bads[at]), float(bads[at] / max(rows[at], 1)), float(woe[at]), float(iv[at]))
        for at in range(size)
    ]


def psi(expected: NDArray[np.intp], actual: NDArray[np.intp], size: int) -> float:
    """Population stability index between two sets of binned rows: Σ (a − e) ln(a / e), half a row added to each bin.

    Under 0.1 stable, over 0.25 shifted (Siddiqi 2006, ch. 9).

    >>> round(psi(np.array([0, 1, 0, 1]), np.array([0, 1, 0, 1]), 2), 6)
    0.0
    """
    e = (np.bincount(expected, minlength=size) + 0.5) / (len(expected) + 0.5 * size)
    a = (np.bincount(actual, minlength=size) + 0.5) / (len(actual) + 0.5 * size)
    return float(np.sum((a - e) * np.log(a / e)))
