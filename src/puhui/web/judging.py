"""Another person's proposal judged, wherever one meets it: whose firm it is about, and what follows from a verdict.

Promises that a verdict on security or on a cap is given where that room carries it out. Refuses what the rooms refuse.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from puhui import days
from puhui.approval import selectors as approvals
from puhui.exposure import selectors as exposed
from puhui.exposure import services as exposure
from puhui.exposure.caps import Scope
from puhui.governance import access, services, users
from puhui.governance.access import Act, Actor
from puhui.governance.proposals import MATTERS, Matter, Proposal, Verdict
from puhui.ids import EnterpriseId, RequestId
from puhui.lending import selectors as lending
from puhui.lending.facility import FacilityId
from puhui.mitigation import selectors as securities
from puhui.mitigation import services as mitigation
from puhui.refusals import Code, Refused


def firm_of(found: Proposal) -> EnterpriseId | None:
    """The firm that a proposal is about; None where it is about the house's own matters."""
    match found.kind:
        case Matter.WRITE_OFF:
            return lending.firm_of_line(FacilityId(int(found.subject.rpartition("/")[2])))
        case Matter.OVERRIDE:
            return EnterpriseId(approvals.case(int(found.subject.rpartition(" ")[2])).firm)
        case Matter.IDENTITY:
            return EnterpriseId(found.subject)
        case Matter.SECURITY:
            content = found.after["content"]
            named = content.get("borrower") or content.get("owner")
            return EnterpriseId(named) if named else secured_by(found.subject)
        case Matter.CAP:
            return _capped(Scope(found.after["scope"]), found.after["of"])
    return None


def _capped(scope: Scope, subject: str) -> EnterpriseId | None:
    """The firm whose branch a cap is a matter of: of those that share it one of head office, else the first.

    A cap of a trade, a region, a product or a branch is of no firm.
    """
    return min(exposed.sharing(scope, subject), key=lambda firm: (users.branch_of(firm) != "", firm), default=None)


def secured_by(subject: str) -> EnterpriseId | None:
    """Whose a thing is, for whom a guarantee stands, or the guarantor itself; None where nothing is known of it."""
    return securities.whose(subject, on=days.today())


def objection(found: Proposal, actor: Actor, *, agrees: bool, within: Collection[Act] | None = None) -> Refused | None:
    """Why somebody may not say yes (or no) to a proposal; None when they may.

    It takes the right to judge the matter (`within` what a token lets through), reach to its firm, and, for a yes,
    authority over its amount. Who has no such right is not told whose matter it is.
    """
    judges = MATTERS[found.kind].judges
    if within is not None and judges not in within:
        return Refused(Code.OUT_OF_SCOPE, {"act": str(judges)})
    if refused := access.objection(actor, judges, on=days.today()):
        return refused
    firm = firm_of(found)
    branch = users.branch_of(firm) if firm is not None and actor.branch else ""
    amount = found.amount if agrees else None
    return access.objection(actor, judges, firm=firm, branch=branch, amount=amount, on=days.today())


def judge(found: Proposal, *, agrees: bool, why: str, by: str, request: RequestId, at: datetime) -> Verdict | Refused:
    """Say yes or no to a proposal. A repeated request gives the first answer."""
    if found.kind is Matter.SECURITY:
        said = (
            mitigation.confirm(found.number, request=request, by=by)
            if agrees
            else mitigation.reject(found.number, why, request=request, by=by)
        )
        return said if isinstance(said, Refused) else Verdict(found.number, agrees, why, by, request, at)
    if found.kind is Matter.CAP and agrees:
        return exposure.agree_cap(found.number, why=why, by=by, request=request, at=at)
    return services.judge(found.number, agrees=agrees, why=why, by=by, request=request, at=at)
