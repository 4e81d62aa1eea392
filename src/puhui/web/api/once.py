"""Writes are done once: the idempotency key becomes the room's request id, and the first answer is kept.

Promises that a key stands for one content of one caller on one path; that a call which was cut off is done on the same
business date when it is asked again. Refuses the key for other content with REQUEST_HAS_OTHER_CONTENT.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, get_type_hints

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from ninja import Header, Router, Schema, Status
from pydantic import StringConstraints

from puhui import days
from puhui.governance.access import Act
from puhui.governance.tokens import Bearer
from puhui.ids import RequestId, digest
from puhui.refusals import BadInput, Code, Refused
from puhui.web.api.frame import bearer_of, operation
from puhui.web.api.problems import RefusedError, plain
from puhui.web.models import Asked
from puhui.web.statuses import status_of

OURS = uuid.UUID("6d0f7e5c-2a55-5a0c-9a5e-5b1e2f6c7d80")
Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=80, pattern=r"^[!-~]+$"),
    Header(alias="Idempotency-Key", description="The caller's name for this act: asked twice, it is done once."),
]


@dataclass(frozen=True, slots=True)
class Call:
    """One write as it is done: for whom, under which request id, on which business date, at which moment."""

    bearer: Bearer
    request: RequestId
    on: date
    at: datetime

    @property
    def who(self) -> str:
        """The name for the record."""
        return self.bearer.actor.name

    @property
    def said(self) -> dict[str, Any]:
        """What every proposal, and every step of a version, asks for besides its content."""
        return {"by": self.who, "request": self.request, "at": self.at}

    @property
    def when(self) -> dict[str, Any]:
        """What every act on a line or an application asks for besides its content."""
        return {"request": self.request, "on": self.on, "at": self.at}


def writes(
    router: Router,
    path: str,
    *,
    act: Act,
    answers: type[Schema],
    says: str,
    status: int = 201,
    hidden: tuple[str, ...] = (),
    whole: bool = False,
    settled: Callable[[Mapping[str, Any]], bool] = bool,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a write: the function is given its `Call` and what the path and the body name, and does it once.

    `hidden` fields are in the first answer only, and are kept nowhere. An act that knows no request id is done `whole`:
    in one transaction with its answer, so that a kill between the two does not do it twice. An answer that is not
    `settled` is given and not kept: asked again, the act tells how it stands by then.
    """

    def declare(do: Callable[..., Any]) -> Callable[..., Any]:
        hints, taken = get_type_hints(do, include_extras=True), signature(do).parameters.values()

        def view(request: HttpRequest, *, key: str, **given: Any) -> Any:
            def act_once(name: RequestId, on: date, at: datetime) -> Any:
                return do(Call(bearer_of(request), name, on, at), **given)

            return Status(status, once(request, key, answers, act_once, hidden=hidden, whole=whole, settled=settled))

        named = [each.replace(annotation=hints[each.name]) for each in taken if each.name != "call"]
        asked = Parameter("request", Parameter.POSITIONAL_OR_KEYWORD, annotation=HttpRequest)
        view.__signature__ = Signature([asked, *named, Parameter("key", Parameter.KEYWORD_ONLY, annotation=Key)])  # type: ignore[attr-defined]
        view.__name__, view.__module__, view.__doc__ = do.__name__, do.__module__, do.__doc__
        operation(router, "POST", path, act=act, answers=answers, status=status, says=says)(view)
        return do

    return declare


def once(
    request: HttpRequest,
    key: str,
    answers: type[Schema],
    do: Callable[[RequestId, date, datetime], Any],
    *,
    hidden: tuple[str, ...] = (),
    whole: bool = False,
    settled: Callable[[Mapping[str, Any]], bool] = bool,
    content: bytes | None = None,
) -> dict[str, Any]:
    """Do a write, or give its first answer. `hidden` fields are in the first answer only, and are kept nowhere.

    `content` is what makes a call the same call, where that is not its body: of a file, the file alone.
    """
    who = bearer_of(request).actor.name
    name = RequestId(str(uuid.uuid5(OURS, f"{who}\n{request.method} {request.path}\n{key}")))
    asked = digest([request.META.get("QUERY_STRING", "").encode(), request.body if content is None else content])
    row, _ = Asked.objects.get_or_create(
        request=name, defaults={"content": asked, "on": business_day(request), "at": days.now()}
    )
    if row.content != asked:
        raise RefusedError(Refused(Code.REQUEST_HAS_OTHER_CONTENT, {"key": key}))
    if (first := _first(row)) is not None:
        return first
    if not whole:
        return _done(name, row, answers, do, hidden=hidden, settled=settled)
    with transaction.atomic():  # a double click waits here, and finds the answer of the first
        row = Asked.objects.select_for_update().get(request=name)
        return _first(row) or _done(name, row, answers, do, hidden=hidden, settled=settled)


def _first(row: Asked) -> dict[str, Any] | None:
    """The first answer, where there is one; a refusal is raised again."""
    if row.answer is None:
        return None
    if "refused" in row.answer:
        raise RefusedError(Refused(Code(row.answer["refused"]), row.answer["facts"]))
    return dict(row.answer["given"])


def _done(
    name: RequestId,
    row: Asked,
    answers: type[Schema],
    do: Callable[[RequestId, date, datetime], Any],
    *,
    hidden: tuple[str, ...],
    settled: Callable[[Mapping[str, Any]], bool],
) -> dict[str, Any]:
    """Do it, and keep its answer beside what was asked."""
    found = do(name, row.on, row.at)
    if isinstance(found, Refused):
        if status_of(found.code) != 503:  # a silence is no answer: it may be asked again
            Asked.objects.filter(request=name).update(answer={"refused": found.code, "facts": plain(found.details)})
        raise RefusedError(found)
    given = answers.model_validate(found).model_dump(mode="json")
    if settled(given):
        kept = {field: "" if field in hidden else value for field, value in given.items()}
        Asked.objects.filter(request=name).update(answer={"given": kept})
    return given


def business_day(request: HttpRequest) -> date:
    """Today; in a demo or sandbox, where time is played, the day that the header `Business-Date` names."""
    said = request.headers.get("Business-Date", "")
    if not said or not settings.PLAYED:
        return days.today()
    try:
        return days.parse(said)
    except ValueError as wrong:
        raise BadInput(str(wrong), then="write the day as 2020-02-29") from None
