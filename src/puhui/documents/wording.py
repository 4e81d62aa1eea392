"""Values in words: one number, written the way each language writes it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from puhui.money import FEN_PER_YUAN, Money
from puhui.words import Label

Cell = str | int | float | Decimal | Label | Money | date | None
MISSING = "–"
MINUS = "−"


class Form(StrEnum):
    """How a value is written; the page's script knows the same forms for axes and tooltips."""

    TEXT = "text"  # as it stands
    COUNT = "count"  # 1,234
    NUMBER = "number"  # 0.924
    PERCENT = "percent"  # a share: 0.0615 is 6.15 %
    MONEY = "money"  # whole yuan, 1,200,000; the unit stands in the heading
    MONEY_SHORT = "money_short"  # 1.20 million, 120万; the unit follows


DIGITS = {Form.TEXT: 0, Form.COUNT: 0, Form.NUMBER: 3, Form.PERCENT: 2, Form.MONEY: 0, Form.MONEY_SHORT: 2}
assert DIGITS.keys() == set(Form)


def written(value: Cell, form: Form = Form.TEXT, digits: int | None = None) -> Label:
    """A value in both languages. Numbers are plain, money is `Money`; a missing value is a dash.

    >>> written(1234567, Form.COUNT).en
    '1,234,567'
    >>> written(0.0615, Form.PERCENT).en
    '6.15\u202f%'
    >>> written(Money(1_200_000_00), Form.MONEY).en
    '1,200,000'
    >>> label = written(Money(1_200_000_00), Form.MONEY_SHORT)
    >>> label.en, label.zh
    ('1.20 million', '120万')
    >>> written(Money(100_000_000_00), Form.MONEY_SHORT).zh
    '1亿'
    >>> written(None).en
    '–'
    """
    if value is None or value == "":
        return _both(MISSING)
    if isinstance(value, Label):
        return value
    if form is Form.TEXT or isinstance(value, str | date):
        return _both(str(value))
    places = DIGITS[form] if digits is None else digits
    if isinstance(value, Money):  # in full it is exact: what is printed is what is owed
        short = form is Form.MONEY_SHORT
        return _short(value.fen / FEN_PER_YUAN, digits) if short else _both(_number(value.yuan, places))
    assert form not in (Form.MONEY, Form.MONEY_SHORT), f"{value!r} is not Money: give Money(fen)"
    if form is Form.PERCENT:
        return _both(_number(float(value) * 100, places) + "\u202f%")
    return _both(_number(float(value), places))


def sort_key(value: Cell) -> str:
    """What a column is sorted by: the plain number, else the text; missing values are empty.

    >>> sort_key(Money(150)), sort_key(0.25), sort_key("E124"), sort_key(None)
    ('1.5', '0.25', 'E124', '')
    """
    if value is None:
        return ""
    if isinstance(value, Money):
        return f"{value.fen / FEN_PER_YUAN:.12g}"
    if isinstance(value, int | float | Decimal):
        return f"{float(value):.12g}"
    return value.en if isinstance(value, Label) else str(value)


def _both(text: str) -> Label:
    return Label(text, text)


def _number(value: float | Decimal, digits: int) -> str:
    """Thousands separators, a true minus sign, and never a negative zero."""
    text = f"{value:,.{digits}f}"
    if not any(c in "123456789" for c in text):
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def _short(yuan: float, digits: int | None) -> Label:
    """Big money in the words of each language: thousand, million and billion; 万 and 亿."""
    return Label(
        _scaled(yuan, digits, ((1e9, " billion"), (1e6, " million"), (1e3, " thousand"))),
        _scaled(yuan, digits, ((1e8, "亿"), (1e4, "万"))),
    )


def _scaled(yuan: float, digits: int | None, steps: tuple[tuple[float, str], ...]) -> str:
    """The amount in the largest step it fills, with three figures unless `digits` says otherwise."""
    for size, word in steps:
        if abs(yuan) >= size:
            scaled = yuan / size
            places = digits if digits is not None else max(0, 3 - len(str(int(abs(scaled)))))
            text = _number(scaled, places)
            return (text if digits is not None or not text.endswith("." + "0" * places) else text[: -places - 1]) + word
    return _number(yuan, 0 if digits is None else digits)
