"""Who asks, its tokens; what waits for a second person; what happened."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from puhui import days
from puhui.governance import selectors, services, tokens
from puhui.governance.access import Act
from puhui.governance.proposals import Matter
from puhui.governance.tokens import Scope
from puhui.web import judging, subjects
from puhui.web.api.frame import bearer_of, operation
from puhui.web.api.once import Call, writes
from puhui.web.api.problems import RefusedError
from puhui.web.api.shapes import After, Limit, Number, Page, Word, from_cursor, page

router = Router(tags=["people"])


class Me(Schema):
    """Who the token stands for, and what it may do."""

    name: str
    roles: list[str]
    branch: str
    firms: list[str]
    acts: list[str]


class NewToken(Schema):
    """A token to be made, for oneself."""

    label: Word
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=6)]
    days: Annotated[int, Field(ge=1, le=366)] = 90


class IssuedToken(Schema):
    """A token; `token` is shown in the first answer only."""

    number: int
    token: str
    scopes: list[str]
    ends_at: datetime


class KeptToken(Schema):
    """A token as it is known afterwards."""

    number: int
    label: str
    shown: str
    scopes: list[str]
    made_at: datetime
    ends_at: datetime
    revoked_at: datetime | None


class Revoked(Schema):
    """Whether the token ended now; false: it had ended before."""

    ended: bool


class Verdict(Schema):
    """What the second person said."""

    agrees: bool
    why: str
    by: str
    at: datetime


class Proposal(Schema):
    """What somebody proposes, as it is and as it should be."""

    number: int
    kind: str
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]
    why: str
    by: str
    at: datetime
    verdict: Verdict | None


class Judgement(Schema):
    """Yes or no; a no needs its reason."""

    agrees: bool
    why: Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")] = ""


class Happened(Schema):
    """One record of the audit chain."""

    number: int
    at: datetime
    act: str
    subject: str
    by: str
    body: dict[str, Any]


class Verified(Schema):
    """What a walk over the chain found."""

    records: int
    head: str
    holds: bool
    broken_at: int | None
    why: str | None


@operation(router, "GET", "/me", act=Act.SEE_PRODUCTS, answers=Me, says="Who the token stands for.")
def read_me(request: HttpRequest) -> Any:
    bearer = bearer_of(request)
    who = bearer.actor
    return {
        "name": who.name,
        "roles": sorted(who.roles),
        "branch": who.branch,
        "firms": sorted(who.firms),
        "acts": sorted(bearer.acts),
    }


@operation(router, "GET", "/tokens", act=Act.KEEP_ACCOUNT, answers=list[KeptToken], says="One's own tokens.")
def list_tokens(request: HttpRequest) -> Any:
    return tokens.of_user(bearer_of(request).actor.name)


@writes(
    router, "/tokens", act=Act.KEEP_ACCOUNT, answers=IssuedToken, hidden=("token",), whole=True,
    says="Make a token for oneself, within the scopes of the one that asks.",
)  # fmt: skip
def issue_token(call: Call, body: NewToken) -> Any:
    bearer = call.bearer

    return tokens.issue(
        bearer.actor.name,
        label=body.label,
        scopes=body.scopes,
        lasts=timedelta(days=body.days),
        at=call.at,
        by=bearer.actor.name,
        within=bearer.acts,
    )


@writes(router, "/tokens/{number}/revocation", act=Act.KEEP_ACCOUNT, answers=Revoked, status=200, says="End it now.")
def revoke_token(call: Call, number: Number) -> Any:
    return {"ended": tokens.revoke(number, of=call.who, at=days.now(), by=call.who)}


@operation(
    router, "GET", "/proposals", act=Act.SEE_PROPOSALS, answers=Page[Proposal], says="What waits for a second person."
)
def list_proposals(
    request: HttpRequest,
    everything: Annotated[bool, Query(alias="all", description="Also those that have been judged.")] = False,
    kind: Annotated[Matter | None, Query()] = None,
    after: After = "",
    limit: Limit = 50,
) -> Any:
    actor, begin, found = bearer_of(request).actor, from_cursor(after), list[Any]()
    while len(found) <= limit:  # what is about a firm out of reach is passed over, and so a page may need more looks
        more = selectors.proposals(waiting=not everything, kind=kind, count=limit + 1, after=begin)
        found += [each for each in more if subjects.reaches(actor, Act.SEE_PROPOSALS, judging.firm_of(each))]
        if len(more) <= limit:
            break
        begin = more[-1].number
    return page(found, limit, lambda row: int(row.number))


@operation(router, "GET", "/proposals/{proposal}", act=Act.SEE_PROPOSALS, answers=Proposal, says="One proposal.")
def read_proposal(request: HttpRequest, proposal: Number) -> Any:
    return selectors.proposal(proposal)


@writes(
    router, "/proposals/{proposal}/verdict", act=Act.SEE_PROPOSALS, answers=Verdict,
    says="Say yes or no to another person's proposal. Also needs the right to judge its kind of matter.",
)  # fmt: skip
def judge_proposal(call: Call, proposal: Number, body: Judgement) -> Any:
    bearer = call.bearer
    found = selectors.proposal(proposal)
    if refused := judging.objection(found, bearer.actor, agrees=body.agrees, within=bearer.acts):
        raise RefusedError(refused)
    return judging.judge(
        found, agrees=body.agrees, why=body.why, by=bearer.actor.name, request=call.request, at=call.at
    )


@operation(router, "GET", "/audit", act=Act.SEE_AUDIT, answers=Page[Happened], says="The chain, oldest first.")
def list_audit(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    return page(selectors.since(from_cursor(after), limit + 1), limit, lambda row: int(row.number))


@operation(router, "POST", "/audit/verification", act=Act.SEE_AUDIT, answers=Verified, says="Walk the whole chain.")
def verify_audit(request: HttpRequest) -> Any:
    return services.verify()
