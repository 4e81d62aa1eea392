"""Amounts in sentences as people of each language say them: 1,234,567 yuan; 123.4567 万元. Pure.

Promises that no amount is rounded: what is said is what was worked out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from puhui.words import Label

WAN, YI = Decimal(10_000), Decimal(100_000_000)
PLACES = 4  # of 万 and 亿: a yuan is 0.0001 万
BARE = re.compile(r"(?<![\w.,])(\d{4,})(?=(?:\.\d+)? yuan)")
IN_YUAN = re.compile(r"(?<![\w.])([\d,]+(?:\.\d+)?) 元")


def as_written(words: Label) -> Label:
    """A sentence as it came."""
    return words


def spoken(words: Label) -> Label:
    """A sentence with its amounts in yuan written as its readers are used to.

    >>> spoken(Label("Tax of 1234567 yuan is in arrears", "欠税 1234567 元")).in_("en")
    'Tax of 1,234,567 yuan is in arrears'
    >>> spoken(Label("Tax of 1234567 yuan is in arrears", "欠税 1234567 元")).in_("zh")
    '欠税 123.4567 万元'
    >>> spoken(Label("Limit 540,000 yuan", "额度 540,000 元，至少 9,000 元，至多 250,000,000 元")).in_("zh")
    '额度 54 万元，至少 9,000 元，至多 2.5 亿元'
    """
    en = BARE.sub(lambda found: f"{int(found.group(1)):,}", words.en)
    return Label(en, IN_YUAN.sub(lambda found: _in_chinese(found.group(1)), words.zh))


def _in_chinese(text: str) -> str:
    amount = Decimal(text.replace(",", ""))
    for unit, name in ((YI, "亿"), (WAN, "万")):
        many = amount / unit
        if many >= 1 and many == round(many, PLACES):
            return f"{many.normalize():,f} {name}元"
    return f"{amount:,} 元"


WORDINGS: dict[int, Callable[[Label], Label]] = {1: as_written, 2: spoken}
