"""Unified social credit codes, read from whatever was typed (GB 32100-2015). Pure.

The check itself is in `puhui.national_codes`. Letters outside the code's alphabet are typing slips of the digits they
look like; they are put right only when the check digit then holds.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from puhui.national_codes import check_digit, holds
from puhui.words import Label

__all__ = ["STATE_WORDS", "CodeRead", "CodeState", "check_digit", "holds", "read_code"]

SLIPS = str.maketrans("IOSZ", "1052")  # V looks like no digit, and stays wrong
SPACING = re.compile(r"[\s\-_.·]+")
SHAPE = re.compile(r"[0-9A-Z]{2}\d{6}[0-9A-Z]{10}\Z")


class CodeState(StrEnum):
    """What a text that should be a credit code is."""

    VALID = "valid"
    REPAIRED = "repaired"
    WRONG_CHECK_DIGIT = "wrong_check_digit"
    NOT_A_CODE = "not_a_code"
    MISSING = "missing"


STATE_WORDS: dict[CodeState, Label] = {
    CodeState.VALID: Label("the check digit holds", "校验码正确"),
    CodeState.REPAIRED: Label(
        "the check digit holds once a look-alike letter is read as its digit", "更正形近字母后校验码正确"
    ),
    CodeState.WRONG_CHECK_DIGIT: Label("the check digit does not hold", "校验码错误"),
    CodeState.NOT_A_CODE: Label("not a unified social credit code", "不是统一社会信用代码"),
    CodeState.MISSING: Label("no code", "缺少代码"),
}
assert STATE_WORDS.keys() == set(CodeState)


@dataclass(frozen=True, slots=True)
class CodeRead:
    """A text read as a credit code: `code` is canonical where the state is VALID or REPAIRED, else as it was given."""

    code: str
    state: CodeState

    @property
    def sound(self) -> bool:
        """Whether the code may identify a firm."""
        return self.state in {CodeState.VALID, CodeState.REPAIRED}


def read_code(text: str | None) -> CodeRead:
    """A credit code from whatever was typed: full-width signs, spaces, small letters, letters that look like digits.

    >>> read_code(" 91512081 ma62k0260e ").state.value, read_code("９１５１２０８１MA62K0260E").code
    ('valid', '91512081MA62K0260E')
    >>> read_code("9I512081MA62KO260E")
    CodeRead(code='91512081MA62K0260E', state=<CodeState.REPAIRED: 'repaired'>)
    >>> [read_code(text).state.value for text in ("91512081MA62K0260F", "E123", "", None)]
    ['wrong_check_digit', 'not_a_code', 'missing', 'missing']
    """
    if not text:
        return CodeRead("", CodeState.MISSING)
    code = SPACING.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not code:
        return CodeRead("", CodeState.MISSING)
    if holds(code):
        return CodeRead(code, CodeState.VALID)
    if len(code) != 18:
        return CodeRead(code, CodeState.NOT_A_CODE)
    repaired = code.translate(SLIPS)
    if repaired != code and holds(repaired):
        return CodeRead(repaired, CodeState.REPAIRED)
    return CodeRead(code, CodeState.WRONG_CHECK_DIGIT if SHAPE.match(repaired) else CodeState.NOT_A_CODE)
