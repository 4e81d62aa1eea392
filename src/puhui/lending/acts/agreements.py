"""From an agreement to an open line: the one step between the approval room and this one, safe to repeat."""

from __future__ import annotations

from datetime import date, datetime

from puhui.approval import selectors as approvals
from puhui.approval import services as approving
from puhui.lending.acts.acting import Acted, Answer
from puhui.lending.acts.changes import renew
from puhui.lending.acts.facilities import open_facility
from puhui.lending.facility import FacilityId
from puhui.refusals import Code, Refused


def open_from_agreement(application: str, *, on: date, at: datetime, by: str) -> Acted | Refused:
    """Open the line of an application that was agreed to, and note it there. Opening again gives the first answer.

    Killed between the two, the line is open and the next call notes it. Refuses STEP_NOT_POSSIBLE before an agreement,
    and what `open_facility` refuses.
    """
    approval = approvals.agreed(application)
    if approval is None:
        status = approvals.application(application).status
        return Refused(Code.STEP_NOT_POSSIBLE, {"of": application, "status": status, "to": "opened"})
    opened = open_facility(approval, on=on, at=at)
    if isinstance(opened, Acted):
        approving.note_opened(application, opened.facility, on=on, at=at, by=by)
    return opened


def renew_from_agreement(facility: FacilityId, application: str, *, on: date, at: datetime, by: str) -> Answer:
    """Go on with a line under the approval of an application that was agreed to, and note it there; once, as above.

    Refuses STEP_NOT_POSSIBLE before an agreement, and what `renew` refuses.
    """
    approval = approvals.agreed(application)
    if approval is None:
        status = approvals.application(application).status
        return Refused(Code.STEP_NOT_POSSIBLE, {"of": application, "status": status, "to": "renewed"})
    renewed = renew(facility, approval, on=on, at=at)
    if isinstance(renewed, Acted):
        approving.note_opened(application, facility, on=on, at=at, by=by)
    return renewed


def open_agreed(*, on: date, at: datetime, by: str) -> dict[str, Acted | Refused]:
    """Open every line that was agreed to and is not open: what a kill has left behind is finished here."""
    return {number: open_from_agreement(number, on=on, at=at, by=by) for number in approvals.to_open()}
