"""Calls on guarantees and sales of things: claims, each an account of the ledger, that receipts bring down to nothing.

Promises that nobody is claimed more than the guarantee covers, that no more is received than was claimed, and that a
claim says which part of a limit its money belongs to. Refuses NOTHING_TO_CLAIM, THING_UNKNOWN and CLAIM_UNKNOWN.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from puhui.governance import services as governance
from puhui.ids import EnterpriseId, RequestId
from puhui.ledger import selectors as books
from puhui.ledger import services as ledger
from puhui.ledger.accounts import Bound, NewAccount
from puhui.ledger.lines import AccountId, Line, transfer
from puhui.mitigation import guarantees, selectors
from puhui.mitigation.models import ClaimRow
from puhui.mitigation.parts import Part
from puhui.money import Money
from puhui.refusals import Code, Refused

COUNTER, CLAIM = 50, 51  # codes of accounts
CLAIMED, RECEIVED = 60, 61  # what a transfer is for
NAME = "mitigation/claims"


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed of whom for which part of a facility, and what of it has not come in yet."""

    number: int
    subject: str
    facility: str
    part: Part
    debtor: EnterpriseId
    amount: Money
    open: Money


def call(
    facility: str, loss: Money, *, request: RequestId, by: str, on: date, at: datetime
) -> tuple[Claim, ...] | Refused:
    """Call the guarantees of a facility for a loss: first-loss ones first, then the others by what they cover.

    Asked again, the first answer. Refuses NOTHING_TO_CLAIM when no guarantee that stands would pay.
    """
    with transaction.atomic():
        _alone()
        if first := ClaimRow.objects.filter(request=request):
            return tuple(_claim(row) for row in first.order_by("id"))
        behind = selectors.secured(facility, on=on).guarantees
        due = guarantees.split(behind, loss) if loss.fen > 0 else {}
        made = [
            _made(f"call {giver}", facility, Part.GUARANTEE, giver, amount=fen, request=request, by=by, on=on, at=at)
            for giver, fen in due.items()
            if fen
        ]
    return tuple(made) or Refused(Code.NOTHING_TO_CLAIM, {"facility": facility})


def sell(
    subject: str, facility: str, loss: Money, *, request: RequestId, by: str, on: date, at: datetime
) -> Claim | Refused:
    """Enforce our right over a thing: what it secures of a facility is claimed out of its sale, at most the loss."""
    with transaction.atomic():
        _alone()
        first = ClaimRow.objects.filter(request=request).first()
        if first is not None:
            return _claim(first)
        charged = selectors.around_thing(subject, on=on).things.get(subject)
        if charged is None or facility not in charged.charges:
            return Refused(Code.THING_UNKNOWN, {"subject": subject})
        amount = min(charged.charges[facility], loss)
        if charged.thing.perfected_on is None or amount.fen <= 0:
            return Refused(Code.NOTHING_TO_CLAIM, {"facility": facility})
        return _made(
            subject, facility, Part.MORTGAGE, charged.owner, amount=amount, request=request, by=by, on=on, at=at
        )


def claims(facility: str) -> list[Claim]:
    """The claims for a facility, the oldest first."""
    return [_claim(row) for row in ClaimRow.objects.filter(facility=facility).order_by("id")]


def claim(number: int) -> Claim | Refused:
    """One claim. Refuses CLAIM_UNKNOWN."""
    row = ClaimRow.objects.filter(pk=number).first()
    return Refused(Code.CLAIM_UNKNOWN, {"claim": number}) if row is None else _claim(row)


def receive_lines(number: int, amount: Money) -> list[Line]:
    """The lines by which money received brings a claim down: the caller books them with its own, in one act.

    The ledger refuses EXCEEDS_DEBITS when more comes in than was claimed.
    """
    row = ClaimRow.objects.get(pk=number)
    return [transfer(_counter(), AccountId(row.account), amount, code=RECEIVED)]


def _made(
    subject: str,
    facility: str,
    part: Part,
    debtor: EnterpriseId,
    *,
    amount: Money,
    request: RequestId,
    by: str,
    on: date,
    at: datetime,
) -> Claim:
    number = ClaimRow.objects.order_by("-id").values_list("pk", flat=True).first() or 0
    name = f"claim/{facility}/{number + 1}"[:120]
    opened = ledger.open_accounts([NewAccount(name, CLAIM, Bound.CREDITS_MUST_NOT_EXCEED_DEBITS)], on=on)
    assert not isinstance(opened, Refused), opened
    row = ClaimRow.objects.create(
        subject=subject, facility=facility, part=part, debtor=debtor, amount_fen=amount.fen, account=opened[0], on=on,
        at=at, by=by, request=request,
    )  # fmt: skip
    lines = [transfer(opened[0], _counter(), amount, code=CLAIMED)]
    booked = ledger.book(lines, request=RequestId(f"claim/{row.pk}"), on=on, at=at)
    assert not isinstance(booked, Refused), booked
    body = {"claim": row.pk, "of": debtor, "part": part, "fen": amount.fen, "on": on}
    governance.record("claim", facility, body, by=by)
    return _claim(row)


def _claim(row: ClaimRow) -> Claim:
    left = Money(books.balance(AccountId(row.account)).free_to_credit)
    debtor, amount = EnterpriseId(row.debtor), Money(row.amount_fen)
    return Claim(row.pk, row.subject, row.facility, Part(row.part), debtor, amount, left)


def _counter() -> AccountId:
    return books.accounts([NAME])[NAME].id


def _alone() -> None:
    """Claims are rare: one at a time."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(7018, 2026)")
