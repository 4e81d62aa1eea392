"""One script, one width, one sound: what makes two writings of a Chinese name the same. Pure.

The tables come from OpenCC (traditional to simplified, sign by sign) and pypinyin (the commonest reading of each sign,
without tones). Sign by sign is what matching wants: both sides of a comparison go through the same table, and a
million names take seconds.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

SPACING = re.compile(r"\s+")
FIRST_SIGN, LAST_SIGN = 0x4E00, 0x9FFF  # CJK unified ideographs
DIGITS = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
TENS = {"十": 10, "百": 100, "千": 1000}
NUMERAL = re.compile(r"[〇零一二三四五六七八九十百千两]+(?=号|栋|幢|座|单元|室|楼|层|弄)")


def plain(text: str | None) -> str:
    """Half width, simplified, capitals, without spaces.

    >>> plain(" 成都華盛（集團）貿易有限公司 Ａbc ")
    '成都华盛(集团)贸易有限公司ABC'
    >>> plain(None)
    ''
    """
    if not text:
        return ""
    narrow = SPACING.sub("", unicodedata.normalize("NFKC", text)).translate(_simplified()).upper()
    return narrow if narrow.isascii() else unicodedata.normalize("NFKC", narrow)


def sound(text: str) -> str:
    """The text as it sounds, without tones; what is not a Chinese sign stays.

    >>> sound("章华"), sound("张华"), sound("A座")
    ('zhanghua', 'zhanghua', 'Azuo')
    """
    return text.translate(_sounds())


def arabic(text: str) -> str:
    """House, floor and room numbers in figures.

    >>> arabic("人民路一百二十三号三单元二〇一室"), arabic("三一路十号")
    ('人民路123号3单元201室', '三一路10号')
    """
    return NUMERAL.sub(lambda found: _figure(found.group()), text)


def _figure(numeral: str) -> str:
    if not any(sign in TENS for sign in numeral):
        return "".join(str(DIGITS[sign]) for sign in numeral)
    total = digit = 0
    for sign in numeral:
        if sign in TENS:
            total += (digit or 1) * TENS[sign]
            digit = 0
        else:
            digit = DIGITS[sign]
    return str(total + digit)


@cache
def _simplified() -> dict[int, str]:
    from opencc import OpenCC  # noqa: PLC0415  a tenth of a second, for the first name only

    converter = OpenCC("t2s")
    signs = [chr(place) for place in range(FIRST_SIGN, LAST_SIGN + 1)]
    simple = converter.convert("\n".join(signs)).split("\n")
    assert len(simple) == len(signs), "the converter changed the number of signs"
    return {ord(sign): other for sign, other in zip(signs, simple, strict=True) if sign != other}


@cache
def _sounds() -> dict[int, str]:
    from pypinyin import Style  # noqa: PLC0415
    from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415
    from pypinyin.style import convert  # noqa: PLC0415

    return {
        place: convert(readings.split(",")[0], Style.NORMAL, strict=True)
        for place, readings in PINYIN_DICT.items()
        if FIRST_SIGN <= place <= LAST_SIGN
    }
