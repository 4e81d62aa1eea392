"""Find derived columns: pairs of columns that say together what neither says alone.

Every pair of numeric columns is tried with four arithmetic steps. A candidate earns its place by the gain of one
best cut in it on what an additive model of the single columns leaves unexplained (the Newton gain of gradient
boosting, Chen and Guestrin 2016, eq. 7). Found inside the folds, so the reported figures pay for the search.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from puhui.scoring.columns import Floats
from puhui.scoring.derived import Derived, Op
from puhui.scoring.measures import Ints, midranks
from puhui.scoring.training import trees
from puhui.scoring.training.sample import Sample, stratified

ROUNDS = 2
A_ROUND = 8
KEPT = 400  # candidates of the first round that are tried again in the second
LEAST_GAIN = 15.0  # of the best cut; by chance the best of thousands of candidates reaches about 12
LEAST_SIDE = 8  # rows on each side of the cut
MOST_ALIKE = 0.97  # rank correlation with a column chosen in the same round
MOST_COLUMNS = 64
MOST_ROWS = 6000
LEAST_ROWS = 1000
LEAST_VALUES = 20  # a column with fewer distinct values is a code or a flag


def find(sample: Sample, *, seed: int) -> tuple[Derived, ...]:
    """At most ROUNDS × A_ROUND derived columns, in the order found; none in a sample too small for the search."""
    if sample.rows < LEAST_ROWS:
        return ()
    sample = _thinned(sample, seed)
    numbers = _crossable(sample)
    candidates = [Derived(op, left, right) for left, right in combinations(numbers, 2) for op in Op]
    found: tuple[Derived, ...] = ()
    for at in range(ROUNDS if candidates else 0):
        ranked = _ranked(candidates, numbers, sample.y, _left_out(sample.with_derived(found), seed + at))
        new = _unlike(ranked, numbers, frozenset(found))
        found += new
        if len(new) < A_ROUND:
            break
        candidates = ranked[:KEPT]
    return found


def cut_gain(values: Floats, gradient: Floats, hessian: Floats) -> float:
    """The gain of the best single cut of a column, missing rows left aside.

    >>> x, g = np.arange(40.0), np.repeat([-0.5, 0.5], 20)
    >>> round(cut_gain(x, g, np.full(40, 0.25)), 2)
    33.33
    """
    order = np.argsort(values)
    known = len(values) - int(np.isnan(values).sum())
    if known <= 2 * LEAST_SIDE:
        return 0.0
    order = order[:known]
    ordered = values[order]
    g, h = np.cumsum(gradient[order]), np.cumsum(hessian[order])
    left = g[:-1] ** 2 / (h[:-1] + 1.0)
    right = (g[-1] - g[:-1]) ** 2 / (h[-1] - h[:-1] + 1.0)
    gain = (left + right) * (ordered[1:] > ordered[:-1])
    return max(0.0, float(gain[LEAST_SIDE - 1 : -LEAST_SIDE].max() - g[-1] ** 2 / (h[-1] + 1.0)))


def _ranked(candidates: Sequence[Derived], numbers: Mapping[str, Floats], y: Ints, log_odds: Floats) -> list[Derived]:
    """The candidates whose best cut gains enough on what the log-odds leave unexplained, best first."""
    pd = np.clip(1.0 / (1.0 + np.exp(-log_odds)), 1e-3, 1 - 1e-3)
    gradient, hessian = y - pd, pd * (1 - pd)
    gains = {
        step: cut_gain(step.values(numbers[step.left], numbers[step.right]), gradient, hessian) for step in candidates
    }
    return sorted(
        (step for step in candidates if gains[step] >= LEAST_GAIN), key=lambda step: (-gains[step], step.name)
    )


def _unlike(ranked: Sequence[Derived], numbers: Mapping[str, Floats], taken: frozenset[Derived]) -> tuple[Derived, ...]:
    """The first A_ROUND that are neither taken nor alike in rank."""
    chosen: list[Derived] = []
    ranks: list[Floats] = []
    for step in ranked:
        rank = _rank(step.values(numbers[step.left], numbers[step.right]))
        if step not in taken and not _alike(rank, ranks):
            chosen.append(step)
            ranks.append(rank)
        if len(chosen) == A_ROUND:
            break
    return tuple(chosen)


def _rank(values: Floats) -> Floats:
    return midranks(np.where(np.isnan(values), -np.inf, values))


def _alike(rank: Floats, others: Sequence[Floats]) -> bool:
    return any(abs(float(np.corrcoef(rank, other)[0, 1])) > MOST_ALIKE for other in others)


def _left_out(sample: Sample, seed: int) -> Floats:
    """Log-odds of a quick additive model for rows it did not learn from."""
    log_odds = np.empty(sample.rows)
    for learn, held in stratified(sample.y, 3, seed):
        forest = trees.grow(sample.take(learn), trees.QUICK, seed=seed)
        log_odds[held] = forest.log_odds(sample.take(held).columns)
    return log_odds


def _thinned(sample: Sample, seed: int) -> Sample:
    """At most MOST_ROWS rows, each class by its share."""
    if sample.rows <= MOST_ROWS:
        return sample
    folds = sample.rows // MOST_ROWS + 1
    return sample.take(next(iter(stratified(sample.y, folds, seed)))[1])


def _crossable(sample: Sample) -> dict[str, Floats]:
    """The numeric columns worth crossing; the strongest alone when there are too many to try all pairs."""
    wide = {name: x for name, x in sample.numbers.items() if len(np.unique(x[~np.isnan(x)])) >= LEAST_VALUES}
    if len(wide) <= MOST_COLUMNS:
        return wide
    rate = sample.y.mean()
    gradient, hessian = sample.y - rate, np.full(sample.rows, rate * (1 - rate))
    ranked = sorted(wide, key=lambda name: -cut_gain(wide[name], gradient, hessian))
    return {name: wide[name] for name in wide if name in set(ranked[:MOST_COLUMNS])}
