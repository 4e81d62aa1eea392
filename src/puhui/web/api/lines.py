"""Lines and the money on them: how a facility stands, draws, repayments, quotes, what changes and ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema

from puhui import days
from puhui.governance.access import Act
from puhui.governance.sight import sight_of
from puhui.ids import EnterpriseId
from puhui.lending import selectors, services
from puhui.lending.facility import FacilityId
from puhui.mitigation import selectors as mitigation
from puhui.money import Money
from puhui.web import outside
from puhui.web.api.frame import bearer_of, operation
from puhui.web.api.once import Call, business_day, writes
from puhui.web.api.shapes import After, Amount, Firm, Limit, Line, Page, Word, from_cursor, page

router = Router(tags=["lines"])
Facility = Annotated[FacilityId, Path(ge=1, le=10**17)]


class Standing(Schema):
    """How a facility stands; amounts in fen, `owed` by component."""

    facility: int
    enterprise: str
    status: str
    limit_fen: int
    available_fen: int
    owed: dict[str, int]
    days_past_due: int
    tier: int


class Entry(Schema):
    """One act on a facility."""

    on: date
    act: str
    facts: dict[str, Any]


class Quote(Schema):
    """What would have to be paid on a day so that nothing is owed."""

    facility: int
    on: date
    parts: dict[str, int]
    total: int


class Draw(Schema):
    """What is to be paid out, to whom and for what."""

    amount_fen: Amount
    purpose: Line
    payee: Word


class Repayment(Schema):
    """What is paid in."""

    amount_fen: Amount


class Why(Schema):
    """The reason, for the record."""

    why: Line


class Acted(Schema):
    """An act that was done, with its facts (amounts in fen)."""

    act: str
    facility: int
    facts: dict[str, Any]


class Behind(Schema):
    """What secures a facility on a day."""

    mortgage_fen: int
    things: list[str]
    guarantors: list[str]


def on_line(
    router: Router, name: str, *, act: Act, says: str, **more: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an act on a line: `/facilities/{facility}/NAME`."""
    return writes(router, f"/facilities/{{facility}}/{name}", act=act, says=says, **{"answers": Acted, **more})


@operation(router, "GET", "/firms/{firm}/facilities", act=Act.SEE_FACILITY, answers=list[Standing], says="Its lines.")
def list_facilities(request: HttpRequest, firm: Firm) -> Any:
    return [selectors.standing(each) for each in selectors.facilities_of(EnterpriseId(firm))]


@operation(router, "GET", "/facilities/{facility}", act=Act.SEE_FACILITY, answers=Standing, says="How a line stands.")
def read_facility(request: HttpRequest, facility: Facility) -> Any:
    return selectors.standing(facility)


@operation(
    router, "GET", "/facilities/{facility}/statement", act=Act.SEE_FACILITY, answers=Page[Entry], says="What was done."
)
def read_statement(request: HttpRequest, facility: Facility, after: After = "", limit: Limit = 50) -> Any:
    firm, begin = selectors.firm_of_line(facility), from_cursor(after)
    acts = selectors.statement(facility, sight=sight_of(bearer_of(request).actor, firm))
    told = page(list(enumerate(acts, 1))[begin : begin + limit + 1], limit, lambda row: int(row[0]))
    return told | {"items": [each for _, each in told["items"]]}


@operation(
    router, "GET", "/facilities/{facility}/quote", act=Act.SEE_FACILITY, answers=Quote,
    says="What it would cost to repay all on a day.",
)  # fmt: skip
def quote_payoff(request: HttpRequest, facility: Facility, on: Annotated[date | None, Query()] = None) -> Any:
    owed = services.quote(facility, on=on or business_day(request), at=days.now())
    return {
        "facility": facility,
        "on": owed.on,
        "parts": {str(k): v for k, v in owed.parts.items()},
        "total": owed.total,
    }


@operation(
    router, "GET", "/facilities/{facility}/security", act=Act.SEE_SECURITY, answers=Behind, says="What secures a line."
)
def read_security(request: HttpRequest, facility: Facility) -> Any:
    found = mitigation.secured(selectors.line_of(facility), on=business_day(request))
    return {
        "mortgage_fen": found.mortgage.fen,
        "things": [behind.charged.subject for behind in found.things],
        "guarantors": [each.guarantor for each in found.guarantees],
    }


@on_line(
    router,
    "draws",
    act=Act.DRAW,
    says="Pay out part of the line. `pending`: the bank's answer is lost; ask again with the same key.",
    settled=lambda told: told["facts"]["status"] != "pending",
)
def draw(call: Call, facility: Facility, body: Draw) -> Any:
    return services.draw(
        facility,
        Money(body.amount_fen),
        purpose=body.purpose,
        payee=body.payee,
        rail=outside.rail(),
        **call.when,
    )


@on_line(router, "repayments", act=Act.REPAY, says="Pay any amount on any day; the line is free again at once.")
def repay(call: Call, facility: Facility, body: Repayment) -> Any:
    return services.repay(facility, Money(body.amount_fen), **call.when)


@on_line(router, "freezing", act=Act.FREEZE, says="Stop draws.")
def freeze(call: Call, facility: Facility, body: Why) -> Any:
    return services.freeze(facility, why=body.why, **call.when)


@on_line(router, "thawing", act=Act.FREEZE, says="Let draws go on.")
def unfreeze(call: Call, facility: Facility, body: Why) -> Any:
    return services.unfreeze(facility, why=body.why, **call.when)


@on_line(router, "closing", act=Act.CLOSE_FACILITY, says="End a line on which nothing is owed.")
def close_facility(call: Call, facility: Facility) -> Any:
    return services.close_facility(facility, **call.when)
