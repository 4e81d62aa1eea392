"""Fit a champion: search derived columns, choose between scorecard and boosting, calibrate. One procedure, and the
same in every fold of the validation as on all rows, so that the validation measures the procedure itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from puhui.scoring import logistic
from puhui.scoring.additive import Additive
from puhui.scoring.columns import Floats
from puhui.scoring.derived import Derived
from puhui.scoring.measures import auc
from puhui.scoring.training import boosting, crossing, scorecard
from puhui.scoring.training.sample import Rows, Sample, stratified
from puhui.scoring.training.trees import MAIN_EFFECTS, grow_bag, grow_until

INNER_FOLDS = 3
BAGS = 3
SCORECARD, BOOSTED, PAIRED = "scorecard", "boosted", "boosted with pairs"
FORMS = (SCORECARD, BOOSTED, PAIRED)  # from light to heavy
BEHIND = 0.005  # AUC behind the best in the first inner fold, from which a form is out of the race
WORTH = 0.001  # AUC that a heavier form must win over a lighter one


@dataclass
class Trial:
    """What the inner folds say of one form: log-odds of rows left out, and the rounds where growing stopped."""

    log_odds: Floats
    main_rounds: list[int] = field(default_factory=list)
    pair_rounds: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Champion:
    """The model, and every derived column that was found, of which it may use only some."""

    model: Additive
    derived: tuple[Derived, ...]


def fit(sample: Sample, *, seed: int, derive: bool = True) -> Champion:
    """The champion for a sample of normal size (hundreds of bads or more), with or without derived columns."""
    derived = crossing.find(sample, seed=seed) if derive else ()
    wide = sample.with_derived(derived)
    trials = _tried(wide, seed)
    ranking = {form: auc(sample.y, trial.log_odds) for form, trial in trials.items()}
    form = next(iter(trials))
    for heavier in trials:
        if ranking[heavier] > ranking[form] + WORTH:
            form = heavier
    offset, slope = logistic.calibrate(trials[form].log_odds, sample.y)
    facts: dict[str, Any] = {
        "form": form,
        "auc_inside_the_folds": {name: round(value, 4) for name, value in ranking.items()},
        "rows": sample.rows,
        "bads": sample.bads,
        "seed": seed,
    }
    model = _refitted(form, trials[form], wide, derived, seed)
    return Champion(replace(model, offset=offset, slope=slope, facts=facts), derived)


def _tried(sample: Sample, seed: int) -> dict[str, Trial]:
    """Log-odds of rows left out, for each form that stayed in the race: the first fold drops those far behind."""
    trials = {form: Trial(np.zeros(sample.rows)) for form in FORMS}
    for at, (learn, held) in enumerate(stratified(sample.y, INNER_FOLDS, seed)):
        _try_fold(sample.take(learn), sample.take(held), trials, held, seed)
        if at == 0:
            first = {form: auc(sample.y[held], trial.log_odds[held]) for form, trial in trials.items()}
            lead = max(first.values())
            trials = {form: trial for form, trial in trials.items() if first[form] >= lead - BEHIND}
    return trials


def _try_fold(inner: Sample, outer: Sample, trials: dict[str, Trial], held: Rows, seed: int) -> None:
    if SCORECARD in trials:
        trials[SCORECARD].log_odds[held] = scorecard.grow(inner).score(outer.columns).log_odds
    if BOOSTED not in trials and PAIRED not in trials:
        return
    forest = grow_until(inner, MAIN_EFFECTS, outer, seed=seed)
    main = forest.log_odds(outer.columns)
    for form in (BOOSTED, PAIRED):
        if form in trials:
            trials[form].main_rounds.append(forest.rounds)
            trials[form].log_odds[held] = main
    if PAIRED in trials and len(inner.numbers) > 1:
        start = forest.log_odds(inner.columns)
        pairs = boosting.grow_pairs(inner, start, seed=seed, stop=(outer, main), rounds=boosting.PAIRED.rounds)
        trials[PAIRED].log_odds[held] = main + pairs.log_odds(outer.columns)
        trials[PAIRED].pair_rounds.append(pairs.rounds)


def _refitted(form: str, trial: Trial, sample: Sample, derived: tuple[Derived, ...], seed: int) -> Additive:
    if form == SCORECARD:
        return scorecard.grow(sample, derived)
    rounds = _more(trial.main_rounds)
    forests = grow_bag(sample, MAIN_EFFECTS, range(seed, seed + BAGS), rounds=rounds)
    pairs = None
    if trial.pair_rounds:
        main = np.mean([forest.log_odds(sample.columns) for forest in forests], axis=0)
        pairs = boosting.grow_pairs(sample, main, seed=seed, stop=None, rounds=_more(trial.pair_rounds))
    return boosting.to_additive(sample, forests, pairs, derived)


def _more(rounds: list[int]) -> int:
    """The last fit sees more rows than the folds did, and stands as many more rounds."""
    return int(np.mean(rounds) * INNER_FOLDS / (INNER_FOLDS - 1)) + 1
