"""The room's reads: applications with their steps, decisions with their evidence, offers, contracts, the queue."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from puhui.approval import applying, offering, people
from puhui.approval.applying import Applied
from puhui.approval.deciding import Decided, decided
from puhui.approval.models import AgreementRow, ApplicationRow, DecisionRow, OfferRow, RulingRow, StepRow
from puhui.approval.offering import Offer
from puhui.approval.people import Case
from puhui.approval.signed import Approval
from puhui.approval.states import Status
from puhui.channels.catalogue import channel_named
from puhui.channels.pulls import pulling
from puhui.enterprises import selectors as enterprises
from puhui.governance.access import Actor, Skill
from puhui.governance.holding import Resting
from puhui.ids import EnterpriseId
from puhui.products import selectors as products
from puhui.refusals import BadInput, Refused
from puhui.words import Label

EVERY = 10_000  # of one firm


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an application."""

    status: Status
    facts: dict[str, Any]
    on: date
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A channel that a product asks to read; without a `needed` one it cannot decide."""

    channel: str
    label: Label
    needed: bool


def application(number: str) -> Applied:
    """An application as it stands; while it is PULLING, with the channels whose sources are down.

    Raises BadInput when there is none.
    """
    row = _row(number)
    found = applying.answer(row)
    if found.status is not Status.PULLING:
        return found
    product = products.live(row.product, on=row.on, firm=EnterpriseId(row.enterprise))
    mine = product.definition.channels if product else ()
    down = sorted({s.source.channel for s in pulling.states() if s.source.channel in mine and s.failures})
    return applying.answer(row, waits_for=tuple(down))


def asks_for(number: str) -> list[Wanted]:
    """The data that the firm is asked to let the house read, those that the product cannot do without first."""
    row = _row(number)
    product = products.live(row.product, on=row.on, firm=EnterpriseId(row.enterprise))
    wanted = product.definition.channels if product else ()
    return [Wanted(name, channel_named(name).label, name in product.definition.needed) for name in wanted if product]


def applications(firm: EnterpriseId | None = None, *, count: int = 100, after: str = "") -> list[Applied]:
    """Applications, of one firm or of all, by number from `after` on."""
    rows = ApplicationRow.objects.filter(pk__gt=after).order_by("pk")
    if firm is not None:
        rows = rows.filter(enterprise__in=enterprises.ids_of(firm))
    return [applying.answer(row) for row in rows[:count]]


def steps(number: str) -> list[Step]:
    """All steps of an application, the first one first."""
    rows = StepRow.objects.filter(application=_row(number)).order_by("place")
    return [Step(Status(row.status), row.facts, row.on, row.at, row.by) for row in rows]


def decision(number: int) -> Decided:
    """A decision by its number. Raises BadInput when there is none."""
    return decided(_decision(number))


def evidence(number: int) -> dict[str, Any]:
    """All that a decision rests on and comes to. Raises BadInput when there is no such decision."""
    found: dict[str, Any] = json.loads(_decision(number).evidence)
    return found


def decisions(
    firm: EnterpriseId | None = None, *, product: str = "", application: str = "", count: int = 100, after: int = 0
) -> list[Decided]:
    """Decisions, of one firm, product or application where told, by number from `after` on."""
    rows = DecisionRow.objects.filter(pk__gt=after).order_by("pk")
    if firm is not None:
        rows = rows.filter(enterprise__in=enterprises.ids_of(firm))
    if product:
        rows = rows.filter(product=product)
    if application:
        rows = rows.filter(application=application)
    return [decided(row) for row in rows[:count]]


def held_of(firm: EnterpriseId) -> list[dict[str, Any]]:
    """A firm's applications and decisions with all that they rest on, for its owner."""
    return [asdict(each) for each in applications(firm, count=EVERY)] + [
        {"decision": each.number, "product": each.product, "outcome": each.outcome, "evidence": evidence(each.number)}
        for each in decisions(firm, count=EVERY)
    ]


def last_resting(keys: Collection[EnterpriseId]) -> Resting | None:
    """The last decision or ruling on a firm, known by any of these keys: it must stay explainable."""
    decided_on = DecisionRow.objects.filter(enterprise__in=keys).order_by("-on", "-pk").first()
    ruled_on = RulingRow.objects.filter(case__decision__enterprise__in=keys).order_by("-on", "-pk").first()
    if decided_on is None:
        return None
    if ruled_on is not None and ruled_on.on >= decided_on.on:
        return Resting("case", ruled_on.case_id, ruled_on.on)
    return Resting("decision", decided_on.pk, decided_on.on)


def offer(number: str) -> Offer | None:
    """The latest offer of an application."""
    row = OfferRow.objects.filter(application=_row(number)).order_by("-id").first()
    return offering.read(row) if row else None


def contract(sha256: str) -> bytes:
    """A contract's PDF by its hash, as it was offered. Raises BadInput when there is none, or it was altered."""
    return offering.pdf_of(sha256)


def objection_to_agreeing(number: str, *, contract_sha256: str, way: str, on: date) -> Refused | None:
    """Why a firm may not agree to its offer on a day: asked before anything is signed. None also where it has agreed.

    Raises BadInput when there is no such application.
    """
    return offering.objection(number, contract_sha256=contract_sha256, way=way, on=on)


def agreed(number: str) -> Approval | None:
    """The signed approval of an application that was agreed to; None before."""
    row = AgreementRow.objects.filter(offer__application=_row(number)).first()
    return offering.approval_from(row.approval) if row else None


def to_open() -> list[str]:
    """The applications that were agreed to and whose line is not open yet."""
    agreed = AgreementRow.objects.values("offer__application")
    opened = StepRow.objects.filter(status=Status.OPENED).values("application")
    return list(ApplicationRow.objects.filter(pk__in=agreed).exclude(pk__in=opened).values_list("pk", flat=True))


def queue(*, skill: Skill | None = None, most_fen: int | None = None) -> list[Case]:
    """The cases that wait for a person, the oldest first; of one skill, and within an authority, where told."""
    return people.queue(skill=skill, most_fen=most_fen)


def queue_of(actor: Actor, *, skill: Skill | None = None, on: date) -> list[Case]:
    """The cases that wait, as far as an actor's branch and firms go; to who decides cases, those of its own skills."""
    return people.queue_of(actor, skill=skill, on=on)


def case(number: int) -> Case:
    """A case, also when it is closed. Raises BadInput when there is none."""
    return people.case_numbered(number)


def firm_of_application(number: str) -> EnterpriseId:
    """The firm that an application is of. Raises BadInput when there is none."""
    return EnterpriseId(_row(number).enterprise)


def firm_of_decision(number: int) -> EnterpriseId:
    """The firm that a decision is about. Raises BadInput when there is none."""
    return EnterpriseId(_decision(number).enterprise)


def _row(number: str) -> ApplicationRow:
    row = ApplicationRow.objects.filter(pk=number).first()
    if row is None:
        raise BadInput(
            Label(f"there is no application {number}", f"没有申请{number}"),
            then=Label("give the number that applying has answered", "请填写申请时得到的编号"),
        )
    return row


def _decision(number: int) -> DecisionRow:
    row = DecisionRow.objects.filter(pk=number).first()
    if row is None:
        raise BadInput(
            Label(f"there is no decision {number}", f"没有决策{number}"),
            then=Label("give the number that deciding has answered", "请填写决策得到的编号"),
        )
    return row
