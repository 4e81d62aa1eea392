"""What a draw holds of the caps, in the same act of the ledger as the draw itself; and how it is set free.

Promises that no cap that holds is ever exceeded by a draw, under any concurrency, and that a refusal names the cap. A
draw is booked in one round trip; only where a wide cap's home account has too little are all its accounts locked and
room brought home, so that a draw is refused for a wide cap only when all of it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import F

from puhui.exposure import accounts
from puhui.exposure.accounts import Cap, Room
from puhui.exposure.caps import CapKey, Counts, Scope, binding
from puhui.exposure.lines import OPEN, bearing, counted, fen_of, parts_of
from puhui.exposure.models import CapRow, HoldRow, LineRow
from puhui.exposure.opening import decision, ensured, share
from puhui.ids import EnterpriseId, RequestId
from puhui.ledger import services as ledger
from puhui.ledger.lines import AccountId, Line, TransferId, post, void
from puhui.ledger.services import Booked
from puhui.mitigation import selectors as mitigation
from puhui.mitigation.parts import Part, Parts, drawn_under, left_under
from puhui.mitigation.selectors import Secured
from puhui.money import Money
from puhui.refusals import Code, Refused

PENDING, POSTED, VOIDED = "pending", "posted", "voided"
Answer = Booked | Refused


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an act counts into or out of a cap."""

    cap: Cap
    fen: int


def hold_draw(line: str, own: Sequence[Line], amount: Money, *, request: RequestId, on: date, at: datetime) -> Answer:
    """Book a draw's own lines, and in the same act hold its amount of every cap that counts the line.

    Returns the transfers of the own lines. Refuses ABOVE_CAP (which cap, what is free, by which rule), NOT_SECURED
    (what each part has room for), LINE_NOT_OPEN, and what the ledger refuses of the own lines. The caller has the
    line's facility locked.
    """
    share()
    row = LineRow.objects.filter(line=line).first()
    if row is None or row.status != OPEN:
        return Refused(Code.LINE_NOT_OPEN, {"line": line})
    if amount.fen <= 0:
        return Refused(Code.AMOUNT_NOT_POSITIVE, {"asked": amount.fen})
    used = parts_of(row.drawn) + parts_of(row.pending)
    secured = mitigation.secured(line, on=on) if any(row.limits[1:]) else None
    if secured is not None:
        count_guarantors(row, secured, on=on, at=at)
    placed = _placed(row, amount, used, secured)
    if isinstance(placed, Refused):
        return placed
    wanted = _changes(row, used + placed, secured)
    taking = [each for each in wanted if each.fen > 0]
    booked = _book(row.line, own, taking, request=RequestId(f"{request}/reserve"), on=on, at=at)
    if isinstance(booked, Refused):
        return booked
    own_transfers, held = booked.transfers[: len(own)], booked.transfers[len(booked.transfers) - len(taking) :]
    HoldRow.objects.create(
        request=request,
        line=row,
        parts=fen_of(placed),
        caps=[each.cap.id for each in taking],
        amounts=[each.fen for each in taking],
        transfers=list(held),
        status=PENDING,
    )
    row.pending = [a + b for a, b in zip(row.pending, fen_of(placed), strict=True)]
    row.used = _with(row, {each.cap.id: each.fen for each in taking})
    row.save(update_fields=["pending", "used"])
    return Booked(booked.act, own_transfers)


def settle_draw(
    draw: RequestId, own: Sequence[Line], *, paid: bool, request: RequestId, on: date, at: datetime
) -> Answer:
    """Book that the bank has paid a draw, or has not: what it held of the caps stays, or is free again."""
    share()
    hold = HoldRow.objects.filter(request=draw).first()
    if hold is None:  # a draw from before this room kept caps
        return ledger.book(own, request=request, on=on, at=at)
    assert hold.status == PENDING, f"{draw} has been settled"
    row = LineRow.objects.get(pk=hold.line_id)
    lines = [(post if paid else void)(TransferId(each)) for each in hold.transfers]

    def freed(rooms: dict[int, Room]) -> list[Line]:
        back = [] if paid else list(zip(accounts.caps(hold.caps), hold.amounts, strict=True))
        return [
            line
            for cap, fen in back
            if cap.holds
            for line in accounts.absorb(cap, row.line, min(fen, rooms[cap.id].over))
        ]

    touched = accounts.caps(hold.caps)
    booked = _book_over([*own, *lines], touched, freed, lock=False, request=request, on=on, at=at)
    if isinstance(booked, Refused):
        return booked
    row.pending = [a - b for a, b in zip(row.pending, hold.parts, strict=True)]
    if paid:
        row.drawn = [a + b for a, b in zip(row.drawn, hold.parts, strict=True)]
    else:
        row.used = _with(row, {cap: -fen for cap, fen in zip(hold.caps, hold.amounts, strict=True)})
    row.save(update_fields=["pending", "drawn", "used"])
    hold.status = POSTED if paid else VOIDED
    hold.save(update_fields=["status"])
    return booked


def free_repaid(
    line: str,
    own: Sequence[Line],
    principal: Money,
    *,
    part: Part | None = None,
    request: RequestId,
    on: date,
    at: datetime,
) -> Answer:
    """Book a repayment's own lines, and in the same act set free what its principal held of the caps.

    The principal comes off the parts in the product's order; money that a guarantor or a sold thing brought in comes
    off its own `part` first. Principal below zero is owed again, because a payment turned out to have paid something
    else: it counts in every cap at once, above the cap if it must.
    """
    share()
    row = LineRow.objects.filter(line=line).first()
    if row is None or not principal:
        return ledger.book(own, request=request, on=on, at=at)
    back = tuple(Part(each) for each in row.back)
    if part is not None:
        back = (part, *(each for each in back if each is not part))
    secured = mitigation.secured(line, on=on) if any(row.limits[1:]) else None
    drawn = parts_of(row.drawn)
    if principal.fen > 0:
        left = left_under(principal, drawn, back, _cover(secured))
    else:
        placed = _placed(row, -principal, drawn + parts_of(row.pending), secured)
        left = drawn + (Parts(credit=-principal) if isinstance(placed, Refused) else placed)
    wanted = _changes(row, left + parts_of(row.pending), secured)
    freeing = [each for each in wanted if each.fen < 0]
    taking = [each for each in wanted if each.fen > 0]  # what lost its guarantee counts as unsecured from now on

    def freed(rooms: dict[int, Room]) -> list[Line]:
        lines = [accounts.exceed_and_use(each.cap, row.line, each.fen, rooms.get(each.cap.id)) for each in taking]
        lines += [
            accounts.give_back(each.cap, row.line, -each.fen, rooms[each.cap.id].over if each.cap.holds else 0)
            for each in freeing
        ]
        return [each for group in lines for each in group]

    caps = [each.cap for each in wanted]
    booked = _book_over(own, caps, freed, lock=bool(taking), request=request, on=on, at=at)
    if isinstance(booked, Refused):
        return booked
    row.drawn = fen_of(left)
    row.used = _with(row, {each.cap.id: each.fen for each in wanted})
    row.save(update_fields=["drawn", "used"])
    return booked


def count_guarantors(row: LineRow, secured: Secured, *, on: date, at: datetime) -> None:
    """Let a line count at those who have guaranteed it since it was opened. The caller saves nothing else of it."""
    there = {cap.key.subject for cap in accounts.caps(row.caps) if cap.key.scope is Scope.GUARANTOR}
    new = sorted({each.guarantor for each in secured.guarantees} - there)
    if new:
        caps = ensured([CapKey(Scope.GUARANTOR, each, Counts.GUARANTEED) for each in new], on=on, at=at)
        row.caps, row.used = [*row.caps, *(cap.id for cap in caps)], [*row.used, *(0 for _ in caps)]
        row.save(update_fields=["caps", "used"])
        CapRow.objects.filter(pk__in=[cap.id for cap in caps]).update(
            committed_fen=F("committed_fen") + sum(row.limits)
        )


def _placed(row: LineRow, amount: Money, used: Parts, secured: Secured | None) -> Parts | Refused:
    """The parts that a draw uses, as far as what secures the line carries it today."""
    limits = carried(row, secured)
    placed = drawn_under(amount, limits, used, tuple(Part(each) for each in row.order), _cover(secured))
    if placed is not None:
        return placed
    room = {str(part): max(0, limits.of(part).fen - used.of(part).fen) for part in Part}
    if amount + used.total > parts_of(row.limits).total:
        return Refused(Code.ABOVE_AVAILABLE, {"asked": amount.fen, "available": sum(row.limits) - used.total.fen})
    return Refused(Code.NOT_SECURED, {"asked": amount.fen, **room})


def carried(row: LineRow, secured: Secured | None) -> Parts:
    """The parts of a line as far as its security carries them."""
    limits = parts_of(row.limits)
    if secured is None:
        return limits
    guaranteed = sum((each.cap for each in secured.guarantees), Money(0))
    return Parts(limits.credit, min(limits.mortgage, secured.mortgage), min(limits.guarantee, guaranteed))


def _cover(secured: Secured | None) -> Callable[[Money], Money]:
    return secured.guarantee if secured is not None else lambda exposure: exposure


def _changes(row: LineRow, use: Parts, secured: Secured | None) -> list[Wanted]:
    """What each cap of a line counts more or less than before, once the line is used so."""
    borne = bearing(secured.guarantees, use.guarantee) if secured is not None else {}
    found = []
    for cap, before in zip(accounts.caps(row.caps), row.used, strict=True):
        theirs = borne.get(EnterpriseId(cap.key.subject), Money(0)) if cap.key.scope is Scope.GUARANTOR else Money(0)
        change = counted(cap.key.counts, use, theirs).fen - before
        if change:
            found.append(Wanted(cap, change))
    return found


def _with(row: LineRow, changes: dict[int, int]) -> list[int]:
    return [fen + changes.get(cap, 0) for cap, fen in zip(row.caps, row.used, strict=True)]


def _book(
    line: str, own: Sequence[Line], taking: Sequence[Wanted], *, request: RequestId, on: date, at: datetime
) -> Answer:
    """One round trip when every home has room; else, for a wide cap, once more with all its accounts locked."""
    lines = [*own, *(accounts.use(each.cap, line, each.fen, pending=True) for each in taking)]
    with transaction.atomic():
        booked = ledger.book(lines, request=request, on=on, at=at)
        if not isinstance(booked, Refused):
            return booked
        place = booked.details.get("line", 0) - len(own) - 1
        if place < 0 or booked.code is not Code.EXCEEDS_CREDITS:
            return booked
        transaction.set_rollback(True)  # so that no lock is kept, and the next act takes its own in order
    held = ledger.hold([*_touched(lines), *(a for each in taking for a in (*each.cap.accounts, each.cap.over))])
    rooms = accounts.rooms([each.cap for each in taking], held)
    broken = [each for each in taking if each.cap.holds and rooms[each.cap.id].free_in_all < each.fen]
    if broken:
        return _above(broken, rooms, on=on)
    gathered = [
        moved
        for each in taking
        if each.cap.holds and len(each.cap.accounts) > 1
        for moved in accounts.gather(each.cap, line, rooms[each.cap.id], each.fen)
    ]
    booked = ledger.book([*gathered, *lines], request=request, on=on, at=at)
    if isinstance(booked, Refused):
        return booked
    return Booked(booked.act, booked.transfers[len(gathered) :])


def _book_over(
    own: Sequence[Line],
    caps: Sequence[Cap],
    more: Callable[[dict[int, Room]], list[Line]],
    *,
    lock: bool,
    request: RequestId,
    on: date,
    at: datetime,
) -> Answer:
    """Book lines that set caps free. Where one is exceeded, its accounts are locked first, and it takes its own back.

    Nobody can begin to exceed a cap meanwhile: who does that waits for this act (`opening.alone`).
    """
    rooms = accounts.rooms(caps)
    if lock or any(room.over for room in rooms.values()):
        lines = [*own, *more(rooms)]
        rooms = accounts.rooms(caps, ledger.hold([*_touched(lines), *(a for c in caps for a in (*c.accounts, c.over))]))
    lines = [*own, *more(rooms)]
    return ledger.book(lines, request=request, on=on, at=at)


def _touched(lines: Sequence[Line]) -> list[AccountId]:
    return [account for line in lines for account in (line.debit, line.credit) if account is not None]


def _above(broken: Sequence[Wanted], rooms: dict[int, Room], *, on: date) -> Refused:
    """The refusal, in facts: the first cap that breaks, and the names of the others."""
    first = broken[0]
    key, room = first.cap.key, rooms[first.cap.id]
    facts: dict[str, object] = {
        "cap": str(key),
        "asked": first.fen,
        "free": room.free_in_all,
        **({"over": room.over} if room.over else {}),
    }
    if key.scope is Scope.GUARANTOR:
        facts["rule"] = "guarantor's capacity"
    else:
        rule, decided = binding(key.scope, key.counts, on=on), decision(key, on=on)
        facts |= {"rule": rule.rule.name, "source": rule.source}
        if decided is not None and decided[0] < rule.amount:
            facts |= {"rule": "decided", "source": decided[1]}
    if broken[1:]:
        facts["also"] = ", ".join(str(each.cap.key) for each in broken[1:])
    return Refused(Code.ABOVE_CAP, facts)
