"""From variables to the facts that the decision graph reads: a line a fact in the product's definition. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FromVariable:
    """A fact is a variable times a factor; `whole` cuts it down to whole units, as rules and words count them.

    Where the variable is not known, the first of `or_else` that is known stands in.
    """

    variable: str
    factor: float = 1.0
    whole: bool = False
    or_else: tuple[str, ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """All variables that may be read for the fact."""
        return (self.variable, *self.or_else)

    def to_json(self) -> dict[str, Any]:
        """As the definition writes it, without what is left at its default."""
        said: dict[str, Any] = {"variable": self.variable}
        if self.factor != 1.0:
            said["factor"] = self.factor
        if self.whole:
            said["whole"] = True
        return said | ({"or_else": list(self.or_else)} if self.or_else else {})


def of(variables: Mapping[str, float | None], facts: Mapping[str, FromVariable]) -> dict[str, float | None]:
    """The graph's facts from a firm's variables; what is missing or not finite is None, "not known".

    >>> facts = {"months": FromVariable("years", 12, whole=True), "void_rate": FromVariable("void", 0.01),
    ...     "turnover": FromVariable("declared", or_else=("invoiced", "received"))}
    >>> of({"years": 2.99, "void": 7.5, "declared": float("nan"), "received": 80.0}, facts)
    {'months': 35, 'void_rate': 0.075, 'turnover': 80.0}
    >>> of({}, facts)
    {'months': None, 'void_rate': None, 'turnover': None}
    """
    return {fact: _value(variables, source) for fact, source in facts.items()}


def _value(variables: Mapping[str, float | None], source: FromVariable) -> float | None:
    for name in source.variables:
        raw = variables.get(name)
        if raw is not None and math.isfinite(raw):
            scaled = raw * source.factor
            return math.floor(scaled) if source.whole else round(scaled, 6)
    return None
