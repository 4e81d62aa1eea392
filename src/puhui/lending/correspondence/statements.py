"""What a facility's papers say: its statement for a period, a receipt of a repayment, a confirmation of a draw.

A statement covers closed days only. Promises that opening + drawn + charged - paid - written off = closing for every
component; that opening and closing are the snapshots of their days; and that the principal moved as the ledger's own
account of the facility did: whoever asks gets figures that agree to the fen, or an assertion and no paper. Refuses a
period that is not closed, and one that ends before it begins.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from puhui.governance.sight import Sight
from puhui.ids import RequestId
from puhui.ledger import selectors as ledger
from puhui.ledger.lines import AccountId
from puhui.lending import chart, sealing
from puhui.lending.acts import owing
from puhui.lending.acts.acting import last_closed
from puhui.lending.facility import RATE_UNIT, Component, FacilityId, LoanId, LoanStatus
from puhui.lending.models import ActRow, DueRow, FacilityRow, LoanRow, SnapshotRow
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

ONE_DAY = timedelta(days=1)
LOSS = "write_off"
FELL_DUE = "fell_due"
NOT_CONFIRMED = {LoanStatus.PENDING: Code.PAYMENT_UNDER_WAY, LoanStatus.FAILED: Code.NOT_PAID_OUT}
Parts = dict[Component, int]


@dataclass(frozen=True, slots=True)
class Moved:
    """One line of a statement. Amounts in fen; `principal_fen` is what was owed of it afterwards.

    `out_fen` was paid to the borrower, `parts` were paid by it (or written off); of what `fell_due`, neither.
    """

    on: date
    act: str
    request: str = ""
    out_fen: int = 0
    parts: Parts = field(default_factory=dict)
    principal_fen: int = 0
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def in_fen(self) -> int:
        """What was paid, of all parts."""
        return 0 if self.act == LOSS else sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Statement:
    """A facility from the morning of `since` to the close of `until`. Amounts in fen, by component."""

    facility: FacilityId
    enterprise: str
    approval: str
    product: str
    limit_fen: int
    rate: int  # whole hundred-millionths a year, as it is now
    opened_on: date
    matures_on: date
    since: date
    until: date
    opening: Parts
    drawn_fen: int
    charged: Parts
    paid: Parts
    written_off: Parts
    closing: Parts
    lines: tuple[Moved, ...]
    course: tuple[tuple[date, int], ...]  # principal at the end of each day on which it changed

    @property
    def number(self) -> str:
        """The statement's reference."""
        return f"F{self.facility}-{self.since:%Y%m%d}-{self.until:%Y%m%d}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One repayment as it was booked, or one draw as it was paid out. Amounts in fen."""

    facility: FacilityId
    enterprise: str
    act: str
    request: str
    on: date
    fen: int
    parts: Parts
    facts: dict[str, Any]


def statement(facility: FacilityId, *, since: date, until: date, sight: Sight = Sight.MASKED) -> Statement:
    """The statement of a period, with payees as far as `sight` goes.

    Raises BadInput for an unknown facility, or a period that cannot be told.
    """
    row = _row(facility)
    closed = last_closed()
    if until < since:
        raise BadInput(
            Label(f"{since} to {until} is no period", f"{since}至{until}不是有效期间"),
            then=Label("let it end on its first day or later", "结束日不能早于开始日"),
        )
    if closed is None or until > closed:
        so_far = f"ask up to {closed}" if closed else "nothing is closed yet"
        raise BadInput(
            Label(f"{until} is not closed yet", f"{until}尚未关账"),
            then=Label(f"{so_far}, or close it: puhui close --on {until}", "请选择已关账的日期"),
        )
    opening, closing = owed_on(facility, since - ONE_DAY), owed_on(facility, until)
    lines = tuple(_lines(row, since, until, opening[Component.PRINCIPAL], sight))
    paid, lost = _summed(lines, loss=False), _summed(lines, loss=True)
    drawn = sum(line.out_fen for line in lines)
    charged = {each: closing[each] - opening[each] + paid[each] + lost[each] for each in Component}
    charged[Component.PRINCIPAL] -= drawn
    assert charged[Component.PRINCIPAL] == 0, f"facility {facility}: principal moved by {charged} without an act"
    return Statement(
        facility,
        row.enterprise,
        row.approval,
        row.product,
        row.limit_fen,
        row.rate,
        row.opened_on,
        row.matures_on,
        since,
        until,
        opening,
        drawn,
        charged,
        paid,
        lost,
        closing,
        lines,
        _course(facility, since, until, opening[Component.PRINCIPAL]),
    )


def receipt(request: RequestId, *, sight: Sight = Sight.MASKED) -> Receipt | Refused:
    """What became of a repayment or a draw; its payee as far as `sight` goes.

    Refuses PAYMENT_UNDER_WAY while the bank has not said whether it paid a draw, and NOT_PAID_OUT when it did not.
    Raises BadInput for a request that paid nothing.
    """
    row = ActRow.objects.filter(request=request).first()
    facts = row.answered.get("facts") if row else None
    if row is None or facts is None:
        raise BadInput(
            Label(f"nothing was paid under {request}", f"没有以{request}办理的收付"),
            then=Label("give the request id of a repayment or a draw", "请使用还款或支用的请求编号"),
        )
    facility = _row(FacilityId(row.facility))
    if row.kind == "draw":
        loan = LoanRow.objects.get(request=request)
        if loan.status in NOT_CONFIRMED:
            return Refused(NOT_CONFIRMED[LoanStatus(loan.status)], {"request": request})
        told = {"loan": loan.pk, **texts_of([loan], sight)[loan.request], "matures_on": str(loan.matures_on)}
        told |= {"annual_rate": str(Decimal(facility.rate) / RATE_UNIT)}
        number, fen = FacilityId(facility.pk), loan.drawn_fen
        return Receipt(number, facility.enterprise, row.kind, request, row.on, fen, {}, told)
    parts = _parts(facts)
    if not parts or row.kind == LOSS:
        raise BadInput(
            Label(f"{request} is a {row.kind}, not a payment", f"{request}不是收付业务"),
            then=Label("give that of a repayment or a draw", "请使用还款或支用的请求编号"),
        )
    fen = sum(parts.values())
    return Receipt(FacilityId(facility.pk), facility.enterprise, row.kind, request, row.on, fen, parts, facts)


def owed_on(facility: FacilityId, day: date) -> Parts:
    """What was owed at the close of a day, by component, as its snapshot keeps it."""
    sums = SnapshotRow.objects.filter(facility=facility, on=day).aggregate(
        **{each: Sum(f"{each}_fen") for each in Component}
    )
    return {each: int(sums[each] or 0) for each in Component}


def _row(facility: FacilityId) -> FacilityRow:
    row = FacilityRow.objects.filter(id=facility).first()
    if row is None:
        raise BadInput(
            Label(f"there is no facility {facility}", f"没有额度{facility}"),
            then=Label("give the number that opening it has answered", "请填写开立时得到的编号"),
        )
    return row


def _lines(row: FacilityRow, since: date, until: date, principal: int, sight: Sight) -> list[Moved]:
    """Dues before acts of the same day, acts in the order in which they were booked, principal counted along."""
    found = [(line.on, 0, "", line) for line in _dues(row, since, until)]
    found += [(line.on, 1, at, line) for line, at in [*_draws(row, since, until, sight), *_acts(row, since, until)]]
    lines = []
    for _, _, _, line in sorted(found, key=lambda each: each[:3]):
        principal += line.out_fen - line.parts.get(Component.PRINCIPAL, 0)
        lines.append(Moved(line.on, line.act, line.request, line.out_fen, line.parts, principal, line.facts))
    return lines


def _draws(row: FacilityRow, since: date, until: date, sight: Sight) -> list[tuple[Moved, str]]:
    """Draws that were paid out, on the day on which the ledger has them: an answer may have come days later."""
    found = list(LoanRow.objects.filter(facility=row))
    loans, texts = {transfer: loan for loan in found for transfer in loan.reserved}, texts_of(found, sight)
    drawn = []
    for entry in ledger.history(AccountId(row.owed_account), since=since, until=until):
        if entry.code == chart.DRAW and entry.debit_fen and entry.refers in loans:
            loan = loans[entry.refers]
            facts = {"loan": LoanId(loan.pk), **texts[loan.request]}
            line = Moved(entry.happened_on, "draw", loan.request, entry.debit_fen, facts=facts)
            drawn.append((line, entry.learned_at.isoformat()))
    return drawn


def texts_of(loans: list[LoanRow], sight: Sight) -> dict[str, dict[str, str]]:
    """What each loan was drawn for and whom it paid, by the draw's request, as far as a sight goes."""
    texts = sealing.opened(
        [(loan.purpose, sealing.purpose_of(loan.request)) for loan in loans]
        + [(loan.payee, sealing.payee_of(loan.request)) for loan in loans]
    )
    return {
        loan.request: {"purpose": sealing.read(for_what, sight), "payee": sealing.seen(whom, sight)}
        for loan, for_what, whom in zip(loans, texts[: len(loans)], texts[len(loans) :], strict=True)
    }


def _acts(row: FacilityRow, since: date, until: date) -> list[tuple[Moved, str]]:
    acts = ActRow.objects.filter(facility=row.pk, on__range=(since, until)).exclude(kind__in=["draw", "cleared"])
    return [
        (
            Moved(act.on, act.kind, act.request, parts=_parts(act.answered["facts"]), facts=act.asked),
            act.at.isoformat(),
        )
        for act in acts.order_by("id")
        if "facts" in act.answered
    ]


def _dues(row: FacilityRow, since: date, until: date) -> list[Moved]:
    """What fell due, a line a day, by component."""
    found: dict[date, Parts] = defaultdict(dict)
    for due in DueRow.objects.filter(loan__facility=row, due_on__range=(since, until)).order_by("due_on"):
        parts, component = found[due.due_on], owing.KIND[due.kind]
        parts[component] = parts.get(component, 0) + due.amount_fen
    return [Moved(day, FELL_DUE, facts={str(each): fen for each, fen in parts.items()}) for day, parts in found.items()]


def _parts(facts: dict[str, Any]) -> Parts:
    return {each: facts[each] for each in Component if facts.get(each)}


def _summed(lines: tuple[Moved, ...], *, loss: bool) -> Parts:
    return {each: sum(line.parts.get(each, 0) for line in lines if (line.act == LOSS) is loss) for each in Component}


def _course(facility: FacilityId, since: date, until: date, before: int) -> tuple[tuple[date, int], ...]:
    """Principal at the end of each day on which it changed, with both ends of the period."""
    rows = SnapshotRow.objects.filter(facility=facility, on__range=(since, until)).values("on")
    ends = {each["on"]: int(each["fen"]) for each in rows.annotate(fen=Sum("principal_fen"))}
    course, last = [(since - ONE_DAY, before)], before
    for day in (since + timedelta(days=n) for n in range((until - since).days + 1)):
        now = ends.get(day, 0)  # a day without a row is a day without a loan
        if now != last or day == until:
            course.append((day, now))
        last = now
    return tuple(course)
