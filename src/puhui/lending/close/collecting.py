"""Taking what is due from the settlement accounts, at the close of a day, through the payment bank.

Each facility with something due and an account to take it from gets one order a day, written down before the bank is
asked. Promises that the bank is asked once for an order and that what it has taken is booked once, valued on the day of
the order: a lost answer is cleared by enquiry, in this close or a later one, and while it is not, nothing more is
ordered. No lock is held while the bank is asked. Refuses nothing: what finds nothing to pay is kept apart, to be given
back.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from puhui.ids import RequestId
from puhui.ledger import services as ledger
from puhui.ledger.lines import transfer
from puhui.lending import chart, sealing
from puhui.lending.acts import owing, past
from puhui.lending.acts.acting import Acted, first_open
from puhui.lending.acts.repaying import collected
from puhui.lending.facility import FacilityId
from puhui.lending.models import CollectionRow, FacilityRow
from puhui.lending.rail import Outcome, Rail, Taken
from puhui.lending.standing import ROUNDED
from puhui.money import Money
from puhui.refusals import Refused

ORDERED, SENT, TAKEN, FAILED = "ordered", "sent", "taken", "failed"
PATIENCE = timedelta(hours=1)  # after this the bank must refuse an order that it has not seen
UNDER_WAY = f"""exists (
    select from lending_collection c where c.facility = f.id and c.status in ('{ORDERED}', '{SENT}'))"""
BEYOND = """exists (
    select from lending_loan l where l.facility_id = f.id and l.status = 'active' and l.accrued_to > %(day)s)"""
ORDER = f"""
insert into lending_collection (facility, "on", request, account, asked_fen, taken_fen, status)
select f.id, %(day)s, 'collect-' || f.id || '-' || %(day)s::date, f.settlement_account, due.fen, 0, '{ORDERED}'
from lending_facility f, lateral (
    select coalesce(sum({ROUNDED.format("l.penalty")} + {ROUNDED.format("l.compound")} + (
        select coalesce(sum(d.amount_fen - d.paid_fen), 0) from lending_due d
        where d.loan_id = l.id and d.paid_fen < d.amount_fen and d.due_on <= %(day)s)), 0) as fen
    from lending_loan l where l.facility_id = f.id and l.status = 'active'
) due
where f.settlement_account is not null and f.status in ('open', 'frozen') and f.id between %(first)s and %(last)s
    and due.fen > 0 and not {BEYOND} and not {UNDER_WAY}
on conflict (facility, "on") do nothing
"""
AHEAD = f"""
select f.id from lending_facility f
where f.settlement_account is not null and f.status in ('open', 'frozen') and f.id between %(first)s and %(last)s
    and {BEYOND} and not {UNDER_WAY}
    and not exists (select from lending_collection c where c.facility = f.id and c."on" = %(day)s)
order by f.id
"""


def order(day: date, first: int, last: int) -> int:
    """Write down what is to be taken on a day from the accounts of the facilities with these numbers; how many.

    Where customers have acted on a later day, before a missed one was closed, it is what was due on the day itself.
    """
    lot: dict[str, date | int] = {"day": day, "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(ORDER, lot)
        ordered = int(cursor.rowcount)
        cursor.execute(AHEAD, lot)
        ahead = [FacilityId(facility) for (facility,) in cursor.fetchall()]
    return ordered + sum(_order_of_the_past(facility, day) for facility in ahead)


def _order_of_the_past(facility: FacilityId, day: date) -> int:
    row = FacilityRow.objects.select_for_update(no_key=True).get(id=facility)
    life = past.play(row, past.acts_of(facility), until=day)
    assert not isinstance(life, Refused), life
    fen = sum(sum(debt.fallen().values()) for debt in life.running())
    if not fen:
        return 0
    said = {"request": f"collect-{facility}-{day}", "account": row.settlement_account, "asked_fen": fen}
    CollectionRow.objects.create(facility=facility, on=day, status=ORDERED, **said)
    return 1


def carry_out(rail: Rail, *, at: datetime) -> tuple[int, int]:
    """Ask the bank for every open order, or what became of it; returns how many were taken, and how many fen."""
    orders = total = 0
    for row in CollectionRow.objects.filter(status__in=[ORDERED, SENT]).order_by("id").iterator(chunk_size=1_000):
        fen = _carry_out(row, rail, at)
        orders, total = orders + (fen > 0), total + fen
    return orders, total


def _carry_out(row: CollectionRow, rail: Rail, at: datetime) -> int:
    request = RequestId(row.request)
    if row.status == ORDERED:
        if not _still_due(row):
            CollectionRow.objects.filter(pk=row.pk, status=ORDERED).update(status=FAILED)
            return 0
        # Written down before the bank is asked: whoever goes on after a kill enquires, and does not ask again.
        if not CollectionRow.objects.filter(pk=row.pk, status=ORDERED).update(status=SENT, sent_at=at):
            return 0
        said = rail.collect(request, account=_account(row), fen=row.asked_fen)
        row.sent_at = at
    else:
        said = rail.enquire_collection(request, fen=row.asked_fen)
    if said.outcome is Outcome.UNKNOWN:
        said = rail.enquire_collection(request, fen=row.asked_fen)
    return _settle(row, said, at)


def _account(row: CollectionRow) -> str:
    approval = FacilityRow.objects.values_list("approval", flat=True).get(id=row.facility)
    return sealing.opened([(row.account, sealing.account_of(approval))])[0]


def _settle(row: CollectionRow, said: Taken, at: datetime) -> int:
    assert row.sent_at is not None, "an order that was sent says when"
    gone = said.outcome is Outcome.NEVER_SEEN and at - row.sent_at >= PATIENCE
    if said.outcome is Outcome.REJECTED or gone:
        CollectionRow.objects.filter(pk=row.pk, status=SENT).update(status=FAILED)
        return 0
    if said.outcome is not Outcome.PAID:
        return 0
    with transaction.atomic():
        if not CollectionRow.objects.filter(pk=row.pk, status=SENT).update(status=TAKEN, taken_fen=said.fen):
            return 0
        facility, request = FacilityId(row.facility), RequestId(row.request)
        answer = collected(facility, said.fen, request=request, value_on=row.on, at=at)
        if not isinstance(answer, Acted):  # paid by the customer meanwhile: it is the customer's money
            general = chart.general()
            line = transfer(general[chart.BANK], general[chart.UNALLOCATED], Money(said.fen), code=chart.KEEP)
            kept = ledger.book([line], request=RequestId(f"{request}/kept"), on=first_open(row.on), at=at)
            assert not isinstance(kept, Refused), kept
    return said.fen


def _still_due(row: CollectionRow) -> bool:
    """Whether what was ordered is still due: the customer may have paid since."""
    debts = owing.debts_of(FacilityId(row.facility))
    return sum(sum(debt.fallen().values()) for debt in debts) >= row.asked_fen
