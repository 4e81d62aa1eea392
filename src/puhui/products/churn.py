"""How many customers turn a rate down: the published table, read and made monotone."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from puhui.refusals import BadInput

RATE_HEADER = "年利率"
RATING_HEADER = "信誉评级"


@dataclass(frozen=True, slots=True)
class Churn:
    """The share of customers lost at each rate, per rating column (A, B, C). Rates rise, shares never fall."""

    rates: tuple[Decimal, ...]
    lost: Mapping[str, tuple[float, ...]]

    def at(self, rating: str, rate: Decimal) -> float:
        """The share lost at a rate of the table.

        >>> Churn((Decimal("0.04"), Decimal("0.05")), {"A": (0.0, 0.2)}).at("A", Decimal("0.05"))
        0.2
        """
        return self.lost[rating][self.rates.index(rate)]

    def points(self, rating: str) -> tuple[tuple[Decimal, float], ...]:
        """The curve of one rating as (rate, share lost)."""
        return tuple(zip(self.rates, self.lost[rating], strict=True))


def never_falling(values: Sequence[float]) -> tuple[float, ...]:
    """The closest never-falling series in least squares: pool adjacent violators (Ayer et al., 1955).

    The published shares dip in places by sampling (A at 11.45 %: 0.791 after 0.798), though nobody
    who would leave at a low rate stays at a higher one.

    >>> never_falling([0.1, 0.4, 0.2, 0.5])
    (0.1, 0.30000000000000004, 0.30000000000000004, 0.5)
    """
    pools: list[tuple[float, int]] = []
    for value in values:
        mean, count = float(value), 1
        while pools and pools[-1][0] > mean:
            before, n = pools.pop()
            mean, count = (before * n + mean * count) / (n + count), n + count
        pools.append((mean, count))
    return tuple(mean for mean, count in pools for _ in range(count))


def read(path: Path) -> Churn:
    """The churn table of a data set: a column 年利率 and one column 信誉评级<rating> for each rating.

    Raises BadInput when the file is absent, a column is missing, or a number is not a share.
    """
    then = f"give a CSV with the columns {RATE_HEADER}, {RATING_HEADER}A, {RATING_HEADER}B and {RATING_HEADER}C"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        raise BadInput(f"{path.name} is not in {path.parent}", then=then) from None
    except (UnicodeDecodeError, csv.Error) as problem:
        raise BadInput(f"{path.name} is not a CSV in UTF-8 ({problem})", then=then) from None
    if not rows:
        raise BadInput(f"{path.name} has 0 rows", then=then)
    ratings = [f"{RATING_HEADER}{letter}" for letter in "ABC"]
    if absent := [name for name in (RATE_HEADER, *ratings) if name not in rows[0]]:
        raise BadInput(f"{path.name} has no column {', '.join(absent)}", then=then)
    try:
        rows.sort(key=lambda row: Decimal(row[RATE_HEADER]))
        rates = tuple(Decimal(row[RATE_HEADER]) for row in rows)
        lost = {name[-1]: never_falling([_share(row[name]) for row in rows]) for name in ratings}
    except (InvalidOperation, TypeError, ValueError) as problem:
        raise BadInput(f"{path.name} has a cell that is no share between 0 and 1 ({problem})", then=then) from None
    return Churn(rates, lost)


def _share(text: str) -> float:
    share = float(text)
    if not (math.isfinite(share) and 0 <= share <= 1):
        raise ValueError(text)
    return share
