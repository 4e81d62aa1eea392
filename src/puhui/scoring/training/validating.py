"""Repeat the whole procedure in folds, and judge each model on the rows it did not see."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from puhui.progress import Step
from puhui.scoring import logistic, measures
from puhui.scoring.additive import Additive
from puhui.scoring.challenger import Challenger
from puhui.scoring.columns import Floats
from puhui.scoring.measures import Interval, Ints
from puhui.scoring.training.sample import Rows, Sample, stratified
from puhui.scoring.values import Judged

WORKERS = os.cpu_count() or 1
MOST_PAIRS = 4_000_000
DRAWS = 1000

Fit = Callable[[Sample, int], tuple[Additive, Challenger]]


@dataclass(frozen=True)
class LeftOut:
    """Out-of-fold results: `pd` of both models, shape (repeats, rows); `fold` of each row in each repeat."""

    champion: Floats
    challenger: Floats
    fold: Ints
    forms: Counter[str]


def leave_out(sample: Sample, fit: Fit, *, folds: int, repeats: int, seed: int, tell: Step) -> LeftOut:
    """Fit in every fold of every repeat, score the rows left out.

    One fold a core, and one thread a fold: libraries that each start a thread a core as well only wait for each other.
    """
    shape = (repeats, sample.rows)
    found = LeftOut(np.empty(shape), np.empty(shape), np.empty(shape, dtype=np.int64), Counter())
    jobs = [
        (repeat, at, learn, held)
        for repeat in range(repeats)
        for at, (learn, held) in enumerate(stratified(sample.y, folds, seed + repeat))
    ]

    def work(job: tuple[int, int, Rows, Rows]) -> None:
        repeat, at, learn, held = job
        champion, challenger = fit(sample.take(learn), seed + repeat)
        columns = sample.take(held).columns
        found.champion[repeat, held] = champion.score(columns).pd
        found.challenger[repeat, held] = challenger.score(columns).pd
        found.fold[repeat, held] = at
        found.forms[str(champion.facts["form"])] += 1

    with ThreadPoolExecutor(min(WORKERS, len(jobs)), initializer=threadpool_limits, initargs=(1,)) as pool:
        for done, _ in enumerate(pool.map(work, jobs), start=1):
            tell(done / len(jobs), f"fold {done} of {len(jobs)}")
    return found


def judge(y: Ints, pd: Floats, fold: Ints, *, forms: Counter[str] | None = None, seed: int = 0) -> Judged:
    """The figures of one model from its out-of-fold pd, shape (repeats, rows)."""
    mean_pd = pd.mean(axis=0)
    by_fold = fold_aucs(y, pd, fold)
    offset, slope = logistic.calibrate(np.log(mean_pd / (1 - mean_pd)), y)
    interval = _interval(y, pd, fold, float(by_fold.mean()), seed)
    return Judged(
        auc=interval,
        auc_sd_folds=float(by_fold.std(ddof=1)) if len(by_fold) > 1 else 0.0,
        gini=2 * interval.mean - 1,
        ks=float(np.mean([measures.ks(y, one) for one in pd])),
        brier=float(np.mean([measures.brier(y, one) for one in pd])),
        slope=slope,
        offset=offset,
        pd=mean_pd,
        roc=tuple(measures.roc(y, mean_pd)),
        calibration=tuple(measures.calibration_bins(y, mean_pd, bins=10 if y.sum() >= 100 else 5)),
        forms=dict(forms or {}),
    )


def fold_aucs(y: Ints, pd: Floats, fold: Ints) -> Floats:
    """AUC of each fold of each repeat, shape (repeats × folds,)."""
    return np.array(
        [
            measures.auc(y[fold[repeat] == at], pd[repeat][fold[repeat] == at])
            for repeat in range(len(pd))
            for at in range(int(fold[repeat].max()) + 1)
        ]
    )


def _interval(y: Ints, pd: Floats, fold: Ints, mean: float, seed: int) -> Interval:
    """95 % interval around the mean of the folds: bootstrap of the firms when they are few, DeLong when many."""
    bads, goods = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    if len(bads) * len(goods) > MOST_PAIRS or len(pd) == 1:
        found = measures.auc_delong(y, pd.mean(axis=0))
        return Interval(mean, max(0.0, mean + found.lo - found.mean), min(1.0, mean + found.hi - found.mean), "DeLong")
    right, pairs = np.zeros((len(bads), len(goods))), np.zeros((len(bads), len(goods)))
    for repeat in range(len(pd)):
        risk = pd[repeat]
        same = fold[repeat][bads][:, None] == fold[repeat][goods][None, :]
        ahead = risk[bads][:, None] - risk[goods][None, :]
        right += same * ((ahead > 0) + 0.5 * (ahead == 0))
        pairs += same
    random = np.random.default_rng(seed)
    draws = np.empty(DRAWS)
    for draw in range(DRAWS):
        # How often each firm is drawn again: the same firms for every repeat.
        w = np.bincount(random.integers(0, len(bads), len(bads)), minlength=len(bads))
        v = np.bincount(random.integers(0, len(goods), len(goods)), minlength=len(goods))
        draws[draw] = (w @ right @ v) / (w @ pairs @ v)
    lo, hi = np.quantile(draws, [0.025, 0.975])
    return Interval(mean, float(lo), float(hi), "bootstrap")
