"""The rules that channels share. Each makes a `Rule` for the columns that it is given.

A rule says nothing of a value that is missing or unreadable: the column itself does (see `contract.verdicts`).
"""

from __future__ import annotations

from datetime import date

from puhui.channels.contract import Rule
from puhui.words import Label


def not_in_future(column: str = "happened_on", words: Label | None = None) -> Rule:
    """The day is none after the day of delivery."""
    prefix = "" if column == "happened_on" else f"{column.upper()}_"
    words = words or Label("the date is after the day of delivery", "日期晚于交付日")
    return Rule(f"{prefix}DATE_IN_FUTURE", words, lambda row, on: row[column] <= on)


def not_before(first: date, why: Label, column: str = "happened_on") -> Rule:
    """The day is none before such facts existed; `why` says what began then."""
    return Rule("DATE_TOO_EARLY", why, lambda row, on: row[column] >= first)


def in_order(earlier: str, later: str, words: Label) -> Rule:
    """One day is not after another."""
    return Rule(f"{later.upper()}_BEFORE_{earlier.upper()}", words, lambda row, on: row[earlier] <= row[later])


def needs(kinds: tuple[str, ...], column: str, words: Label) -> Rule:
    """Rows of these kinds have text in a column that others may leave empty."""
    return Rule(
        f"{'_OR_'.join(kind.upper() for kind in kinds)}_WITHOUT_{column.upper()}",
        words,
        lambda row, on: row.kind.isin(list(kinds)).ifelse(row[f"{column}__given"], True),
    )


def at_most(part: str, whole: str, words: Label) -> Rule:
    """A part is no more than its whole."""
    return Rule(f"{part.upper()}_ABOVE_{whole.upper()}", words, lambda row, on: row[part] <= row[whole])


def none_without(amount: str, count: str, words: Label) -> Rule:
    """There is an amount only where something is counted: a missing count of a positive amount breaks it too."""
    return Rule(
        f"{amount.upper()}_WITHOUT_{count.upper()}",
        words,
        lambda row, on: (row[amount] <= 0) | (row[count].fill_null(0) > 0),
    )
