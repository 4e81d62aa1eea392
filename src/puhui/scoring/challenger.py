"""The challenger: boosted trees of LightGBM, in text files and one small JSON. Serving needs LightGBM and numpy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from puhui.refusals import BadInput
from puhui.scoring.additive import Levels, Scale, Scored
from puhui.scoring.columns import Column, Columns, Floats, as_numbers, as_texts, require
from puhui.scoring.derived import Derived, Op

if TYPE_CHECKING:  # it loads for seconds, and only a model that is read needs it
    import lightgbm as lgb

SCHEMA = 1


@dataclass(frozen=True)
class Challenger:
    """Bagged boosters, their columns in order (numbers, then categories), and the calibration."""

    target: str
    positive: str
    boosters: tuple[lgb.Booster, ...]
    rounds: int
    numbers: tuple[str, ...]
    levels: tuple[Levels, ...]
    derived: tuple[Derived, ...]
    slope: float
    offset: float
    scale: Scale = field(default_factory=Scale)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that a table must have to be scored."""
        made = {step.name for step in self.derived}
        return (*(name for name in self.numbers if name not in made), *(axis.column for axis in self.levels))

    def score(self, columns: Columns) -> Scored:
        """Score rows. Raises BadInput naming the columns that the table misses."""
        require(columns, self.inputs)
        made = {step.name for step in self.derived}
        ready: dict[str, Column] = {name: as_numbers(name, columns[name]) for name in self.numbers if name not in made}
        for step in self.derived:
            ready[step.name] = step.values(
                np.asarray(ready[step.left], np.float64), np.asarray(ready[step.right], np.float64)
            )
        ready |= {axis.column: as_texts(columns[axis.column]) for axis in self.levels}
        log_odds = self.log_odds(ready)
        calibrated = self.offset + self.slope * log_odds
        return Scored(1.0 / (1.0 + np.exp(-calibrated)), log_odds, self.scale.points(calibrated), {})

    def log_odds(self, columns: Mapping[str, Column]) -> Floats:
        """Mean raw log-odds of the boosters, before calibration."""
        matrix = matrix_of(self.numbers, self.levels, columns)
        raw = [
            booster.predict(matrix, raw_score=True, num_iteration=self.rounds, num_threads=1)
            for booster in self.boosters
        ]
        found: Floats = np.mean(raw, axis=0)
        return found

    def save(self, folder: Path) -> None:
        """Write `challenger.json` and one text file a booster into a folder that exists."""
        for at, booster in enumerate(self.boosters):
            booster.save_model(folder / _file(at), num_iteration=self.rounds)
        facts = {
            "schema": SCHEMA,
            "kind": "lightgbm",
            "target": self.target,
            "positive": self.positive,
            "boosters": [_file(at) for at in range(len(self.boosters))],
            "sha256": [
                hashlib.sha256((folder / _file(at)).read_bytes()).hexdigest() for at in range(len(self.boosters))
            ],
            "rounds": self.rounds,
            "numbers": list(self.numbers),
            "levels": [{"column": axis.column, "levels": list(axis.levels)} for axis in self.levels],
            "derived": [step.to_json() for step in self.derived],
            "calibration": {"method": "logistic", "offset": self.offset, "slope": self.slope},
            "facts": dict(self.facts),
        }
        text = json.dumps(facts, ensure_ascii=False, sort_keys=True, indent=1)
        (folder / "challenger.json").write_text(text, encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> Challenger:
        """Read what `save` wrote. Raises BadInput when it is absent, broken or was changed."""
        import lightgbm as lgb  # noqa: PLC0415

        file = folder / "challenger.json"
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            texts = [(folder / name).read_text(encoding="utf-8") for name in data["boosters"]]
        except (OSError, ValueError, KeyError) as broken:
            raise BadInput(
                f"there is no challenger that can be read in {folder} ({broken})", then="fit it again"
            ) from None
        found = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        if found != data["sha256"]:
            raise BadInput(f"a tree file in {folder} was changed after it was fitted", then="fit the model again")
        return Challenger(
            data["target"],
            data["positive"],
            tuple(lgb.Booster(model_str=text) for text in texts),
            data["rounds"],
            tuple(data["numbers"]),
            tuple(Levels(axis["column"], tuple(axis["levels"])) for axis in data["levels"]),
            tuple(Derived(Op(step["op"]), step["left"], step["right"]) for step in data["derived"]),
            data["calibration"]["slope"],
            data["calibration"]["offset"],
            facts=data["facts"],
        )


def matrix_of(numbers: tuple[str, ...], levels: tuple[Levels, ...], columns: Mapping[str, Column]) -> Floats:
    """Shape (rows, columns): numbers, then the index of each category's level; missing is NaN in both."""
    parts = [np.asarray(columns[name], dtype=np.float64) for name in numbers]
    for axis in levels:
        bins = axis.bins(columns[axis.column]).astype(np.float64)
        parts.append(np.where(bins == 0, np.nan, bins))
    return np.column_stack(parts)


def _file(at: int) -> str:
    return f"trees-{at}.txt"
