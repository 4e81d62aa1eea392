"""Learn a product's models from the bank's own past loans: what was known when each was made, and how it went.

A bank knows the outcome of its own loans only, and only when their time is over: a loan counts when it defaulted
within the horizon, or when the horizon has passed. Refuses to pretend: from fewer than ten of either outcome nothing
is learned, and every firm gets the share of past loans that failed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from puhui.products.definition import Definition
from puhui.products.lifecycle import Role
from puhui.products.scorers import Model
from puhui.scoring import services as scoring
from puhui.scoring.additive import Additive
from puhui.scoring.challenger import Challenger
from puhui.variables.registry import VARIABLES, channels_of
from puhui.words import Label

DEFAULTED = "defaulted"
ENOUGH = 10  # of either outcome
PRIOR_LOANS, PRIOR_BAD = 50, 2  # what is believed before any loan is known: one of 25 fails
OWNERS = "owner_bureau"


@dataclass(frozen=True)
class Learned:
    """What was learned. The shadow is the champion's form without the owner's personal credit record, or, where the
    product does not read that, on the channels alone that it cannot do without: what would the rest be worth?
    """

    champion: Additive
    challenger: Challenger | None
    shadow: Additive | None
    facts: Mapping[str, Any]

    def by_role(self) -> dict[Role, Model]:
        """The models that were learned, by the role that each is for."""
        made = {Role.CHAMPION: self.champion, Role.CHALLENGER: self.challenger, Role.SHADOW: self.shadow}
        return {role: model for role, model in made.items() if model is not None}


def learn(definition: Definition, loans: pa.Table, *, seed: int = 1) -> Learned:
    """Models of a product from past loans: a row a loan, its variables as of its day, and `defaulted` (0 or 1)."""
    outcome = loans[DEFAULTED].to_pylist()
    bad = sum(outcome)
    there = [name for name in definition.scored_on if name in loans.column_names]
    names = [name for name in there if loans[name].null_count < len(outcome)]
    counted = {"loans": len(outcome), "defaults": bad}
    if min(bad, len(outcome) - bad) < ENOUGH or not names:
        return Learned(base_rate(bad, len(outcome)), None, None, counted | {"form": "base rate"})
    fitted = _fit(loans, names, seed)
    fewer = _fewer(definition, names)
    shadow = _fit(loans, fewer, seed).champion if 0 < len(fewer) < len(names) else None
    seen = fitted.validation.champion
    facts = counted | {
        "auc": [round(part, 4) for part in (seen.auc.mean, seen.auc.lo, seen.auc.hi)],
        "ks": round(seen.ks, 4),
        "brier": round(seen.brier, 5),
        "form": fitted.champion.facts.get("form", "additive"),
    }
    return Learned(fitted.champion, fitted.challenger, shadow, facts)


def _fewer(definition: Definition, names: list[str]) -> list[str]:
    """The variables that the shadow has."""
    reads = {name: set(channels_of(VARIABLES[name])) for name in names}
    if OWNERS in definition.channels:
        return [name for name in names if OWNERS not in reads[name]]
    return [name for name in names if reads[name] <= set(definition.needed)]


def base_rate(bad: int, loans: int) -> Additive:
    """A model that knows no more than how many loans failed, drawn to what was believed before.

    >>> round(float(base_rate(0, 0).score({"x": [1.0]}).pd[0]), 3)
    0.04
    """
    share = (bad + PRIOR_BAD) / (loans + PRIOR_LOANS)
    return Additive(DEFAULTED, "1", math.log(share / (1 - share)), (), facts={"form": "base rate"})


def _fit(loans: pa.Table, names: list[str], seed: int) -> Any:  # noqa: ANN401  Fitted, whose module needs the extra
    declared = {name: VARIABLES[name] for name in names}
    return scoring.fit(
        loans.select([*names, DEFAULTED]),
        target=DEFAULTED,
        worse_when={name: one.worse_when for name, one in declared.items() if one.worse_when},
        labels={name: _named(one.label, one.unit) for name, one in declared.items()},
        derive=False,
        seed=seed,
    )


def _named(label: Label, unit: Label) -> Label:
    return Label(f"{label.en} ({unit.en})", f"{label.zh}（{unit.zh}）")
