"""Pages whose main part takes longer than a reader should wait: the frame comes at once, the part follows.

Promises the same content without JavaScript, by a link to the whole page. Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from puhui.web import tables


def answer(
    request: HttpRequest, page: str, part: str, facts: Mapping[str, Any], work: Callable[[], Mapping[str, Any]]
) -> HttpResponse:
    """The frame; or the part alone when the frame asks for it; or both when the address says `whole`.

    A table of the part answers by itself: its rows when they are asked for, or its file.
    """
    if tables.wants_file(request):
        try:
            work()
        except tables.AsFile as file:
            return file.response
    if request.headers.get("HX-Request"):
        worked = work()
        target = request.headers.get("HX-Target", "")
        asked = [
            one
            for one in worked.values()
            if isinstance(one, tables.View) and target.endswith(f"#rows-{one.table.name}")
        ]
        response = (
            render(request, "parts/rows.html", {"view": asked[0]})
            if asked
            else render(request, part, {**facts, **worked})
        )
    elif "whole" in request.GET:
        response = render(request, page, {**facts, **work(), "part": part})
    else:
        response = render(request, page, {**facts, "part": "parts/waiting.html"})
    response.headers["Vary"] = "HX-Request, Accept-Language, Cookie"
    return response
