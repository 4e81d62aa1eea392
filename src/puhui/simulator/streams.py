"""Random streams: one for each purpose, district and month, so that no draw depends on who draws first.

A world's bytes are then the same for one process or many, and a change in one supplier's file leaves the others alone.
"""

from __future__ import annotations

from enum import IntEnum, auto

import numpy as np


class Purpose(IntEnum):
    """What a stream is drawn for. Append only: a number that moves changes every world."""

    MACRO = auto()
    POPULATION = auto()
    OWNERS = auto()
    NETWORK = auto()
    FRAUDS = auto()
    HEALTH = auto()
    SALES = auto()
    PURCHASES = auto()
    CHEATING = auto()
    BORROWING = auto()
    TAX = auto()
    BANK = auto()
    POS = auto()
    UTILITIES = auto()
    CUSTOMS = auto()
    COURTS = auto()
    SOCIAL_SECURITY = auto()
    REGISTRY = auto()
    ENTERPRISE_BUREAU = auto()
    OWNER_BUREAU = auto()
    DIRT = auto()
    COURSE = auto()


def stream(seed: int, purpose: Purpose, district: int = 0, month: int = 0) -> np.random.Generator:
    """The stream of one purpose in one district and month (month 0 also stands for "no month").

    >>> a, b = (stream(7, Purpose.SALES, 1, month).integers(1000) for month in (2, 2))
    >>> int(a) == int(b)
    True
    """
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, int(purpose), district, month])))
