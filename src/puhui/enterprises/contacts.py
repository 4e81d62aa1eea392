"""Phones and addresses as they are compared. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from puhui.enterprises.chinese import arabic, plain
from puhui.enterprises.places import placed

EXTENSION = re.compile(r"(?:转|EXT\.?|#|分机).*\Z")
NOT_A_DIGIT = re.compile(r"\D+")
MOBILE = re.compile(r"1[3-9]\d{9}\Z")
LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-9]\d{6,7}\Z")
LOCAL = re.compile(r"[2-9]\d{6,7}\Z")
SERVICE = re.compile(r"(?:400|800)\d{7}\Z")
PLACEHOLDERS = {"13800138000", "13800000000", "18888888888", "13888888888", "13900000000"}
NOT_A_SIGN = re.compile(r"[^\u4e00-\u9fffA-Z0-9]+")
STREET = re.compile(r"(.*?(?:大道|公路|胡同|[路街巷弄道村镇乡]))(?:(?:(?:[东南西北中]|第?\d+)段)?)(\d*)(?:-\d+)?号?")


def phone(text: str | None) -> str:
    """A phone number as it is compared: digits, without country code and extension; nothing if it cannot be one.

    >>> phone("+86 138-1234-5678"), phone("０２８－８５５５１２３４转8001"), phone("(028)85551234")
    ('13812345678', '02885551234', '02885551234')
    >>> phone("13800138000"), phone("111"), phone(None)
    ('', '', '')
    """
    digits = NOT_A_DIGIT.sub("", EXTENSION.sub("", plain(text)))
    for country in ("0086", "86"):
        if digits.startswith(country) and len(digits) - len(country) in {10, 11, 12}:
            digits = digits.removeprefix(country)
            break
    if len(set(digits)) <= 2 or digits in PLACEHOLDERS:
        return ""
    if len(digits) == 10 and not digits.startswith(("0", "4", "8")):
        digits = "0" + digits  # +86 28 … leaves the area's zero out
    known = (MOBILE, LANDLINE, LOCAL, SERVICE)
    return digits if any(shape.match(digits) for shape in known) else ""


@dataclass(frozen=True, slots=True)
class Address:
    """An address as it is compared: `key` is the street with its house number, `rest` what follows it."""

    region: str
    county: str
    street: str
    house: str
    rest: str

    @property
    def key(self) -> str:
        """Street and house; nothing where the address names no house."""
        return f"{self.street}{self.house}" if self.house else ""

    @property
    def whole(self) -> str:
        """All below the county."""
        return f"{self.street}{self.house}{self.rest}"


def address(text: str | None) -> Address:
    """Take an address apart.

    >>> address("四川省成都市武侯区人民南路四段一百二十號３樓 301 室")
    Address(region='成都', county='武侯', street='人民南路', house='120', rest='3楼301室')
    >>> address("武侯区人民南路4段120号").key, address("人民南路120").key, address("某某工业园").key
    ('人民南路120', '人民南路120', '')
    """
    where = placed(arabic(re.sub(r"[一二三四五六七八九十](?=段)", _figure, plain(text))))
    found = STREET.match(where.rest)
    if found is None:
        return Address(where.region, where.county, "", "", NOT_A_SIGN.sub("", where.rest))
    rest = NOT_A_SIGN.sub("", where.rest[found.end() :])
    return Address(where.region, where.county, found.group(1), found.group(2), rest)


def _figure(numeral: re.Match[str]) -> str:
    return str("一二三四五六七八九十".index(numeral.group()) + 1)
