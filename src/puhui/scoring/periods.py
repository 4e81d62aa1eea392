"""Stability over time: which period each row belongs to, and how ranking, level and score move between periods."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime

import numpy as np
import pyarrow as pa

from puhui.refusals import BadInput
from puhui.scoring.columns import Floats
from puhui.scoring.measures import Ints, auc, psi
from puhui.scoring.values import Period

MOST_PERIODS = 12
SCORE_BINS = 10
LEAST_BADS = 5
LEAST_SHARE = 0.02  # of the rows; a thinner period shares one with its neighbour
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
YEAR_FIRST = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})\D?.*")
YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{2,4})")
NAMED_MONTH = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{2,4})")

Key = tuple[float, ...]
GRAINS: tuple[tuple[Callable[[date], Key], str], ...] = (
    (lambda day: (day.year, day.month), "{0}-{1:02d}"),
    (lambda day: (day.year, (day.month + 2) // 3), "{0} Q{1}"),
    (lambda day: (day.year,), "{0}"),
)


def periods_of(name: str, column: pa.ChunkedArray) -> tuple[tuple[str, ...], Ints]:
    """(names in order, the place of each row's period): months, quarters or years of dates, or numbers as they are.

    The finest of month, quarter, year that makes at most 12 periods; more years, or more distinct numbers, share a
    period, as thin ones do. Raises BadInput where a value is missing or is neither a date nor a number.

    >>> periods_of("day", pa.chunked_array([["1/31/2005", "2/1/2005", "2/9/2005"]]))
    (('2005-01', '2005-02'), array([0, 1, 1]))
    >>> periods_of("year", pa.chunked_array([[2004, 2003, 2004]]))
    (('2003', '2004'), array([1, 0, 1]))
    """
    values = column.to_pylist()
    if all(isinstance(value, int | float) for value in values):
        return _in_order([(float(value),) for value in values], "{0:g}")
    days = [_day(name, value) for value in values]
    for part, shape in GRAINS:
        keys = [part(day) for day in days]
        if len(set(keys)) <= MOST_PERIODS:
            return _in_order(keys, shape)
    return _in_order([part(day) for day in days], shape)


def stability(names: Sequence[str], period: Ints, y: Ints, pd: Floats) -> tuple[Period, ...]:
    """Each period's rows, bads, AUC (None under 5 rows of a class), mean pd, rate, and PSI against the first."""
    cuts = np.unique(np.quantile(pd, np.linspace(0, 1, SCORE_BINS + 1)[1:-1]))
    bins = np.searchsorted(cuts, pd, side="right")
    first = bins[period == 0]
    found = []
    for at, name in enumerate(names):
        rows = period == at
        bads = int(y[rows].sum())
        ranks = auc(y[rows], pd[rows]) if min(bads, rows.sum() - bads) >= LEAST_BADS else None
        drift = psi(first, bins[rows], len(cuts) + 1)
        found.append(Period(name, int(rows.sum()), bads, ranks, float(pd[rows].mean()), float(y[rows].mean()), drift))
    return tuple(found)


def last_fifth(period: Ints, y: Ints) -> int | None:
    """The first period of the out-of-time test: the latest periods that hold a fifth of the rows, or None."""
    counts = np.bincount(period)
    for since in range(len(counts) - 1, 0, -1):
        held = period >= since
        enough = min(y[held].sum(), (1 - y[held]).sum(), y[~held].sum(), (1 - y[~held]).sum()) >= 2 * LEAST_BADS
        if held.mean() >= 0.2 and enough:
            return since if held.mean() <= 0.6 else None
    return None


def _in_order(keys: Sequence[Key], shape: str) -> tuple[tuple[str, ...], Ints]:
    rows = Counter(keys)
    ordered = sorted(rows)
    groups = _thick([rows[key] for key in ordered], LEAST_SHARE * len(keys))
    if len(groups) > MOST_PERIODS:
        groups = [[at for group in some for at in group] for some in _split(groups, MOST_PERIODS)]
    place = {ordered[one]: at for at, group in enumerate(groups) for one in group}
    texts = [shape.format(*key) for key in ordered]
    names = tuple(texts[g[0]] if len(g) == 1 else f"{texts[g[0]]} – {texts[g[-1]]}" for g in groups)
    return names, np.array([place[key] for key in keys], dtype=np.int64)


def _thick(rows: Sequence[int], least: float) -> list[list[int]]:
    """Neighbours together until they have enough rows; what is left over at the end joins the last.

    >>> _thick([1, 1, 50, 40, 1], 5)
    [[0, 1, 2], [3, 4]]
    """
    groups: list[list[int]] = [[]]
    held = 0
    for at, count in enumerate(rows):
        if held >= least and groups[-1]:
            groups.append([])
            held = 0
        groups[-1].append(at)
        held += count
    if held < least and len(groups) > 1:
        last = groups.pop()
        groups[-1] += last
    return groups


def _split(groups: list[list[int]], parts: int) -> list[list[list[int]]]:
    """As even as can be, in order."""
    return [groups[len(groups) * at // parts : len(groups) * (at + 1) // parts] for at in range(parts)]


def _day(name: str, value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip() if value is not None else ""
    try:
        if found := YEAR_FIRST.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := YEAR_LAST.fullmatch(text):
            return date(_year(found[3]), int(found[1]), int(found[2]))
        if (found := NAMED_MONTH.fullmatch(text)) and found[2].lower() in MONTHS:
            return date(_year(found[3]), MONTHS.index(found[2].lower()) + 1, int(found[1]))
    except ValueError:
        pass
    raise BadInput(f"the time column '{name}' holds '{value}', which is not a day", then="give days as 2020-02-29")


def _year(text: str) -> int:
    """Two digits mean 1970 to 2069."""
    year = int(text)
    if year >= 100:
        return year
    return year + (1900 if year >= 70 else 2000)
