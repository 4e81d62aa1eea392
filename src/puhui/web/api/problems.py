"""Wrongs as problems (RFC 9457): refusals, bad input, what is not there, too many calls.

Promises that a problem says the rule's code, its words in the reader's language, and what to do next where that is
known; the status comes from the one table in `web.statuses`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from puhui.governance.chain import canonical
from puhui.money import Money
from puhui.refusals import BadInput, Code, Refused
from puhui.web.statuses import OF_WRONG, status_of

if TYPE_CHECKING:
    from ninja import NinjaAPI

PROBLEM = "application/problem+json"
T = TypeVar("T")


class Problem(Schema):
    """What went wrong, and what to do."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    then: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)
    errors: list[dict[str, Any]] = Field(default_factory=list)


class RefusedError(Exception):
    """A refusal on its way to the answer."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(str(refused))
        self.refused = refused


class TooManyError(Exception):
    """More calls than the limit; `wait` is in seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"too many calls: wait {wait} s")
        self.wait = wait


def granted(found: T | Refused) -> T:
    """What a room answered, or its refusal raised."""
    if isinstance(found, Refused):
        raise RefusedError(found)
    return found


def respond(request: HttpRequest, *, status: int, code: str, title: str, **more: Any) -> HttpResponse:
    """A problem as an answer."""
    said = {
        "type": f"urn:puhui:problem:{code.lower().replace('_', '-')}",
        "title": title,
        "status": status,
        "detail": more.pop("detail", title),
        "instance": request.path,
        "code": code,
        **more,
    }
    answer = HttpResponse(json.dumps(said, ensure_ascii=False), status=status, content_type=PROBLEM)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="puhui"'
    return answer


def plain(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts of a refusal as JSON has them: amounts in fen, days as text."""
    whole = {name: value.fen if isinstance(value, Money) else value for name, value in facts.items()}
    found: dict[str, Any] = json.loads(canonical(whole))
    return found


def of_refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    """A refusal as a problem, in the language that the caller prefers."""
    language = "zh" if request.headers.get("Accept-Language", "").lower().startswith("zh") else "en"
    words = refused.words(language)
    return respond(
        request, status=status_of(refused.code), code=str(refused.code), title=words, facts=plain(refused.details)
    )


def install(api: NinjaAPI) -> None:
    """Let every wrong of an operation become a problem."""

    @api.exception_handler(RefusedError)
    def refusal(request: HttpRequest, wrong: RefusedError) -> HttpResponse:
        return of_refusal(request, wrong.refused)

    @api.exception_handler(AuthenticationError)
    def stranger(request: HttpRequest, wrong: AuthenticationError) -> HttpResponse:
        return of_refusal(request, Refused(Code.NOT_SIGNED_IN))

    @api.exception_handler(BadInput)
    def bad_input(request: HttpRequest, wrong: BadInput) -> HttpResponse:
        code = "NOT_READY" if OF_WRONG[type(wrong)] == 503 else "BAD_INPUT"
        return respond(request, status=OF_WRONG[type(wrong)], code=code, title=wrong.what, then=wrong.then)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, wrong: ValidationError) -> HttpResponse:
        errors = [{"at": [str(step) for step in each["loc"]], "says": each["msg"]} for each in wrong.errors]
        return respond(
            request, status=400, code="BAD_INPUT", title="the call does not fit its description", errors=errors
        )

    @api.exception_handler(HttpError)
    def http(request: HttpRequest, wrong: HttpError) -> HttpResponse:
        return respond(request, status=wrong.status_code, code="BAD_INPUT", title=wrong.message)

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, wrong: Http404) -> HttpResponse:
        return respond(request, status=404, code="NOT_THERE", title=str(wrong) or "there is no such thing")

    @api.exception_handler(TooManyError)
    def too_many(request: HttpRequest, wrong: TooManyError) -> HttpResponse:
        answer = respond(request, status=429, code="TOO_MANY_CALLS", title=str(wrong))
        answer.headers["Retry-After"] = str(wrong.wait)
        return answer
