"""Firms: what is known of one, its consents, what may still be lent, who controls it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from puhui.enterprises import dossier
from puhui.enterprises import selectors as enterprises
from puhui.exposure import selectors as exposure
from puhui.governance import selectors as governance
from puhui.governance import services, users
from puhui.governance.access import Act
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId
from puhui.variables import selectors as variables
from puhui.web import outside
from puhui.web.api.frame import bearer_of, operation
from puhui.web.api.once import Call, business_day, writes
from puhui.web.api.problems import granted
from puhui.web.api.shapes import Firm, Line, Word

router = Router(tags=["firms"])
AsOf = Annotated[date | None, Query(description="What was known by the end of this day (default: today).")]


class Held(Schema):
    """What one channel holds of a firm, or why that may not be read."""

    channel: str
    rows: int
    first_day: date | None
    last_day: date | None
    sources: list[str]
    refused: str | None


class Stated(Schema):
    """One statement of the registry."""

    what: str
    value: str
    since: date
    source: str


class FirmFile(Schema):
    """A firm as the house knows it; people are pseudonyms."""

    firm: str
    known_since: date | None
    codes: dict[str, list[str]]
    statements: list[Stated]
    held: list[Held]


class Right(Schema):
    """A right to read a firm's rows of a channel."""

    channel: str
    purpose: str
    basis: str
    evidence: str
    valid_from: date
    valid_to: date | None
    withdrawn_on: date | None
    stands: bool


class Consent(Schema):
    """What a firm agrees to."""

    channels: Annotated[list[Word], Field(min_length=1, max_length=20)]
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=10)]
    evidence: Line
    valid_from: date
    valid_to: date | None = None


class Granted(Schema):
    """How many rights were recorded, or ended."""

    rights: int


class Withdrawal(Schema):
    """What a firm no longer agrees to, from a day on."""

    channels: Annotated[list[Word], Field(min_length=1, max_length=20)]
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=10)]
    on: date


class Cap(Schema):
    """One cap: what it allows, what of it is used, and whether it holds or only guides."""

    name: str
    subject: str
    force: str
    legal: bool
    amount_fen: int
    used_fen: int
    free_fen: int
    source: str


class Headroom(Schema):
    """What may still be lent to a firm through a product, cap by cap."""

    firm: str
    as_of: date
    caps: list[Cap]


class Values(Schema):
    """A firm's variables as of a day (null: missing), and the channels that may not be read."""

    firm: str
    as_of: date
    values: dict[str, float | None]
    refused: dict[str, str]


class Claim(Schema):
    """Who says to speak for a firm. It goes to the identity service and is kept nowhere."""

    person: Word
    identity_number: Annotated[str, Field(min_length=15, max_length=18, pattern=r"^[0-9Xx]+$")]


class Control(Schema):
    """That a user controls a firm."""

    user: str
    firm: str


@operation(router, "GET", "/firms/{firm}", act=Act.SEE_FIRM, answers=FirmFile, says="Everything known of a firm.")
def read_firm(request: HttpRequest, firm: Firm, purpose: Purpose = Purpose.CREDIT_DECISION, as_of: AsOf = None) -> Any:
    day = business_day(request)
    return granted(dossier.enterprise_file(_meant(firm), purpose=purpose, as_of=as_of or day, on=day, by=_who(request)))


@operation(router, "GET", "/firms/{firm}/variables", act=Act.COMPUTE_VARIABLES, answers=Values, says="Its variables.")
def read_variables(request: HttpRequest, firm: Firm, as_of: AsOf = None) -> Any:
    day = business_day(request)
    found = variables.values_of_one(
        EnterpriseId(firm), purpose=Purpose.CREDIT_DECISION, as_of=as_of or day, on=day, by=_who(request)
    )
    refused = {channel: str(why) for channel, why in found.refused.items()}
    return {"firm": firm, "as_of": as_of or day, "values": dict(found.values), "refused": refused}


@operation(router, "GET", "/firms/{firm}/exposure", act=Act.SEE_EXPOSURE, answers=Headroom, says="Caps and their use.")
def read_exposure(request: HttpRequest, firm: Firm, product: Annotated[Word, Query()], as_of: AsOf = None) -> Any:
    found = exposure.headroom(EnterpriseId(firm), product=product, as_of=as_of or business_day(request))
    caps = [
        {
            "name": cap.rule,
            "subject": cap.key.subject,
            "force": str(cap.force),
            "legal": cap.legal,
            "amount_fen": cap.amount.fen,
            "used_fen": cap.used.fen,
            "free_fen": cap.free.fen,
            "source": cap.source,
        }
        for cap in found.caps
    ]
    return {"firm": firm, "as_of": found.on, "caps": caps}


@operation(router, "GET", "/firms/{firm}/consents", act=Act.SEE_CONSENTS, answers=list[Right], says="Rights to read.")
def list_consents(request: HttpRequest, firm: Firm) -> Any:
    return governance.rights_of(EnterpriseId(firm), on=business_day(request))


@writes(router, "/firms/{firm}/consents", act=Act.GIVE_CONSENT, answers=Granted, says="Agree to reads.")
def give_consent(call: Call, firm: Firm, body: Consent) -> Any:
    made = services.grant(
        [EnterpriseId(firm)],
        channels=body.channels,
        purposes=body.purposes,
        basis=Basis.CONSENT,
        evidence=body.evidence,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        request=call.request,
        by=call.who,
    )
    return {"rights": made}


@writes(
    router, "/firms/{firm}/consents/withdrawals", act=Act.GIVE_CONSENT, answers=Granted,
    says="End a consent from a day on.",
)  # fmt: skip
def withdraw_consent(call: Call, firm: Firm, body: Withdrawal) -> Any:
    ended = sum(
        services.withdraw(
            EnterpriseId(firm), channel=channel, purpose=purpose, on=body.on, request=call.request, by=call.who
        )
        for channel in body.channels
        for purpose in body.purposes
    )
    return {"rights": ended}


@writes(
    router, "/controls/{of_firm}", act=Act.PROVE_CONTROL, answers=Control,
    says="Prove to speak for a firm: the identity service is asked.",
)  # fmt: skip
def prove_control(call: Call, of_firm: Firm, body: Claim) -> Any:
    return users.prove_control(
        call.who,
        EnterpriseId(of_firm),
        person=body.person,
        identity_number=body.identity_number,
        service=outside.identity_service(),
        request=call.request,
        at=call.at,
    )


def _meant(firm: str) -> EnterpriseId:
    return enterprises.firm_named(firm) or EnterpriseId(firm)


def _who(request: HttpRequest) -> str:
    return bearer_of(request).actor.name
