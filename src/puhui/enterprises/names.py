"""Names of firms and of people, taken apart so that two writings of one name meet and two names stay two. Pure.

A registered firm name is region + own name + trade + legal form (Regulation on enterprise names, 2020, art. 6). The
legal form and the region are written or left out at will, so they are set aside; what stays is the key. A branch has a
code of its own: its words stay in the key. So does 集团 (group): a parent is not its subsidiary.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from puhui.enterprises.chinese import plain, sound
from puhui.enterprises.places import place_in, placed
from puhui.enterprises.trade import Trade, trade_of
from puhui.governance.personal import LONGEST_NAME, Kind, is_personal


class Form(StrEnum):
    """Legal forms, as far as a name tells them."""

    LIMITED = "limited"
    SHARES = "shares"
    PARTNERSHIP = "partnership"
    SOLE = "sole_proprietorship"
    HOUSEHOLD = "household"
    UNSAID = "unsaid"


FORMS: tuple[tuple[str, Form], ...] = (  # the longer before the shorter
    ("股份有限责任公司", Form.SHARES),
    ("有限责任公司", Form.LIMITED),
    ("股份有限公司", Form.SHARES),
    ("有限合伙企业", Form.PARTNERSHIP),
    ("个人独资企业", Form.SOLE),
    ("普通合伙企业", Form.PARTNERSHIP),
    ("个体工商户", Form.HOUSEHOLD),
    ("股份公司", Form.SHARES),
    ("责任公司", Form.LIMITED),
    ("合伙企业", Form.PARTNERSHIP),
    ("有限公司", Form.LIMITED),
    ("有限合伙", Form.PARTNERSHIP),
    ("普通合伙", Form.PARTNERSHIP),
    ("个体经营", Form.HOUSEHOLD),
    ("有限责任", Form.LIMITED),
    ("个体户", Form.HOUSEHOLD),
    ("公司", Form.UNSAID),
    ("CO.,LTD.", Form.LIMITED),
    ("CO.,LTD", Form.LIMITED),
    ("CO.LTD", Form.LIMITED),
)
FORM_OF = dict(FORMS)
AT_END = re.compile(rf"({'|'.join(re.escape(word) for word, _ in FORMS)})\Z")
HOUSEHOLD = re.compile(r"\A(?:个体工商户|个体经营者?|个体户)(?=.{2})")
BRACKETS = re.compile(r"[\(\[【〔《]([^\)\]】〕》]*)[\)\]】〕》]")
BRANCH = re.compile(r"(.*?公司)(.*(?:分公司|分店|分厂|营业部|办事处|项目部|门市部))\Z")
NOT_A_SIGN = re.compile(r"[^\u4e00-\u9fffA-Z0-9]+")
MASKED = re.compile(r"[*×]{2,}")
TITLE = re.compile(r"(?:先生|女士|小姐|老板|经理|总)\Z")
SURNAMES_OF_TWO = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "夏侯")


@dataclass(frozen=True, slots=True)
class FirmName:
    """A firm's name in parts. `key` is what two writings of it share; `sound` is the key in pinyin without tones."""

    key: str
    region: str
    form: Form

    @property
    def sound(self) -> str:
        """The key as it sounds."""
        return sound(self.key)


def firm_name(text: str | None) -> FirmName:
    """Take a firm's name apart.

    >>> firm_name("四川省成都市華盛貿易有限責任公司")
    FirmName(key='华盛贸易', region='成都', form=<Form.LIMITED: 'limited'>)
    >>> firm_name("华盛贸易（成都）有限公司") == firm_name("成都华盛贸易有限公司")
    True
    >>> firm_name("华盛贸易有限公司重庆分公司").key, firm_name("华盛集团有限公司").key, firm_name("红旗超市").key
    ('华盛贸易重庆分公司', '华盛集团', '红旗超市')

    A masked name (`***`), or one that is a legal form only, identifies nobody: its key is empty.

    >>> firm_name("***建筑劳务有限公司").key
    ''

    A household business is often called by its owner's name alone.

    >>> {firm_name(text).key for text in ("个体工商户欧阳植树", "欧阳植树（个体户）", "欧阳植树")}
    {'欧阳植树'}
    """
    name = plain(text)
    if MASKED.search(name) or name in FORM_OF:
        return FirmName("", "", next((form for word, form in FORMS if name.endswith(word)), Form.UNSAID))
    name, households = HOUSEHOLD.subn("", name)
    region, form, branch = "", Form.HOUSEHOLD if households else Form.UNSAID, ""
    for inside in BRACKETS.findall(name):
        region = region or place_in(inside)
        form = FORM_OF.get(inside, form)
    name = BRACKETS.sub(lambda found: "" if _says_where_or_form(found.group(1)) else found.group(1), name)
    if found := BRANCH.match(name):
        name, branch = found.groups()
    where = placed(name)
    region, name = region or where.region, where.rest
    while (ending := AT_END.search(name)) and ending.start() >= 2:
        form = FORM_OF[ending.group()] if form is Form.UNSAID else form
        name = name[: ending.start()]
    return FirmName(NOT_A_SIGN.sub("", name + branch), region, form)


def person_name(text: str | None) -> str:
    """A person's name as it is compared.

    >>> person_name(" 張 偉先生"), person_name("阿布都·热合曼"), person_name("Zhang Wei")
    ('张伟', '阿布都热合曼', 'ZHANGWEI')
    """
    name = NOT_A_SIGN.sub("", plain(text))
    shorter = TITLE.sub("", name)
    return shorter if len(shorter) >= 2 else name


def like_a_person(key: str) -> bool:
    """Whether a compared firm name may be that of a person: short, or of letters, with no word of a trade in it.

    Only the key is asked, so that a name with its legal form and one without it are kept alike. In doubt it may be.

    >>> [like_a_person(key) for key in ("欧阳植树", "张伟", "ZHANGWEI", "华盛贸易", "红旗超市", "张伟小吃店", "")]
    [True, True, True, False, False, False, False]
    """
    short = len(key) <= LONGEST_NAME or key.isascii()
    return bool(key) and short and trade_of(key) is Trade.OTHER and is_personal(Kind.NAME, key)


def surname(name: str) -> str:
    """The family name of a compared name.

    >>> surname("张伟"), surname("欧阳锋")
    ('张', '欧阳')
    """
    return name[:2] if name.startswith(SURNAMES_OF_TWO) and len(name) > 2 else name[:1]


def _says_where_or_form(inside: str) -> bool:
    return inside in FORM_OF or bool(place_in(inside))
