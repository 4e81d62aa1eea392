"""The acts that end a line: close it, or take it out of the books as a loss and recover what comes back."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import F

from puhui.approval.services import end_watch
from puhui.exposure import services as exposure
from puhui.governance import masking
from puhui.governance import selectors as governance
from puhui.governance import services as eyes
from puhui.governance.proposals import Matter, Proposal
from puhui.ids import EnterpriseId, RequestId
from puhui.ledger.lines import AccountId, Line, close, transfer
from puhui.lending import chart
from puhui.lending.acts import living, owing
from puhui.lending.acts.acting import Acted, Answer, Asked, enter
from puhui.lending.facility import NEXT, FacilityId, LoanStatus, Status
from puhui.lending.models import ActRow, DueRow, FacilityRow, LoanRow
from puhui.money import Money
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label


def close_facility(facility: FacilityId, *, request: RequestId, on: date, at: datetime) -> Answer:
    """End a line on which nothing is owed or under way. Refuses STILL_OWED and STATUS_FORBIDS."""

    def do(row: FacilityRow) -> Answer:
        if Status.CLOSED not in NEXT[Status(row.status)]:
            return Refused(Code.STATUS_FORBIDS, {"status": row.status})
        running = LoanRow.objects.filter(facility=row, status__in=[LoanStatus.ACTIVE, LoanStatus.PENDING]).count()
        if running:
            return Refused(Code.STILL_OWED, {"loans": running})
        line = AccountId(row.line_account)
        lines: list[Line] = [
            transfer(line, chart.general()[chart.COMMITMENTS], Money(row.limit_fen), code=chart.CUT),
            close(line),
            close(AccountId(row.owed_account)),
        ]
        refused = asked.book(row, lines)
        assert refused is None, refused
        row.status = Status.CLOSED
        row.save()
        exposure.end_line(row.approval)
        living.ends(facility, EnterpriseId(row.enterprise), on=on)
        if not FacilityRow.objects.filter(firm=row.firm).exclude(status=Status.CLOSED).exists():
            end_watch(row.approval, on=on, by=living.BY)
        return Acted("close", facility)

    asked = Asked("close", request, on, at, {})
    return enter(facility, asked, do)


def propose_write_off(
    facility: FacilityId, *, why: str, by: str, request: RequestId, at: datetime
) -> Proposal | Refused:
    """Propose to take what is owed out of the books; another person judges it. Refuses STATUS_FORBIDS."""
    row = FacilityRow.objects.filter(id=facility).first()
    if row is None:
        return Refused(Code.FACILITY_UNKNOWN, {"facility": facility})
    if Status.WRITTEN_OFF not in NEXT[Status(row.status)]:
        return Refused(Code.STATUS_FORBIDS, {"status": row.status})
    owed = owing.summed([debt.owed() for debt in owing.debts_of(facility)])
    before = {"status": row.status, "owed_fen": {str(each): fen for each, fen in owed.items()}}
    return eyes.propose(
        Matter.WRITE_OFF,
        _subject(facility),
        before=before,
        after={"status": Status.WRITTEN_OFF.value},
        why=masking.scrubbed(why),
        by=by,
        request=request,
        at=at,
    )


def write_off(facility: FacilityId, *, proposal: int, request: RequestId, on: date, at: datetime) -> Answer:
    """Take what is owed out of the books as a loss, as proposed and agreed to by two people; see `recover`.

    Refuses NOT_AGREED while no other person has agreed to a proposal about this facility, STATUS_FORBIDS, and
    STILL_OWED while the payment of a draw is not known.
    """
    found = governance.proposal(proposal)
    if (found.kind, found.subject) != (Matter.WRITE_OFF, _subject(facility)):
        raise BadInput(
            Label(f"proposal {proposal} is about another matter", f"提案{proposal}是关于其他事项的"),
            then=Label("name the one that proposed this write-off", "请选择提出该核销的提案"),
        )

    def do(row: FacilityRow) -> Answer:
        if not found.agreed:
            return Refused(Code.NOT_AGREED, {"proposal": proposal})
        if Status.WRITTEN_OFF not in NEXT[Status(row.status)]:
            return Refused(Code.STATUS_FORBIDS, {"status": row.status})
        if pending := LoanRow.objects.filter(facility=row, status=LoanStatus.PENDING).count():
            return Refused(Code.STILL_OWED, {"loans": pending})
        loans = owing.loans_of(facility)
        parts = owing.summed([owing.of_loan(loan, dues) for loan, dues in loans])
        lines = chart.settled(parts, owed=AccountId(row.owed_account), by=chart.WRITTEN_OFF, code=chart.WRITE_OFF)
        refused = asked.book(row, lines)
        assert refused is None, refused
        exposure.end_line(row.approval)
        DueRow.objects.filter(loan__in=[loan.pk for loan, _ in loans]).update(paid_fen=F("amount_fen"))
        for loan, _ in loans:
            loan.status, loan.principal_fen, loan.days_past_due = LoanStatus.WRITTEN_OFF, 0, 0
            loan.interest = loan.penalty = loan.compound = 0
            loan.save()
        row.status = Status.WRITTEN_OFF
        row.save()
        return Acted("write_off", facility, {"fen": sum(parts.values()), **{str(k): v for k, v in parts.items()}})

    asked = Asked("write_off", request, on, at, {"proposal": proposal})
    return enter(facility, asked, do)


def recover(facility: FacilityId, amount: Money, *, request: RequestId, on: date, at: datetime) -> Answer:
    """Take in money on a facility that was written off. Refuses STATUS_FORBIDS and ABOVE_OWED."""

    def do(row: FacilityRow) -> Answer:
        if row.status != Status.WRITTEN_OFF:
            return Refused(Code.STATUS_FORBIDS, {"status": row.status})
        lines = recovered(facility, amount)
        if isinstance(lines, Refused):
            return lines
        return asked.book(row, lines) or Acted("recover", facility, {"fen": amount.fen})

    asked = Asked("recover", request, on, at, {"fen": amount.fen})
    return enter(facility, asked, do)


def recovered(facility: FacilityId, amount: Money) -> list[Line] | Refused:
    """Lines that take in money on a facility that was written off, whoever pays. Refuses ABOVE_OWED."""
    acts = list(ActRow.objects.filter(facility=facility, kind__in=["write_off", "recover", "secured"]).order_by("id"))
    kinds = [each.kind for each in acts if "facts" in each.answered]
    fens = [each.answered["facts"].get("fen", 0) for each in acts if "facts" in each.answered]
    at = kinds.index("write_off")  # what security brought in before is not part of the loss
    if amount.fen > (left := fens[at] - sum(fens[at + 1 :])):
        return Refused(Code.ABOVE_OWED, {"asked": amount.fen, "owed": left})
    general = chart.general()
    return [transfer(general[chart.BANK], general[chart.RECOVERED], amount, code=chart.RECOVER)]


def _subject(facility: FacilityId) -> str:
    return f"facility/{facility}"
