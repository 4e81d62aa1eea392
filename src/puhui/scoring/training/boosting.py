"""The explainable boosting machine: main effects, and at most a handful of pairs, as points per bin.

Trees of one column each (`trees.grow`, additive) are main effects; trees of one pair each, grown on what is left
and on coarser bins, are two-way tables. Pairs are ranked as in FAST (Lou, Caruana, Gehrke, Hooker, KDD 2013): by
what a coarse two-way table of residuals explains beyond its rows and its columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from puhui.scoring.additive import Additive, Axis, Cuts, Term
from puhui.scoring.columns import Column, Floats
from puhui.scoring.derived import Derived
from puhui.scoring.training.sample import Encoding, Sample
from puhui.scoring.training.trees import Forest, Recipe, dataset, parameters

MOST_PAIRS = 5
PAIR_CANDIDATES = 24  # columns whose pairs are tried, by weight of their main effects
TABLE = 8  # bins a side of the table by which a pair is ranked
PAIRED = Recipe(additive=True, rounds=500, rate=0.06, leaves=6, least_rows=15, column_share=1.0, max_bin=24)


@dataclass(frozen=True)
class Pairs:
    """Trees of pairs, grown after the main effects: columns 2k and 2k+1 of the matrix are pair k."""

    booster: lgb.Booster
    names: tuple[tuple[str, str], ...]
    rounds: int

    def log_odds(self, columns: Mapping[str, Column]) -> Floats:
        """What the pairs add to the log-odds, shape (rows,)."""
        matrix = _side_by_side(self.names, columns)
        raw: Floats = np.asarray(self.booster.predict(matrix, raw_score=True, num_iteration=self.rounds, num_threads=1))
        return raw


def grow_pairs(sample: Sample, main: Floats, *, seed: int, stop: tuple[Sample, Floats] | None, rounds: int) -> Pairs:
    """Grow trees of the best pairs on top of the main effects' log-odds; `stop` ends early on other rows."""
    names = rank_pairs(sample, main)
    groups = [[2 * at, 2 * at + 1] for at in range(len(names))]
    settings = parameters(PAIRED, seed, groups) | {"boost_from_average": False}
    data = dataset(_side_by_side(names, sample.columns), sample.y, [], start=main)
    if stop is None:
        return Pairs(lgb.train(settings, data, rounds), names, rounds)
    held, start = stop
    valid = data.create_valid(_side_by_side(names, held.columns), label=held.y, init_score=start)
    callbacks = [lgb.early_stopping(PAIRED.patience, verbose=False)]
    booster = lgb.train(settings, data, rounds, valid_sets=[valid], callbacks=callbacks)
    return Pairs(booster, names, booster.best_iteration)


def rank_pairs(sample: Sample, main: Floats) -> tuple[tuple[str, str], ...]:
    """The pairs of numeric columns with the most left to say beyond the main effects, at most MOST_PAIRS."""
    pd = 1.0 / (1.0 + np.exp(-main))
    gradient, hessian = sample.y - pd, pd * (1 - pd)
    coarse = {name: _coarse(values) for name, values in sample.numbers.items()}
    weight = {name: _explained(bins, gradient, hessian) for name, bins in coarse.items()}
    tried = sorted(coarse, key=lambda name: -weight[name])[:PAIR_CANDIDATES]
    gain = {
        (a, b): _explained(coarse[a] * (TABLE + 1) + coarse[b], gradient, hessian) - weight[a] - weight[b]
        for a, b in combinations(tried, 2)
    }
    return tuple(sorted(gain, key=lambda pair: -gain[pair])[:MOST_PAIRS])


def to_additive(
    sample: Sample, forests: Sequence[Forest], pairs: Pairs | None, derived: tuple[Derived, ...]
) -> Additive:
    """Points per bin of the mean of some forests plus the pairs: equal to the trees themselves to about 1e-12.

    A bin that no training row fell into (a column never missing, a category without rare levels) stands at the
    population's mean, not at what the trees happen to do there.
    """
    encoding = forests[0].encoding
    grown = [tree for forest in forests for tree in _trees(forest.booster, forest.rounds)]
    constant, by_columns = _grouped(grown, lambda place: (place,))
    drawn = [
        (tuple(_axis(place, encoding, trees) for place in places), places, trees, 1.0 / len(forests))
        for places, trees in by_columns.items()
    ]
    intercept = constant / len(forests)
    if pairs is not None:
        added, by_pair = _grouped(_trees(pairs.booster, pairs.rounds), lambda place: (place - place % 2, place | 1))
        intercept += added
        names = [name for pair in pairs.names for name in pair]
        for places, trees in by_pair.items():
            drawn.append((tuple(Cuts(names[place], _cuts(trees, place)) for place in places), places, trees, 1.0))
    terms = []
    for axes, places, trees, share in drawn:
        term, mean = _term(axes, places, trees, share, sample)
        intercept += mean
        terms.append(term)
    return sample.model(intercept, terms, derived)


Tree = dict[str, Any]
Places = tuple[int, ...]


def _trees(booster: lgb.Booster, rounds: int) -> list[Tree]:
    return [entry["tree_structure"] for entry in booster.dump_model(num_iteration=rounds)["tree_info"]]


def _grouped(trees: Sequence[Tree], group: Callable[[int], Places]) -> tuple[float, dict[Places, list[Tree]]]:
    """The sum of the trees without a split, and the other trees by the columns of their term."""
    constant, found = 0.0, dict[Places, list[Tree]]()
    for tree in trees:
        if "split_feature" in tree:
            found.setdefault(group(tree["split_feature"]), []).append(tree)
        else:
            constant += tree["leaf_value"]
    return constant, dict(sorted(found.items()))


def _axis(place: int, encoding: Encoding, trees: Sequence[Tree]) -> Axis:
    if place < len(encoding.numbers):
        return Cuts(encoding.numbers[place], _cuts(trees, place))
    return encoding.levels[place - len(encoding.numbers)]


def _cuts(trees: Sequence[Tree], place: int) -> tuple[float, ...]:
    """LightGBM sends x ≤ t left; our cut opens the upper bin, so it is the next float above t."""
    thresholds = {node["threshold"] for tree in trees for node in _splits(tree) if node["split_feature"] == place}
    return tuple(float(np.nextafter(at, np.inf)) for at in sorted(thresholds))


def _splits(node: Tree) -> Iterator[Tree]:
    if "split_feature" in node:
        yield node
        yield from _splits(node["left_child"])
        yield from _splits(node["right_child"])


def _term(
    axes: tuple[Axis, ...], places: Places, trees: Sequence[Tree], share: float, sample: Sample
) -> tuple[Term, float]:
    """The centred points of some trees over the bins of their columns, and the mean that was taken out."""
    grids = np.meshgrid(*(_one_of_each_bin(axis) for axis in axes), indexing="ij")
    values = {place: grid.ravel() for place, grid in zip(places, grids, strict=True)}
    points = share * np.sum([_walk(tree, values) for tree in trees], axis=0).reshape(grids[0].shape)
    columns = sample.columns
    bins = [axis.bins(columns[axis.column]) for axis in axes]
    mean = float(points[tuple(bins)].mean())
    points = points - mean
    for at, axis in enumerate(axes):
        seen = np.bincount(bins[at], minlength=axis.size) > 0
        ends = [0] if isinstance(axis, Cuts) else [0, axis.size - 1]
        for end in ends:
            if not seen[end]:
                points[(slice(None),) * at + (end,)] = 0.0
    return Term(axes, points, 0.0), mean


def _one_of_each_bin(axis: Axis) -> Floats:
    if isinstance(axis, Cuts):
        first = [float(np.nextafter(axis.cuts[0], -np.inf))] if axis.cuts else [0.0]
        return np.array([np.nan, *first, *axis.cuts])
    return np.array([np.nan, *range(1, axis.size)])


def _walk(node: Tree, values: Mapping[int, Floats]) -> Floats:
    """What a tree gives for each value, by LightGBM's own rules of splitting."""
    if "split_feature" not in node:
        return np.full(len(next(iter(values.values()))), node["leaf_value"])
    x = values[node["split_feature"]]
    if node["decision_type"] == "==":
        left = np.isin(x, [float(level) for level in node["threshold"].split("||")])
    elif node["missing_type"] == "NaN":
        left = np.where(np.isnan(x), node["default_left"], x <= node["threshold"])
    else:
        left = np.nan_to_num(x, nan=0.0) <= node["threshold"]
    return np.where(left, _walk(node["left_child"], values), _walk(node["right_child"], values))


def _side_by_side(names: Sequence[tuple[str, str]], columns: Mapping[str, Column]) -> Floats:
    return np.column_stack([np.asarray(columns[name], dtype=np.float64) for pair in names for name in pair])


def _coarse(values: Floats) -> NDArray[np.intp]:
    """Bins 0 (missing) to TABLE, of about as many rows each."""
    known = values[~np.isnan(values)]
    cuts = np.unique(np.quantile(known, np.linspace(0, 1, TABLE + 1)[1:-1])) if len(known) else np.empty(0)
    return np.where(np.isnan(values), 0, 1 + np.searchsorted(cuts, values, side="right"))


def _explained(bins: NDArray[np.intp], gradient: Floats, hessian: Floats) -> float:
    """Newton gain of giving each bin its own value."""
    g, h = np.bincount(bins, weights=gradient), np.bincount(bins, weights=hessian)
    return float(np.sum(g**2 / (h + 1.0)))
