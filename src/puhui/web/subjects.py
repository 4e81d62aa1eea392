"""Which firm an address is about: that of the application, decision, case, line, proposal or thing which it names.

Promises that pages and API hold the firm against who asks in one place, before anything is shown or done. Refuses
nothing itself: what there is not has no firm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from puhui import days
from puhui.approval import selectors as approvals
from puhui.enterprises import selectors as enterprises
from puhui.governance import access, users
from puhui.governance import selectors as governance
from puhui.governance.access import Act, Actor
from puhui.ids import EnterpriseId
from puhui.lending import selectors as lending
from puhui.lending.facility import FacilityId
from puhui.refusals import BadInput
from puhui.web import judging

MOST = 10_000  # doubts that are looked through for one
SUBJECTS: Mapping[str, Callable[[str], str | None]] = {
    "firm": str,
    "application": approvals.firm_of_application,
    "decision": lambda number: approvals.firm_of_decision(int(number)),
    "case": lambda number: approvals.case(int(number)).firm,
    "facility": lambda number: lending.firm_of_line(FacilityId(int(number))),
    "proposal": lambda number: judging.firm_of(governance.proposal(int(number))),
    "thing": judging.secured_by,
    "doubt": lambda number: _doubted(int(number)),
    "code": lambda code: enterprises.firm_named(code) or code,  # as a page's address names a firm
}


def firm_of(named: Mapping[str, object]) -> EnterpriseId | None:
    """The firm that one of these names is about; None where they name nothing that belongs to a firm, or is known."""
    for what in SUBJECTS.keys() & named.keys():
        try:
            found = SUBJECTS[what](str(named[what]))
        except (BadInput, ValueError, OverflowError):
            return None
        return EnterpriseId(found) if found else None
    return None


def _doubted(number: int) -> str | None:
    """The firm of a doubt about an identity that waits."""
    return next((each.enterprise for each in enterprises.doubts(limit=MOST) if each.id == number), None)


def reaches(actor: Actor, act: Act, firm: EnterpriseId | None) -> bool:
    """Whether a list may show what is about a firm to who asks; what is about none goes to all who may see the list."""
    branch = users.branch_of(firm) if firm is not None and actor.branch else ""
    return access.objection(actor, act, firm=firm, branch=branch, on=days.today()) is None
