"""What is written to a firm and for it: messages, instalments ahead, and papers; and credits that found no line."""

from __future__ import annotations

import base64
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from puhui import days
from puhui.governance.access import Act
from puhui.governance.sight import sight_of
from puhui.ids import EnterpriseId, RequestId
from puhui.lending import selectors, services
from puhui.lending.correspondence.issuing import Issued
from puhui.lending.facility import FacilityId
from puhui.web.api.frame import bearer_of, must, operation
from puhui.web.api.lines import Facility, Why
from puhui.web.api.once import Call, writes
from puhui.web.api.problems import granted
from puhui.web.api.shapes import PLAIN, After, Firm, Limit, Page, from_cursor, page

router = Router(tags=["papers"])
Credit = Annotated[int, Path(ge=1, le=2**62)]


class Form(StrEnum):
    """What kind of file a paper is."""

    PDF = "pdf"
    CSV = "csv"
    JSON = "json"


class Language(StrEnum):
    """The language of a PDF or a CSV."""

    EN = "en"
    ZH = "zh-hans"


class Days(Schema):
    """From which day to which."""

    since: date | None = None
    until: date | None = None


class Letter(Schema):
    """A message to a borrower, and when the message service took it (null: it waits)."""

    number: int
    kind: str
    facility: int
    on: date
    en: str
    zh: str
    taken_at: datetime | None
    tries: int


class Instalment(Schema):
    """What a running loan asks for on a day, in fen; `left` is its principal afterwards, `fallen` whether it is due."""

    loan: int
    due_on: date
    principal: int
    interest: int
    left: int
    fallen: bool


class Paper(Schema):
    """A paper that was issued; it is on record by its hash."""

    name: str
    media: str
    sha256: str
    content_base64: str


class Waiting(Schema):
    """A credit on the bank's account that found no line, or what became of it. The amount in fen."""

    number: int
    on: date
    fen: int
    payer: str
    reference: str
    status: str
    facility: int | None


class Whither(Schema):
    """The line that a credit repays."""

    facility: Annotated[int, Field(ge=1, le=10**17)]


@operation(router, "GET", "/firms/{firm}/messages", act=Act.SEE_FACILITY, answers=Page[Letter], says="Newest first.")
def list_letters(request: HttpRequest, firm: Firm, after: After = "", limit: Limit = 50) -> Any:
    return _letters(EnterpriseId(firm), after, limit)


@operation(
    router, "GET", "/messages", act=Act.SEE_BOOK, answers=Page[Letter],
    says="Messages to all borrowers, the newest first; `waiting` ones the message service has not taken.",
)  # fmt: skip
def list_all_letters(
    request: HttpRequest, waiting: Annotated[bool, Query()] = False, after: After = "", limit: Limit = 50
) -> Any:
    return _letters(None, after, limit, waiting=waiting)


@operation(
    router, "GET", "/facilities/{facility}/instalments", act=Act.SEE_FACILITY, answers=list[Instalment],
    says="What the line's running loans will ask for, and when.",
)  # fmt: skip
def list_instalments(request: HttpRequest, facility: Facility) -> Any:
    return selectors.ahead(FacilityId(facility))


@operation(
    router, "GET", "/facilities/{facility}/papers/statement", act=Act.SEE_FACILITY, answers=Paper,
    says="The statement of closed days; without days, of all of them.",
)  # fmt: skip
def issue_statement(
    request: HttpRequest,
    facility: Facility,
    days_of: Annotated[Days, Query()],
    form: Annotated[Form, Query()] = Form.PDF,
    language: Annotated[Language, Query()] = Language.EN,
) -> Any:
    number, actor = FacilityId(facility), bearer_of(request).actor
    first, last = selectors.statement_days(number)
    firm = selectors.firm_of_line(number)
    return _paper(services.issue_statement(
        number, since=days_of.since or first, until=days_of.until or last, form=form, language=language,
        at=days.now(), by=actor.name, sight=sight_of(actor, firm),
    ))  # fmt: skip


@operation(
    router, "GET", "/facilities/{facility}/papers/instalments", act=Act.SEE_FACILITY, answers=Paper,
    says="What the line's running loans will ask for, as a paper.",
)  # fmt: skip
def issue_instalments(
    request: HttpRequest,
    facility: Facility,
    form: Annotated[Form, Query()] = Form.PDF,
    language: Annotated[Language, Query()] = Language.EN,
) -> Any:
    by = bearer_of(request).actor.name
    number = FacilityId(facility)
    return _paper(services.issue_schedule(number, form=form, language=language, at=days.now(), by=by))


@operation(
    router, "GET", "/receipts", act=Act.SEE_FACILITY, answers=Paper,
    says="The receipt of a repayment, or the confirmation of a draw, by the `request` that its entry names.",
)  # fmt: skip
def issue_receipt(
    request: HttpRequest,
    of: Annotated[str, Query(min_length=1, max_length=80, pattern=PLAIN, alias="request")],
    language: Annotated[Language, Query()] = Language.EN,
) -> Any:
    bearer = bearer_of(request)
    firm = selectors.firm_of(RequestId(of))
    must(bearer, Act.SEE_FACILITY, firm=firm)
    return _paper(granted(services.issue_receipt(
        RequestId(of), form="pdf", language=language, at=days.now(), by=bearer.actor.name,
        sight=sight_of(bearer.actor, firm),
    )))  # fmt: skip


@operation(
    router, "GET", "/credits", act=Act.SEE_BOOK, answers=list[Waiting],
    says="Credits on the bank's account that wait for a person.",
)  # fmt: skip
def list_credits(request: HttpRequest) -> Any:
    return selectors.incoming_waiting(sight=sight_of(bearer_of(request).actor, EnterpriseId("")))


@writes(
    router, "/credits/{credit}/assignment", act=Act.RECOVER, answers=Waiting, whole=True,
    says="Let a waiting credit repay a line.",
)  # fmt: skip
def assign_credit(call: Call, credit: Credit, body: Whither) -> Any:
    number = FacilityId(body.facility)
    must(call.bearer, Act.RECOVER, firm=selectors.firm_of_line(number))
    return services.assign(credit, number, on=call.on, at=call.at, by=call.who)


@writes(
    router, "/credits/{credit}/return", act=Act.RECOVER, answers=Waiting, whole=True,
    says="Note that a waiting credit went back to its payer.",
)  # fmt: skip
def return_credit(call: Call, credit: Credit, body: Why) -> Any:
    return services.send_back(credit, why=body.why, on=call.on, at=call.at, by=call.who)


def _letters(firm: EnterpriseId | None, after: str, limit: int, *, waiting: bool = False) -> dict[str, Any]:
    found = selectors.messages(firm=firm, waiting=waiting, most=limit + 1, before=from_cursor(after) or None)
    told = page(found, limit, lambda row: int(row.number))
    fields = ("number", "kind", "facility", "on", "taken_at", "tries")
    items = [
        {"en": row.words.en, "zh": row.words.zh, **{field: getattr(row, field) for field in fields}}
        for row in told["items"]
    ]
    return told | {"items": items}


def _paper(issued: Issued) -> dict[str, str]:
    content = base64.b64encode(issued.content).decode()
    return {"name": issued.name, "media": issued.media, "sha256": issued.sha256, "content_base64": content}
