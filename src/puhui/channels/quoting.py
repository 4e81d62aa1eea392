"""Texts inside SQL."""

from __future__ import annotations


def quoted(text: object) -> str:
    """A text as a literal of SQL.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + str(text).replace("'", "''") + "'"
