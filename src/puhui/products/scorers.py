"""Models as texts that can be kept, named by their hash and read back: the additive ones, and boosted trees.

Promises that a text whose content is not that of its name is never scored with (`Altered`).
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from puhui.ids import digest
from puhui.refusals import BadInput
from puhui.scoring.additive import Additive
from puhui.scoring.challenger import Challenger

ADDITIVE, TREES = "additive", "lightgbm"
Model = Additive | Challenger


class Altered(Exception):
    """A kept text is not what its name says: whoever decides with it must stop, and a person must look."""


@dataclass(frozen=True)
class Scorer:
    """A model of a product under its number and hash."""

    number: int
    sha256: str
    model: Model


@dataclass(frozen=True, slots=True)
class Score:
    """One firm's score. `points` are score points won or lost (negative) against the average firm, by variable."""

    pd: float
    score: float
    points: tuple[tuple[str, float], ...] = ()


def text_of(model: Model) -> str:
    """The text that keeps a model."""
    if isinstance(model, Additive):
        return model.canonical.decode()
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder))
        files = {path.name: path.read_text(encoding="utf-8") for path in sorted(Path(folder).iterdir())}
    return json.dumps({"kind": TREES, "files": files}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def kind_of(model: Model) -> str:
    """What sort of model it is."""
    return ADDITIVE if isinstance(model, Additive) else TREES


def sha256(text: str) -> str:
    """The name of a kept text."""
    return digest([text.encode()])


@lru_cache(maxsize=64)
def model_of(text: str, named: str) -> Model:
    """The model that a text keeps. Raises Altered when the text is not what its name says, BadInput when it is none."""
    if sha256(text) != named:
        raise Altered(f"the model {named[:12]} was altered: its content has the hash {sha256(text)[:12]}")
    return read(text)


def read(text: str) -> Model:
    """A model from its text, whatever its name. Raises BadInput when it is none."""
    try:
        said = json.loads(text)
        if said["kind"] == ADDITIVE:
            return Additive.from_json(said)
        with tempfile.TemporaryDirectory() as folder:
            for name, content in said["files"].items():
                (Path(folder) / Path(name).name).write_text(content, encoding="utf-8")
            return Challenger.load(Path(folder))
    except (ValueError, KeyError, TypeError, AssertionError) as broken:
        raise BadInput(f"a kept model cannot be read ({broken})", then="restore the book from a backup") from None


def score_one(model: Model, variables: Mapping[str, float | None], *, pd_floor: float) -> Score:
    """One firm's score: six decimals of PD and two of points, which no rule tells apart any further.

    No PD is believed below `pd_floor`.
    """
    if isinstance(model, Additive) and model.plain:
        pd, points, parts = model.score_one(variables)
        pd, points = max(round(pd, 6), pd_floor), round(points, 2)
        return Score(pd, points, _moved(model, [(name, part - mean) for name, part, mean in parts]))
    columns: dict[str, Any] = {name: np.array([_number(variables.get(name))]) for name in model.inputs}
    scored = model.score(columns or {"a firm": np.array([math.nan])})  # a model that reads nothing scores all the same
    pd, points = max(round(float(scored.pd[0]), 6), pd_floor), round(float(scored.score[0]), 2)
    if not isinstance(model, Additive):
        return Score(pd, points)
    return Score(
        pd, points, _moved(model, [(term.name, scored.points[term.name][0] - term.mean) for term in model.terms])
    )


def _moved(model: Additive, parts: list[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Log-odds against the average firm's as score points, what costs most first."""
    weight = -model.scale.factor * model.slope
    moved = [(name, round(float(weight * part), 2)) for name, part in parts]
    return tuple(sorted(moved, key=lambda pair: (pair[1], pair[0])))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
