"""What every answer says to the browser about safety, and how broken promises become pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from puhui.refusals import BadInput
from puhui.web import doors
from puhui.web.statuses import OF_WRONG

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# The graph editor writes its styles while it runs and checks expressions in WebAssembly: on its own page only.
STUDIO_POLICY = (
    POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'").replace(
        "style-src 'self'", "style-src 'self' 'unsafe-inline'"
    )
    + "; font-src 'self' data:; worker-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def form_is_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was shown before its reader signed in or out, or in a browser that keeps no cookies."""
    facts = {
        "what": _("This form was shown before you signed in or out, or your browser keeps no cookies"),
        "then": _("open the page again and send the form from there: what you wrote is still in it"),
        "stop": "。" if (get_language() or "en").startswith("zh") else ".",
    }
    return render(request, "wrong.html", facts, status=403)


class Guard:
    """Sets the safety headers that a view has not set itself, and shows a broken promise with what to do next."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._answer(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """BadInput and NotReady become pages that say what to do; a bug stays a bug."""
        if isinstance(problem, doors.Stopped):
            return doors.refusal(request, problem.refused)
        if not isinstance(problem, BadInput):
            return None
        language = get_language() or "en"
        what, then = problem.said(language)
        in_chinese = language.startswith("zh")
        foreign = in_chinese and what.isascii()
        facts = {"what": what, "then": then, "foreign": foreign, "stop": "。" if in_chinese and not foreign else "."}
        return render(request, "wrong.html", facts, status=OF_WRONG[type(problem)])
