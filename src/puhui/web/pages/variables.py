"""What is known of a firm: every declared variable, in words."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from puhui.variables.declarations import Declared
from puhui.variables.registry import VARIABLES


@require_safe
def variables(request: HttpRequest) -> HttpResponse:
    """The variables that match the search; only the list when a part of the page asks for it."""
    asked = request.GET.get("q", "").strip()
    found = [variable for variable in VARIABLES.values() if _matches(variable, asked.lower().split())]
    template = "web/variables_list.html" if request.headers.get("HX-Request") else "web/variables.html"
    facts = {"request": request, "asked": asked, "found": found, "all": len(VARIABLES)}
    response = render(request, template, facts)
    response.headers["Vary"] = "HX-Request, Accept-Language, Cookie"
    return response


def _matches(variable: Declared, words: list[str]) -> bool:
    label, why, unit = variable.label, variable.why, variable.unit
    text = " ".join((variable.name, label.en, label.zh, why.en, why.zh, unit.en, unit.zh)).lower()
    return all(word in text for word in words)
