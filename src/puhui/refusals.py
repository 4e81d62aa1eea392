"""The three kinds of wrong.

A *refusal* is a value: the rules said no, and the customer is told in words (`Refused`).
A *broken promise* is an exception that ends with what to do next (`BadInput`, `NotReady`).
A *bug* is an `assert`; asserts stay on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Code(StrEnum):
    """Why the rules said no. A new code needs its words in `WORDS`, or the import stops."""

    NO_CONSENT = "NO_CONSENT"
    UNKNOWN_FIRM = "UNKNOWN_FIRM"
    ALREADY_MENDED = "ALREADY_MENDED"
    STILL_BROKEN = "STILL_BROKEN"
    BUDGET_TOO_SMALL = "BUDGET_TOO_SMALL"


WORDS: dict[Code, tuple[str, str]] = {
    Code.NO_CONSENT: (
        "no standing consent for this channel and purpose",
        "该渠道与用途没有有效授权",
    ),
    Code.UNKNOWN_FIRM: ("no data has been delivered for this firm", "尚未收到该企业的任何数据"),
    Code.ALREADY_MENDED: ("this row has been mended and replayed already", "该行已经修复并重放"),
    Code.STILL_BROKEN: ("the mended row still breaks the contract", "修复后的行仍不符合数据契约"),
    Code.BUDGET_TOO_SMALL: (
        "the budget is smaller than the smallest loan",
        "预算小于单笔最低贷款额",
    ),
}
assert WORDS.keys() == set(Code)


@dataclass(frozen=True, slots=True)
class Refused:
    """The rules said no; `details` are the facts behind it, ready to be shown.

    >>> refusal = Refused(Code.NO_CONSENT, {"firm": "E1", "channel": "vat_invoices"})
    >>> str(refusal)
    'NO_CONSENT: no standing consent for this channel and purpose (firm=E1, channel=vat_invoices)'
    """

    code: Code
    details: dict[str, Any] = field(default_factory=dict)

    def words(self, language: str = "en") -> str:
        """The reason in plain words, in `en` or `zh`."""
        english, chinese = WORDS[self.code]
        return chinese if language.startswith("zh") else english

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.details.items())
        return f"{self.code}: {self.words()}" + (f" ({facts})" if facts else "")


class BadInput(Exception):
    """What was given cannot be used. `what` is wrong; `then` is what to do. Exit code 2, or a 4xx.

    >>> print(BadInput("the file has 0 rows", then="deliver a file with at least one row"))
    the file has 0 rows. To go on: deliver a file with at least one row.
    """

    def __init__(self, what: str, *, then: str) -> None:
        super().__init__(what, then)
        self.what, self.then = what, then

    def __str__(self) -> str:
        return f"{self.what}. To go on: {self.then}."


class NotReady(BadInput):
    """A part of the house that the act needs is not there; `then` is how to get it."""
