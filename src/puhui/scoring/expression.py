"""The additive model as one Ibis expression: the same pd in DuckDB, Spark or any SQL engine.

A column's cuts become a balanced tree of CASE branches, so a row passes log2(bins) comparisons, not all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import ibis

from puhui.refusals import BadInput
from puhui.scoring.additive import Additive, Axis, Cuts, Levels, Term
from puhui.scoring.derived import Derived, Op

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from puhui.scoring.columns import Floats


def probability(model: Additive, table: ir.Table) -> ir.FloatingValue:
    """pd of every row of a table that has the model's inputs. Raises BadInput naming the absent ones."""
    absent = [name for name in model.inputs if name not in table.columns]
    if absent:
        raise BadInput(f"the table misses columns of the model: {', '.join(absent)}", then="add them to the table")
    values: dict[str, ir.Value] = {
        name: table[name].cast("string") if name in model.categories else table[name].cast("float64")
        for name in model.inputs
    }
    for step in model.derived:
        values[step.name] = _derived(step, values[step.left], values[step.right])
    parts = [ibis.literal(model.intercept), *(_points(term, values) for term in model.terms)]
    return 1.0 / (1.0 + (-(model.offset + model.slope * _sum(parts))).exp())


def _derived(step: Derived, left: ir.Value, right: ir.Value) -> ir.Value:
    if step.op is Op.DIFFERENCE:
        out = left - right
    elif step.op is Op.SUM:
        out = left + right
    elif step.op is Op.PRODUCT:
        out = left * right
    else:
        # Engines differ on x / 0 (infinity, NULL or an error); the model says missing.
        out = left / (right == 0.0).ifelse(ibis.null("float64"), right)
    return (out.isinf() | out.isnan()).ifelse(ibis.null("float64"), out)


def _points(term: Term, values: dict[str, ir.Value]) -> ir.Value:
    def along(axes: Sequence[Axis], points: Floats) -> ir.Value:
        if points.ndim == 0:
            return ibis.literal(float(points))
        if (points == points.flat[0]).all():
            return ibis.literal(float(points.flat[0]))
        axis, rest = axes[0], axes[1:]
        if isinstance(axis, Cuts):
            return _by_cuts(axis, values[axis.column], points, lambda part: along(rest, part))
        return _by_levels(axis, values[axis.column], points, lambda part: along(rest, part))

    return along(term.axes, term.points)


def _by_cuts(axis: Cuts, value: ir.Value, points: Floats, leaf: Callable[[Floats], ir.Value]) -> ir.Value:
    def tree(first: int, last: int) -> ir.Value:
        if (points[first : last + 1] == points[first]).all():
            return leaf(points[first])
        middle = (first + last) // 2  # bins up to `middle` lie below the cut that opens the bin after it
        return (value < axis.cuts[middle - 1]).ifelse(tree(first, middle), tree(middle + 1, last))

    return (value.isnull() | value.isnan()).ifelse(leaf(points[0]), tree(1, axis.size - 1))


def _by_levels(axis: Levels, value: ir.Value, points: Floats, leaf: Callable[[Floats], ir.Value]) -> ir.Value:
    branches = [(value == level, leaf(points[at + 1])) for at, level in enumerate(axis.levels)]
    missing = value.isnull() | (value == "")
    return ibis.cases((missing, leaf(points[0])), *branches, else_=leaf(points[axis.size - 1]))


def _sum(parts: Sequence[ir.Value]) -> ir.Value:
    """A balanced sum, so that hundreds of terms nest only a few levels deep."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return _sum(parts[:half]) + _sum(parts[half:])
