"""How a personal cell looks to whom it is shown in part, and how free text is scrubbed. One function a kind. Pure."""

from __future__ import annotations

import re

# Numbers that are personal wherever they stand: identity number, mobile phone, landline, account or card.
NUMBERS = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"(?P<identity>\d{17}[\dXx])"
    r"|(?P<phone>(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4})"
    r"|(?P<landline>0\d{2,3}-\d{7,8})"
    r"|(?P<account>\d{4}(?: ?\d{4}){2,3}(?: ?\d{1,3})?)"
    r")(?![0-9A-Za-z])"
)
DISTRICT = re.compile(r"^.*?(?:[区县旗]|(?<=市)[^区县旗]*?市|市(?!.*[区县旗]))")


def name(text: str) -> str:
    """The first character, and two stars whatever the length.

    >>> name("张三"), name("欧阳娜娜"), name("John Smith"), name("")
    ('张**', '欧**', 'J**', '')
    """
    return f"{text[0]}**" if text else ""


def identity(text: str) -> str:
    """The first three and the last four characters.

    >>> identity("110101199003070011"), identity("G1234567"), identity("12")
    ('110***********0011', 'G12*4567', '**')
    """
    return _middle(text, 3, 4)


def phone(text: str) -> str:
    """The first three and the last four digits; of a landline its area code too.

    >>> phone("13812341234"), phone("028-10000001"), phone("1234567")
    ('138****1234', '028-****0001', '***4567')
    """
    area, dash, rest = text.rpartition("-") if re.match(r"^0\d{2,3}-\d+$", text) else ("", "", text)
    digits = re.sub(r"\D", "", rest)
    if len(digits) > 11:
        digits = digits[-11:]
    return area + dash + (_middle(digits, 3 if len(digits) >= 11 else 0, 4))


def account(text: str) -> str:
    """The first and the last four digits.

    >>> account("6222020200111234"), account("6222 0202 0011 1234 567"), account("12345678")
    ('6222 **** 1234', '6222 **** 4567', '**** 5678')
    """
    bare = re.sub(r"\s", "", text)
    return f"{bare[:4]} **** {bare[-4:]}" if len(bare) >= 12 else f"**** {bare[-4:]}" if len(bare) > 4 else "****"


def address(text: str) -> str:
    """Down to the district, and no further.

    >>> address("北京市朝阳区某某路1号院2号楼"), address("浙江省义乌市某某街3号"), address("某村5组")
    ('北京市朝阳区****', '浙江省义乌市****', '****')
    """
    found = DISTRICT.match(text)
    return (found.group() if found else "") + "****"


def scrubbed(text: str) -> str:
    """Free text with every number of a person masked; codes and amounts stay.

    >>> scrubbed("张先生13812341234还款,卡6222020200111234")
    '张先生138****1234还款,卡6222 **** 1234'
    >>> scrubbed("发票 20190718, 金额 1234567.89, 企业 91512081MA62K0260E")
    '发票 20190718, 金额 1234567.89, 企业 91512081MA62K0260E'
    """
    return NUMBERS.sub(_masked_number, text)


def _masked_number(found: re.Match[str]) -> str:
    text = found.group()
    if found["identity"]:
        return identity(text)
    return phone(text) if found["phone"] or found["landline"] else account(text)


def _middle(text: str, first: int, last: int) -> str:
    if len(text) <= last:
        return "*" * len(text)
    first = first if len(text) > first + last else 0
    return text[:first] + "*" * (len(text) - first - last) + text[-last:]
