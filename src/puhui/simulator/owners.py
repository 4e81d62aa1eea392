"""Who owns whom: people, their firms, and the groups that one person controls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from puhui.simulator import credit_codes, names
from puhui.simulator.arrays import Texts, Whole
from puhui.simulator.firms import REGION, Firms
from puhui.simulator.streams import Purpose, stream

IN_GROUPS = 0.12  # of the firms
GROUP_SIZES, GROUP_SIZES_SHARE = (2, 3, 4, 5), (0.6, 0.25, 0.1, 0.05)
OTHER_REPRESENTATIVE = 0.4  # of a group's further firms: someone else signs, the same person owns
SECOND_SHAREHOLDER = 0.6


@dataclass(frozen=True)
class Owners:
    """People by place (`person`, `name`); for each firm who signs for it and who owns it.

    `majority_bp` is the main owner's share in basis points; `second` holds the rest (-1: nobody, then it is 10000).
    `group` numbers the firms of one owner (-1: alone).
    """

    person: Texts
    name: Texts
    representative: Whole
    majority: Whole
    majority_bp: Whole
    second: Whole
    group: Whole


def draw_owners(seed: int, firms: Firms) -> Owners:
    """People for a district's firms; some own several."""
    rng = stream(seed, Purpose.OWNERS, firms.district)
    n = firms.n
    group = _groups(n, rng)
    majority, representative = np.arange(n), np.arange(n)
    grouped = np.flatnonzero(group >= 0)
    leader = np.full(n, n, np.int64)
    np.minimum.at(leader, group[grouped], grouped)  # by group: its first firm
    majority[grouped] = leader[group[grouped]]
    own_sign = rng.random(n) < OTHER_REPRESENTATIVE
    representative = np.where(own_sign, representative, majority)
    second = np.where(rng.random(n) < SECOND_SHAREHOLDER, n + np.arange(n), -1)
    share = np.where(second >= 0, 5_100 + 100 * rng.integers(0, 40, n), 10_000)
    born = -(rng.normal(0, 9, 2 * n).clip(-16, 22) * 365.25).astype(np.int64) + 3_650  # around 1980
    return Owners(
        person=credit_codes.identity_numbers(firms.counter + np.arange(2 * n), born, region=REGION),
        name=names.people(2 * n, rng),
        representative=representative,
        majority=majority,
        majority_bp=share,
        second=second,
        group=group,
    )


def _groups(n: int, rng: np.random.Generator) -> Whole:
    """The group of each firm: some firms, shuffled and cut into runs."""
    chosen = rng.permutation(n)[: int(IN_GROUPS * n)]
    sizes = rng.choice(GROUP_SIZES, chosen.size, p=GROUP_SIZES_SHARE)
    number = np.repeat(np.arange(chosen.size), sizes)[: chosen.size]
    group = np.full(n, -1, np.int64)
    whole = np.bincount(number, minlength=chosen.size)[number] > 1 if number.size else number.astype(bool)
    group[chosen[whole]] = number[whole]
    return group
