"""The columns that channels are made of, so that each declaration names only what is its own.

A column's headers are its Chinese name and its English one (the lake's name without its unit), and whatever else the
suppliers are known to write. Money is yuan in files and whole fen in the lake, so `_fen` is never part of a header.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis.expr.types as ir

from puhui.channels.contract import Column
from puhui.channels.parsers import basis_points, code, day, fen, one_of, whole, word
from puhui.governance.personal import Kind
from puhui.words import Label

MOST_FEN = 100_000_000_000_00  # 100 billion yuan: more than any small firm's business, less than a typing error
MOST_COUNT = 1_000_000_000
WHOLE_BP = 10_000  # one hundred per cent
ENTERPRISE = ("统一社会信用代码", "企业代号", "enterprise", "enterprise_id", "credit_code")


def enterprise() -> Column:
    """Whose row it is: the unified social credit code, or the code that a source gives to the firm."""
    return Column("enterprise", Label("firm", "企业"), "string", ENTERPRISE, code())


def happened_on(label: Label, *also: str) -> Column:
    """The day of the fact itself."""
    return dated("happened_on", label, *also)


def dated(
    name: str,
    label: Label,
    *also: str,
    required: bool = True,
    parse: Callable[[ir.StringValue], ir.DateValue] = day,
) -> Column:
    """A day."""
    return Column(name, label, "date", _headers(name, label, also), parse, required)


def money(name: str, label: Label, *also: str, required: bool = True, least: int = 0) -> Column:
    """Yuan in the file, whole fen in the lake; the name ends in `_fen`. `least` is in fen (`-MOST_FEN`: any sign)."""
    assert name.endswith("_fen"), f"{name} holds fen and should say so"
    return Column(name, label, "int64", _headers(name, label, also), fen, required, (least, MOST_FEN))


def counted(name: str, label: Label, *also: str, required: bool = True) -> Column:
    """A whole number, none below zero."""
    return Column(name, label, "int64", _headers(name, label, also), whole, required, (0, MOST_COUNT))


def percentage(name: str, label: Label, *also: str, required: bool = True) -> Column:
    """A share in per cent in the file, in basis points in the lake; the name ends in `_bp`."""
    assert name.endswith("_bp"), f"{name} holds basis points and should say so"
    return Column(name, label, "int64", _headers(name, label, also), basis_points, required, (0, WHOLE_BP))


def coded(name: str, label: Label, *also: str, required: bool = True, personal: Kind | None = None) -> Column:
    """A number or code, kept as text; `personal` when it may be a person's."""
    return Column(name, label, "string", _headers(name, label, also), code(), required, personal=personal)


def said(name: str, label: Label, *also: str, required: bool = True, personal: Kind | None = None) -> Column:
    """Free text; `personal` when it may tell of a person."""
    return Column(name, label, "string", _headers(name, label, also), word, required, personal=personal)


def chosen(name: str, label: Label, values: Mapping[str, str], *also: str, required: bool = True) -> Column:
    """One of some known words. `values` gives each value of the lake its word in Chinese; both are read.

    >>> chosen("direction", Label("direction", "借贷标志"), {"in": "贷", "out": "借"}).headers
    ('借贷标志', 'direction')
    """
    meanings = {word: value for value, chinese in values.items() for word in (value, *chinese.split("/"))}
    return Column(name, label, "string", _headers(name, label, also), one_of(meanings), required)


def _headers(name: str, label: Label, also: tuple[str, ...]) -> tuple[str, ...]:
    return (label.zh, *also, name.removesuffix("_fen").removesuffix("_bp"))
