"""Cases from variables and a model: a firm's PD and score, the facts for the graph, and what moved its score."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from puhui.enterprises.trade import LABELS, trade_of
from puhui.products import facts
from puhui.products.dataset import ListedFirm
from puhui.products.facts import FromVariable
from puhui.products.planning import Case
from puhui.products.values import PointReason
from puhui.scoring.additive import Additive
from puhui.variables.registry import VARIABLES
from puhui.variables.units import SCALES
from puhui.words import Label

REASONS_KEPT = 8


def build(
    firms: Sequence[ListedFirm],
    variables: pa.Table,
    model: Additive,
    *,
    read: Mapping[str, FromVariable],
    pd_floor: float,
) -> list[Case]:
    """One case a firm, in order. `variables` has a column `enterprise` and the registry's variables, a row a firm.

    `read` says which of the graph's facts comes from which variable.

    No PD is believed below `pd_floor`: a model that saw a few hundred firms cannot know of one default in ten thousand.
    """
    order = {enterprise: row for row, enterprise in enumerate(variables["enterprise"].to_pylist())}
    chosen = variables.take(pa.array([order[firm.enterprise] for firm in firms]))
    columns = {name: chosen[name].combine_chunks() for name in chosen.column_names}
    scored, points = model.score(columns), point_reasons(model, columns)
    rows = chosen.to_pylist()
    return [
        Case(
            enterprise=firm.enterprise,
            name=firm.name,
            trade=str(trade_of(firm.name)),
            trade_label=LABELS[trade_of(firm.name)],
            pd=max(float(scored.pd[at]), pd_floor),
            score=round(float(scored.score[at])),
            facts=facts.of(rows[at], read),
            points=points[at],
            variables={name: rows[at][name] for name in model.inputs if rows[at][name] is not None},
        )
        for at, firm in enumerate(firms)
    ]


def point_reasons(
    model: Additive, columns: dict[str, Any], *, most: int = REASONS_KEPT
) -> list[tuple[PointReason, ...]]:
    """Of every row, the terms that moved its score most from the average firm's, those that cost points first.

    Exact: over all terms, the points add up to the row's score less the average's.
    """
    ready = model.read(columns)
    weight = -model.scale.factor * model.slope
    moved = [(term, weight * (term.at(ready) - term.mean)) for term in model.terms]
    found = []
    for row in range(len(moved[0][1]) if moved else 0):
        strongest = sorted(moved, key=lambda pair: -abs(pair[1][row]))[:most]
        reasons = (
            PointReason(
                term.name,
                model.term_label(term),
                _shown([(name, ready[name][row]) for name in term.columns]),
                float(points[row]),
            )
            for term, points in strongest
            if round(float(points[row]), 1)
        )
        found.append(tuple(sorted(reasons, key=lambda reason: reason.points)))
    return found


def _shown(term: Sequence[tuple[str, float | str | None]]) -> Label:
    """The values behind a term, each with its variable's unit; a dash where one is not known."""
    values = [_with_unit(name, value) for name, value in term]
    return Label(" / ".join(value.en for value in values), " / ".join(value.zh for value in values))


def _with_unit(name: str, value: float | str | None) -> Label:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return Label("–", "–")
    if isinstance(value, str):
        return Label(value, value)
    number = _short(float(value))
    if name not in VARIABLES or VARIABLES[name].unit in SCALES:
        return Label(number, number)
    unit = VARIABLES[name].unit
    return Label(f"{number} {unit.en}", f"{number} {unit.zh}")


def _short(number: float) -> str:
    """Four significant digits at most, thousands separated.

    >>> _short(1234567.0), _short(0.123456), _short(36.0)
    ('1,234,567', '0.1235', '36')
    """
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"
