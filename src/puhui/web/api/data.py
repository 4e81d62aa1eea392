"""What comes in: channels, deliveries, and the words of the variables."""

from __future__ import annotations

import hashlib
import tempfile
from datetime import date, datetime
from pathlib import Path as File
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema, Status, UploadedFile
from pydantic import Field

from puhui.channels import health, selectors, services
from puhui.governance.access import Act
from puhui.governance.sight import sight_of
from puhui.ids import DeliveryId, RequestId
from puhui.lending.engine import cases
from puhui.variables import registry
from puhui.web.api.frame import bearer_of, operation
from puhui.web.api.once import Key, business_day, once
from puhui.web.api.shapes import PLAIN, After, Limit, Page, from_cursor, page

router = Router(tags=["data"])
Source = Annotated[str, Query(min_length=1, max_length=80, pattern=PLAIN)]
Channel = Annotated[str, Path(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$")]


class Words(Schema):
    """A text in English and Chinese."""

    en: str
    zh: str


class ChannelHealth(Schema):
    """How a channel does, as of today."""

    name: str
    label: Words
    purposes: list[str]
    deliveries: int
    last_on: date | None
    rows: int
    quarantined: int
    duplicates: int
    newest: date | None
    fresh_within_days: int
    freshness: str


class Delivery(Schema):
    """A delivery: rows in = accepted + quarantined + duplicates."""

    delivery: str
    channel: str
    source: str
    rows_in: int
    accepted: int
    quarantined: int
    duplicates: int
    corrections: int
    reasons: dict[str, int]
    repeated: bool


class Quarantined(Schema):
    """A row that broke the contract, as far as it may be seen."""

    id: int
    line: int
    raw: dict[str, str | None] | None
    reasons: list[str]


class Variable(Schema):
    """The words of a variable."""

    name: str
    label: Words
    unit: Words
    channels: list[str]
    worse_when: str | None


class Mend(Schema):
    """Cells to change, by header or by the channel's column name."""

    changes: Annotated[dict[str, str], Field(min_length=1, max_length=60)]


class Cases(Schema):
    """Schedule cases, as docs/lending.md describes them."""

    cases: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=20)]


class Schedules(Schema):
    """One answer per case."""

    answers: list[dict[str, Any]]


@operation(router, "GET", "/channels", act=Act.SEE_CHANNELS, answers=list[ChannelHealth], says="Every channel.")
def list_channels(request: HttpRequest) -> Any:
    return health.health(business_day(request))


@operation(
    router, "GET", "/channels/{channel}/deliveries", act=Act.SEE_CHANNELS, answers=Page[Delivery], says="Newest first."
)
def list_deliveries(request: HttpRequest, channel: Channel, after: After = "", limit: Limit = 50) -> Any:
    found = selectors.deliveries(channel)
    begin = from_cursor(after)
    rows = list(enumerate(found, 1))[begin : begin + limit + 1]
    told = page(rows, limit, lambda row: int(row[0]))
    return told | {"items": [row for _, row in told["items"]]}


@operation(
    router, "POST", "/channels/{channel}/deliveries", act=Act.DELIVER, answers=Delivery, status=201,
    says="Deliver a file: every row is accepted, quarantined or a duplicate. Twice is once.",
)  # fmt: skip
def deliver_file(
    request: HttpRequest,
    channel: Channel,
    file: UploadedFile,
    key: Key,
    source: Source = "api",
) -> Any:
    def do(name: RequestId, on: date, at: datetime) -> Any:
        return services.deliver(channel, to, source=source, on=on, request=name, by=_who(request))

    with tempfile.TemporaryDirectory(prefix="puhui-api-") as folder:
        to, sha = File(folder) / (File(file.name or "file").name[-80:] or "file"), hashlib.sha256()
        with to.open("wb") as out:
            for chunk in file.chunks():
                out.write(chunk)
                sha.update(chunk)
        return Status(201, once(request, key, Delivery, do, content=sha.digest()))


@operation(
    router, "GET", "/deliveries/{delivery}/quarantine", act=Act.SEE_QUARANTINE, answers=Page[Quarantined],
    says="The rows that wait, with their reasons. The look is recorded.",
)  # fmt: skip
def list_quarantine(
    request: HttpRequest,
    delivery: Annotated[str, Path(min_length=1, max_length=40, pattern=r"^[0-9a-f]+$")],
    after: After = "",
    limit: Limit = 50,
) -> Any:
    begin = from_cursor(after)
    sight = sight_of(bearer_of(request).actor)
    rows = selectors.quarantine(DeliveryId(delivery), sight=sight, by=_who(request))
    found = [row for row in rows if row.id > begin]
    told = page(found[: limit + 1], limit, lambda row: int(row.id))
    shown = [
        {"id": row.id, "line": row.line, "raw": row.raw, "reasons": [code for code, _ in row.reasons]}
        for row in told["items"]
    ]
    return told | {"items": shown}


@operation(router, "GET", "/variables", act=Act.SEE_VARIABLES, answers=list[Variable], says="Every variable in words.")
def list_variables(request: HttpRequest) -> Any:
    return [
        {
            "name": variable.name,
            "label": variable.label,
            "unit": variable.unit,
            "channels": list(registry.channels_of(variable)),
            "worse_when": variable.worse_when,
        }
        for variable in registry.VARIABLES.values()
    ]


@operation(router, "POST", "/schedules", act=Act.COMPUTE_SCHEDULE, answers=Schedules, says="Schedules.")
def compute_schedules(request: HttpRequest, body: Cases) -> Any:
    return {"answers": [cases.answer(case) for case in body.cases]}


def _who(request: HttpRequest) -> str:
    return bearer_of(request).actor.name
