"""Fit a challenger: free trees, monotone where the worse side is declared, stopped early inside the folds."""

from __future__ import annotations

import numpy as np

from puhui.scoring import logistic
from puhui.scoring.challenger import Challenger
from puhui.scoring.derived import Derived
from puhui.scoring.measures import auc
from puhui.scoring.training.sample import Sample, stratified
from puhui.scoring.training.trees import FREE, Recipe, grow_bag, grow_until

INNER_FOLDS = 3
BAGS = 3
MORE_ROWS = INNER_FOLDS / (INNER_FOLDS - 1)


def fit(sample: Sample, derived: tuple[Derived, ...], *, seed: int, recipe: Recipe = FREE) -> Challenger:
    """The challenger: rounds and calibration from inner folds, then a mean over seeds grown on all rows."""
    wide = sample.with_derived(derived)
    log_odds, rounds = np.empty(wide.rows), list[int]()
    for learn, held in stratified(wide.y, INNER_FOLDS, seed):
        inner, outer = wide.take(learn), wide.take(held)
        forest = grow_until(inner, recipe, outer, seed=seed)
        log_odds[held] = forest.log_odds(outer.columns)
        rounds.append(forest.rounds)
    offset, slope = logistic.calibrate(log_odds, wide.y)
    most = int(np.mean(rounds) * MORE_ROWS) + 1
    forests = grow_bag(wide, recipe, range(seed, seed + BAGS), rounds=most)
    return Challenger(
        sample.target,
        sample.positive,
        tuple(forest.booster for forest in forests),
        most,
        forests[0].encoding.numbers,
        forests[0].encoding.levels,
        derived,
        slope,
        offset,
        facts={"auc_inside_the_folds": round(auc(wide.y, log_odds), 4), "rounds": rounds, "seed": seed},
    )
