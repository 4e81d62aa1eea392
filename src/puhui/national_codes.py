"""Numbers by which the state knows firms and people: their shape, and whether their check character holds. Pure.

Unified social credit code (GB 32100-2015): eighteen characters of 0-9 and A-Z without I, O, S, V, Z. With c the place
of a character in that alphabet and the weights 3^(i-1) mod 31, the last character is (31 − Σ w·c mod 31) mod 31.
Identity number (GB 11643-1999): region, day of birth, serial number, and a check character modulo 11.
"""

from __future__ import annotations

import re
from operator import mul

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
VALUE = {sign: place for place, sign in enumerate(ALPHABET)}
CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
# Registration department, kind of institution, region, organisation, check character.
CREDIT_CODE = re.compile(rf"[{ALPHABET[1:]}]{{2}}\d{{6}}[{ALPHABET}]{{10}}\Z")
IDENTITY = re.compile(r"\d{17}[\dXx]\Z")
IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
IDENTITY_CHECKS = "10X98765432"


def check_digit(first_seventeen: str) -> str:
    """The eighteenth character of a credit code.

    >>> check_digit("91512081MA62K0260")
    'E'
    >>> check_digit("9151208IMA62K0260")
    Traceback (most recent call last):
    ...
    ValueError: '9151208IMA62K0260' is not 17 characters of 0123456789ABCDEFGHJKLMNPQRTUWXY
    """
    if len(first_seventeen) != 17 or not VALUE.keys() >= set(first_seventeen):
        raise ValueError(f"'{first_seventeen}' is not 17 characters of {ALPHABET}")
    return ALPHABET[-sum(map(mul, CODE_WEIGHTS, map(VALUE.__getitem__, first_seventeen))) % 31]


def holds(code: str) -> bool:
    """Whether eighteen canonical characters are a credit code with its right check character.

    >>> holds("91512081MA62K0260E"), holds("91512081MA62K0260F"), holds("91512081MA62K0260")
    (True, False, False)
    """
    if len(code) != 18 or not VALUE.keys() >= set(code):
        return False
    return check_digit(code[:17]) == code[17]


def is_identity_number(text: str) -> bool:
    """Whether a text is a person's number: its shape, a day of birth that can be, and its check character.

    >>> [is_identity_number(text) for text in ("11010519491231002X", "110105194912310021", "91512081MA62K0260E")]
    [True, False, False]
    """
    if not IDENTITY.match(text) or not _born(text):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(IDENTITY_WEIGHTS, text, strict=False))
    return IDENTITY_CHECKS[total % 11] == text[17].upper()


def looks_like_credit_code(text: str) -> bool:
    """Whether a text has the shape of a credit code and is no person's number, which eighteen digits may also be.

    >>> [looks_like_credit_code(text) for text in ("91512081MA62K0260F", "11010519491231002X", "E17")]
    [True, False, False]
    """
    return CREDIT_CODE.match(text) is not None and not is_identity_number(text)


def _born(number: str) -> bool:
    return "1880" <= number[6:10] <= "2100" and "01" <= number[10:12] <= "12" and "01" <= number[12:14] <= "31"
