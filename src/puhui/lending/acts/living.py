"""A line that lives keeps its borrower's data from erasure, and the borrower's identity from being merged unseen.

A line that was written off lives on: what is owed is still claimed.
"""

from __future__ import annotations

from datetime import date

from puhui.enterprises import services as enterprises
from puhui.governance import erasing
from puhui.governance.erasing import Keeping
from puhui.ids import EnterpriseId, RequestId
from puhui.lending.facility import FacilityId

KIND, BY = "facility", "lending"


def begins(facility: FacilityId, firm: EnterpriseId, *, on: date) -> None:
    """A line was opened. Call it last: the audit chain takes writers in turn until their commit."""
    reference = f"{KIND} {facility}"
    enterprises.place_stake(firm, kind=KIND, reference=str(facility), by=BY)
    request = RequestId(f"hold/{reference}")
    erasing.hold(firm, reason=Keeping.LIVE_LOAN, reference=reference, on=on, request=request, by=BY)


def ends(facility: FacilityId, firm: EnterpriseId, *, on: date) -> None:
    """A line was closed with nothing owed on it."""
    reference = f"{KIND} {facility}"
    enterprises.release_stake(kind=KIND, reference=str(facility), by=BY)
    erasing.release(firm, reference=reference, on=on, request=RequestId(f"release/{reference}"), by=BY)
