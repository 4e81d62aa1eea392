"""The leakage sentinel: variables too good to be known on the day of the decision. Rules are tests, never names.

An OUTCOME is left out of the fit: whether the column is filled (or differs from its usual value) all but tells the
outcome, as a charge-off date does. A SUSPECT is named and stays: it may be honest, but a person must ask how the
bank could have known it. Thresholds are stated beside each test and kept with the finding.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from puhui.scoring.columns import Column
from puhui.scoring.measures import Ints, auc
from puhui.scoring.values import Finding, Test, Verdict
from puhui.words import Label

COPY_AUC = 0.985
"""AUC of a column alone, from which it is the outcome under another name: nothing known on the day ranks so well."""
STATE_AUC = 0.90
"""AUC of "filled or not" (or "usual value or not") alone, from which the column is an outcome."""
PURE = 0.95
"""Share of bads among the rows in a rare state, from which the state tells the outcome."""
COVERS = 0.50
"""Share of all bads in the pure state, from which the column is an outcome and not only a suspect."""
SURE = 1e-8
"""Probability, under the base rate, of so pure a state."""
USUAL = 0.05
"""Share of rows with one value, from which it is a state of its own."""
ALONE_AUC = 0.80
AHEAD = 0.10
"""AUC of the column alone, and its lead over the next column, from which it is a suspect."""
GAIN_SHARE = 0.50
"""Share of a quick model's gain from one column, from which it is a suspect (if it ranks well alone)."""
GAIN_AUC = 0.75
LATTICE_ROWS = 0.70
LATTICE_VALUES = 24
LATTICE_GAP = 0.40
"""The good rows keep to a few common values (24 at most hold 70 %), the bad ones do so less by this much."""
SAME = 0.001
AGREE = 0.70
DISAGREE = 0.25
"""At least 70 % of the good rows have one value to a thousandth, and the bad ones less often by this much."""
BINS = 20


def watch(columns: Mapping[str, Column], y: Ints, gains: Mapping[str, float]) -> tuple[Finding, ...]:
    """Every column that fails a test, outcomes first.

    `columns` are all columns of the table, identifiers and dates too. `gains` are the columns' shares of a quick
    model's gain, for those that were in it.
    """
    alone = {name: alone_auc(values, y) for name, values in columns.items()}
    states = {name: [*_copy(alone[name]), *_states(values, y)] for name, values in columns.items()}
    outcomes = {name for name, tests in states.items() if any(_is_outcome(test) for test in tests)}
    others = sorted((value for name, value in alone.items() if name not in outcomes), reverse=True)
    findings = []
    for name, values in columns.items():
        tests = states[name]
        if name not in outcomes:
            tests = [*tests, *_alone(alone[name], others), *_gain(gains.get(name, 0.0), alone[name])]
            tests = [*tests, *_lattice(values, y)]
        if tests:
            verdict = Verdict.OUTCOME if name in outcomes else Verdict.SUSPECT
            findings.append(Finding(name, verdict, tuple(tests)))
    return tuple(sorted(findings, key=lambda found: (found.verdict != Verdict.OUTCOME, -alone[found.column])))


def watch_derived(columns: Mapping[str, Column], y: Ints) -> tuple[Finding, ...]:
    """Derived columns that tell more of how the table was made than of the firms: suspects.

    Either nearly all rows in a special state are bad, or two columns that agree in good rows do so less in bad ones.
    """
    tests = {name: (*_states(values, y), *_identity(values, y)) for name, values in columns.items()}
    return tuple(Finding(name, Verdict.SUSPECT, found) for name, found in tests.items() if found)


def alone_auc(values: Column, y: Ints) -> float:
    """AUC of the column alone, cut in 20 bins with a bin for missing, each bin's rate taken from the other half.

    >>> x = np.arange(400.0)
    >>> alone_auc(x, (x > 300).astype(int)) > 0.95
    True
    """
    bins = _bins(values)
    half = np.random.default_rng(0).permutation(len(y)) % 2
    risk = np.empty(len(y))
    for side in (0, 1):
        seen = half != side
        rows = np.bincount(bins[seen], minlength=bins.max() + 1)
        bads = np.bincount(bins[seen], weights=y[seen], minlength=bins.max() + 1)
        risk[~seen] = ((bads + y[seen].mean()) / (rows + 1.0))[bins[~seen]]
    return auc(y, risk)


def _bins(values: Column) -> np.ndarray:
    if values.dtype == object:
        counts = Counter(values.tolist())
        place = {value: at + 1 for at, (value, count) in enumerate(counts.most_common(200)) if count >= BINS}
        return np.array([0 if value is None else place.get(value, 201) for value in values.tolist()])
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros(len(values), dtype=np.intp)
    cuts = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.where(np.isnan(values), 0, 1 + np.searchsorted(cuts, values, side="right"))


def _states(values: Column, y: Ints) -> Iterator[Test]:
    """Tests on whether a row is in a special state: missing, or not at the usual value."""
    for state, words, unlike in _special(values):
        rate = float(y.mean())
        for inside, said in ((state, words), (~state, unlike)):
            rows, bads = int(inside.sum()), int(y[inside].sum())
            if rows == 0 or rows == len(y):
                continue
            if bads / rows >= PURE and _tail(bads, rows, rate) <= SURE:
                cover = bads / int(y.sum())
                yield Test(
                    "pure outcome" if cover >= COVERS else "pure state",
                    bads / rows,
                    PURE,
                    Label(
                        f"{said.en} in {rows:,} rows, {bads / rows:.1%} of them bad: {cover:.0%} of all bad rows",
                        f"{said.zh}共 {rows:,} 行，其中 {bads / rows:.1%} 为坏样本，占全部坏样本的 {cover:.0%}",
                    ),
                )
        ranks = auc(y, state.astype(np.float64))
        if max(ranks, 1 - ranks) >= STATE_AUC:
            yield Test(
                "state tells the outcome",
                max(ranks, 1 - ranks),
                STATE_AUC,
                Label(f"whether {words.en} tells the outcome by itself", f"是否“{words.zh}”本身即可判断结果"),
            )


def _special(values: Column) -> Iterator[tuple[np.ndarray, Label, Label]]:
    text = values.dtype == object
    missing = np.array([value is None for value in values.tolist()]) if text else np.isnan(values)
    if missing.any():
        yield missing, Label("the value is missing", "该值缺失"), Label("a value is filled in", "已填写数值")
    if not text and not missing.all():
        found, counts = np.unique(values[~missing], return_counts=True)
        usual = float(found[int(np.argmax(counts))])
        if (USUAL * len(values) > counts.max() and counts.max() < 100) or len(found) < 3:
            return  # no usual value, or a plain flag, whose two values are the information itself
        yield (
            values == usual,
            Label(f"the value is exactly {usual:g}", f"数值恰为 {usual:g}"),
            Label(f"the value differs from {usual:g}", f"数值不等于 {usual:g}"),
        )


def _is_outcome(test: Test) -> bool:
    return test.name in ("copies the outcome", "pure outcome", "state tells the outcome")


def _copy(alone: float) -> Iterator[Test]:
    if alone >= COPY_AUC:
        yield Test(
            "copies the outcome",
            alone,
            COPY_AUC,
            Label(f"alone it ranks with an AUC of {alone:.3f}", f"单变量 AUC 达 {alone:.3f}"),
        )


def _identity(values: Column, y: Ints) -> Iterator[Test]:
    """Two columns that must agree, and do so in the good rows: their quotient or product is one number there."""
    numbers = np.asarray(values, dtype=np.float64)
    good, bad = numbers[(y == 0) & ~np.isnan(numbers)], numbers[(y == 1) & ~np.isnan(numbers)]
    if not len(good) or not len(bad):
        return
    usual = float(np.median(good))
    near = SAME * abs(usual)
    goods, bads = float((np.abs(good - usual) <= near).mean()), float((np.abs(bad - usual) <= near).mean())
    if goods >= AGREE and goods - bads >= DISAGREE:
        yield Test(
            "breaks an identity",
            goods - bads,
            DISAGREE,
            Label(
                f"it is {usual:.5g} in {goods:.0%} of good but {bads:.0%} of bad rows: two columns that should agree "
                "contradict each other there, by the firms' doing or by how the table was made",
                f"{goods:.0%} 的好样本取值为 {usual:.5g}，坏样本仅 {bads:.0%}：本应一致的两列互相矛盾，"
                "可能源于企业行为，也可能源于数据的制作方式",
            ),
        )


def _tail(bads: int, rows: int, rate: float) -> float:
    """Bound on the probability of so many bads or more in a binomial (Chernoff), enough for the threshold."""
    share = bads / rows
    if share <= rate:
        return 1.0
    divergence = share * math.log(share / rate)
    if share < 1:
        divergence += (1 - share) * math.log((1 - share) / (1 - rate))
    return math.exp(-rows * divergence)


def _alone(value: float, others: list[float]) -> Iterator[Test]:
    rest = [other for other in others if other < value] or [0.5]
    if value >= ALONE_AUC and value - rest[0] >= AHEAD and others[:1] == [value]:
        yield Test(
            "ranks too well alone",
            value,
            ALONE_AUC,
            Label(
                f"alone it ranks with an AUC of {value:.3f}, {value - rest[0]:.3f} ahead of the next column",
                f"单变量 AUC 为 {value:.3f}，领先第二名 {value - rest[0]:.3f}",
            ),
        )


def _gain(share: float, alone: float) -> Iterator[Test]:
    if share >= GAIN_SHARE and alone >= GAIN_AUC:
        yield Test(
            "carries the model",
            share,
            GAIN_SHARE,
            Label(f"{share:.0%} of a quick model's gain comes from it", f"快速模型 {share:.0%} 的增益来自该变量"),
        )


def _lattice(values: Column, y: Ints) -> Iterator[Test]:
    """Good rows at a few common values, bad rows beside them: the value was changed by how the case ended."""
    if values.dtype == object:
        return
    good = values[(y == 0) & ~np.isnan(values)]
    bad = values[(y == 1) & ~np.isnan(values)]
    found, counts = np.unique(good, return_counts=True)
    if len(bad) < 50 or len(found) <= LATTICE_VALUES:
        return
    common = found[np.argsort(-counts, kind="stable")[:LATTICE_VALUES]]
    goods, bads = float(np.isin(good, common).mean()), float(np.isin(bad, common).mean())
    if goods >= LATTICE_ROWS and goods - bads >= LATTICE_GAP:
        yield Test(
            "values off the common ones",
            goods - bads,
            LATTICE_GAP,
            Label(
                f"{goods:.0%} of good but {bads:.0%} of bad rows have one of the {LATTICE_VALUES} common values",
                f"{goods:.0%} 的好样本取 {LATTICE_VALUES} 个常见值之一，坏样本仅 {bads:.0%}",
            ),
        )
