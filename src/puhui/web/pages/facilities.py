"""Facilities and their draws: what is agreed, what is owed, what was done, and what an officer may do to a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from puhui import days
from puhui.documents.blocks import Figure, Tag
from puhui.documents.wording import Form
from puhui.governance.sight import sight_of
from puhui.ids import EnterpriseId
from puhui.lending import browsing, kept, selectors, services
from puhui.lending.facility import FacilityId, Status
from puhui.money import Money
from puhui.refusals import BadInput, Code, Refused
from puhui.web import acting, doors, pieces, reading, tables
from puhui.web.doors import who
from puhui.web.naming import name_of
from puhui.web.pages.decisions import product_label
from puhui.web.pages.facility_words import COMPONENTS, LOAN_STATUS, STATUS, TIERS
from puhui.words import Label

YUAN = Label("yuan", "元")
Line = browsing.Line
COLUMNS = (
    tables.Column[Line](
        "number",
        Label("No.", "编号"),
        lambda f: tables.Link(f.number, reverse("facilities_file", args=[f.number])),
        Form.TEXT,
    ),
    tables.Column[Line](
        "firm", Label("Firm", "企业"), lambda f: tables.Firm(f.enterprise, reverse("firms_file", args=[f.enterprise]))
    ),
    tables.Column[Line]("product", Label("Product", "产品"), lambda f: product_label(f.product), sorts=False),
    tables.Column[Line]("limit", Label("Limit", "授信额度"), lambda f: f.limit, Form.MONEY, unit=YUAN),
    tables.Column[Line](
        "owed", Label("Principal owed", "贷款本金"), lambda f: f.owed, Form.MONEY, unit=YUAN, sorts=False
    ),
    tables.Column[Line]("rate", Label("Annual rate", "年利率"), lambda f: f.rate, Form.PERCENT),
    tables.Column[Line]("status", Label("Status", "状态"), lambda f: Tag(*STATUS[f.status]), choice=True),
    tables.Column[Line]("late", Label("Days past due", "逾期天数"), lambda f: f.days_past_due, Form.COUNT, sorts=False),
    tables.Column[Line]("tier", Label("Five-tier class", "五级分类"), lambda f: Tag(*TIERS[f.tier]), sorts=False),
    tables.Column[Line]("opened", Label("Opened", "启用日"), lambda f: f.opened_on, shown=False),
    tables.Column[Line]("matures", Label("Matures", "到期日"), lambda f: f.matures_on),
)
TABLE = tables.Table(
    Label("Every line", "全部额度"),
    COLUMNS,
    order="number",
    down=True,
    hint=Label("Search by number or by the beginning of a firm's code.", "可按编号或企业代码开头搜索。"),
    nothing=Label("No line has been opened yet", "尚未启用任何额度"),
)
Drawn = browsing.Drawn
DRAWS = (
    tables.Column[Drawn]("number", Label("No.", "编号"), lambda d: d.number, Form.TEXT),
    tables.Column[Drawn]("on", Label("Drawn on", "支用日"), lambda d: d.drawn_on),
    tables.Column[Drawn]("drawn", Label("Drawn", "支用金额"), lambda d: d.drawn, Form.MONEY, 2, unit=YUAN),
    tables.Column[Drawn](
        "principal", Label("Principal owed", "剩余本金"), lambda d: d.principal, Form.MONEY, 2, unit=YUAN
    ),
    tables.Column[Drawn]("matures", Label("Matures", "到期日"), lambda d: d.matures_on),
    tables.Column[Drawn]("purpose", Label("Purpose", "用途"), lambda d: d.purpose),
    tables.Column[Drawn]("payee", Label("Payee", "收款人"), lambda d: d.payee),
    tables.Column[Drawn]("status", Label("Status", "状态"), lambda d: Tag(*LOAN_STATUS[d.status]), choice=True),
    tables.Column[Drawn]("late", Label("Days past due", "逾期天数"), lambda d: d.days_past_due, Form.COUNT),
)
DRAW_TABLE = tables.Table(
    Label("Draws", "支用记录"),
    DRAWS,
    name="draws",
    search=False,
    nothing=Label("Nothing has been drawn yet", "尚未支用"),
)


class _Lines:
    """Facilities a page at a time; whoever belongs to a branch sees those of its firms."""

    def __init__(self, request: HttpRequest) -> None:
        self._firms = reading.within(request)

    def page(self, asked: tables.Asked) -> tuple[Sequence[Line], int]:
        status = next((each for each in Status if STATUS[each][0].en == asked.choices.get("status")), "")
        return browsing.lines(
            words=asked.words,
            firms=self._firms,
            status=str(status),
            order=asked.order,
            down=asked.down,
            first=asked.first,
            many=asked.many,
        )

    def values(self, column: str) -> Sequence[tuple[str, Label]]:
        return [(label.en, label) for label, _tone in STATUS.values()]


@require_safe
def facilities(request: HttpRequest) -> HttpResponse:
    """The whole book in figures, and every line."""
    closed = selectors.last_closed()
    book = kept.book_at(closed) if closed else browsing.book()
    figures = (
        Figure(Label("Lines", "额度数"), book.facilities, Form.COUNT),
        Figure(Label("Firms", "企业数"), book.firms, Form.COUNT),
        Figure(Label("Limits", "授信总额"), book.limits, Form.MONEY_SHORT, unit=YUAN),
        Figure(Label("Principal owed", "贷款余额"), book.owed, Form.MONEY_SHORT, unit=YUAN),
        Figure(Label("Past due", "逾期率"), _share(book.late, book.owed), Form.PERCENT),
        Figure(Label("Non-performing", "不良率"), _share(book.doubtful, book.owed), Form.PERCENT),
    )
    return tables.answer(
        request, "desk/facilities.html", {"key_figures": figures, "closed": closed}, lines=(TABLE, _Lines(request))
    )


@require_http_methods(["GET", "HEAD", "POST"])
def facility(request: HttpRequest, number: int) -> HttpResponse:
    """One line with its draws and its acts; a POST freezes or thaws it."""
    line = FacilityId(number)
    if request.method == "POST":
        return _acted(request, line)
    try:
        standing = selectors.standing(line)
    except BadInput as problem:
        raise Http404(str(problem)) from None
    doors.require(request, "see_facility", firm=EnterpriseId(standing.enterprise))
    row = browsing.line(line)
    owed = {part: fen for part, fen in standing.owed.items() if fen}
    sight = sight_of(doors.actor(request), row.enterprise)
    facts = {
        "line": row,
        "product": product_label(row.product),
        "status": Tag(*STATUS[row.status]),
        "name": name_of(row.enterprise, by=who(request)),
        "key_figures": (
            Figure(Label("Limit", "授信额度"), row.limit, Form.MONEY, 0, unit=YUAN),
            Figure(Label("May still be drawn", "可用额度"), Money(standing.available_fen), Form.MONEY, 0, unit=YUAN),
            Figure(Label("Principal owed", "贷款本金"), row.owed, Form.MONEY, 2, unit=YUAN),
            Figure(Label("Annual rate", "年利率"), row.rate, Form.PERCENT),
            Figure(Label("Days past due", "逾期天数"), standing.days_past_due, Form.COUNT),
            Figure(Label("Matures", "到期日"), row.matures_on),
        ),
        "owed": [(COMPONENTS[part], Money(fen)) for part, fen in owed.items()],
        "total": Money(sum(owed.values())),
        "used": round(100 * row.owed.fen / row.limit.fen) if row.limit else 0,
        "events": [event_of(entry) for entry in reversed(selectors.statement(line, sight=sight))],
        "freeze": {"act": "freeze"},
        "unfreeze": {"act": "unfreeze"},
        "frozen": row.status is Status.FROZEN,
        "open": row.status is Status.OPEN,
    }
    rows = tables.Listed(browsing.draws(line, sight=sight), DRAWS)
    return tables.answer(request, "desk/facility.html", facts, draws=(DRAW_TABLE, rows))


ACTS = {
    "open": Label("Line opened", "额度启用"),
    "draw": Label("Drawn", "支用"),
    "repay": Label("Repaid", "还款"),
    "freeze": Label("Frozen", "冻结"),
    "unfreeze": Label("Thawed", "解冻"),
    "collect": Label("Collected", "扣收"),
    "fee": Label("Fee charged", "收取费用"),
    "cleared": Label("Payment confirmed late", "放款迟到确认"),
    "extend": Label("Extended", "展期"),
    "renew": Label("Renewed", "续授信"),
    "restructure": Label("Restructured", "重组"),
    "reprice": Label("Rate followed the loan prime rate", "随 LPR 重定价"),
    "account": Label("Settlement account named", "指定结算账户"),
    "secured": Label("Received from security", "担保受偿"),
    "rate": Label("Rate changed", "利率调整"),
    "misuse": Label("Misuse found", "认定挪用"),
    "close": Label("Closed", "结清关闭"),
    "write_off": Label("Written off", "核销"),
    "recover": Label("Recovered", "核销后收回"),
}


def event_of(entry: selectors.Entry) -> pieces.Event:
    """One act of a line's statement, for a timeline."""
    label = ACTS.get(entry.act, Label(entry.act, entry.act))
    amounts = [
        Money(value)
        for key, value in entry.facts.items()
        if key in {"amount", "amount_fen", "fen"} and isinstance(value, int)
    ]
    said = " · ".join(
        str(value)
        for key, value in entry.facts.items()
        if key in {"purpose", "payee", "why"} and isinstance(value, str) and value
    )
    more = " · ".join([*(f"{amount.yuan:,.2f}" for amount in amounts), *([said] if said else [])])
    return pieces.Event(entry.on, label, Label(more, more) if more else None)


DOES: dict[str, tuple[str, Callable[..., object]]] = {
    "freeze": ("freeze", services.freeze),
    "unfreeze": ("freeze", services.unfreeze),
}


def _acted(request: HttpRequest, line: FacilityId) -> HttpResponse:
    asked = request.POST.get("act", "")
    if asked not in DOES:
        raise BadInput(
            _("the page knows no act '%(act)s'") % {"act": asked[:40]}, then=_("use the buttons of its page")
        )
    needs, act = DOES[asked]
    doors.require(request, needs, firm=_firm_of(line))
    why = request.POST.get("why", "").strip()
    answer = (
        act(
            line,
            why=f"{why} ({who(request)})",
            request=acting.request_of(request),
            on=reading.business_day(),
            at=days.now(),
        )
        if why
        else Refused(Code.STATUS_FORBIDS, {})
    )
    return acting.told(request, answer, _("Done."), reverse("facilities_file", args=[line]))


def _firm_of(line: FacilityId) -> EnterpriseId:
    return selectors.firm_of_line(line)


def _share(part: Money, whole: Money) -> float | None:
    return part.fen / whole.fen if whole else None
