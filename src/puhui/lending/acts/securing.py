"""Money that security brings in: a guarantor pays, a thing is sold; it lowers what is owed, and its own part first."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from puhui.ids import RequestId
from puhui.ledger.lines import AccountId
from puhui.lending import chart
from puhui.lending.acts.acting import Acted, Answer, Asked, enter
from puhui.lending.acts.ending import recovered
from puhui.lending.acts.repaying import pay_down
from puhui.lending.facility import Component, FacilityId, Status
from puhui.lending.models import FacilityRow
from puhui.mitigation import claims
from puhui.money import Money
from puhui.refusals import Code, Refused


def recover_from_security(
    facility: FacilityId, claim: int, amount: Money, *, request: RequestId, on: date, at: datetime
) -> Answer:
    """Take in what a called guarantor pays or a sold thing brings, in one act with the claim that it brings down.

    What is owed falls in the product's order; principal comes off the part that the claim is for, and its caps are free
    again. The line is frozen: nobody draws on what others had to pay. After a write-off the money is a recovery.
    Refuses CLAIM_UNKNOWN (also for a claim of another facility), ABOVE_OWED, and EXCEEDS_DEBITS beyond the claim.
    """

    def do(row: FacilityRow) -> Answer:
        found = claims.claim(claim)
        if isinstance(found, Refused) or found.facility != row.approval:
            return Refused(Code.CLAIM_UNKNOWN, {"claim": claim})
        if amount.fen <= 0:
            return Refused(Code.AMOUNT_NOT_POSITIVE, {"asked": amount.fen})
        lines = claims.receive_lines(claim, amount)
        if row.status == Status.WRITTEN_OFF:
            back = recovered(facility, amount)
            refused = back if isinstance(back, Refused) else asked.book(row, [*lines, *back])
            return refused or Acted("secured", facility, {"fen": amount.fen, "claim": claim})
        paid = pay_down(row, amount.fen, on=on, fee=Decimal(0))
        if isinstance(paid, Refused):
            return paid
        parts, principal = paid.parts, paid.parts[Component.PRINCIPAL]
        lines += chart.settled(parts, owed=AccountId(row.owed_account), by=chart.BANK, code=chart.REPAY)
        lines += chart.restored(principal, line=AccountId(row.line_account))
        if refused := asked.book(row, lines, part=found.part):
            return refused
        if row.status == Status.OPEN:
            row.status = Status.FROZEN
            row.save()
        return Acted("secured", facility, {"claim": claim, **{str(each): fen for each, fen in parts.items()}})

    asked = Asked("secured", request, on, at, {"fen": amount.fen, "claim": claim})
    return enter(facility, asked, do)
