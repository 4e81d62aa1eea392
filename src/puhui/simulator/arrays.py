"""The shapes that the simulator works in: one array a fact, one place a firm, a row or a day."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]
Whole = NDArray[np.int64]
Yes = NDArray[np.bool_]
Texts = NDArray[np.str_]
Bytes = NDArray[np.uint8]


def sigmoid(x: Real) -> Real:
    """The logistic function.

    >>> sigmoid(np.array([0.0, 100.0])).tolist()
    [0.5, 1.0]
    """
    return np.asarray(1 / (1 + np.exp(-x)))


def sums(of: Whole, by: Whole, n: int) -> Whole:
    """Whole amounts added up by firm; exact, as floats below 2**53 are.

    >>> sums(np.array([5, 7, 1]), np.array([2, 0, 2]), 3).tolist()
    [7, 0, 6]
    """
    return np.rint(np.bincount(by, weights=of.astype(np.float64), minlength=n)).astype(np.int64)


def within(groups: Whole) -> Whole:
    """The place of each row in its run of equal, adjacent groups.

    >>> within(np.array([3, 3, 5, 5, 5])).tolist()
    [0, 1, 0, 1, 2]
    """
    place = np.arange(groups.size)
    begins = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]]) if groups.size else place
    return np.asarray(place - np.repeat(begins, np.diff(np.r_[begins, groups.size])))


def fen(yuan: NDArray[np.floating[Any]]) -> Whole:
    """Yuan as whole fen.

    >>> fen(np.array([1.005, 2.5])).tolist()
    [100, 250]
    """
    return np.asarray(np.rint(yuan * 100), np.int64)
