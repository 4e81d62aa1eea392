"""The consent to watch a running loan: a clause of the contract gives it; the firm, or the end of the line, ends it.

Promises that only channels are named that the firm consented to for the decision and that may be read for watching,
and that the grant says which contract it rests on. Refuses nothing.
"""

from __future__ import annotations

from datetime import date, datetime

from puhui.approval.models import AgreementRow, ApplicationRow
from puhui.approval.states import Status
from puhui.approval.stepping import consent_of, current
from puhui.channels.catalogue import channel_named
from puhui.exposure import services as exposure
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId


def watched(row: ApplicationRow) -> list[str]:
    """The channels that the contract of an application lets the bank read while the line runs."""
    return [name for name in consent_of(row)["channels"] if Purpose.MONITORING in channel_named(name).purposes]


def placed(number: str, *, on: date, at: datetime, by: str) -> None:
    """The firm's trade and region as its registry has them, where nobody knows them and the registry may be read.

    Its line counts in their caps from the agreement on.
    """
    row = ApplicationRow.objects.filter(pk=number).first()
    if row is not None and current(row).status is Status.OFFERED and "registry" in consent_of(row)["channels"]:
        exposure.place_by_registry(EnterpriseId(row.enterprise), purpose=Purpose.CREDIT_DECISION, on=on, at=at, by=by)


def begin(row: ApplicationRow, approval: str, *, contract: str, on: date, by: str) -> None:
    """The firm has agreed to a contract: from this day on its loan may be watched."""
    if channels := watched(row):
        governance.grant(
            [EnterpriseId(row.enterprise)],
            channels=channels,
            purposes=[Purpose.MONITORING],
            basis=Basis.CONSENT,
            evidence=f"the clause on watching of contract {contract}",
            valid_from=on,
            request=_request(approval),
            by=by,
        )


def end(approval: str, *, on: date, by: str) -> None:
    """The last line of a firm has ended: its loans are watched no longer. Of a line without an agreement, nothing."""
    offer = approval.rpartition("-")[2]  # an agreement's approval bears the number of its offer
    agreed = AgreementRow.objects.filter(offer_id=int(offer) if offer.isdecimal() else 0, approval__number=approval)
    made = agreed.select_related("offer__application").first()
    if made is None:
        return
    row = made.offer.application
    for channel in watched(row):
        governance.withdraw(
            EnterpriseId(row.enterprise), channel=channel, purpose=Purpose.MONITORING, on=on,
            request=RequestId(f"{_request(approval)}/end"), by=by,
        )  # fmt: skip


def _request(approval: str) -> RequestId:
    return RequestId(f"watch/{approval}")
