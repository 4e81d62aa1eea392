"""What every form that acts has in common: its request id, and how its answer is told.

Promises that a form sent twice is one act, and that a refusal comes back in words on the page it came from. Refuses a
form without a request id.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from puhui.ids import RequestId
from puhui.money import Money, yuan
from puhui.refusals import BadInput, Refused
from puhui.web import record_words

LONGEST = 80
DONE = "done"  # marks the message of an act that was done: what was written for it need not be kept any more


def request_of(request: HttpRequest) -> RequestId:
    """The request id that the form was shown with."""
    given = request.POST.get("request", "")
    if not 0 < len(given) <= LONGEST:
        raise BadInput(
            _("the form came without its request id"), then=_("open the page again and send the form from there")
        )
    return RequestId(given)


def told(request: HttpRequest, answer: object, done: str, to: str) -> HttpResponse:
    """Back to a page, with what happened in words."""
    if isinstance(answer, Refused):
        language = get_language() or "en"
        facts = record_words.told(answer.details).in_(language) if answer.details else ""
        messages.error(request, f"{answer.words(language)}{f' ({facts})' if facts else ''}")
    else:
        messages.success(request, done, extra_tags=DONE)
    return redirect(to)


def wrong(problem: BadInput) -> str:
    """What cannot be used and what to do, as one line in the page's language."""
    language = get_language() or "en"
    what, then = problem.said(language)
    chinese = language.startswith("zh") and not what.isascii()
    return f"{what}。{then}。" if chinese else f"{what}. To go on: {then}."


def written(request: HttpRequest) -> dict[str, str]:
    """What was written in a form, by field; the last of a name."""
    return {name: text for name in request.POST if isinstance(text := request.POST.get(name), str)}


def amount_of(text: str) -> Money | None:
    """An amount as people write it, in yuan: 12,000 or 12000.50; None when it is none."""
    try:
        given = yuan(text.strip().replace("，", ",").replace("¥", ""))
    except (ValueError, InvalidOperation):
        return None
    return given if given.fen > 0 else None


def rate_of(text: str) -> Decimal | None:
    """An annual rate in per cent as people write it: 6.15 becomes 0.0615; None when it is none."""
    try:
        given = Decimal(text.strip().rstrip("%"))
    except InvalidOperation:
        return None
    return given.scaleb(-2) if given.is_finite() else None
