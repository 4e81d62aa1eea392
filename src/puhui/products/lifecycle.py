"""The life of a product's version and the roles of its models. Pure.

Promises that a version moves only along `NEXT`. Refuses nothing itself: who steps asks `may`.
"""

from __future__ import annotations

from enum import StrEnum

from puhui.ids import EnterpriseId, digest
from puhui.words import Label


class Status(StrEnum):
    """How far a version has come. TESTED: a back-test was run on it as it is."""

    DRAFT = "draft"
    TESTED = "tested"
    PROPOSED = "proposed"
    REJECTED = "rejected"
    APPROVED = "approved"
    LIVE = "live"
    RETIRED = "retired"


NEXT = {
    Status.DRAFT: {Status.TESTED},
    Status.TESTED: {Status.TESTED, Status.PROPOSED},
    Status.PROPOSED: {Status.REJECTED, Status.APPROVED},
    Status.REJECTED: set[Status](),
    Status.APPROVED: {Status.LIVE},
    Status.LIVE: {Status.LIVE, Status.RETIRED},  # a second step changes the share of firms that it has
    Status.RETIRED: set[Status](),
}
assert NEXT.keys() == set(Status)

WORDS: dict[Status, Label] = {
    Status.DRAFT: Label("draft", "草稿"),
    Status.TESTED: Label("back-tested", "已回测"),
    Status.PROPOSED: Label("waits for a second person", "待复核"),
    Status.REJECTED: Label("rejected", "已驳回"),
    Status.APPROVED: Label("approved", "已批准"),
    Status.LIVE: Label("live", "已上线"),
    Status.RETIRED: Label("retired", "已下线"),
}
assert WORDS.keys() == set(Status)


class Role(StrEnum):
    """What a model does for its product: the champion's score decides, the others' are written beside it."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"
    SHADOW = "shadow"


def place_of(firm: EnterpriseId, product: str) -> float:
    """Where a firm stands between 0 and 1 for a product: always the same, and unlike for another product.

    >>> place_of(EnterpriseId("E1"), "tax_credit") == place_of(EnterpriseId("E1"), "tax_credit")
    True
    >>> round(sum(place_of(EnterpriseId(f"E{n}"), "tax_credit") < 0.1 for n in range(10_000)) / 10_000, 2)
    0.1
    """
    return int(digest([product.encode(), firm.encode()])[:13], 16) / 16**13
