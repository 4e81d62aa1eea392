"""The rows that a model learns from: numbers, categories and the outcome, ready for any trainer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from puhui.scoring.additive import Additive, Levels, Term
from puhui.scoring.challenger import matrix_of
from puhui.scoring.columns import Column, Floats, Texts
from puhui.scoring.derived import Derived
from puhui.scoring.measures import Ints
from puhui.words import Label

Rows = NDArray[np.intp]
MOST_LEVELS = 60
LEAST_SHARE = 0.005
LEAST_ROWS = 10


@dataclass(frozen=True)
class Sample:
    """Columns of one length with the outcome `y` (1 = the bad outcome came).

    `worse_when` says for some numeric columns which side is worse, "higher" or "lower".
    """

    numbers: Mapping[str, Floats]
    texts: Mapping[str, Texts]
    y: Ints
    worse_when: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Label] = field(default_factory=dict)
    target: str = "target"
    positive: str = "1"

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.y)

    @property
    def bads(self) -> int:
        """How many of them turned bad."""
        return int(self.y.sum())

    @property
    def columns(self) -> dict[str, Column]:
        """All columns by name, numbers first."""
        return {**self.numbers, **self.texts}

    def take(self, rows: Rows) -> Sample:
        """Some of the rows."""
        return replace(
            self,
            numbers={name: values[rows] for name, values in self.numbers.items()},
            texts={name: values[rows] for name, values in self.texts.items()},
            y=self.y[rows],
        )

    def without(self, names: frozenset[str]) -> Sample:
        """All but some columns."""
        return replace(
            self,
            numbers={name: values for name, values in self.numbers.items() if name not in names},
            texts={name: values for name, values in self.texts.items() if name not in names},
        )

    def model(self, intercept: float, terms: Sequence[Term], derived: Sequence[Derived]) -> Additive:
        """An additive model of this sample's target, with the derived columns that its terms use."""
        used = {column for term in terms for column in term.columns}
        return Additive(
            self.target,
            self.positive,
            intercept,
            tuple(terms),
            derived=tuple(step for step in derived if step.name in used),
            labels=dict(self.labels),
            worse_when=dict(self.worse_when),
        )

    def with_derived(self, derived: tuple[Derived, ...]) -> Sample:
        """The sample with derived columns added to its numbers."""
        made = {step.name: step.values(self.numbers[step.left], self.numbers[step.right]) for step in derived}
        return replace(self, numbers={**self.numbers, **made})


@dataclass(frozen=True)
class Encoding:
    """How a sample becomes one matrix: numbers first, then each category as the index of its level."""

    numbers: tuple[str, ...]
    levels: tuple[Levels, ...]

    @staticmethod
    def of(sample: Sample) -> Encoding:
        """Learn the levels of each category: rare ones are left to share one bin with those never seen."""
        return Encoding(tuple(sample.numbers), tuple(frequent(name, sample.texts[name]) for name in sample.texts))

    @property
    def names(self) -> tuple[str, ...]:
        """The matrix's columns."""
        return (*self.numbers, *(axis.column for axis in self.levels))

    @property
    def categorical(self) -> list[int]:
        """The places of the categories in the matrix."""
        return list(range(len(self.numbers), len(self.names)))

    def matrix(self, columns: Mapping[str, Column]) -> Floats:
        """Shape (rows, columns); a missing category is NaN, as a missing number is."""
        return matrix_of(self.numbers, self.levels, columns)

    def monotone(self, worse_when: Mapping[str, str]) -> list[int]:
        """+1 where higher is worse, −1 where lower is, 0 where nothing is declared."""
        sign = {"higher": 1, "lower": -1}
        return [sign.get(worse_when.get(name, ""), 0) for name in self.names]


def frequent(name: str, values: Texts) -> Levels:
    """The levels with enough rows to speak for themselves, most frequent first.

    >>> frequent("trade", np.array(["a"] * 30 + ["b"] * 20 + ["c"], dtype=object)).levels
    ('a', 'b')
    """
    counts = Counter(value for value in values.tolist() if value is not None)
    least = max(LEAST_ROWS, LEAST_SHARE * len(values))
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return Levels(name, tuple(str(level) for level, count in ranked[:MOST_LEVELS] if count >= least))


def stratified(y: Ints, folds: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """(training rows, held-out rows) of each fold; every fold has its share of bads, to one row."""
    fold = np.empty(len(y), dtype=np.intp)
    random = np.random.default_rng(seed)
    for outcome in (0, 1):
        rows = random.permutation(np.flatnonzero(y == outcome))
        fold[rows] = np.arange(len(rows)) % folds
    for at in range(folds):
        yield np.flatnonzero(fold != at), np.flatnonzero(fold == at)
