"""The demo's owner speaks for firms that show the portal at work: a line in use, an offer, an answer of no.

Promises that nothing is done unless the house was started as a demo, and nothing twice. Refuses nothing: a book with
nothing to show leaves the owner with the way to begin.
"""

from __future__ import annotations

from puhui import days
from puhui.approval import selectors as approvals
from puhui.approval.states import Status
from puhui.governance import users
from puhui.governance.access import Role
from puhui.ids import EnterpriseId, RequestId
from puhui.lending import browsing
from puhui.web import outside

LOOKED_AT = 400  # of the newest lines and applications


def introduce() -> list[EnterpriseId]:
    """Let the identity service confirm the demo's owner for a few firms; for which, in order."""
    name = str(Role.BORROWER)
    if users.named(name).firms:
        return []
    firms = _shown()
    for firm in firms:
        users.prove_control(
            name, firm, person="the representative", identity_number="-", service=outside.identity_service(),
            request=RequestId(f"demo/{firm}"), at=days.now(),
        )  # fmt: skip
    return firms


def _shown() -> list[EnterpriseId]:
    lines, _total = browsing.lines(status="open", many=LOOKED_AT)
    in_use = [line.enterprise for line in lines if line.owed.fen and not line.days_past_due]
    asked = approvals.applications(count=LOOKED_AT)
    offered = [EnterpriseId(one.firm) for one in asked if one.status is Status.OFFERED]
    answered = [EnterpriseId(one.firm) for one in asked if one.status is Status.DECIDED]
    chosen = [firms[0] for firms in (in_use, offered, answered) if firms]
    return list(dict.fromkeys(chosen))
