"""A champion for a small sample (tens of bads): many variables, few firms, so the prior does the work.

Each variable becomes its rank among the firms in fifths, which no outlier can pull. A logistic regression over the
ranks leaves out what adds nothing (L1), and where the worse side is declared its weight may not point the other way.
The mean over several strengths of shrinkage is one additive model again, and steadier than choosing one of them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from puhui.scoring import logistic
from puhui.scoring.additive import Additive, Axis, Cuts, Term
from puhui.scoring.columns import Floats
from puhui.scoring.measures import auc
from puhui.scoring.training.sample import Sample, frequent, stratified

BINS = 5
STRENGTHS = (0.5, 1.0, 1.5)  # L1; the weights are those of ranks from −½ to ½
L2 = 0.1
INNER_FOLDS = 4
SIDES = {"higher": (1.0,), "lower": (-1.0,)}


def fit(sample: Sample, *, seed: int) -> Additive:
    """The champion of a small sample, calibrated on inner folds."""
    log_odds = np.empty(sample.rows)
    for learn, held in stratified(sample.y, INNER_FOLDS, seed):
        log_odds[held] = grow(sample.take(learn)).score(sample.take(held).columns).log_odds
    offset, slope = logistic.calibrate(log_odds, sample.y)
    facts = {
        "form": "ranked scorecard",
        "l1": list(STRENGTHS),
        "l2": L2,
        "auc_inside_the_folds": round(auc(sample.y, log_odds), 4),
        "rows": sample.rows,
        "bads": sample.bads,
        "seed": seed,
    }
    return replace(grow(sample), offset=offset, slope=slope, facts=facts)


def grow(sample: Sample) -> Additive:
    """The mean of penalised logistic regressions over ranks, one for each strength."""
    columns = sample.columns
    axes: list[Axis] = _in_fifths(sample)
    axes += [frequent(name, values) for name, values in sample.texts.items()]
    shapes = [shape for axis in axes for shape in _shapes(axis, axis.bins(columns[axis.column]), sample)]
    x = np.column_stack([values[axis.bins(columns[axis.column])] for axis, values in shapes])
    lines = [logistic.fit(x, sample.y, l1=l1, l2=L2, not_negative=True) for l1 in STRENGTHS]
    weights = np.mean([line.weights for line in lines], axis=0)
    intercept = float(np.mean([line.intercept for line in lines]))
    points: dict[Axis, Floats] = {}
    for (axis, values), weight in zip(shapes, weights, strict=True):
        if weight > 0:
            points[axis] = points.get(axis, np.zeros(axis.size)) + weight * values
    terms = []
    for axis, held in points.items():
        mean = float(held[axis.bins(columns[axis.column])].mean())
        intercept += mean
        terms.append(Term((axis,), held - mean, 0.0))
    return sample.model(intercept, terms, ())


def _shapes(axis: Axis, bins: NDArray[np.intp], sample: Sample) -> list[tuple[Axis, Floats]]:
    """What the regression may weigh: a number's rank (to both sides where neither is declared), or each level."""
    rows = np.bincount(bins, minlength=axis.size).astype(np.float64)
    if isinstance(axis, Cuts):
        rank = _ranks(rows)
        return [(axis, side * rank) for side in SIDES.get(sample.worse_when.get(axis.column, ""), (1.0, -1.0))]
    levels = [np.eye(axis.size)[at] - rows[at] / rows.sum() for at in range(1, axis.size - 1)]
    return [(axis, side * level) for level in levels for side in (1.0, -1.0)]


def _in_fifths(sample: Sample) -> list[Axis]:
    """Every number cut at the quantiles of its known values, for all columns at once."""
    if not sample.numbers:
        return []
    ordered = np.sort(np.column_stack(list(sample.numbers.values())), axis=0)  # missing values come last
    last = ordered.shape[0] - np.isnan(ordered).sum(axis=0) - 1
    place = np.maximum(last, 0) * np.linspace(0, 1, BINS + 1)[1:-1, None]
    low = np.floor(place).astype(np.intp)
    below = np.take_along_axis(ordered, low, axis=0)
    above = np.take_along_axis(ordered, np.minimum(low + 1, np.maximum(last, 0)), axis=0)
    cuts = (below + (above - below) * (place - low)).T
    return [
        Cuts(name, tuple(sorted(set(row.tolist()))) if known >= 0 else ())
        for name, row, known in zip(sample.numbers, cuts, last.tolist(), strict=True)
    ]


def _ranks(rows: Floats) -> Floats:
    """The mean rank of each bin, −½ to ½; missing (bin 0) stands in the middle."""
    known = np.concatenate([[0.0], rows[1:]])
    middle: Floats = (np.cumsum(known) - known / 2) / max(known.sum(), 1.0) - 0.5
    middle[0] = 0.0
    return middle
