"""An application from the first word to the open line: apply, consent, decide, agree; and who looks at cases."""

from __future__ import annotations

import base64
from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from puhui import days
from puhui.approval import selectors, services
from puhui.governance.access import Act, Skill
from puhui.ids import EnterpriseId
from puhui.money import Money
from puhui.refusals import Refused
from puhui.web import signing
from puhui.web.api import progress
from puhui.web.api.frame import bearer_of, must, operation
from puhui.web.api.once import Call, writes
from puhui.web.api.people import Proposal
from puhui.web.api.shapes import PLAIN, After, Amount, Firm, Limit, Line, Page, Word, from_cursor, named_by, page

router = Router(tags=["applications"])
Application = Annotated[str, Path(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9]+$")]
Decision = Annotated[int, Path(ge=1, le=10**17)]
Case = Annotated[int, Path(ge=1, le=10**17)]
Sha = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


class NewApplication(Schema):
    """What is applied for; `property` names the thing offered as security."""

    product: Word
    asked_fen: Amount | None = None
    property: Annotated[str, Field(max_length=80, pattern=PLAIN)] = ""
    guarantee: Annotated[str, Field(max_length=80, pattern=PLAIN)] = ""


class Applied(Schema):
    """An application and how far it has come; `waits_for` are the channels that are down."""

    number: str
    firm: str
    product: str
    status: str
    facts: dict[str, Any]
    waits_for: list[str]


class Step(Schema):
    """One step of an application."""

    status: str
    facts: dict[str, Any]
    on: date
    at: datetime
    by: str


class Wanted(Schema):
    """Data that the firm is asked to let the house read; without `needed` ones the product cannot decide."""

    channel: str
    en: str
    zh: str
    needed: bool


class Consent(Schema):
    """Where the consent can be seen, and to which channels it is given; without `channels`, to all that are asked."""

    evidence: Line
    channels: Annotated[list[Word], Field(max_length=40)] | None = None


class Why(Schema):
    """The reason, for the record."""

    why: Line


class Offer(Schema):
    """What is offered, until when, and the hashes of its contract by language. Amounts in fen."""

    number: int
    application: str
    firm: str
    product: str
    limit_fen: int
    mortgage_fen: int
    guarantee_fen: int
    rate_bp: int
    ways: list[str]
    term_months: int
    expires_on: date
    contracts: dict[str, str]


class Contract(Schema):
    """A contract as it was offered."""

    sha256: str
    pdf_base64: str


class Agreement(Schema):
    """Which contract is agreed to, and how it will be repaid."""

    contract_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    way: Word


class Opened(Schema):
    """The line that an agreement has opened."""

    application: str
    facility: int
    facts: dict[str, Any]


class Decided(Schema):
    """A decision with its reasons and what would change it. Amounts in fen, the rate in basis points."""

    number: int
    firm: str
    product: str
    version: int
    as_of: date
    outcome: str
    grade: str
    limit_fen: int
    mortgage_fen: int
    guarantee_fen: int
    rate_bp: int
    pd: float | None
    reasons: list[dict[str, Any]]
    would_change: list[dict[str, Any]]
    sha256: str
    took_ms: float


class Replayed(Schema):
    """A decision worked out again: the same to the byte, or where it differs and what was altered."""

    number: int
    same: bool
    sha256: str
    altered: list[str]
    differs: list[str]


class Waiting(Schema):
    """A case that waits for a person."""

    number: int
    application: str
    firm: str
    product: str
    decision: int
    kind: str
    skill: str
    amount_fen: int
    why: str
    on: date
    by: str


class Ruling(Schema):
    """What a person decides. Above an amount a yes needs a proposal of the same content that another agreed to."""

    approves: bool
    limit_fen: Amount | None = None
    rate_bp: Annotated[int, Field(ge=0, le=10_000)] = 0
    why: Line
    proposal: Annotated[int, Field(ge=1, le=10**17)] | None = None


class Override(Schema):
    """A yes that needs a second person: the limit, the rate in basis points, and why."""

    limit_fen: Amount
    rate_bp: Annotated[int, Field(ge=1, le=10_000)]
    why: Line


class Ruled(Schema):
    """What a person has decided."""

    case: int
    approves: bool
    limit_fen: int
    rate_bp: int


@writes(router, "/firms/{firm}/applications", act=Act.APPLY, answers=Applied, says="Apply.")
def apply(call: Call, firm: Firm, body: NewApplication) -> Any:
    return services.apply(
        EnterpriseId(firm),
        body.product,
        asked=Money(body.asked_fen) if body.asked_fen else None,
        property=body.property,
        guarantee=body.guarantee,
        by=call.who,
        **call.when,
    )


@operation(
    router, "GET", "/firms/{firm}/applications", act=Act.SEE_APPLICATION, answers=Page[Applied], says="A firm's, all."
)
def list_applications(request: HttpRequest, firm: Firm, after: After = "", limit: Limit = 50) -> Any:
    found = selectors.applications(EnterpriseId(firm), count=limit + 1, after=named_by(after))
    return page(found, limit, lambda each: str(each.number))


@operation(router, "GET", "/applications/{application}", act=Act.SEE_APPLICATION, answers=Applied, says="One of them.")
def read_application(request: HttpRequest, application: Application) -> Any:
    return selectors.application(application)


@operation(
    router, "GET", "/applications/{application}/steps", act=Act.SEE_APPLICATION, answers=list[Step], says="All steps."
)
def list_steps(request: HttpRequest, application: Application) -> Any:
    return selectors.steps(application)


@operation(
    router, "GET", "/applications/{application}/events", act=Act.SEE_APPLICATION, answers=None,
    says="Its steps as server-sent events, as they come; the stream ends after a while, and is asked for again.",
    extra={"responses": {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}}},
)  # fmt: skip
def follow_application(request: HttpRequest, application: Application) -> Any:
    selectors.application(application)
    return progress.stream(application, last=request.headers.get("Last-Event-ID", ""))


@operation(
    router, "GET", "/applications/{application}/consent", act=Act.SEE_APPLICATION, answers=list[Wanted],
    says="Which data its product asks to read, and which of them it cannot do without.",
)  # fmt: skip
def read_consent(request: HttpRequest, application: Application) -> Any:
    asked = selectors.asks_for(application)
    return [{"channel": e.channel, "en": e.label.en, "zh": e.label.zh, "needed": e.needed} for e in asked]


@writes(
    router, "/applications/{application}/consent", act=Act.GIVE_CONSENT, answers=Applied,
    says="Let the house read these of the product's channels for this decision. One refused that it needs: a refusal.",
)  # fmt: skip
def consent_to_application(call: Call, application: Application, body: Consent) -> Any:
    return services.consent(
        application, channels=body.channels, evidence=body.evidence, by=call.who, on=call.on, at=call.at
    )


@writes(
    router, "/applications/{application}/advance", act=Act.APPLY, answers=Applied, status=200,
    says="Take it as far as it goes: fetch what is missing, decide, offer. Go on later with a key of its own.",
)  # fmt: skip
def advance_application(call: Call, application: Application) -> Any:
    return services.advance(application, on=call.on, at=call.at, by=call.who)


@writes(router, "/applications/{application}/withdrawal", act=Act.APPLY, answers=Applied, says="Take it back.")
def withdraw_application(call: Call, application: Application, body: Why) -> Any:
    return services.withdraw(application, why=body.why, by=call.who, on=call.on, at=call.at)


@writes(
    router, "/applications/{application}/person", act=Act.ASK_FOR_PERSON, answers=Waiting,
    says="Ask that a person looks at the decision.",
)  # fmt: skip
def ask_for_person(call: Call, application: Application, body: Why) -> Any:
    return services.ask_for_person(application, why=body.why, by=call.who, **call.when)


@operation(
    router, "GET", "/applications/{application}/offer", act=Act.SEE_APPLICATION, answers=Offer, says="Its latest offer."
)
def read_offer(request: HttpRequest, application: Application) -> Any:
    found = selectors.offer(application)
    if found is None:
        raise Http404(f"{application} has no offer")
    return found


@operation(
    router, "GET", "/applications/{application}/contracts/{sha256}", act=Act.SEE_APPLICATION, answers=Contract,
    says="A contract of its offer, as PDF.",
)  # fmt: skip
def read_contract(request: HttpRequest, application: Application, sha256: Sha) -> Any:
    offered = selectors.offer(application)
    if offered is None or sha256 not in offered.contracts.values():
        raise Http404(f"{application} was not offered this contract")
    return {"sha256": sha256, "pdf_base64": base64.b64encode(selectors.contract(sha256)).decode()}


@writes(
    router, "/applications/{application}/agreement", act=Act.AGREE, answers=Opened,
    says="Agree to the offer: the signature is taken, and the line opens.",
)  # fmt: skip
def agree_to_offer(call: Call, application: Application, body: Agreement) -> Any:
    opened = signing.agree(application, contract_sha256=body.contract_sha256, way=body.way, by=call.who, **call.when)
    if isinstance(opened, Refused):
        return opened
    return {"application": application, "facility": opened.facility, "facts": opened.facts}


@operation(router, "GET", "/decisions/{decision}", act=Act.SEE_APPLICATION, answers=Decided, says="A decision.")
def read_decision(request: HttpRequest, decision: Decision) -> Any:
    return selectors.decision(decision)


@operation(
    router, "GET", "/decisions/{decision}/evidence", act=Act.SEE_EVIDENCE, answers=dict[str, Any], says="Its evidence."
)
def read_evidence(request: HttpRequest, decision: Decision) -> Any:
    return selectors.evidence(decision)


@operation(router, "GET", "/decisions/{decision}/replay", act=Act.REPLAY, answers=Replayed, says="Work it out again.")
def replay_decision(request: HttpRequest, decision: Decision) -> Any:
    return services.replay(decision)


@operation(
    router,
    "GET",
    "/cases",
    act=Act.SEE_QUEUE,
    answers=Page[Waiting],
    says="What waits for a person: to who decides, of its skills.",
)
def list_cases(
    request: HttpRequest, skill: Annotated[Skill | None, Query()] = None, after: After = "", limit: Limit = 50
) -> Any:
    begin, actor = from_cursor(after), bearer_of(request).actor
    found = [each for each in selectors.queue_of(actor, skill=skill, on=days.today()) if each.number > begin]
    return page(found[: limit + 1], limit, lambda case: int(case.number))


@writes(
    router, "/cases/{case}/override-proposals", act=Act.PROPOSE_OVERRIDE, answers=Proposal,
    says="Propose a yes that needs a second person; agreed to, it is carried out by a ruling of the same content.",
)  # fmt: skip
def propose_override(call: Call, case: Case, body: Override) -> Any:
    return services.propose_override(
        case, limit=Money(body.limit_fen), rate_bp=body.rate_bp, why=body.why, by=call.who, request=call.request,
        at=call.at,
    )  # fmt: skip


@writes(
    router, "/cases/{case}/ruling", act=Act.DECIDE_REFERRED, answers=Ruled,
    says="Decide a case of one's skills, within one's authority by amount.",
)  # fmt: skip
def rule_on_case(call: Call, case: Case, body: Ruling) -> Any:
    limit = Money(body.limit_fen) if body.approves and body.limit_fen else None
    found = selectors.case(case)
    must(call.bearer, Act.DECIDE_REFERRED, firm=EnterpriseId(found.firm), skill=found.skill, amount=limit)

    return services.rule(
        case,
        approves=body.approves,
        limit=limit,
        rate_bp=body.rate_bp,
        why=body.why,
        by=call.who,
        proposal=body.proposal,
        **call.when,
    )


def _who(request: HttpRequest) -> str:
    return bearer_of(request).actor.name
