"""The same declarations for one firm at once, in numpy: an answer in milliseconds while a customer waits.

A database plans a statement of many variables longer than one firm's few thousand rows take to add up. So the
rows come through one small statement (`engine.used_rows`), and the values are worked out here. A test holds both
ways equal on every firm. Missing is NaN inside; comparisons are 1, 0 or NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, isnan, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from puhui.variables.declarations import DAYS_AGO, Reading, Variable
from puhui.variables.language import (
    MOST_PERCENT,
    Arithmetic,
    Constant,
    Foremost,
    Function,
    Gathered,
    Grain,
    InMonth,
    Least,
    Measure,
    MonthsEarlier,
    MonthsSince,
    Named,
    OverFirm,
    Value,
    Window,
    WithPartner,
)

Numbers = NDArray[np.float64]


@dataclass
class Rows:
    """One firm's used rows, column by column: month, kind, each sort of partner (−1 = none), the reading's columns.

    `order` tells rows of one day apart where the latest is asked for.
    """

    reading: Reading
    month: NDArray[np.int64]
    kind: NDArray[np.int64]
    partners: dict[str, NDArray[np.int64]]
    order: NDArray[np.int64]
    columns: dict[str, Numbers]
    _added: dict[Any, Numbers] = field(default_factory=dict)
    _chosen: dict[tuple[str, ...], NDArray[np.bool_]] = field(default_factory=dict)

    @cached_property
    def months(self) -> int:
        """Months on record: from the firm's first row to the as-of day."""
        return int(self.month.max(initial=-1)) + 1

    def count_of(self, whom: str) -> int:
        """How many partners of a sort the firm has."""
        return int(self.partners[whom].max(initial=-1)) + 1

    def monthly(self, measure: Measure) -> Numbers:
        """A measure in each month, the latest first."""
        if measure not in self._added:
            self._added[measure] = self._aggregate(measure, self._of(measure), self.month, self.months)
        return self._added[measure]

    def by_partner(self, measure: Measure, window: Window, whom: str) -> Numbers:
        """A measure with each partner of a sort in a window."""
        asked, partner = (measure, window, whom), self.partners[whom]
        if asked not in self._added:
            within = self._of(measure) & (partner >= 0) & (self.month >= window.ago)
            if window.reach is not None:
                within &= self.month < window.reach
            self._added[asked] = self._aggregate(measure, within, partner, self.count_of(whom))
        return self._added[asked]

    def latest(self, measure: Measure, window: Window) -> float:
        """A column's value in the last row of a window."""
        within = self._of(measure) & (self.month >= window.ago)
        if window.reach is not None:
            within &= self.month < window.reach
        return float(self._aggregate(measure, within, np.zeros_like(self.month), 1)[0])

    def _of(self, measure: Measure) -> NDArray[np.bool_]:
        if measure.of not in self._chosen:
            counts = np.array([kind in measure.of for kind in self.reading.kinds], dtype=bool)
            self._chosen[measure.of] = counts[self.kind]
        return self._chosen[measure.of]

    def _aggregate(self, measure: Measure, chosen: NDArray[np.bool_], group: NDArray[np.int64], groups: int) -> Numbers:
        if measure.how == "count":
            return np.bincount(group[chosen], minlength=groups).astype(float)
        values = self.columns[measure.column]
        chosen = chosen & ~np.isnan(values)
        per = self.reading.columns[measure.column].per if measure.column in self.reading.columns else 1
        if measure.how == "sum":
            return np.bincount(group[chosen], values[chosen], minlength=groups) / per
        extreme = np.full(groups, nan)
        if measure.how == "latest":  # the last to be written stays
            after = np.lexsort((values[chosen], self.order[chosen], -self.columns[DAYS_AGO][chosen]))
            extreme[group[chosen][after]] = values[chosen][after]
            return extreme / per
        {"largest": np.fmax, "smallest": np.fmin}[measure.how].at(extreme, group[chosen], values[chosen])
        return extreme / per


class Program:
    """A set of variables in the order in which their parts can be worked out, each part once."""

    def __init__(self, variables: Sequence[Variable]) -> None:
        self.names = [variable.name for variable in variables]
        places: dict[Value, int] = {}
        self._steps: list[tuple[Value, list[int]]] = []
        self._ends = [self._place(variable.value, places) for variable in variables]

    def _place(self, value: Value, places: dict[Value, int]) -> int:
        if value not in places:
            parts = [self._place(part, places) for part in value.parts()]
            self._steps.append((value, parts))
            places[value] = len(self._steps) - 1
        return places[value]

    def run(self, rows: Rows) -> dict[str, float | None]:
        """Every variable of the firm; None = missing."""
        worked: list[Any] = []
        with np.errstate(all="ignore"):
            for value, parts in self._steps:
                worked.append(_worked(value, [worked[part] for part in parts], rows))
        ends = (float(worked[end]) for end in self._ends)
        return {name: end if np.isfinite(end) else None for name, end in zip(self.names, ends, strict=True)}


def _worked(value: Value, parts: list[Any], rows: Rows) -> Any:  # noqa: ANN401, PLR0911  a number or an array
    match value:
        case Constant(number):
            return np.float64(number)
        case OverFirm(measure, window):
            if measure.how == "latest":
                return np.float64(rows.latest(measure, window))
            return np.float64(_extent(measure, rows.monthly(measure)[window.ago : window.reach]))
        case InMonth(measure):
            return rows.monthly(measure)
        case WithPartner(measure, window, whom):
            return rows.by_partner(measure, window, whom)
        case MonthsSince():
            at = np.arange(rows.months)
            return _known_only(np.minimum.accumulate(np.where(parts[0] == 1, at, inf)[::-1])[::-1] - at)
        case MonthsEarlier(_, by):
            return np.concatenate([parts[0][by:], np.full(min(by, rows.months), nan)])
        case Foremost(_, places):
            at = np.arange(parts[0].size)
            leading = np.lexsort((at, -parts[0]))[:places]
            return (np.isin(at, leading) & (parts[0] > 0)).astype(float)
        case Least():
            return np.full_like(parts[0], np.fmin.reduce(parts[0], initial=nan))
        case Function(name):
            return FUNCTIONS[name](parts[0])
        case Arithmetic(operator):
            return OPERATORS[operator](*parts)
        case Gathered():
            return np.float64(_gathered(value, parts, rows))
    raise AssertionError(f"{value} has no meaning for one firm")


def derived(value: Value, columns: Mapping[str, Numbers]) -> Numbers:
    """A value made of named variables, over any number of firms at once; NaN = missing."""
    if isinstance(value, Named):
        return columns[value.name]
    with np.errstate(all="ignore"):
        found: Numbers = _worked(value, [derived(part, columns) for part in value.parts()], NO_ROWS)
    return found


def _extent(measure: Measure, monthly: Numbers) -> float:
    """Months put together: extremes of extremes, sums of sums."""
    if measure.how in ("sum", "count"):
        return float(monthly.sum())
    known = monthly[~np.isnan(monthly)]
    return float((known.max if measure.how == "largest" else known.min)()) if known.size else nan


def _gathered(node: Gathered, parts: list[Any], rows: Rows) -> float:
    """Months or partners gathered to the firm; what is missing is passed over."""
    size = rows.months if node.gathers is Grain.FIRM_MONTH else rows.count_of(node.gathers_by)
    within = slice(node.window.ago, node.window.reach) if node.window is not None else slice(None)
    of, *others = (np.broadcast_to(part, size)[within] for part in parts)
    chosen = ~np.isnan(of)
    if node.where is not None:
        chosen &= others[0] == 1
    if node.how == "correlation":
        chosen &= ~np.isnan(others[-1])
        return _correlation(of[chosen], others[-1][chosen])
    return (
        GATHERED[node.how](of[chosen], -np.flatnonzero(chosen).astype(float))
        if chosen.any()
        else EMPTY.get(node.how, nan)
    )


def _correlation(one: Numbers, other: Numbers) -> float:
    one, other = one - one.mean() if one.size else one, other - other.mean() if other.size else other
    return float((one @ other) / np.sqrt((one @ one) * (other @ other)))


def _slope(of: Numbers, forward: Numbers) -> float:
    apart = forward - forward.mean()
    return float((of - of.mean()) @ apart / (apart @ apart)) if of.size > 1 else nan


def _known_only(values: Numbers) -> Numbers:
    return np.where(np.isfinite(values), values, nan)


def _compared(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A comparison with what is missing is missing."""
    return lambda left, right: np.where(np.isnan(left) | np.isnan(right), nan, compare(left, right))


def _percent(part: Any, whole: Any) -> Any:  # noqa: ANN401
    if isinstance(part, float) and isinstance(whole, float):  # numpy takes ten times as long for one number
        share = 100.0 * part / whole if whole > 0 else nan
        return np.float64(nan if isnan(share) else min(max(share, -MOST_PERCENT), MOST_PERCENT))
    return np.where(whole > 0, np.clip(100.0 * part / whole, -MOST_PERCENT, MOST_PERCENT), nan)


NOTHING = np.zeros(0, dtype=np.int64)
NO_ROWS = Rows(Reading("none", {}, {}), NOTHING, NOTHING, {}, NOTHING, {})
EMPTY = {"sum": 0.0}
GATHERED: dict[str, Callable[[Numbers, Numbers], float]] = {
    "sum": lambda of, _: float(of.sum()),
    "mean": lambda of, _: float(of.mean()),
    "largest": lambda of, _: float(of.max()),
    "smallest": lambda of, _: float(of.min()),
    "latest": lambda of, _: float(of[0]),  # the months come the latest first
    "deviation": lambda of, _: float(of.std(ddof=1)) if of.size > 1 else nan,
    "slope": _slope,
}
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "positive": lambda of: np.where(of > 0, of, nan),
    "ln": np.log,
    "exp": np.exp,
    "or_zero": lambda of: np.where(np.isnan(of), 0.0, of),
}
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": lambda left, right: np.where(right == 0, nan, np.divide(left, right)),
    ">": _compared(np.greater),
    "<": _compared(np.less),
    "&": np.multiply,
    "smaller": np.fmin,
    "percent": _percent,
}
