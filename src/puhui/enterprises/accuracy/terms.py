"""Weights, tolerances, priors and the detectors' thresholds are dated data, in `accuracy/terms.json`."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from puhui import dated
from puhui.dated import Terms

__all__ = ["Terms", "load"]
FILE = Path(__file__).with_name("terms.json")


@lru_cache(maxsize=64)
def load(on: date) -> Terms:
    """The terms of a day; see `dated.load`.

    >>> load(date(2024, 1, 1)).number("weight_agreement")
    Decimal('0.6')
    """
    return dated.load(FILE, on=on)
