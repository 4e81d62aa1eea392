"""The room's reads: how a facility stands, its statement, and whether loans, ledger and snapshots agree to the fen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from puhui.enterprises import selectors as enterprises
from puhui.exposure import selectors as exposure
from puhui.governance.access import Role
from puhui.governance.sight import SIGHT, Sight
from puhui.ids import EnterpriseId, RequestId
from puhui.ledger import selectors as ledger
from puhui.ledger.lines import AccountId
from puhui.lending import chart
from puhui.lending.acts import acting, owing
from puhui.lending.close.signals import Signal, of_day
from puhui.lending.correspondence import incoming, instalments, papers, statements
from puhui.lending.correspondence.incoming import Waiting
from puhui.lending.correspondence.instalments import Instalment
from puhui.lending.correspondence.outbox import Message, written
from puhui.lending.correspondence.statements import Receipt
from puhui.lending.facility import NON_PERFORMING, Component, FacilityId, LoanStatus, Status
from puhui.lending.models import ActRow, FacilityRow, LoanRow, SnapshotRow
from puhui.lending.standing import ROUNDED
from puhui.refusals import BadInput, Refused
from puhui.words import Label

DIFFERING = f"""
with loans as (
    select coalesce(sum({ROUNDED.format("interest")}), 0) + (
            select coalesce(sum(amount_fen - paid_fen), 0) from lending_due where kind = 1) as interest,
        (select coalesce(sum(amount_fen - paid_fen), 0) from lending_due where kind = 3) as fees,
        coalesce(sum({ROUNDED.format("penalty")}), 0) as penalty,
        coalesce(sum({ROUNDED.format("compound")}), 0) as compound
    from lending_loan where status = 'active'
), held as (
    select code, sum(debits_posted - credits_posted) as fen from ledger_balance where general group by 1
)
select kind, owed, fen from (
    select 'interest' as kind, interest as owed, %(interest)s::int as code from loans
    union all select 'fees', fees, %(fees)s from loans
    union all select 'penalty', penalty, %(penalty)s from loans
    union all select 'compound', compound, %(compound)s from loans
) parts join held using (code)
union all
select 'principal of facility ' || f.id, coalesce(sum(l.principal_fen), 0), a.debits_posted - a.credits_posted
from lending_facility f join ledger_account a on a.id = f.owed_account
    left join lending_loan l on l.facility_id = f.id and l.status = 'active'
group by f.id, a.id having coalesce(sum(l.principal_fen), 0) <> a.debits_posted - a.credits_posted
union all
select what || f.id, fen, counted from (
    select f.id, e.drawn, e.pending, coalesce(sum(l.principal_fen) filter (where l.status = 'active'), 0) as owed,
        coalesce(sum(l.drawn_fen) filter (where l.status = 'pending'), 0) as waits
    from lending_facility f join ({exposure.IN_USE}) e on e.line = f.approval
        left join lending_loan l on l.facility_id = f.id and l.status in ('active', 'pending')
    group by 1, 2, 3
) f cross join lateral (values ('exposure drawn on facility ', owed, drawn), ('exposure pending on facility ', waits,
    pending)) as v (what, fen, counted)
where fen <> counted
"""

EVERY = 10_000  # messages of one firm


@dataclass(frozen=True, slots=True)
class Standing:
    """How a facility stands, with interest up to the day it was last counted to. Amounts in fen."""

    facility: FacilityId
    enterprise: str
    status: Status
    limit_fen: int
    available_fen: int
    owed: dict[Component, int]
    days_past_due: int
    tier: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One act of a facility's statement."""

    on: date
    act: str
    facts: dict[str, Any]
    request: str = ""


def last_closed() -> date | None:
    """The last business date whose close is finished; None before the first."""
    return acting.last_closed()


def standing(facility: FacilityId) -> Standing:
    """How a facility stands. Raises BadInput when there is none of that number."""
    row = FacilityRow.objects.filter(id=facility).first()
    if row is None:
        raise BadInput(
            Label(f"there is no facility {facility}", f"没有额度{facility}"),
            then=Label("give the number that opening it has answered", "请填写开立时得到的编号"),
        )
    loans = owing.loans_of(facility)
    return Standing(
        facility,
        row.enterprise,
        Status(row.status),
        row.limit_fen,
        ledger.balance(AccountId(row.line_account)).free_to_debit,
        owing.summed([owing.of_loan(loan, dues) for loan, dues in loans]),
        max((loan.days_past_due for loan, _ in loans), default=0),
        max((loan.tier for loan, _ in loans), default=1),
    )


def firm_of_line(facility: FacilityId) -> EnterpriseId:
    """The firm that a facility is of. Raises BadInput when there is no such facility."""
    firm = FacilityRow.objects.filter(id=facility).values_list("enterprise", flat=True).first()
    if firm is None:
        raise BadInput(
            Label(f"there is no facility {facility}", f"没有额度{facility}"),
            then=Label("give the number that opening it has answered", "请填写开立时得到的编号"),
        )
    return EnterpriseId(firm)


def line_of(facility: FacilityId) -> str:
    """The number of the approval that opened a facility: exposure and security know the line by it.

    Raises BadInput when there is no such facility.
    """
    named = FacilityRow.objects.filter(id=facility).values_list("approval", flat=True).first()
    if named is None:
        raise BadInput(
            Label(f"there is no facility {facility}", f"没有额度{facility}"),
            then=Label("give the number that opening it has answered", "请填写开立时得到的编号"),
        )
    return str(named)


def facilities_of(firm: EnterpriseId) -> list[FacilityId]:
    """A firm's facilities, the oldest first, those opened under an id that was merged into it too."""
    rows = FacilityRow.objects.filter(enterprise__in=enterprises.ids_of(firm)).order_by("id")
    return [FacilityId(row) for row in rows.values_list("id", flat=True)]


def ill_of(firm: EnterpriseId, *, on: date) -> list[str]:
    """The legal firm's lines, opened by a day, that are frozen, written off or non-performing: `12 frozen`, by number.

    A line is non-performing while a loan on it is substandard or worse.
    """
    rows = FacilityRow.objects.filter(enterprise__in=enterprises.ids_of(firm), opened_on__lte=on).order_by("id")
    states = dict(rows.values_list("id", "status"))
    bad = LoanRow.objects.filter(facility__in=states, status=LoanStatus.ACTIVE, tier__gte=NON_PERFORMING)
    lost = set(bad.values_list("facility", flat=True))
    found = []
    for number, status in states.items():
        if status in (Status.FROZEN, Status.WRITTEN_OFF):
            found.append(f"{number} {status}")
        elif number in lost:
            found.append(f"{number} non_performing")
    return found


def held_of(firm: EnterpriseId) -> list[dict[str, Any]]:
    """A firm's lines with every entry and message, for its owner."""
    told = [
        {"facility": each, "entries": [asdict(entry) for entry in statement(each, sight=SIGHT[Role.BORROWER])]}
        for each in facilities_of(firm)
    ]
    return told + [asdict(each) for each in written(firm=firm, most=EVERY)]


def statement(facility: FacilityId, *, sight: Sight = Sight.MASKED) -> list[Entry]:
    """What was done on a facility, in order, with purposes and payees as far as `sight` goes; no refusals."""
    rows = ActRow.objects.filter(facility=facility).order_by("id")
    texts = statements.texts_of(list(LoanRow.objects.filter(facility=facility)), sight)
    return [
        Entry(row.on, row.kind, row.asked | row.answered["facts"] | texts.get(row.request, {}), row.request)
        for row in rows
        if "facts" in row.answered
    ]


@dataclass(frozen=True, slots=True)
class Done:
    """One act that was done on some facility, with its place in the order of all."""

    number: int
    facility: FacilityId
    on: date
    at: datetime
    act: str
    facts: dict[str, Any]


def acts_since(number: int, count: int) -> list[Done]:
    """What was done on facilities after an act, in order; refused acts keep their place and say nothing here."""
    rows = ActRow.objects.filter(pk__gt=number, answered__has_key="facts").order_by("pk")[:count]
    return [Done(row.pk, FacilityId(row.facility), row.on, row.at, row.kind, row.answered["facts"]) for row in rows]


def last_act() -> int:
    """The place of the newest act; 0 before the first."""
    return ActRow.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def disagreements(*, snapshot_of: date | None = None) -> list[str]:
    """Where loans, ledger and what the caps count differ, to the fen; none. Customers may go on acting meanwhile.

    With a day at whose end nothing has happened since, its snapshot is held against the loans as well.
    """
    codes = {str(component): code for component, code in chart.RECEIVABLE.items()}
    with connection.cursor() as cursor:
        cursor.execute(DIFFERING, codes)
        rows = cursor.fetchall()
    wrong = [f"{what}: ledger {held}, loans {owed}" for what, owed, held in rows if owed != held]
    if snapshot_of is not None:
        loans = LoanRow.objects.filter(status=LoanStatus.ACTIVE).values_list("facility_id", flat=True).distinct()
        every = [owing.of_loan(loan, dues) for each in loans for loan, dues in owing.loans_of(FacilityId(each))]
        wrong += _snapshot_off(snapshot_of, owing.summed(every))
    return wrong + exposure.disagreements() + list(ledger.check().wrong)


def _snapshot_off(day: date, of_loans: dict[Component, int]) -> list[str]:
    sums = SnapshotRow.objects.filter(on=day).aggregate(**{each: Sum(f"{each}_fen") for each in Component})
    found = {each: int(sums[each] or 0) for each in Component}
    return [
        f"snapshot: {each} {found[each]}, loans {of_loans[each]}" for each in Component if found[each] != of_loans[each]
    ]


def trial_balance() -> list[tuple[str, int, int]]:
    """The room's accounts by kind: name, debit and credit in fen; the two columns add up alike."""
    names = {**chart.NAMES, chart.LINE: "lines that may be drawn", chart.OWED: "principal owed"}
    rows = [(row.code, row.balance.net_debit) for row in ledger.trial_balance() if row.code in names]
    return [(names[code], max(net, 0), max(-net, 0)) for code, net in rows]


def statement_days(facility: FacilityId) -> tuple[date, date]:
    """The first and the last day that a statement can tell of. Raises BadInput when there is no such day yet."""
    row, closed = FacilityRow.objects.filter(id=facility).first(), acting.last_closed()
    if row is None or closed is None or closed < row.opened_on:
        raise BadInput(
            Label(f"no day of facility {facility} is closed yet", f"额度{facility}尚无已关账的日期"),
            then=Label("close one: puhui close --on DATE", "请待当日关账后再试"),
        )
    return row.opened_on, closed


def statement_rows(facility: FacilityId, *, since: date, until: date) -> list[dict[str, str]]:
    """A statement as rows of texts, amounts in yuan. Raises BadInput as `statements.statement` does."""
    return papers.statement_rows(statements.statement(facility, since=since, until=until))


def schedule_rows(facility: FacilityId, *, language: str) -> list[dict[str, str]]:
    """What the running loans ask for and when, as rows of texts. Raises BadInput where no loan is running."""
    return instalments.as_rows(instalments.ahead(facility), language)


def ahead(facility: FacilityId) -> tuple[Instalment, ...]:
    """What the running loans ask for, the earliest first; nothing where none is running."""
    try:
        return instalments.ahead(facility).rows
    except BadInput:
        return ()


def by_tier(day: date) -> dict[int, tuple[int, int]]:
    """Loans and principal in fen by tier (1 normal to 5 loss) at the close of a day."""
    rows = SnapshotRow.objects.filter(on=day).values("tier").annotate(loans=Count("id"), fen=Sum("principal_fen"))
    return {row["tier"]: (row["loans"], int(row["fen"])) for row in rows.order_by("tier")}


def signals(day: date) -> list[Signal]:
    """What a closed day has changed, for those who watch from afar."""
    return of_day(day)


def messages(
    *, firm: EnterpriseId | None = None, waiting: bool = False, most: int = 100, before: int | None = None
) -> list[Message]:
    """Messages to borrowers, the newest first: of all firms or of one, and only those that still wait if asked.

    `before` is the number to go on from.
    """
    return written(firm=firm, waiting=waiting, most=most, before=before)


def incoming_waiting(*, sight: Sight = Sight.MASKED) -> list[Waiting]:
    """Credits on the bank's account that wait for a person, the oldest first, with payers as far as `sight` goes."""
    return incoming.waiting(sight=sight)


def receipt(request: RequestId) -> Receipt | Refused:
    """What became of a repayment or a draw. Refuses PAYMENT_UNDER_WAY and NOT_PAID_OUT, for a draw that is not paid.

    Raises BadInput for a request that paid nothing.
    """
    return statements.receipt(request)


def firm_of(request: RequestId) -> EnterpriseId:
    """Whose line an act was done on. Raises BadInput for a request that nobody has made."""
    lines = FacilityRow.objects.filter(pk__in=ActRow.objects.filter(request=request).values("facility"))
    found = lines.values_list("enterprise", flat=True).first()
    if found is None:
        raise BadInput(
            Label(f"nothing was paid under {request}", f"没有以{request}办理的收付"),
            then=Label("give the request id of a repayment or a draw", "请使用还款或支用的请求编号"),
        )
    return EnterpriseId(found)


def pending_draws() -> list[FacilityId]:
    """Facilities with a draw whose payment is not known."""
    rows = LoanRow.objects.filter(status=LoanStatus.PENDING).order_by("id").values_list("facility_id", flat=True)
    return [FacilityId(each) for each in rows]
