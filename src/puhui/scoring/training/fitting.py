"""The fit as a whole: choose the regime by size, examine in folds, then fit on all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from puhui.progress import Step
from puhui.refusals import BadInput
from puhui.scoring import sentinel
from puhui.scoring.additive import Additive, Axis, Cuts, Levels, Term
from puhui.scoring.challenger import Challenger
from puhui.scoring.columns import Column
from puhui.scoring.intake import Intake
from puhui.scoring.measures import Ints, auc, auc_delong, bin_stats
from puhui.scoring.periods import last_fifth, periods_of, stability
from puhui.scoring.training import challenging, champion, small
from puhui.scoring.training.sample import Sample, stratified
from puhui.scoring.training.trees import FEW, FREE, MAIN_EFFECTS, Recipe, grow
from puhui.scoring.training.validating import LeftOut, judge, leave_out
from puhui.scoring.values import Fitted, OutOfTime, Validation, VariableBin, VariableReport, Verdict
from puhui.words import Label

SMALL_ROWS = 1000
SMALL_BADS = 100
LARGE_ROWS = 10_000
LEAST_OF_A_CLASS = 10
SHOWN_BINS = 10
IS_OUTCOME = Label("an outcome: it all but tells the target", "结果变量：几乎等同于目标")


@dataclass(frozen=True, slots=True)
class Regime:
    """How a sample of some size is learned from and examined.

    `few` rows are learned with strong shrinkage; `derive` lets the fit look for columns made of two others.
    """

    name: str
    folds: int
    repeats: int
    few: bool = False
    derive: bool = True


SMALL = Regime(
    "small: repeated stratified cross-validation, strong shrinkage, bootstrap interval", 10, 3, few=True, derive=False
)
NORMAL = Regime("normal: stratified cross-validation, DeLong interval", 5, 1)
LARGE = Regime("large: stratified cross-validation in three folds, DeLong interval", 3, 1)


def regime_of(sample: Sample) -> Regime:
    """SMALL under 1,000 rows or 100 bads, LARGE from 10,000 rows on.

    Raises BadInput when a class has too few rows for folds.
    """
    fewest = min(sample.bads, sample.rows - sample.bads)
    if fewest < LEAST_OF_A_CLASS:
        raise BadInput(
            f"only {fewest} rows have one of the two outcomes", then=f"give at least {LEAST_OF_A_CLASS} rows of each"
        )
    if sample.rows < SMALL_ROWS or sample.bads < SMALL_BADS:
        return SMALL
    return NORMAL if sample.rows < LARGE_ROWS else LARGE


def fit(sample: Sample, regime: Regime, seed: int) -> tuple[Additive, Challenger]:
    """Champion and challenger of one sample: the procedure that the folds repeat."""
    if regime.few:
        return small.fit(sample, seed=seed), challenging.fit(sample, (), seed=seed, recipe=FEW)
    best = champion.fit(sample, seed=seed, derive=regime.derive)
    return best.model, challenging.fit(sample, best.derived, seed=seed, recipe=FREE)


def fit_and_examine(
    intake: Intake,
    periods: pa.ChunkedArray | None,
    *,
    worse_when: Mapping[str, str],
    labels: Mapping[str, Label],
    derive: bool,
    seed: int,
    tell: Step,
) -> Fitted:
    """Watch for leakage, examine the procedure in folds, fit on all rows, describe what came out."""
    with threadpool_limits(1):  # small matrices: threads of a BLAS would wait for each other longer than they work
        sample = _sample(intake, worse_when, labels)
        return _fit_and_examine(intake, sample, periods, derive=derive, seed=seed, tell=tell)


def _fit_and_examine(
    intake: Intake,
    sample: Sample,
    periods: pa.ChunkedArray | None,
    *,
    derive: bool,
    seed: int,
    tell: Step,
) -> Fitted:
    tell(0.0, "sentinel")
    _require_columns(sample)
    names, period = periods_of("time", periods) if periods is not None else ((), np.zeros(sample.rows, dtype=np.int64))
    regime = regime_of(sample)
    regime = replace(regime, derive=regime.derive and derive)
    findings = sentinel.watch({**sample.columns, **intake.others}, sample.y, _gains(sample, seed))
    outcomes = {found.column: IS_OUTCOME for found in findings if found.verdict is Verdict.OUTCOME}
    intake = intake.without(outcomes)
    sample = sample.without(frozenset(outcomes))
    _require_columns(sample)
    left_out = examine(sample, regime, seed=seed, tell=lambda done, note="": tell(0.05 + 0.75 * done, note))
    tell(0.8, "fit on all rows")
    champion, challenger = fit(sample, regime, seed)
    ready = champion.read(sample.columns)
    findings += sentinel.watch_derived({step.name: ready[step.name] for step in champion.derived}, sample.y)
    suspects = frozenset(found.column for found in findings if found.verdict is Verdict.SUSPECT)
    validation = Validation(
        regime.name,
        regime.folds,
        regime.repeats,
        sample.rows,
        sample.bads,
        sample.y,
        judge(sample.y, left_out.champion, left_out.fold, forms=left_out.forms),
        judge(sample.y, left_out.challenger, left_out.fold),
        tuple(describe(champion, sample)),
        findings,
        intake.left_out,
        stability(names, period, sample.y, left_out.champion.mean(axis=0)) if names else (),
        _out_of_time(sample, names, period, regime, seed) if names else None,
        _quick_auc(sample.without(suspects), FREE, seed) if suspects & sample.columns.keys() else None,
        _quick_auc(sample, MAIN_EFFECTS, seed) if champion.derived else None,
    )
    return Fitted(champion, challenger, validation)


def _require_columns(sample: Sample) -> None:
    if not sample.columns:
        raise BadInput("no column is left to learn from", then="give columns that were known on the day")


def _out_of_time(sample: Sample, names: Sequence[str], period: Ints, regime: Regime, seed: int) -> OutOfTime | None:
    """Fit on the earlier periods, judge on the latest; None where either side has too few of a class."""
    since = last_fifth(period, sample.y)
    if since is None:
        return None
    later = sample.take(np.flatnonzero(period >= since))
    champion, challenger = fit(sample.take(np.flatnonzero(period < since)), regime, seed)
    return OutOfTime(
        names[since],
        later.rows,
        later.bads,
        auc_delong(later.y, champion.score(later.columns).pd),
        auc_delong(later.y, challenger.score(later.columns).pd),
    )


def _quick_auc(sample: Sample, recipe: Recipe, seed: int) -> float | None:
    """AUC of a quick model in three folds: what is left of the ranking without some columns."""
    if not sample.columns:
        return None
    log_odds = np.empty(sample.rows)
    for learn, held in stratified(sample.y, 3, seed):
        log_odds[held] = grow(sample.take(learn), recipe, seed=seed, rounds=200).log_odds(sample.take(held).columns)
    return auc(sample.y, log_odds)


def describe(model: Additive, sample: Sample) -> list[VariableReport]:
    """Every term of the model over the rows of a sample, heaviest first."""
    ready = model.read(sample.columns)
    reports = [_described(model, term, ready, sample.y) for term in model.terms]
    return sorted(reports, key=lambda report: -report.weight)


def _described(model: Additive, term: Term, ready: Mapping[str, Column], y: Ints) -> VariableReport:
    points = term.at(ready)
    bins: tuple[VariableBin, ...] = ()
    missing = 0.0
    if len(term.axes) == 1:
        values = ready[term.axes[0].column]
        axis = _coarser(term.axes[0], values)
        at = axis.bins(values)
        missing = float((at == 0).mean())
        bins = tuple(
            VariableBin(
                axis.text(place), stat.rows, stat.bads, stat.rate, stat.woe, stat.iv, float(points[at == place].mean())
            )
            for place, stat in enumerate(bin_stats(y, at, axis.size))
            if stat.rows
        )
    weight = float(np.abs(points - term.mean).mean())
    iv = sum(group.iv for group in bins)
    return VariableReport(term.name, model.term_label(term), iv, auc(y, points), missing, weight, bins)


def _coarser(axis: Axis, values: Column) -> Axis:
    """At most SHOWN_BINS bins, for people: cuts of the model with about as many rows each, or the commonest levels."""
    if isinstance(axis, Levels):
        return Levels(axis.column, axis.levels[:SHOWN_BINS])
    if len(axis.cuts) < SHOWN_BINS:
        return axis
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    wanted = np.quantile(known, np.linspace(0, 1, SHOWN_BINS + 1)[1:-1])
    cuts = np.array(axis.cuts)
    nearest = {float(cuts[int(np.abs(cuts - at).argmin())]) for at in wanted}
    return Cuts(axis.column, tuple(sorted(nearest)))


def _sample(intake: Intake, worse_when: Mapping[str, str], labels: Mapping[str, Label]) -> Sample:
    strange = {name: side for name, side in worse_when.items() if side not in ("higher", "lower")}
    assert not strange, f"worse_when says 'higher' or 'lower', not {strange}"
    known = {name: side for name, side in worse_when.items() if name in intake.numbers}
    named = {name: label for name, label in labels.items() if name in intake.numbers or name in intake.texts}
    return Sample(intake.numbers, intake.texts, intake.y, known, named, intake.target, intake.positive)


def _gains(sample: Sample, seed: int) -> dict[str, float]:
    """Each column's share of a quick free model's gain."""
    forest = grow(sample, FREE, seed=seed, rounds=100)
    gains = forest.booster.feature_importance("gain")
    return dict(zip(forest.encoding.names, (gains / max(gains.sum(), 1e-12)).tolist(), strict=True))


def examine(sample: Sample, regime: Regime, *, seed: int, tell: Step) -> LeftOut:
    """Out-of-fold results of the procedure."""
    return leave_out(
        sample,
        lambda part, at: fit(part, regime, at),
        folds=regime.folds,
        repeats=regime.repeats,
        seed=seed,
        tell=tell,
    )
