"""Columns as the models see them: numbers as float64 with NaN for missing, categories as text with None."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from puhui.refusals import BadInput

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]
Column = Floats | Texts
Values = Sequence[Any] | NDArray[Any]
Columns = Mapping[str, Values]
"""Column name → sequence of one value a row, all of one length (lists, numpy or Arrow arrays)."""


def as_numbers(name: str, values: Values) -> Floats:
    """A column as float64, shape (rows,); None becomes NaN. Raises BadInput where a value is no number.

    >>> as_numbers("sales", [1, None, 2.5]).tolist()
    [1.0, nan, 2.5]
    >>> as_numbers("sales", ["many"])
    Traceback (most recent call last):
    ...
    puhui.refusals.BadInput: column 'sales' holds 'many', which is not a number. To go on: give numbers there.
    """
    array = np.asarray(_plain(values))
    if array.dtype.kind in "fiub":
        return array.astype(np.float64)
    out = np.empty(len(array), dtype=np.float64)
    for row, value in enumerate(array.tolist()):
        try:
            out[row] = np.nan if value is None or value == "" else float(value)
        except (TypeError, ValueError):
            raise BadInput(
                f"column '{name}' holds '{value}', which is not a number", then="give numbers there"
            ) from None
    return out


def as_texts(values: Values) -> Texts:
    """A column as text, shape (rows,); None, NaN and the empty text become None.

    >>> as_texts(["a", None, "", float("nan"), 3]).tolist()
    ['a', None, None, None, '3']
    """
    out = np.empty(len(values), dtype=object)
    for row, value in enumerate(_plain(values)):
        missing = value is None or value == "" or (isinstance(value, float) and value != value)  # noqa: PLR0124
        out[row] = None if missing else str(value)
    return out


def require(columns: Columns, names: Iterable[str]) -> None:
    """Raises BadInput naming every column of the model that the table misses."""
    absent = [name for name in names if name not in columns]
    if absent:
        raise BadInput(
            f"the table misses {len(absent)} column(s) of the model: {', '.join(absent)}",
            then="give a table with every column that the model was fitted on",
        )


def _plain(values: Values) -> Values:
    """Python values of an Arrow array; anything else as it is."""
    return values.to_pylist() if hasattr(values, "to_pylist") else values
