"""The enterprise file's facts one by one, each with its own trust, and what the owner says of the firm."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from puhui.channels.catalogue import CHANNELS
from puhui.documents.wording import Form
from puhui.enterprises import owner, selectors, services
from puhui.enterprises.accuracy.checking import Checked
from puhui.enterprises.accuracy.trust import Believed
from puhui.enterprises.owner import MATTERS, Matter, Said
from puhui.ids import EnterpriseId
from puhui.money import Money
from puhui.refusals import BadInput
from puhui.web import acting, doors, reading, tables
from puhui.web.doors import who
from puhui.words import Label

YUAN, HEADS, KWH = Label("yuan", "元"), Label("heads", "人"), Label("kWh", "千瓦时")
UNITS = {"fen": YUAN, "heads": HEADS, "kWh": KWH}
OWNER = Label("the owner", "企业主")

FACTS = (
    tables.Column[Believed]("fact", Label("Fact", "事实"), lambda b: b.label, wide=True, sorts=False),
    tables.Column[Believed]("amount", Label("says", "数值"), lambda b: _amount(b.amount, b.unit), Form.COUNT),
    tables.Column[Believed]("unit", Label("Unit", "单位"), lambda b: UNITS[b.unit], sorts=False),
    tables.Column[Believed](
        "source", Label("Source", "来源"), lambda b: OWNER if b.channel == "owner" else CHANNELS[b.channel].label
    ),
    tables.Column[Believed](
        "reliability", Label("How often it is right", "来源可靠度"), lambda b: b.reliability, Form.PERCENT, 0
    ),
    tables.Column[Believed]("newest", Label("Newest", "最新"), lambda b: b.newest),
    tables.Column[Believed]("months", Label("Months", "月数"), lambda b: b.months, Form.COUNT),
    tables.Column[Believed]("agree", Label("Agrees", "相符"), lambda b: b.agree, Form.COUNT),
    tables.Column[Believed]("differ", Label("Differs", "不符"), lambda b: b.differ, Form.COUNT),
    tables.Column[Believed](
        "trust", Label("Trust", "可信度"), lambda b: b.trust, Form.NUMBER, 0, unit=Label("of 100", "／100")
    ),
)
FACTS_TABLE = tables.Table(
    Label("Every fact and how far it can be believed", "各项事实及其可信度"),
    FACTS,
    name="believed",
    search=False,
    nothing=Label("No source speaks of the firm on that day", "当日没有来源提供该企业的数据"),
)
SAID = (
    tables.Column[Said]("matter", Label("Matter", "事项"), lambda s: MATTERS[s.matter], sorts=False),
    tables.Column[Said]("amount", Label("says", "数值"), lambda s: _amount(s.amount, _unit(s.matter)), Form.COUNT),
    tables.Column[Said]("unit", Label("Unit", "单位"), lambda s: UNITS[_unit(s.matter)], sorts=False),
    tables.Column[Said]("on", Label("On", "日期"), lambda s: s.on),
    tables.Column[Said]("by", Label("Written down by", "记录人"), lambda s: s.by),
)
SAID_TABLE = tables.Table(
    Label("What the owner says", "企业主自述"),
    SAID,
    name="said",
    search=False,
    order="on",
    down=True,
    nothing=Label("The owner has not been asked yet", "尚未询问企业主"),
)


def shown(request: HttpRequest, found: Checked) -> dict[str, Any]:
    """The two tables below the comparisons, and where the owner's words are written down."""
    words = owner.words_of(found.firm, as_of=found.as_of)
    return {
        "believed": tables.view(request, FACTS_TABLE, tables.Listed(found.facts, FACTS)),
        "said": tables.view(request, SAID_TABLE, tables.Listed(words, SAID)),
        "matters": [{"name": each.value, "label": MATTERS[each], "unit": UNITS[_unit(each)]} for each in Matter],
        "say_at": reverse("firms_owner_says", args=[found.firm]),
    }


@require_POST
def owner_says(request: HttpRequest, code: str) -> HttpResponse:
    """Write down what the owner says; the facts are held against it from then on."""
    firm = selectors.firm_named(code) or EnterpriseId(code)
    doors.require(request, "link_firms", firm=firm)
    given = {each: text.strip() for each in Matter if (text := str(request.POST.get(each.value, ""))).strip()}
    said = {each: _read(each, text) for each, text in given.items()}
    if not said:
        raise BadInput(_("nothing was said"), then=_("write down at least one of the three matters"))
    answer = services.owner_says(
        firm, said, on=reading.as_of(request), request=acting.request_of(request), by=who(request)
    )
    return acting.told(request, answer, _("The owner's words are kept."), reverse("firms_facts", args=[firm]))


def _read(matter: Matter, text: str) -> int:
    """Fen, or heads."""
    if matter is Matter.STAFF:
        if not text.isdecimal():
            raise BadInput(_("the number of people is a whole number"), then=_("write digits only, such as 12"))
        return int(text)
    amount: Money | None = acting.amount_of(text)
    if amount is None:
        raise BadInput(_("an amount is missing"), then=_("write yuan in digits, such as 120,000"))
    return amount.fen


def _unit(matter: Matter) -> str:
    return "heads" if matter is Matter.STAFF else "fen"


def _amount(amount: float, unit: str) -> float:
    return round(amount / 100) if unit == "fen" else round(amount)
