"""The firms that the house has heard of: found by code or by name, each with its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock, Thread

from django.db import connection, connections
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from puhui import days
from puhui.channels import selectors as channels
from puhui.documents.blocks import Tag
from puhui.documents.wording import Form
from puhui.enterprises import selectors
from puhui.ids import EnterpriseId
from puhui.lending import browsing
from puhui.web import reading, tables
from puhui.web.doors import who
from puhui.web.naming import names_of
from puhui.web.pages.facility_words import STATUS
from puhui.words import Label

MANY_NAMES = 5_000  # a shorter index is made while its reader waits
CODE = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY:_-")


@dataclass(frozen=True, slots=True)
class Known:
    """One firm in the list; its name where it may be read."""

    firm: EnterpriseId
    name: str
    line: browsing.Line | None


COLUMNS = (
    tables.Column[Known](
        "name",
        Label("Firm", "企业"),
        lambda k: tables.Link(k.name or k.firm, _at(k.firm), k.firm if k.name else None),
        sorts=False,
        wide=True,
    ),
    tables.Column[Known]("code", Label("Code", "代码"), lambda k: k.firm, shown=False),
    tables.Column[Known](
        "line", Label("Line", "额度"), lambda k: Tag(*STATUS[k.line.status]) if k.line else None, sorts=False
    ),
    tables.Column[Known](
        "limit",
        Label("Limit", "授信额度"),
        lambda k: k.line.limit if k.line else None,
        Form.MONEY,
        unit=Label("yuan", "元"),
        sorts=False,
    ),
    tables.Column[Known](
        "owed",
        Label("Drawn", "已支用"),
        lambda k: k.line.owed if k.line else None,
        Form.MONEY,
        unit=Label("yuan", "元"),
        sorts=False,
    ),
    tables.Column[Known](
        "late",
        Label("Days past due", "逾期天数"),
        lambda k: k.line.days_past_due if k.line else None,
        Form.COUNT,
        sorts=False,
    ),
)
TABLE = tables.Table(
    Label("Every firm", "全部企业"),
    COLUMNS,
    hint=Label(
        "Search by credit code or by a part of the name. Names are read only where a right stands.",
        "可按统一社会信用代码或名称片段搜索；仅在有有效授权时读取名称。",
    ),
    nothing=Label("No data of any firm has been delivered yet", "尚未收到任何企业的数据"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """Firms a page at a time: names and lines are read for the page only."""

    day: date
    by: str
    within: frozenset[EnterpriseId] | None = None

    def page(self, asked: tables.Asked) -> tuple[Sequence[Known], int]:
        """Codes are matched in memory; a text that is no code is looked for among the registered names."""
        firms = selectors.known()
        text = " ".join(asked.words)
        if text and set(text.upper()) <= CODE:
            firms = [firm for firm in firms if text.upper() in firm.upper()]
        elif text:
            named = index_of_names(self.day)
            firms = [firm for firm, name in named.items() if text in name.lower()]
        if self.within is not None:
            firms = [firm for firm in firms if firm in self.within]
        chosen = firms[asked.first : asked.first + asked.many]
        names, lines = names_of(chosen, by=self.by), browsing.newest_of(chosen)
        if text and not set(text.upper()) <= CODE:  # a right that has ended since the index was made hides the firm
            chosen = [firm for firm in chosen if firm in names]
        return [Known(firm, names.get(firm, ""), lines.get(firm)) for firm in chosen], len(firms)

    def values(self, column: str) -> Sequence[tuple[str, Label]]:
        """No column of this list has a menu."""
        return ()


def _state_of_names() -> str:
    """What the names rest on: the newest delivery of the registry."""
    delivered = channels.deliveries("registry")
    return str(delivered[0].delivery) if delivered else ""


@dataclass(frozen=True, slots=True)
class Index:
    """The registered names of all firms, as they stood in one book on one day after one delivery."""

    of: tuple[str, date, str]
    names: dict[EnterpriseId, str]


_held: list[Index] = []  # the last one alone
_making = Lock()


def index_of_names(day: date) -> dict[EnterpriseId, str]:
    """Every firm's name, read once a day and a delivery, under the rights of that moment; hits are read anew.

    Of very many firms the last index still answers while the next is made: a name that has just come is found moments
    later, and nobody waits.
    """
    wanted = (str(connection.settings_dict["NAME"]), day, _state_of_names())
    last = _held[0] if _held else None
    if last is not None and last.of == wanted:
        return last.names
    if last is None or last.of[0] != wanted[0] or len(last.names) < MANY_NAMES:
        return _made(wanted)
    if _making.acquire(blocking=False):
        Thread(target=_made_beside, args=(wanted,), daemon=True).start()
    return last.names


def _made(wanted: tuple[str, date, str]) -> dict[EnterpriseId, str]:
    index = Index(wanted, names_of(selectors.known(), by="the index of names"))
    _held[:] = [index]
    return index.names


def _made_beside(wanted: tuple[str, date, str]) -> None:
    try:
        _made(wanted)
    finally:
        _making.release()
        connections.close_all()


@require_safe
def firms(request: HttpRequest) -> HttpResponse:
    """Every firm that the house has heard of, or that the reader's branch looks after."""
    found = Found(days.today(), who(request), reading.within(request))
    return tables.answer(request, "desk/firms.html", {}, firms=(TABLE, found))


def _at(firm: EnterpriseId) -> str:
    return reverse("firms_file", args=[firm])
