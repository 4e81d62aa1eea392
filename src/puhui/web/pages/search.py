"""The search over everything (⌘K): pages, firms, lines, variables and proposals, as far as the reader may see them."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from puhui import days
from puhui.governance import selectors as governance
from puhui.governance.access import MAY, Act
from puhui.governance.proposals import MATTERS
from puhui.lending import browsing
from puhui.variables.registry import VARIABLES
from puhui.web import doors, judging, reading, shell, subjects, tables
from puhui.web.pages.firms import Found
from puhui.words import Label

EACH = 6  # hits of one kind that are shown
Hit = dict[str, object]


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What the words may mean, by kind."""
    words = request.GET.get("q", "").strip()
    found = [(label, hits) for label, hits in _found(request, words) if hits] if words else []
    return render(
        request,
        "parts/found.html" if request.headers.get("HX-Request") else "desk/search.html",
        {"found": found, "words": words},
    )


def _found(request: HttpRequest, words: str) -> Iterator[tuple[Label, list[Hit]]]:
    roles = doors.actor(request).roles
    text, within = words.lower(), reading.within(request)
    pages = [entry for menu in shell.menus(request) for entry in menu.entries]
    yield (
        Label("Pages", "页面"),
        [
            {"label": page.label, "at": reverse(page.name)}
            for page in pages
            if text in f"{page.label.en} {page.label.zh}".lower()
        ][:EACH],
    )
    if roles & MAY[Act.SEE_FIRM]:
        firms, _total = Found(days.today(), doors.who(request), within).page(
            tables.Asked(tuple(text.split()), many=EACH)
        )
        yield (
            Label("Firms", "企业"),
            [
                {
                    "label": Label(one.name or one.firm, one.name or one.firm),
                    "at": reverse("firms_file", args=[one.firm]),
                    "note": one.firm,
                }
                for one in firms
            ],
        )
    if roles & MAY[Act.SEE_FACILITY]:
        lines, _total = browsing.lines(words=tuple(text.split()), firms=within, many=EACH, counted=EACH)
        yield (
            Label("Lines", "额度"),
            [
                {
                    "label": Label(f"Line {one.number}", f"额度 {one.number}"),
                    "at": reverse("facilities_file", args=[one.number]),
                    "note": one.enterprise,
                }
                for one in lines
            ],
        )
    if roles & MAY[Act.SEE_PROPOSALS]:
        yield (
            Label("Proposals", "复核事项"),
            [
                {
                    "label": Label(
                        f"{MATTERS[p.kind].label.en}: {p.subject}", f"{MATTERS[p.kind].label.zh}：{p.subject}"
                    ),
                    "at": reverse("proposals_one", args=[p.number]),
                }
                for p in governance.proposals(waiting=True, count=200)
                if text in f"{p.subject} {p.why}".lower()
                and subjects.reaches(doors.actor(request), Act.SEE_PROPOSALS, judging.firm_of(p))
            ][:EACH],
        )
    if roles & MAY[Act.SEE_VARIABLES]:
        yield (
            Label("Variables", "变量"),
            [
                {"label": v.label, "at": f"{reverse('variables')}?q={v.name}", "note": v.name}
                for v in VARIABLES.values()
                if text in f"{v.name} {v.label.en} {v.label.zh}".lower()
            ][:EACH],
        )
