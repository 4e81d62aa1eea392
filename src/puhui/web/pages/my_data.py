"""One's own data: which consents stand and how to withdraw them, who looked, a copy, and erasure."""

from __future__ import annotations

import io
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from puhui import days
from puhui.channels import copying
from puhui.channels.catalogue import CHANNELS
from puhui.documents.wording import Form
from puhui.governance import erasing, selectors, services
from puhui.governance.purposes import WORDS, Purpose
from puhui.ids import EnterpriseId
from puhui.refusals import BadInput
from puhui.web import acting, doors, tables
from puhui.web.doors import who
from puhui.web.naming import name_of
from puhui.words import Label

READS = 2_000  # the newest that are told, those of one day by one reader together


@dataclass(frozen=True, slots=True)
class Look:
    """What one reader read of the firm on one day for one purpose: when last, and how often."""

    at: datetime
    what: Label
    purpose: Label
    by: str
    times: int


COLUMNS = (
    tables.Column[Look]("at", Label("Last on", "最近时间"), lambda one: one.at),
    tables.Column[Look]("what", Label("What", "内容"), lambda one: one.what, choice=True),
    tables.Column[Look]("purpose", Label("What for", "用途"), lambda one: one.purpose),
    tables.Column[Look]("by", Label("By whom", "查看人"), lambda one: one.by),
    tables.Column[Look]("times", Label("Times that day", "当日次数"), lambda one: one.times, Form.COUNT),
)
TABLE = tables.Table(
    Label("Who looked", "谁查看过"),
    COLUMNS,
    order="at",
    down=True,
    nothing=Label("Nobody has looked yet", "尚无人查看"),
)


@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest, code: str) -> HttpResponse:
    """What is held of one's firm, who may read it, who did; a POST withdraws, copies or erases."""
    firm = EnterpriseId(code)
    doors.require(request, "see_consents", firm=firm)
    if request.method == "POST":
        return _acted(request, firm)
    today = days.today()
    standing = {
        (right.channel, right.purpose): right
        for right in reversed(selectors.rights_of(firm, on=today))
        if right.stands and right.channel in CHANNELS
    }
    rights = [
        {
            "channel": right.channel,
            "label": CHANNELS[right.channel].label,
            "purpose": str(right.purpose),
            "what_for": WORDS[right.purpose],
            "since": right.valid_from,
            "basis": right.basis,
        }
        for right in standing.values()
    ]
    facts = {
        "firm": firm,
        "name": name_of(firm, by=who(request)),
        "rights": [
            {"what_for": WORDS[purpose], "rows": rows}
            for purpose in Purpose
            if (rows := [right for right in rights if right["purpose"] == str(purpose)])
        ],
        "tab": "data",
        "erase": {"act": "erase"},
    }
    return tables.answer(request, "portal/data.html", facts, looks=(TABLE, tables.Listed(_looks(firm), COLUMNS)))


def _acted(request: HttpRequest, firm: EnterpriseId) -> HttpResponse:
    act, to, today = request.POST.get("act", ""), reverse("portal_data", args=[firm]), days.today()
    doors.require(request, "give_consent", firm=firm)
    sent = acting.request_of(request)
    if act == "withdraw":
        try:
            purpose = Purpose(request.POST.get("purpose", ""))
        except ValueError:
            raise BadInput(_("no such purpose"), then=_("use the buttons of the page")) from None
        services.withdraw(
            firm, channel=request.POST.get("channel", ""), purpose=purpose, on=today, request=sent, by=who(request)
        )
        return acting.told(
            request, None, _("The consent has been withdrawn. Nobody reads these data for this purpose any more."), to
        )
    if act == "copy":
        return _copy(request, firm, str(sent))
    if act == "erase":
        answer = erasing.erase_firm(firm, evidence=f"portal, by its owner, request {sent}", on=today, by=who(request))
        return acting.told(request, answer, _("Your firm's data have been erased: their keys are destroyed."), to)
    raise BadInput(_("the page knows no act '%(act)s'") % {"act": act[:40]}, then=_("use the buttons of the page"))


def _copy(request: HttpRequest, firm: EnterpriseId, sent: str) -> HttpResponse:
    """A copy of everything, as one archive."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "copy"
        copying.copy(firm, place, evidence=f"portal, by its owner, request {sent}", on=days.today(), by=who(request))
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(place.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(place))
    response = HttpResponse(held.getvalue(), content_type="application/zip")
    response.headers["Content-Disposition"] = f"attachment; filename=puhui-{firm}.zip"
    return response


def _looks(firm: EnterpriseId) -> list[Look]:
    """Who looked at what, the newest first; what a reader read again on the same day is told once."""
    found: dict[tuple[date, str, str, str], list[selectors.Happened]] = {}
    for one in selectors.reads_of(firm, READS):
        purpose = str(one.body.get("purpose", ""))
        found.setdefault((one.at.date(), one.subject, purpose, one.by), []).append(one)
    return [
        Look(reads[0].at, _channel(subject), _purpose(purpose), by, len(reads))
        for (_day, subject, purpose, by), reads in found.items()
    ]


def _channel(name: str) -> Label:
    return CHANNELS[name].label if name in CHANNELS else Label(name, name)


def _purpose(name: str) -> Label:
    return WORDS[Purpose(name)] if name in set(Purpose) else Label("–", "–")
