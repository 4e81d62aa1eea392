"""Derived columns: what two columns say together, and neither alone.

A firm's accounts hold identities: sales over assets by one route equals sales over assets by another. A row that
breaks one tells something. Each derived column is one arithmetic step on two columns, found by
`training.crossing` inside the folds, kept in the artefact, and computed the same in numpy and in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from puhui.scoring.columns import Floats
from puhui.words import Label


class Op(StrEnum):
    """How two columns become one."""

    DIFFERENCE = "-"
    RATIO = "/"
    PRODUCT = "*"
    SUM = "+"


SIGN = {Op.DIFFERENCE: "−", Op.RATIO: "÷", Op.PRODUCT: "×", Op.SUM: "+"}
assert SIGN.keys() == set(Op)


@dataclass(frozen=True, slots=True)
class Derived:
    """One arithmetic step on two numeric columns; missing where it is not a finite number.

    >>> Derived(Op.RATIO, "debt", "sales").name
    'debt ÷ sales'
    """

    op: Op
    left: str
    right: str

    @property
    def name(self) -> str:
        """The name of the column it makes."""
        return f"{self.left} {SIGN[self.op]} {self.right}"

    def label(self, labels: Mapping[str, Label]) -> Label:
        """The label in both languages, from the labels of its two columns."""
        left = labels.get(self.left, Label(self.left, self.left))
        right = labels.get(self.right, Label(self.right, self.right))
        sign = SIGN[self.op]
        return Label(f"{left.en} {sign} {right.en}", f"{left.zh} {sign} {right.zh}")

    def values(self, left: Floats, right: Floats) -> Floats:
        """The column, shape (rows,).

        >>> Derived(Op.RATIO, "a", "b").values(np.array([1.0, 2.0, 3.0]), np.array([4.0, 0.0, np.nan])).tolist()
        [0.25, nan, nan]
        """
        return apply(self.op, left, right)

    def to_json(self) -> dict[str, Any]:
        """What the artefact keeps."""
        return {"op": self.op.value, "left": self.left, "right": self.right}


def apply(op: Op, left: Floats, right: Floats) -> Floats:
    """One step on two arrays of one shape; a result that is not finite is missing (NaN)."""
    with np.errstate(all="ignore"):
        if op is Op.DIFFERENCE:
            out = left - right
        elif op is Op.SUM:
            out = left + right
        elif op is Op.PRODUCT:
            out = left * right
        else:
            out = left / right
    return np.where(np.isfinite(out), out, np.nan)
