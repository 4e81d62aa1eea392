"""Lists of firms' trust for people: the last working-out of each firm, sorted and paged in the database.

Promises one page and how many rows are behind it; refuses an order that it does not know with a KeyError.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from puhui.ids import EnterpriseId

ORDERS: Mapping[str, str] = {
    "trust": "trust",
    "signs": "fraud_signs",
    "differ": "contradictions",
    "compared": "comparisons",
    "as_of": "as_of",
}
WITHIN = "(%(firms)s::text[] is null or enterprise = any (%(firms)s::text[]))"
LAST = "select distinct on (enterprise) * from enterprises_assessment order by enterprise, id desc"


@dataclass(frozen=True, slots=True)
class Assessed:
    """A firm's last trust. None where it could not be told."""

    firm: EnterpriseId
    as_of: date
    trust: float | None
    contradictions: int | None
    comparisons: int | None
    fraud_signs: int | None


@dataclass(frozen=True, slots=True)
class TrustTold:
    """How trust lies among all firms: `by_ten` counts firms in each ten points from 0 to 100."""

    firms: int
    contradicted: int
    suspected: int
    median: float | None
    by_ten: tuple[int, ...]


def assessed(
    *,
    words: Sequence[str] = (),
    firms: Collection[EnterpriseId] | None = None,
    order: str = "trust",
    down: bool = False,
    first: int = 0,
    many: int = 50,
) -> tuple[list[Assessed], int]:
    """A page of firms, of some or of all, with their last trust; words begin a firm's code."""
    where = " and ".join([WITHIN, *(f"upper(enterprise) like %(w{n})s" for n in range(len(words)))])
    values: dict[str, Any] = {f"w{number}": f"{word.upper()}%" for number, word in enumerate(words)}
    values |= {"firms": None if firms is None else sorted(firms), "many": many, "first": first}
    way = "desc" if down else "asc"
    with connection.cursor() as cursor:
        cursor.execute(
            f"select enterprise, as_of, trust, contradictions, comparisons, fraud_signs, count(*) over ()"  # noqa: S608
            f" from ({LAST}) last where {where} order by {ORDERS[order]} {way} nulls last, enterprise"
            " limit %(many)s offset %(first)s",
            values,
        )
        rows = cursor.fetchall()
    return [Assessed(EnterpriseId(row[0]), *row[1:6]) for row in rows], int(rows[0][6]) if rows else 0


def trust_told(firms: Collection[EnterpriseId] | None = None) -> TrustTold:
    """The last trust of some firms, or of all, in a few figures."""
    tens = ", ".join(f"count(*) filter (where least(floor(trust / 10), 9) = {ten})" for ten in range(10))
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*), count(*) filter (where contradictions > 0), count(*) filter (where fraud_signs > 0),"  # noqa: S608
            f" percentile_cont(0.5) within group (order by trust), {tens} from ({LAST}) last where {WITHIN}",
            {"firms": None if firms is None else sorted(firms)},
        )
        count, contradicted, suspected, median, *by_ten = cursor.fetchone()
    return TrustTold(count, contradicted, suspected, median, tuple(by_ten))
