"""The WOE scorecard: optimal bins by optbinning, a logistic regression over their weights of evidence.

Weights are held to be not negative, so that a bin with more defaults never scores better than one with fewer, and
an elastic net leaves out what adds nothing. Where the worse side is declared, the bins are monotone.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from puhui.refusals import NotReady
from puhui.scoring import logistic
from puhui.scoring.additive import Additive, Axis, Cuts, Levels, Term
from puhui.scoring.columns import Floats
from puhui.scoring.derived import Derived
from puhui.scoring.measures import bin_stats
from puhui.scoring.training.sample import Sample, frequent

L1, L2 = 2.0, 1.0
LEAST_IV = 0.02  # below it a variable is "unpredictive" (Siddiqi 2006, ch. 6)
MOST_COLUMNS = 30
PREBINS = 12
MONOTONE = {"higher": "ascending", "lower": "descending"}


@dataclass(frozen=True)
class Binned:
    """A column's bins with the weight of evidence of each, and the column's information value."""

    axis: Axis
    woe: Floats
    iv: float


def grow(sample: Sample, derived: tuple[Derived, ...] = ()) -> Additive:
    """Fit a scorecard on all rows. Raises NotReady without optbinning."""
    ranked = sorted((_binned(sample, name) for name in _strongest(sample)), key=lambda found: -found.iv)
    kept = [found for found in ranked if found.iv >= LEAST_IV] or ranked[:1]
    columns = sample.columns
    x = np.column_stack([found.woe[found.axis.bins(columns[found.axis.column])] for found in kept])
    line = logistic.fit(x, sample.y, l1=L1, l2=L2, not_negative=True)
    terms, intercept = [], line.intercept
    for at, found in enumerate(kept):
        if line.weights[at] > 0:
            mean = float(line.weights[at] * x[:, at].mean())
            intercept += mean
            terms.append(Term((found.axis,), line.weights[at] * found.woe - mean, 0.0))
    return sample.model(intercept, terms, derived)


def _strongest(sample: Sample) -> list[str]:
    """The columns with the most information in ten bins of as many rows: optimal binning takes time."""
    columns = sample.columns
    if len(columns) <= MOST_COLUMNS:
        return list(columns)
    iv = {}
    for name, values in sample.numbers.items():
        known = values[~np.isnan(values)]
        axis = Cuts(name, tuple(np.unique(np.quantile(known, np.linspace(0.1, 0.9, 9))).tolist()) if len(known) else ())
        iv[name] = sum(stat.iv for stat in bin_stats(sample.y, axis.bins(values), axis.size))
    ranked = sorted(iv, key=lambda name: -iv[name])
    return [*ranked[: MOST_COLUMNS - len(sample.texts)], *sample.texts]


def _binned(sample: Sample, name: str) -> Binned:
    axis: Axis
    if name in sample.texts:
        values: Any = sample.texts[name]
        axis = frequent(name, values)
    else:
        values = sample.numbers[name]
        axis = Cuts(name, _splits(values, sample, name))
    bins = axis.bins(values)
    stats = bin_stats(sample.y, bins, axis.size)
    woe = np.array([stat.woe for stat in stats])
    if isinstance(axis, Levels):
        # A level of few rows is drawn to the mean, as a bin of a number never is: it has at least 5 % of the rows.
        rows = np.array([stat.rows for stat in stats], dtype=np.float64)
        woe = woe * rows / (rows + 50.0)
    return Binned(axis, woe, sum(stat.iv for stat in stats))


def _splits(values: Floats, sample: Sample, name: str) -> tuple[float, ...]:
    try:
        from optbinning import OptimalBinning  # noqa: PLC0415  (training only, and slow to import)
    except ImportError:
        raise NotReady("optbinning is not installed", then="run: pip install 'puhui[modelling]'") from None
    trend = MONOTONE.get(sample.worse_when.get(name, ""), "auto")
    binning = OptimalBinning(name=name, dtype="numerical", monotonic_trend=trend, max_n_prebins=PREBINS, time_limit=10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the solver's remarks on columns that cannot be split
        binning.fit(values, sample.y)
    return tuple(float(cut) for cut in binning.splits)
