"""Writes are done once: the idempotency key becomes the room's request id, and the first answer is kept.

Promises that a key stands for one content of one caller on one path; that a call which was cut off is done on the same
business date when it is asked again. Refuses the key for other content with REQUEST_HAS_OTHER_CONTENT.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Header, Schema
from pydantic import StringConstraints

from puhui import days
from puhui.ids import RequestId, digest
from puhui.refusals import BadInput, Code, Refused
from puhui.web.api.frame import bearer_of
from puhui.web.api.problems import RefusedError, plain
from puhui.web.models import Asked
from puhui.web.statuses import status_of

OURS = uuid.UUID("6d0f7e5c-2a55-5a0c-9a5e-5b1e2f6c7d80")
Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=80, pattern=r"^[!-~]+$"),
    Header(alias="Idempotency-Key", description="The caller's name for this act: asked twice, it is done once."),
]


def once(
    request: HttpRequest,
    key: str,
    answers: type[Schema],
    do: Callable[[RequestId, date, datetime], Any],
    *,
    hidden: tuple[str, ...] = (),
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
    if row.answer is not None:
        if "refused" in row.answer:
            raise RefusedError(Refused(Code(row.answer["refused"]), row.answer["facts"]))
        return dict(row.answer["given"])
    found = do(name, row.on, row.at)
    if isinstance(found, Refused):
        if status_of(found.code) != 503:  # a silence is no answer: it may be asked again
            Asked.objects.filter(request=name).update(answer={"refused": found.code, "facts": plain(found.details)})
        raise RefusedError(found)
    given = answers.model_validate(found).model_dump(mode="json")
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
