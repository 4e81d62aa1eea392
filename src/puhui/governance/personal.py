"""Which cells are personal information, kind by kind. Pure.

A column says what kind it holds; whether one of its cells is personal depends on what is written there too: the holder
of a share may be a firm, and a firm's name or credit code is no personal information. In doubt a cell is personal.
"""

from __future__ import annotations

import re
from enum import StrEnum

from puhui.governance.masking import scrubbed
from puhui.national_codes import looks_like_credit_code
from puhui.words import Label


class Kind(StrEnum):
    """A kind of personal field. A new one needs its words here, a mask in `masking` and a mark in `MARKS`."""

    NAME = "name"
    IDENTITY = "identity"
    PHONE = "phone"
    ACCOUNT = "account"
    ADDRESS = "address"
    NOTE = "note"  # free text in which numbers of people may stand


WORDS: dict[Kind, Label] = {
    Kind.NAME: Label("name", "姓名"),
    Kind.IDENTITY: Label("identity number", "证件号码"),
    Kind.PHONE: Label("phone", "电话"),
    Kind.ACCOUNT: Label("account", "账号"),
    Kind.ADDRESS: Label("address", "住址"),
    Kind.NOTE: Label("free text", "备注"),
}
MARKS: dict[Kind, str] = {
    Kind.NAME: "nm",
    Kind.IDENTITY: "id",
    Kind.PHONE: "ph",
    Kind.ACCOUNT: "ac",
    Kind.ADDRESS: "ad",
    Kind.NOTE: "nt",
}
assert WORDS.keys() == MARKS.keys() == set(Kind)

PSEUDONYM = re.compile(rf"^({'|'.join(MARKS.values())})~[A-Z2-7]{{20}}$")
# A short text is an organisation only by a word that no person bears; a longer one also by its last character.
ORGANISATION = re.compile(
    r"公司|集团|企业|银行|合作社|事务所|委员会|学校|医院|政府|税务|国库|金库|财政|社保|公积金|供电|电网|水务|自来水|燃气"
    r"|\b(ltd|limited|inc|corp|gmbh|llc|bank|company|co)\b",
    re.IGNORECASE,
)
ENDS_LIKE_A_FIRM = re.compile(r"[厂店行部局院所社馆站场中心]$")
LONGEST_NAME = 4  # characters of nearly every Han name


def is_personal(kind: Kind, text: str) -> bool:
    """Is this cell of a column of this kind about a person?

    >>> [is_personal(Kind.NAME, text) for text in ("张三", "示例贸易有限公司", "91512081MA62K0260E", "张三小吃店")]
    [True, False, False, False]
    >>> [is_personal(Kind.IDENTITY, text) for text in ("110101199003070011", "91512081MA62K0260E", "G12345678")]
    [True, False, True]
    >>> is_personal(Kind.NOTE, "货款"), is_personal(Kind.NOTE, "还款 13812345678")
    (False, True)
    """
    if kind is Kind.NAME:
        return not _organisation(text)
    if kind is Kind.IDENTITY:
        return not looks_like_credit_code(text)
    if kind is Kind.NOTE:
        return scrubbed(text) != text
    return True


def written_alike(kind: Kind, text: str) -> str:
    """The text that a pseudonym is made of: what differs in spacing, case and dashes only is the same number.

    >>> written_alike(Kind.PHONE, "138-1234 5678"), written_alike(Kind.IDENTITY, "33010619851212002x")
    ('13812345678', '33010619851212002X')
    """
    if kind in {Kind.IDENTITY, Kind.PHONE, Kind.ACCOUNT}:
        return re.sub(r"[\s\-–—]", "", text).upper()
    return re.sub(r"\s+", " ", text).strip()


def is_pseudonym(text: str) -> bool:
    """Is this a pseudonym as analytics see it?

    >>> is_pseudonym("id~ABCDEFGHIJKLMNOPQRST"), is_pseudonym("张三")
    (True, False)
    """
    return PSEUDONYM.match(text) is not None


def _organisation(text: str) -> bool:
    if scrubbed(text) != text:
        return looks_like_credit_code(text)
    if ORGANISATION.search(text) or looks_like_credit_code(text):
        return True
    if re.search(r"\d", text) and not re.search(r"[\u4e00-\u9fff]", text):
        return True  # a source's own code, such as E17
    return len(text) > LONGEST_NAME and ENDS_LIKE_A_FIRM.search(text) is not None
