"""Doubtful identities that wait for a person: each with its evidence, to be ruled on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from puhui import days
from puhui.documents.wording import Form
from puhui.enterprises import acts, selectors
from puhui.enterprises.wording import COMPARED, DOUBTS, EVIDENCE, LINKED_BY, SCHEMES, word
from puhui.refusals import BadInput
from puhui.web import acting, doors, reading, tables
from puhui.web.doors import who
from puhui.web.naming import name_of
from puhui.words import Label

COLUMNS = (
    tables.Column[selectors.Case](
        "id", Label("Case", "编号"), lambda c: tables.Link(c.id, reverse("doubts_one", args=[c.id])), Form.COUNT
    ),
    tables.Column[selectors.Case]("kind", Label("Doubt", "疑点"), lambda c: word(DOUBTS, c.kind), choice=True),
    tables.Column[selectors.Case](
        "firm",
        Label("Firm", "企业"),
        lambda c: tables.Firm(c.enterprise, reverse("firms_file", args=[c.enterprise])),
        sorts=False,
    ),
    tables.Column[selectors.Case]("other", Label("Other", "另一方"), lambda c: c.other or c.record),
    tables.Column[selectors.Case]("chance", Label("Chance", "概率"), lambda c: c.probability, Form.PERCENT, 1),
)
TABLE = tables.Table(
    Label("Doubtful identities", "存疑身份"),
    COLUMNS,
    order="chance",
    down=True,
    nothing=Label("Nothing is doubtful", "没有存疑身份"),
)
MOST = 2_000


@require_http_methods(["GET", "HEAD"])
def doubts(request: HttpRequest) -> HttpResponse:
    """Everything doubtful, the likeliest first."""
    mine, found = reading.within(request), selectors.doubts(limit=MOST)
    rows = tables.Listed([one for one in found if mine is None or {one.enterprise, one.other} & mine], COLUMNS)
    return tables.answer(request, "desk/doubts.html", {}, doubts=(TABLE, rows))


@require_http_methods(["GET", "HEAD", "POST"])
def doubt(request: HttpRequest, case: int) -> HttpResponse:
    """One case with both sides; a POST rules on it."""
    if request.method == "POST":
        doors.require(request, "rule_on_firms")
        answer = acts.rule(
            case,
            same=request.POST.get("ruling") == "same",
            reason=request.POST.get("why", ""),
            on=days.today(),
            request=acting.request_of(request),
            by=who(request),
        )
        return acting.told(request, answer, _("The case is decided."), reverse("doubts"))
    found = next((one for one in selectors.doubts(limit=MOST) if one.id == case), None)
    if found is None:
        raise BadInput(_("case %(number)s waits no longer") % {"number": case}, then=_("go back to the list"))
    sides = [
        {
            "firm": firm,
            "name": name_of(firm, by=who(request)),
            "codes": [(word(SCHEMES, scheme), values) for scheme, values in selectors.codes(firm).items()],
            "records": [(one, word(LINKED_BY, one.how)) for one in selectors.records(firm)[:12]],
        }
        for firm in (found.enterprise, found.other)
        if firm
    ]
    evidence = [(word(EVIDENCE, name), _told(value)) for name, value in found.evidence.items() if value]
    facts = {"case": found, "kind": word(DOUBTS, found.kind), "sides": sides, "evidence": evidence}
    return render(request, "desk/doubt.html", facts)


def _told(value: object) -> Label:
    """A part of the evidence: what agrees or differs by name, else as it was written."""
    parts = (
        [word(COMPARED, str(each)) for each in value] if isinstance(value, list) else [Label(str(value), str(value))]
    )
    return Label(", ".join(part.en for part in parts), "、".join(part.zh for part in parts))
