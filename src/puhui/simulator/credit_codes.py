"""Codes with valid check digits: unified social credit codes and resident identity numbers, many at once.

Sources: GB 32100-2015 (credit code) with GB 11714 inside it (organisation code), GB 11643-1999 (identity number).
A code is a bijection of a counter: different counters, below 31**6, never share a code.
"""

from __future__ import annotations

import numpy as np

from puhui.simulator.arrays import Bytes, Texts, Whole

ALPHABET = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", np.uint8)  # without I O S V Z
CREDIT_WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28])
ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
ORGANISATION_CHECK = np.frombuffer(b"0X987654321", np.uint8)  # by the sum modulo 11
IDENTITY_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
IDENTITY_CHECK = np.frombuffer(b"10X98765432", np.uint8)
MOST = 31**6
STRIDE, OFFSET = 350_377_681, 61_803_399  # a stride prime to 31 scatters neighbours

_AT = np.zeros(256, np.int64)
_AT[ALPHABET] = np.arange(31)
_FACE = np.zeros(256, np.int64)  # GB 11714: digits as they are, A = 10 … Z = 35
_FACE[ord("0") : ord("9") + 1] = np.arange(10)
_FACE[ord("A") : ord("Z") + 1] = np.arange(10, 36)


def credit_codes(counters: Whole, *, region: int, household: bool = False) -> Texts:
    """Unified social credit codes of companies (or of household businesses) of a region of six digits.

    >>> codes = credit_codes(np.arange(3), region=510107)
    >>> [is_credit_code(code) for code in codes.tolist()]
    [True, True, True]
    """
    assert counters.size == 0 or 0 <= counters.min() <= counters.max() < MOST, "no more codes in this series"
    face = np.empty((counters.size, 18), np.uint8)
    face[:, :8] = np.frombuffer(f"9{2 if household else 1}{region:06d}".encode(), np.uint8)
    face[:, 8:10] = np.frombuffer(b"MA", np.uint8)
    scattered = (counters * STRIDE + OFFSET) % MOST
    for place in range(6):
        face[:, 10 + place] = ALPHABET[scattered // 31**place % 31]
    face[:, 16] = ORGANISATION_CHECK[_FACE[face[:, 8:16]] @ ORGANISATION_WEIGHTS % 11]
    face[:, 17] = ALPHABET[(31 - _AT[face[:, :17]] @ CREDIT_WEIGHTS % 31) % 31]
    return _texts(face)


def is_credit_code(code: str) -> bool:
    """Whether a code's letters and check digit are valid.

    >>> is_credit_code("91512081MA62K0260E"), is_credit_code("91512081MA62K0260F"), is_credit_code("9151208IMA62K0260E")
    (True, False, False)
    """
    face = np.frombuffer(code.encode("ascii", "replace"), np.uint8)
    if face.size != 18 or not np.isin(face, ALPHABET).all():
        return False
    return bool(ALPHABET[(31 - _AT[face[:17]] @ CREDIT_WEIGHTS % 31) % 31] == face[17])


def identity_numbers(counters: Whole, birthdays: Whole, *, region: int) -> Texts:
    """Identity numbers of people born on these days (counted from 1970).

    Sequence, county and city vary with the counter: below 6.3 million, different counters never share a number.

    >>> identity_numbers(np.array([0]), np.array([0]), region=510100).tolist()
    ['510101197001010029']
    """
    face = np.empty((counters.size, 18), np.uint8)
    _digits(face[:, :6], region + 1 + counters // 998 % 80 + 100 * (counters // 79_840 % 80))
    born = birthdays.astype("datetime64[D]")
    _digits(face[:, 6:10], born.astype("datetime64[Y]").astype(np.int64) + 1970)
    _digits(face[:, 10:12], born.astype("datetime64[M]").astype(np.int64) % 12 + 1)
    _digits(face[:, 12:14], (born - born.astype("datetime64[M]")).astype(np.int64) + 1)
    _digits(face[:, 14:17], 2 + counters % 998)
    face[:, 17] = IDENTITY_CHECK[(face[:, :17].astype(np.int64) - ord("0")) @ IDENTITY_WEIGHTS % 11]
    return _texts(face)


def is_identity_number(number: str) -> bool:
    """Whether an identity number's check digit is valid.

    >>> is_identity_number("11010519491231002X"), is_identity_number("110105194912310021")
    (True, False)
    """
    face = np.frombuffer(number.encode("ascii", "replace"), np.uint8)
    if face.size != 18 or not number[:17].isdigit():
        return False
    return bool(IDENTITY_CHECK[(face[:17].astype(np.int64) - ord("0")) @ IDENTITY_WEIGHTS % 11] == face[17])


def numbered(prefix: str, counters: Whole, digits: int) -> Texts:
    """A prefix and a number of fixed width.

    >>> numbered("6217", np.array([42, 7]), 5).tolist()
    ['621700042', '621700007']
    """
    face = np.empty((counters.size, len(prefix) + digits), np.uint8)
    face[:, : len(prefix)] = np.frombuffer(prefix.encode(), np.uint8)
    _digits(face[:, len(prefix) :], counters)
    return _texts(face)


def _digits(face: Bytes, numbers: Whole) -> None:
    width = face.shape[1]
    for place in range(width):
        face[:, place] = numbers // 10 ** (width - 1 - place) % 10 + ord("0")


def _texts(face: Bytes) -> Texts:
    return np.ascontiguousarray(face).view(f"S{face.shape[1]}").ravel().astype(np.str_)
