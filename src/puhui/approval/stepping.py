"""One application alone: its row locked, its last step read, its next step written at the next place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from puhui.approval.models import ApplicationRow, StepRow
from puhui.approval.states import NEXT, ON_RECORD, Status
from puhui.governance import services as governance
from puhui.refusals import BadInput
from puhui.words import Label


@dataclass(frozen=True, slots=True)
class Standing:
    """The last step of an application."""

    place: int
    status: Status
    facts: dict[str, Any]
    on: date
    at: datetime


def locked(number: str) -> ApplicationRow:
    """An application that nobody else moves until the transaction ends. Raises BadInput when there is none."""
    row = ApplicationRow.objects.select_for_update().filter(pk=number).first()
    if row is None:
        raise BadInput(
            Label(f"there is no application {number}", f"没有申请{number}"),
            then=Label("give the number that applying has answered", "请填写申请时得到的编号"),
        )
    return row


def current(row: ApplicationRow) -> Standing:
    """How far an application has come."""
    last = StepRow.objects.filter(application=row).order_by("-place")[0]
    return Standing(last.place, Status(last.status), last.facts, last.on, last.at)


def consent_of(row: ApplicationRow) -> dict[str, list[str]]:
    """What was consented to and what was refused; an old application, which knew no choice, refused nothing."""
    facts = StepRow.objects.get(application=row, status=Status.CONSENTED).facts
    return {"channels": facts["channels"], "refused": facts.get("refused", [])}


def step(row: ApplicationRow, to: Status, facts: dict[str, Any], *, on: date, at: datetime, by: str) -> None:
    """Write the next step, under the lock of `locked`."""
    last = current(row)
    assert to in NEXT[last.status], f"{last.status} does not lead to {to}"
    StepRow.objects.create(application=row, place=last.place + 1, status=to, facts=facts, on=on, at=at, by=by)
    body = {"firm": row.enterprise, "product": row.product, "status": to, "on": on}
    governance.record(ON_RECORD[to], row.pk, body, by=by)
