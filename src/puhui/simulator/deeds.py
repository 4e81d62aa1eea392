"""What the cheats of a district have really done, by month: who was drawn to cheat and never came to it is no cheat.

A firm that had closed, failed or not begun when it was to invent sales has invented none. The truth tells of deeds
only, so that whoever is measured against it is measured by what happened.
"""

from __future__ import annotations

import numpy as np

from puhui.simulator.arrays import Whole, Yes
from puhui.simulator.district import District
from puhui.simulator.frauds import SHARE

FEWEST = {"stacked_loans": 2}  # one loan more is no stack


class Deeds:
    """How often each firm has done what, and in which months first and last (-1: never)."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.times: dict[str, Whole] = {fraud: np.zeros(district.n, np.int64) for fraud in SHARE}
        self.first: dict[str, Whole] = {fraud: np.full(district.n, -1, np.int64) for fraud in SHARE}
        self.last: dict[str, Whole] = {fraud: np.full(district.n, -1, np.int64) for fraud in SHARE}

    def note(self, fraud: str, firms: Whole, month: int) -> None:
        """These firms have done it in this month; a firm that stands there twice has done it twice."""
        self.times[fraud] += np.bincount(firms, minlength=self.district.n)
        first, last = self.first[fraud], self.last[fraud]
        first[firms] = np.where(first[firms] < 0, month, first[firms])
        last[firms] = month

    def note_standing(self, month: int) -> None:
        """What is a state and no act: a paper company that exists, a hidden tie of two that do, a closed circle."""
        frauds, alive = self.district.frauds, self.district.health.pulse[:, month] > 0
        self.note("shell", np.flatnonzero(frauds.shell & alive), month)
        tied = (frauds.affiliate >= 0) & alive & alive[frauds.affiliate]
        self.note("hidden_affiliates", np.flatnonzero(tied), month)
        vouches = frauds.active("guarantee_circle", month) & alive & alive[frauds.guarantees]
        self.note("guarantee_circle", np.flatnonzero(_whole(frauds.ring["guarantee_circle"], vouches)), month)

    def done_by(self, fraud: str) -> Yes:
        """Who has done it."""
        return self.times[fraud] >= FEWEST.get(fraud, 1)


def _whole(ring: Whole, there: Yes) -> Yes:
    """The members of the rings of which every member is there.

    >>> _whole(np.array([0, 0, 1, 1, -1]), np.array([True, True, True, False, True])).tolist()
    [True, True, False, False, False]
    """
    broken = np.unique(ring[~there])
    return (ring >= 0) & ~np.isin(ring, broken)
