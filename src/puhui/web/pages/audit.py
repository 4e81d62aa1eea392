"""What happened: the records of the audit chain, and whether the chain holds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from puhui.channels.catalogue import CHANNELS
from puhui.documents.wording import Form
from puhui.governance import selectors, services
from puhui.web import record_words, tables
from puhui.words import Label

NEWEST = 1_000

COLUMNS = (
    tables.Column[selectors.Happened]("number", Label("No.", "序号"), lambda r: r.number, Form.COUNT),
    tables.Column[selectors.Happened]("at", Label("When", "时间"), lambda r: r.at),
    tables.Column[selectors.Happened](
        "act", Label("Act", "行为"), lambda r: record_words.ACTS.get(r.act, r.act), choice=True
    ),
    tables.Column[selectors.Happened]("subject", Label("Of what", "对象"), lambda r: _of(r.subject)),
    tables.Column[selectors.Happened]("by", Label("By whom", "执行者"), lambda r: r.by, choice=True),
    tables.Column[selectors.Happened](
        "facts", Label("Facts", "事实"), lambda r: record_words.told(r.body), wide=True, sorts=False
    ),
)
TABLE = tables.Table(
    Label("Newest records", "最新记录"), COLUMNS, nothing=Label("Nothing has been recorded yet", "尚无记录")
)


@require_http_methods(["GET", "HEAD", "POST"])
def audit(request: HttpRequest) -> HttpResponse:
    """The newest records; a POST walks the whole chain first and says what it found."""
    verified = services.verify() if request.method == "POST" else None
    rows = tables.Listed(selectors.latest(NEWEST), COLUMNS)
    return tables.answer(request, "desk/audit.html", {"verified": verified}, records=(TABLE, rows))


def _of(subject: str) -> Label | str:
    return CHANNELS[subject].label if subject in CHANNELS else subject
