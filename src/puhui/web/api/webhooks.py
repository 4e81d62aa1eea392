"""Who is told of what, and how the telling went: also the messages that are dead."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from puhui import days
from puhui.governance.access import Act
from puhui.web import hooks
from puhui.web.api.frame import operation
from puhui.web.api.once import Call, writes
from puhui.web.api.shapes import After, Limit, Number, Page, from_cursor, page
from puhui.web.models import Hook, Message

router = Router(tags=["webhooks"])


class NewHook(Schema):
    """Where to tell what."""

    url: Annotated[str, Field(min_length=8, max_length=400, pattern=r"^https?://[!-~]+$")]
    kinds: Annotated[list[hooks.Kind], Field(min_length=1, max_length=10)]


class MadeHook(Schema):
    """A webhook; `secret` is shown in the first answer only."""

    number: int
    url: str
    kinds: list[str]
    secret: str


class Overlap(Schema):
    """For how many hours the old secret signs beside the new one; 0: it has leaked, and ends at once."""

    overlap_hours: Annotated[int, Field(ge=0, le=168)] = 24


class RotatedHook(Schema):
    """A webhook's new secret, shown in the first answer only, and until when the old one signs too."""

    number: int
    secret: str
    old_until: datetime | None


class KeptHook(Schema):
    """A webhook as it is known afterwards, with how many messages wait and are dead."""

    number: int
    owner: str
    url: str
    kinds: list[str]
    made_at: datetime
    ended_at: datetime | None
    waiting: int
    dead: int


class Told(Schema):
    """One message to one webhook."""

    number: int
    name: str
    kind: str
    body: dict[str, Any]
    state: str
    tries: int
    said: str
    made_at: datetime
    due_at: datetime


class Done(Schema):
    """Whether anything was done."""

    done: bool


@writes(
    router, "/webhooks", act=Act.MANAGE_WEBHOOKS, answers=MadeHook, hidden=("secret",), whole=True,
    says="Ask to be told.",
)  # fmt: skip
def add_webhook(call: Call, body: NewHook) -> Any:
    return hooks.add(call.who, body.url, body.kinds, at=call.at)


@operation(router, "GET", "/webhooks", act=Act.MANAGE_WEBHOOKS, answers=list[KeptHook], says="Every webhook.")
def list_webhooks(request: HttpRequest) -> Any:
    rows = Message.objects.values_list("hook", "state")
    counts: dict[tuple[int, str], int] = {}
    for each in rows.filter(state__in=[hooks.State.WAITING, hooks.State.DEAD]):
        counts[each] = counts.get(each, 0) + 1
    return [
        {
            "number": h.pk,
            "owner": h.owner,
            "url": h.url,
            "kinds": h.kinds,
            "made_at": h.made_at,
            "ended_at": h.ended_at,
            "waiting": counts.get((h.pk, hooks.State.WAITING), 0),
            "dead": counts.get((h.pk, hooks.State.DEAD), 0),
        }
        for h in Hook.objects.order_by("pk")
    ]


@writes(
    router, "/webhooks/{number}/rotation", act=Act.MANAGE_WEBHOOKS, answers=RotatedHook, hidden=("secret",), whole=True,
    says="Another secret. While both are valid each message carries two signatures, as Standard Webhooks has it.",
)  # fmt: skip
def rotate_webhook(call: Call, number: Number, body: Overlap) -> Any:
    overlap = timedelta(hours=body.overlap_hours)
    return hooks.rotate(number, overlap=overlap, at=call.at, by=call.who)


@writes(router, "/webhooks/{number}/end", act=Act.MANAGE_WEBHOOKS, answers=Done, status=200, says="Tell it no more.")
def end_webhook(call: Call, number: Number) -> Any:
    return {"done": hooks.end(number, at=call.at, by=call.who)}


@operation(
    router, "GET", "/webhooks/{number}/messages", act=Act.MANAGE_WEBHOOKS, answers=Page[Told],
    says="What it was told; `state=dead` shows what never arrived.",
)  # fmt: skip
def list_messages(
    request: HttpRequest,
    number: Number,
    state: Annotated[hooks.State | None, Query()] = None,
    after: After = "",
    limit: Limit = 50,
) -> Any:
    rows = Message.objects.filter(hook=number, pk__gt=from_cursor(after)).order_by("pk")
    if state is not None:
        rows = rows.filter(state=state)
    told = page(list(rows[: limit + 1]), limit, lambda row: int(row.pk))
    fields = ("name", "kind", "body", "state", "tries", "said", "made_at", "due_at")
    items = [{"number": row.pk, **{field: getattr(row, field) for field in fields}} for row in told["items"]]
    return told | {"items": items}


@writes(
    router, "/webhooks/messages/{number}/replay", act=Act.MANAGE_WEBHOOKS, answers=Done, status=200, whole=True,
    says="Send it again.",
)  # fmt: skip
def replay_message(call: Call, number: Number) -> Any:
    if not Message.objects.filter(pk=number).exists():
        raise Http404(f"there is no message {number}")

    return {"done": hooks.replay(number, at=days.now())}
