"""Taking what is due from the settlement accounts, at the close of a day, through the payment bank.

Each facility with something due and an account to take it from gets one order a day, written down before the bank is
asked. Promises that the bank is asked once for an order and that what it has taken is booked once, valued on the day of
the order: a lost answer is cleared by enquiry, in this close or a later one, and while it is not, nothing more is
ordered. No lock is held while the bank is asked. Refuses nothing: what finds nothing to pay is kept apart, to be given
back.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import islice

from django.db import connection, transaction

from puhui.ids import RequestId
from puhui.ledger import services as ledger
from puhui.ledger.lines import transfer
from puhui.lending import chart, sealing
from puhui.lending.acts import past
from puhui.lending.acts.acting import Acted, first_open
from puhui.lending.acts.repaying import collected
from puhui.lending.close import settling
from puhui.lending.facility import FacilityId
from puhui.lending.models import CollectionRow, FacilityRow
from puhui.lending.rail import Order, Outcome, Rail, Taken
from puhui.lending.standing import ROUNDED
from puhui.money import Money
from puhui.refusals import Refused

ORDERED, SENT, TAKEN, FAILED = "ordered", "sent", "taken", "failed"
AT_ONCE = 200  # orders in one message to the bank
GIVES_UP = 3  # messages in a row to which the bank says nothing that is clear
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
    """Ask the bank for every open order, or what became of it, many at once; returns how many were taken, and fen.

    A bank that says nothing several times in a row is left alone until the next close, which takes up what is open.
    """
    orders = total = unanswered = 0
    rows = iter(CollectionRow.objects.filter(status__in=[ORDERED, SENT]).order_by("id").values_list("id", flat=True))
    while unanswered < GIVES_UP and (numbers := list(islice(rows, AT_ONCE))):
        fens = _carry_out(numbers, rail, at)
        orders, total = orders + sum(fen > 0 for fen in fens), total + sum(fens)
        unanswered = 0 if fens else unanswered + 1
    return orders, total


def _carry_out(numbers: list[int], rail: Rail, at: datetime) -> list[int]:
    """Give orders that were not given yet and enquire after the others; what the bank left open is enquired after.

    Returns what was taken for each order of which the bank has clearly said what became of it.
    """
    enquired = list(CollectionRow.objects.filter(pk__in=numbers, status=SENT).order_by("id"))
    given = _to_give(numbers, at)
    said = list(zip(given, rail.collect(_orders(given)), strict=True)) if given else []
    clear = [(row, taken) for row, taken in said if taken.outcome is not Outcome.UNKNOWN]
    enquired += [row for row, taken in said if taken.outcome is Outcome.UNKNOWN]
    asked = [Order(RequestId(row.request), row.asked_fen) for row in enquired]
    found = zip(enquired, rail.enquire_collections(asked), strict=True) if enquired else ()
    clear += [(row, taken) for row, taken in found if taken.outcome is not Outcome.UNKNOWN]
    at_once = _settle_at_once(clear, at)
    return [row.asked_fen if row.pk in at_once else _settle(row, taken, at) for row, taken in clear]


def _settle_at_once(clear: list[tuple[CollectionRow, Taken]], at: datetime) -> set[int]:
    """Book what was taken whole, the orders of a day together; what is left is settled one by one."""
    of_day = defaultdict[date, list[int]](list)
    for row, said in clear:
        if said.outcome is Outcome.PAID and said.fen == row.asked_fen:
            of_day[row.on].append(row.pk)
    return {number for day, numbers in of_day.items() for number in settling.settle(day, numbers, at=at)}


def _to_give(numbers: list[int], at: datetime) -> list[CollectionRow]:
    """Orders that are this close's to give: still due, and written down as sent before the bank is asked.

    Whoever goes on after a kill finds them sent, and enquires: an order is given once.
    """
    ordered = CollectionRow.objects.filter(pk__in=numbers, status=ORDERED).order_by("id")
    paid = settling.paid_meanwhile(numbers)
    CollectionRow.objects.filter(pk__in=paid, status=ORDERED).update(status=FAILED)
    with transaction.atomic():
        mine = list(ordered.select_for_update(skip_locked=True))
        CollectionRow.objects.filter(pk__in=[row.pk for row in mine]).update(status=SENT, sent_at=at)
    for row in mine:
        row.sent_at = at
    return mine


def _orders(rows: list[CollectionRow]) -> list[Order]:
    approvals = dict(FacilityRow.objects.filter(id__in=[row.facility for row in rows]).values_list("id", "approval"))
    accounts = sealing.opened([(row.account, sealing.account_of(approvals[row.facility])) for row in rows])
    return [Order(RequestId(row.request), row.asked_fen, account) for row, account in zip(rows, accounts, strict=True)]


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
