"""Who a firm is: the list of firms; merge, split, undo. Where a loan lives, another person agrees first."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from puhui.enterprises import selectors, services
from puhui.exposure import explaining
from puhui.exposure.headroom import Headroom
from puhui.governance import users
from puhui.governance.access import Act, Role
from puhui.ids import EnterpriseId
from puhui.money import Money
from puhui.refusals import BadInput
from puhui.web.api.frame import bearer_of, must, operation
from puhui.web.api.once import Call, business_day, writes
from puhui.web.api.people import Proposal
from puhui.web.api.shapes import PLAIN, After, Amount, Firm, Limit, Line, Page, Word, from_cursor, page

router = Router(tags=["firms"])
Agreed = Annotated[int, Field(ge=1, le=10**17)]


class Known(Schema):
    """A firm that the house has heard of."""

    firm: str


class Merge(Schema):
    """The firm that is the same one, and why."""

    other: Word
    why: Line
    proposal: Agreed | None = None


class Split(Schema):
    """The records that are another firm's, by number, and why."""

    records: Annotated[list[Annotated[int, Field(ge=1, le=10**17)]], Field(min_length=1, max_length=1_000)]
    why: Line
    proposal: Agreed | None = None


class Undoing(Schema):
    """The merge or split that was wrong, and why."""

    act: Annotated[int, Field(ge=1, le=10**17)]
    why: Line
    proposal: Agreed | None = None


class Wish(Schema):
    """An act on a live borrower's identity: `other` is the other firm, the records' numbers, or the act's number."""

    act: Literal["merge", "split", "undo"]
    other: Annotated[str, Field(min_length=1, max_length=80, pattern=PLAIN)]
    why: Line


class Acted(Schema):
    """An act on an identity; what rests on the firms that it names is worked out anew."""

    act: int
    kind: str
    enterprise: str
    other: str
    recompute: list[str]


class Free(Schema):
    """What may still be drawn and approved under the caps that hold, which binds, and which are exceeded. In fen."""

    free_fen: int
    uncommitted_fen: int
    binds: str
    exceeded: list[str]


class Would(Schema):
    """The headroom as it is and as it would be; `circle` is the round that a guarantee would close."""

    firm: str
    before: Free
    after: Free
    circle: list[str]
    bearable_fen: int | None


@operation(
    router, "GET", "/firms", act=Act.SEE_FIRM, answers=Page[Known], says="The firms that one may see, in order of id."
)
def list_firms(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    actor, begin = bearer_of(request).actor, from_cursor(after)
    if actor.roles == {Role.BORROWER}:
        firms = sorted(actor.firms)
    else:
        firms = users.firms_of(actor.branch) if actor.branch else selectors.known()
    told = page(list(enumerate(firms, 1))[begin : begin + limit + 1], limit, lambda row: int(row[0]))
    return told | {"items": [{"firm": firm} for _, firm in told["items"]]}


@operation(
    router, "GET", "/firms/{firm}/what-if", act=Act.SEE_EXPOSURE, answers=Would,
    says="What the headroom would be, were an amount lent, or were the firm to guarantee another.",
)  # fmt: skip
def what_if(
    request: HttpRequest,
    firm: Firm,
    product: Annotated[Word, Query()],
    lend_fen: Annotated[Amount | None, Query()] = None,
    guarantees: Annotated[Word | None, Query(description="Whom the firm would guarantee.")] = None,
) -> Any:
    given = (EnterpriseId(guarantees), Money(0)) if guarantees else None
    found = explaining.what_if(
        EnterpriseId(firm), product=product, lend=Money(lend_fen) if lend_fen else None, guarantee=given,
        as_of=business_day(request),
    )  # fmt: skip
    bearable = None if found.bearable is None else found.bearable.fen
    sides = {"before": _free(found.before), "after": _free(found.after)}
    return {"firm": firm, **sides, "circle": found.circle, "bearable_fen": bearable}


@writes(
    router, "/firms/{firm}/merge", act=Act.RULE_ON_FIRMS, answers=Acted,
    says="Say that another firm is this one. No record is touched, and it can be undone.",
)  # fmt: skip
def merge_firms(call: Call, firm: Firm, body: Merge) -> Any:
    must(call.bearer, Act.RULE_ON_FIRMS, firm=EnterpriseId(body.other))

    return services.merge(
        EnterpriseId(firm), EnterpriseId(body.other), reason=body.why, on=call.on, request=call.request, by=call.who,
        proposal=body.proposal,
    )  # fmt: skip


@writes(
    router, "/firms/{firm}/split", act=Act.RULE_ON_FIRMS, answers=Acted,
    says="Take records out of a firm into a firm of their own.",
)  # fmt: skip
def split_firm(call: Call, firm: Firm, body: Split) -> Any:
    return services.split(
        EnterpriseId(firm), body.records, reason=body.why, on=call.on, request=call.request, by=call.who,
        proposal=body.proposal,
    )  # fmt: skip


@writes(
    router, "/firms/{firm}/undoing", act=Act.RULE_ON_FIRMS, answers=Acted,
    says="Undo a merge or a split of a firm: everything is as if it had not been.",
)  # fmt: skip
def undo_identity(call: Call, firm: Firm, body: Undoing) -> Any:
    if body.act not in {each.act for each in selectors.history(EnterpriseId(firm))}:
        raise BadInput(f"{firm} has no act {body.act}", then="give one of its own merges and splits")

    return services.undo(
        body.act, reason=body.why, on=call.on, request=call.request, by=call.who, proposal=body.proposal
    )


@writes(
    router, "/firms/{firm}/identity-proposals", act=Act.RULE_ON_FIRMS, answers=Proposal,
    says="Propose an act on the identity of a live borrower, for another person to judge.",
)  # fmt: skip
def propose_identity(call: Call, firm: Firm, body: Wish) -> Any:
    return services.propose(
        body.act, EnterpriseId(firm), body.other, reason=body.why, by=call.who, request=call.request
    )


def _free(found: Headroom) -> dict[str, Any]:
    return {
        "free_fen": found.free.fen,
        "uncommitted_fen": found.uncommitted.fen,
        "binds": found.binds.rule if found.binds else "",
        "exceeded": [each.rule for each in found.exceeded],
    }


def _who(request: HttpRequest) -> str:
    return bearer_of(request).actor.name
