"""A firm agrees to its offer, from the portal or by the API: signed at the signing service, agreed to, and opened.

Promises that nothing is signed that could not be agreed to, and that a call which was cut off goes on where it stopped:
the service knows a signature by its request, and an agreement is made and a line opened once. Refuses
SIGNING_SERVICE_SILENT when no clear answer came (ask again), NOT_SIGNED, and what the two rooms refuse.
"""

from __future__ import annotations

from datetime import date, datetime

from puhui.approval import selectors as approvals
from puhui.approval import services as approving
from puhui.governance.proofs import Answer
from puhui.ids import RequestId
from puhui.lending.acts import agreements
from puhui.lending.acts.acting import Acted
from puhui.refusals import Code, Refused
from puhui.web import outside


def agree(
    application: str, *, contract_sha256: str, way: str, by: str, request: RequestId, on: date, at: datetime
) -> Acted | Refused:
    """Sign the contract of an offer, agree to it, and open the line."""
    no = approvals.objection_to_agreeing(application, contract_sha256=contract_sha256, way=way, on=on)
    if no is not None:
        return no
    if approvals.agreed(application) is None:
        signed = outside.signing_service().sign(contract_sha256, signer=by, request=request)
        if signed.answer is not Answer.YES:
            silent = signed.answer is Answer.UNKNOWN
            return Refused(Code.SIGNING_SERVICE_SILENT if silent else Code.NOT_SIGNED, {"application": application})
        agreed = approving.agree(
            application, contract_sha256=contract_sha256, way=way, signature=signed.reference, by=by, request=request,
            on=on, at=at,
        )  # fmt: skip
        if isinstance(agreed, Refused):
            return agreed
    return agreements.open_from_agreement(application, on=on, at=at, by=by)
