"""Other terms for a line, and its end as a loss: rate, extension, restructuring, fee, write-off, recovery.

A write-off is proposed here, agreed to by another person under `/proposals`, and then done here.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from ninja import Router, Schema
from pydantic import Field

from puhui.governance.access import Act
from puhui.lending import services
from puhui.lending.engine.terms import Amortization
from puhui.money import Money
from puhui.web.api.lines import Facility, Repayment, Why, on_line
from puhui.web.api.once import Call
from puhui.web.api.people import Proposal
from puhui.web.api.shapes import Agreed, Amount, Line

router = Router(tags=["lines"])
Rate = Annotated[Decimal, Field(gt=0, lt=1, max_digits=8, decimal_places=6, description="A year; 0.0615 is 6.15 %.")]


class NewRate(Schema):
    """The annual rate from today on."""

    rate: Rate


class Extension(Schema):
    """The later day on which the line and its loans mature."""

    matures_on: date


class Restructuring(Schema):
    """Other terms for a firm in difficulty."""

    matures_on: date
    way: Amortization = Amortization.BULLET
    rate: Rate | None = None
    why: Line


class Fee(Schema):
    """A cost that a loan has caused; it is due at once."""

    loan: Annotated[int, Field(ge=1, le=10**17)]
    amount_fen: Amount
    why: Line


class Account(Schema):
    """From which account what falls due is collected; empty: from none."""

    account: Annotated[str, Field(max_length=40, pattern=r"^[0-9A-Za-z -]*$")]


class Renewal(Schema):
    """The application whose agreement the line goes on under."""

    application: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9]+$")]


@on_line(router, "rate", act=Act.CHANGE_TERMS, says="Another rate from today on.")
def change_rate(call: Call, facility: Facility, body: NewRate) -> Any:
    return services.change_rate(facility, body.rate, **call.when)


@on_line(router, "extension", act=Act.CHANGE_TERMS, says="Let it mature later, within what the law allows.")
def extend(call: Call, facility: Facility, body: Extension) -> Any:
    return services.extend(facility, body.matures_on, **call.when)


@on_line(
    router,
    "renewal",
    act=Act.CHANGE_TERMS,
    says="Go on with a line, and with its running loans, under a new agreement.",
)
def renew(call: Call, facility: Facility, body: Renewal) -> Any:
    return services.renew_from_agreement(facility, body.application, on=call.on, at=call.at, by=call.who)


@on_line(
    router, "restructuring", act=Act.CHANGE_TERMS, says="Give a firm in difficulty other terms; the line is frozen."
)
def restructure(call: Call, facility: Facility, body: Restructuring) -> Any:
    return services.restructure(
        facility,
        body.matures_on,
        why=body.why,
        way=body.way,
        rate=body.rate,
        **call.when,
    )


@on_line(
    router,
    "misuse",
    act=Act.CHANGE_TERMS,
    says="State that the money went elsewhere than agreed: the misuse rate holds from today on.",
)
def mark_misused(call: Call, facility: Facility) -> Any:
    return services.mark_misused(facility, **call.when)


@on_line(router, "fees", act=Act.CHANGE_TERMS, says="Charge a fee.")
def charge_fee(call: Call, facility: Facility, body: Fee) -> Any:
    return services.charge_fee(facility, body.loan, Money(body.amount_fen), why=body.why, **call.when)


@on_line(
    router,
    "settlement-account",
    act=Act.REPAY,
    says="From which account what falls due is collected; it is kept sealed.",
)
def name_settlement_account(call: Call, facility: Facility, body: Account) -> Any:
    return services.name_settlement_account(facility, body.account, **call.when)


@on_line(
    router,
    "write-off-proposals",
    act=Act.PROPOSE_WRITE_OFF,
    answers=Proposal,
    says="Propose to take what is owed out of the books; another person judges it.",
)
def propose_write_off(call: Call, facility: Facility, body: Why) -> Any:
    return services.propose_write_off(facility, why=body.why, **call.said)


@on_line(
    router,
    "write-off",
    act=Act.PROPOSE_WRITE_OFF,
    says="Take what is owed out of the books, as another person has agreed.",
)
def write_off(call: Call, facility: Facility, body: Agreed) -> Any:
    return services.write_off(facility, proposal=body.proposal, **call.when)


@on_line(router, "recoveries", act=Act.RECOVER, says="Take in money on a line that was written off.")
def recover(call: Call, facility: Facility, body: Repayment) -> Any:
    return services.recover(facility, Money(body.amount_fen), **call.when)
