"""What secures lines: acts on things, guarantors and guarantees, proposed here and judged under `/proposals`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router, Schema
from pydantic import Field

from puhui.governance import selectors as governance
from puhui.governance.access import Act
from puhui.ids import EnterpriseId
from puhui.mitigation import acts, selectors, services
from puhui.refusals import Refused
from puhui.web import judging, subjects
from puhui.web.api.frame import bearer_of, must, operation
from puhui.web.api.once import Call, business_day, writes
from puhui.web.api.people import Proposal
from puhui.web.api.shapes import PLAIN, Firm, Word

router = Router(tags=["security"])
Thing = Annotated[str, Path(min_length=1, max_length=80, pattern=PLAIN)]
KINDS = ", ".join(acts.KINDS_OF_ACT)


class Proposed(Schema):
    """An act on what secures a line, with its content as docs/mitigation.md describes it: amounts in fen."""

    act: Annotated[Word, Field(description=f"One of: {KINDS}.")]
    content: Annotated[dict[str, Any], Field(max_length=20)]


class Waiting(Schema):
    """A proposal that waits for its second person: judge it under `/proposals/{number}/verdict`."""

    number: int
    subject: str
    act: str
    content: dict[str, Any]
    on: date
    by: str


class Capacity(Schema):
    """What a guarantor may still promise, and what it can bear in all; null: nobody knows its standing."""

    firm: str
    free_fen: int | None
    bearable_fen: int


@operation(
    router,
    "GET",
    "/security/proposals",
    act=Act.APPROVE_SECURITY,
    answers=list[Waiting],
    says="What waits for a judge.",
)
def list_security_proposals(request: HttpRequest) -> Any:
    actor = bearer_of(request).actor
    return [
        {"number": each.proposal, "subject": each.subject, "act": each.act.name, "content": each.act.content(),
         "on": each.on, "by": each.by}
        for each in selectors.waiting()
        if subjects.reaches(actor, Act.APPROVE_SECURITY, _firm_of(each.act, each.subject))
    ]  # fmt: skip


@writes(
    router, "/security/{thing}/proposals", act=Act.PROPOSE_SECURITY, answers=Proposal,
    says="Propose an act on a thing, a guarantor or a guarantee; another person judges it.",
)  # fmt: skip
def propose_security(call: Call, thing: Thing, body: Proposed) -> Any:
    act, who = acts.written(body.act, body.content), call.who
    must(call.bearer, Act.PROPOSE_SECURITY, firm=_firm_of(act, thing))

    made = services.propose(thing, act, on=call.on, request=call.request, by=who)
    return made if isinstance(made, Refused) else governance.proposal(made.proposal)


@operation(
    router, "GET", "/firms/{firm}/capacity", act=Act.SEE_EXPOSURE, answers=Capacity,
    says="What a firm may still promise as a guarantor.",
)  # fmt: skip
def read_capacity(request: HttpRequest, firm: Firm) -> Any:
    day = business_day(request)
    free = selectors.capacity(EnterpriseId(firm), on=day)
    return {
        "firm": firm,
        "free_fen": None if free is None else free.fen,
        "bearable_fen": selectors.bearable(EnterpriseId(firm), on=day).fen,
    }


def _firm_of(act: acts.Act, thing: str) -> EnterpriseId | None:
    named = getattr(act, "borrower", None) or getattr(act, "owner", None)
    return EnterpriseId(named) if named else judging.secured_by(thing)
