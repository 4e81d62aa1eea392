"""Labels, numbers, money and days in the reader's language. Every page has these filters without loading them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils.timezone import localtime
from django.utils.translation import get_language

from puhui.documents.wording import MISSING, Cell, Form, written
from puhui.money import Money
from puhui.refusals import Refused
from puhui.words import Label

register = template.Library()
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def spoken() -> str:
    """The reader's language."""
    return get_language() or "en"


@register.filter
def said(label: Label | Refused | str | None) -> str:
    """A label or a refusal in the reader's language."""
    if label is None:
        return MISSING
    if isinstance(label, Refused):
        return label.words(spoken())
    return label.in_(spoken()) if isinstance(label, Label) else str(label)


@register.filter
def count(value: Cell) -> str:
    """A whole number with thousands separators."""
    return written(value, Form.COUNT).in_(spoken())


@register.filter
def number(value: Cell, digits: int = 2) -> str:
    """A number with so many places."""
    return written(value, Form.NUMBER, digits).in_(spoken())


@register.filter
def share(value: float | Decimal | None, digits: int = 2) -> str:
    """A share or an annual rate as per cent."""
    return written(value, Form.PERCENT, digits).in_(spoken())


@register.filter
def money(amount: Money | int | None, digits: int = 2) -> str:
    """Money, or whole fen, in yuan to the fen."""
    return written(_money(amount), Form.MONEY, digits).in_(spoken())


@register.filter
def money_short(amount: Money | int | None) -> str:
    """Big money in the words of the language: 1.20 million, 120万."""
    return written(_money(amount), Form.MONEY_SHORT).in_(spoken())


@register.filter
def day(value: date | datetime | None) -> str:
    """A day as each language writes it: 3 Mar 2026, 2026年3月3日."""
    if value is None or value == "":
        return MISSING
    on = localtime(value).date() if isinstance(value, datetime) else value
    return (
        f"{on.year}年{on.month}月{on.day}日"
        if spoken().startswith("zh")
        else f"{on.day} {MONTHS[on.month - 1]} {on.year}"
    )


@register.filter
def moment(value: datetime | None) -> str:
    """A day with its hour and minute, in China's time."""
    return f"{day(value)} {localtime(value):%H:%M}" if value else MISSING


@register.simple_tag
def language() -> str:
    """The language of the page, as HTML names it."""
    return "zh-Hans" if spoken().startswith("zh") else "en"


def _money(amount: Money | int | None) -> Money | None:
    return Money(amount) if isinstance(amount, int) else amount
