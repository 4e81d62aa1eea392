"""The champion: an additive model of points per bin, in one JSON artefact, scored with numpy alone.

log-odds of default = intercept + Σ points of the bin that each term falls into (a term is one column, or a
two-way table of a pair), pd = 1 / (1 + exp(−(offset + slope × log-odds))), where offset and slope are the
calibration. Scale: 600 points at odds of 30 good to 1 bad, 20 points double the odds (N. Siddiqi, Credit Risk
Scorecards, 2006, ch. 6). More points are better; more log-odds are worse.
"""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from puhui.refusals import BadInput
from puhui.scoring.columns import Column, Columns, Floats, as_numbers, as_texts, require
from puhui.scoring.derived import Derived, Op
from puhui.words import Label

SCHEMA = 1
MISSING_BIN = 0


@dataclass(frozen=True, slots=True)
class Cuts:
    """Bins of a numeric column: 0 is missing, then one bin below each cut and one above; a cut opens its upper bin.

    >>> Cuts("x", (0.0, 1.5)).bins(np.array([np.nan, -1.0, 0.0, 1.5])).tolist()
    [0, 1, 2, 3]
    """

    column: str
    cuts: tuple[float, ...]

    @property
    def size(self) -> int:
        """How many bins there are, the missing bin included."""
        return len(self.cuts) + 2

    def bins(self, values: Column) -> NDArray[np.intp]:
        """The bin of every row, shape (rows,)."""
        numbers = np.asarray(values, dtype=np.float64)
        return np.where(np.isnan(numbers), MISSING_BIN, 1 + np.searchsorted(self.cuts, numbers, side="right"))

    def text(self, at: int) -> Label:
        """A bin in words.

        >>> [Cuts("x", (0.0, 1500.0)).text(at).en for at in range(4)]
        ['missing', 'below 0', '0 to 1,500', '1,500 or more']
        """
        if at == MISSING_BIN:
            return Label("missing", "缺失")
        if not self.cuts:
            return Label("any value", "任意值")
        if at == 1:
            return Label(f"below {_short(self.cuts[0])}", f"低于 {_short(self.cuts[0])}")
        if at == self.size - 1:
            return Label(f"{_short(self.cuts[-1])} or more", f"{_short(self.cuts[-1])} 及以上")
        low, high = _short(self.cuts[at - 2]), _short(self.cuts[at - 1])
        return Label(f"{low} to {high}", f"{low} 至 {high}")


def _bin_of(value: float | None, cuts: tuple[float, ...]) -> int:
    """As `Cuts.bins`, of one value."""
    return MISSING_BIN if value is None or math.isnan(value) else 1 + bisect_right(cuts, value)


@dataclass(frozen=True, slots=True)
class Levels:
    """Bins of a category: 0 is missing, then one bin a level, and last the levels never seen in training.

    >>> Levels("trade", ("farm", "shop")).bins(np.array([None, "shop", "mine"], dtype=object)).tolist()
    [0, 2, 3]
    """

    column: str
    levels: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many bins there are, missing and unknown included."""
        return len(self.levels) + 2

    def bins(self, values: Column) -> NDArray[np.intp]:
        """The bin of every row, shape (rows,)."""
        at: dict[Any, int] = {level: place + 1 for place, level in enumerate(self.levels)}
        at[None] = MISSING_BIN
        return np.fromiter((at.get(value, self.size - 1) for value in values), dtype=np.intp, count=len(values))

    def text(self, at: int) -> Label:
        """A bin in words."""
        if at == MISSING_BIN:
            return Label("missing", "缺失")
        if at == self.size - 1:
            return Label("any other", "其他")
        return Label(self.levels[at - 1], self.levels[at - 1])


Axis = Cuts | Levels


@dataclass(frozen=True, slots=True)
class Term:
    """Points of one column, or of a pair of columns: `points` has one axis of bins for each column.

    `mean` is the population's mean of the points, against which reasons are measured.
    """

    axes: tuple[Axis, ...]
    points: Floats
    mean: float

    def __post_init__(self) -> None:
        assert self.points.shape == tuple(axis.size for axis in self.axes)

    @property
    def columns(self) -> tuple[str, ...]:
        """The one or two columns it reads (a derived column by its name)."""
        return tuple(axis.column for axis in self.axes)

    @property
    def name(self) -> str:
        """The term's name: its column, or `a & b`."""
        return " & ".join(self.columns)

    def at(self, columns: Mapping[str, Column]) -> Floats:
        """The points of every row, shape (rows,)."""
        picked: Floats = self.points[tuple(axis.bins(columns[axis.column]) for axis in self.axes)]
        return picked


@dataclass(frozen=True, slots=True)
class Scale:
    """Score points: `base` points at `odds` good to one bad; `double` more points double the odds."""

    base: float = 600.0
    odds: float = 30.0
    double: float = 20.0

    @property
    def factor(self) -> float:
        """Points for one unit of log-odds."""
        return self.double / math.log(2.0)

    def points(self, log_odds: Any) -> Any:  # noqa: ANN401  a number or an array of them
        """Score of calibrated log-odds of default.

        >>> Scale().points(np.log([1 / 30, 1 / 60])).round(6).tolist()
        [600.0, 620.0]
        """
        return self.base - self.factor * (log_odds + math.log(self.odds))


@dataclass(frozen=True, slots=True)
class Scored:
    """Rows that were scored; every array has shape (rows,), `points` one such array a term.

    `log_odds` is before calibration; `points` are log-odds of default (more is worse).
    """

    pd: Floats
    log_odds: Floats
    score: Floats
    points: dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row stands worse than the population: `points` are score points lost (negative) or won."""

    column: str
    label: Label
    value: str
    bin: Label
    points: float


@dataclass(frozen=True)
class Additive:
    """The glass-box model. Build it by training or with `load`; it never changes."""

    target: str
    positive: str
    intercept: float
    terms: tuple[Term, ...]
    derived: tuple[Derived, ...] = ()
    slope: float = 1.0
    offset: float = 0.0
    scale: Scale = field(default_factory=Scale)
    labels: Mapping[str, Label] = field(default_factory=dict)
    worse_when: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.slope > 0, "a calibration must keep the order of the rows"

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The columns that a table must have to be scored, in the order of first use."""
        made = {step.name: step for step in self.derived}
        names: dict[str, None] = {}
        for term in self.terms:
            for column in term.columns:
                step = made.get(column)
                names.update(dict.fromkeys((step.left, step.right) if step else (column,)))
        return tuple(names)

    @cached_property
    def categories(self) -> frozenset[str]:
        """The inputs that are categories."""
        return frozenset(axis.column for term in self.terms for axis in term.axes if isinstance(axis, Levels))

    def read(self, columns: Columns) -> dict[str, Column]:
        """The inputs and the derived columns as the terms read them. Raises BadInput on a missing column."""
        require(columns, self.inputs)
        ready: dict[str, Column] = {
            name: as_texts(columns[name]) if name in self.categories else as_numbers(name, columns[name])
            for name in self.inputs
        }
        for step in self.derived:
            ready[step.name] = step.values(
                np.asarray(ready[step.left], np.float64), np.asarray(ready[step.right], np.float64)
            )
        return ready

    def score(self, columns: Columns) -> Scored:
        """Score rows. Raises BadInput naming the columns that the table misses."""
        ready = self.read(columns)
        points = {term.name: term.at(ready) for term in self.terms}
        # A model that found nothing to use still scores every row: with its intercept.
        rows = len(next(iter(ready.values()), next(iter(columns.values()), ())))
        log_odds = np.full(rows, self.intercept)
        for part in points.values():
            log_odds = log_odds + part
        calibrated = self.offset + self.slope * log_odds
        return Scored(1.0 / (1.0 + np.exp(-calibrated)), log_odds, self.scale.points(calibrated), points)

    def score_one(self, values: Mapping[str, float | None]) -> tuple[float, float, list[tuple[str, float, float]]]:
        """One row's PD and score, and each term's name, points and mean: what `score` gives, in a tenth of the time.

        Only for a model of plain numbers (`plain`): an array costs more than the one number in it.
        """
        assert self.plain, "derived columns and categories are read by `score`"
        log_odds, points = self.intercept, []
        for name, axes, table, mean in self._tables:
            at = [_bin_of(values.get(column), cuts) for column, cuts in axes]
            part = table[at[0]] if len(at) == 1 else table[at[0]][at[1]]
            points.append((name, part, mean))
            log_odds += part
        calibrated = self.offset + self.slope * log_odds
        return float(1.0 / (1.0 + np.exp(-calibrated))), float(self.scale.points(calibrated)), points

    @cached_property
    def plain(self) -> bool:
        """Does it read numbers only, as they come?"""
        return not self.derived and all(isinstance(axis, Cuts) for term in self.terms for axis in term.axes)

    @cached_property
    def _tables(self) -> list[tuple[str, list[tuple[str, tuple[float, ...]]], Any, float]]:
        """Each term's name, its columns with their cuts, its points as plain lists, and its mean."""
        return [
            (
                term.name, [(axis.column, axis.cuts) for axis in term.axes if isinstance(axis, Cuts)],
                term.points.tolist(), term.mean,
            )
            for term in self.terms
        ]  # fmt: skip

    def reasons(self, columns: Columns, row: int, *, most: int = 4) -> list[Reason]:
        """The terms that cost a row the most points against the population's mean, heaviest first.

        Exact: the points of all terms add up to the row's score less the score of the mean.
        """
        one = {name: values[row : row + 1] for name, values in columns.items() if name in self.inputs}
        return self.all_reasons(one, most=most)[0]

    def all_reasons(self, columns: Columns, *, most: int = 4) -> list[list[Reason]]:
        """`reasons` of every row, in row order."""
        ready = self.read(columns)
        if not self.terms:
            return [[] for _ in range(len(next(iter(columns.values()), ())))]
        weight = -self.scale.factor * self.slope
        lost = np.column_stack([weight * (term.at(ready) - term.mean) for term in self.terms])
        heaviest = np.argsort(lost, axis=1, kind="stable")[:, :most]
        return [
            [self._reason(self.terms[at], ready, row, lost[row, at]) for at in heaviest[row] if lost[row, at] < 0]
            for row in range(len(lost))
        ]

    def label(self, column: str) -> Label:
        """The label of an input or derived column; its name where none was given."""
        if column in self.labels:
            return self.labels[column]
        for step in self.derived:
            if step.name == column:
                return step.label(self.labels)
        return Label(column, column)

    def term_label(self, term: Term) -> Label:
        """The label of a term."""
        parts = [self.label(column) for column in term.columns]
        return Label(" & ".join(part.en for part in parts), "与".join(part.zh for part in parts))

    def to_json(self) -> dict[str, Any]:
        """The artefact as plain JSON values."""
        return {
            "schema": SCHEMA,
            "kind": "additive",
            "target": self.target,
            "positive": self.positive,
            "intercept": self.intercept,
            "calibration": {"method": "logistic", "offset": self.offset, "slope": self.slope},
            "scale": {"base": self.scale.base, "odds": self.scale.odds, "double": self.scale.double},
            "derived": [step.to_json() for step in self.derived],
            "terms": [_term_json(term) for term in self.terms],
            "labels": {name: {"en": label.en, "zh": label.zh} for name, label in self.labels.items()},
            "worse_when": dict(self.worse_when),
            "facts": dict(self.facts),
        }

    @property
    def canonical(self) -> bytes:
        """The artefact's one way to be written: sorted keys, no spaces, UTF-8, shortest exact floats."""
        text = json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return text.encode()

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON, as hex: it names this very model in every decision."""
        return hashlib.sha256(self.canonical).hexdigest()

    def save(self, file: Path) -> None:
        """Write the canonical JSON."""
        file.write_bytes(self.canonical)

    @staticmethod
    def load(file: Path) -> Additive:
        """Read an artefact. Raises BadInput when the file is absent, broken or of another schema."""
        try:
            return Additive.from_json(json.loads(file.read_bytes()))
        except FileNotFoundError:
            raise BadInput(f"there is no model at {file}", then="fit one with `puhui model fit`") from None
        except (ValueError, KeyError, TypeError, AssertionError) as broken:
            raise BadInput(f"{file} is not a model that can be read ({broken})", then="fit the model again") from None

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Additive:
        """The model from plain JSON values. Raises ValueError on another schema."""
        if data.get("schema") != SCHEMA or data.get("kind") != "additive":
            raise ValueError(f"schema {data.get('schema')} of kind {data.get('kind')} is not additive {SCHEMA}")
        return Additive(
            target=data["target"],
            positive=data["positive"],
            intercept=data["intercept"],
            terms=tuple(_term(entry) for entry in data["terms"]),
            derived=tuple(Derived(Op(step["op"]), step["left"], step["right"]) for step in data["derived"]),
            slope=data["calibration"]["slope"],
            offset=data["calibration"]["offset"],
            scale=Scale(**data["scale"]),
            labels={name: Label(label["en"], label["zh"]) for name, label in data["labels"].items()},
            worse_when=data["worse_when"],
            facts=data["facts"],
        )

    def _reason(self, term: Term, ready: Mapping[str, Column], row: int, lost: float) -> Reason:
        bins = [axis.text(int(axis.bins(ready[axis.column][row : row + 1])[0])) for axis in term.axes]
        values = "; ".join(_shown(ready[axis.column][row]) for axis in term.axes)
        words = Label("; ".join(text.en for text in bins), "；".join(text.zh for text in bins))
        return Reason(term.name, self.term_label(term), values, words, float(lost))


def _term_json(term: Term) -> dict[str, Any]:
    axes: list[dict[str, Any]] = [
        {"column": axis.column, "cuts": list(axis.cuts)}
        if isinstance(axis, Cuts)
        else {"column": axis.column, "levels": list(axis.levels)}
        for axis in term.axes
    ]
    return {"axes": axes, "points": term.points.tolist(), "mean": term.mean}


def _term(entry: Mapping[str, Any]) -> Term:
    axes = tuple(
        Cuts(axis["column"], tuple(axis["cuts"])) if "cuts" in axis else Levels(axis["column"], tuple(axis["levels"]))
        for axis in entry["axes"]
    )
    return Term(axes, np.array(entry["points"], dtype=np.float64), entry["mean"])


def _shown(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    return value if isinstance(value, str) else f"{value:.6g}"


def _short(number: float) -> str:
    """A number for a person: four significant digits, thousands separated.

    >>> [_short(x) for x in (0.0, 1234567.8, 0.0123456, -12.0)]
    ['0', '1,234,568', '0.01235', '-12']
    """
    if number and abs(number) < 1000:
        return f"{number:.4g}"
    return f"{number:,.0f}"
