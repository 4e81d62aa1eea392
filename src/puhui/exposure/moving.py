"""A line whose firm has moved: what it holds of its old caps goes to the new ones, a draw under way included.

The caller is alone with the caps (`opening.alone`): no draw begins, and none is half done, meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import F

from puhui.exposure import accounts
from puhui.exposure.accounts import Cap
from puhui.exposure.caps import Scope
from puhui.exposure.holding import PENDING
from puhui.exposure.lines import ENDED, counted, parts_of
from puhui.exposure.models import CapRow, HoldRow, LineRow, PlaceRow
from puhui.exposure.opening import ensured, keys_of
from puhui.ids import RequestId
from puhui.ledger import services as ledger
from puhui.ledger.lines import Line, TransferId, void
from puhui.money import Money
from puhui.refusals import Refused


def move_lines(firms: Collection[str], *, run: str, on: date, at: datetime) -> set[int]:
    """Let the lines of firms hold the caps of where the firms stand now; returns the caps that gained use."""
    places = {row.firm: row for row in PlaceRow.objects.filter(pk__in=list(firms))}
    gained: set[int] = set()
    for row in LineRow.objects.select_for_update().filter(firm__in=list(firms)).exclude(status=ENDED).order_by("id"):
        before = accounts.caps(row.caps)
        guarantors = [cap.key.subject for cap in before if cap.key.scope is Scope.GUARANTOR]
        after = ensured(keys_of(row.firm, row.product, row.branch, places.get(row.firm), guarantors), on=on, at=at)
        if [cap.id for cap in before] != [cap.id for cap in after]:
            gained |= _move(row, before, after, RequestId(f"{run}/{row.pk}"), on=on, at=at)
    return gained


def _move(row: LineRow, before: list[Cap], after: list[Cap], request: RequestId, *, on: date, at: datetime) -> set[int]:
    holds = list(HoldRow.objects.filter(line=row, status=PENDING).order_by("id"))
    used = dict(zip(row.caps, row.used, strict=True))
    left = [cap for cap in before if cap not in after]
    new = [cap for cap in after if cap not in before]
    lines: list[Line] = []
    for cap in left:
        lines += _leave(cap, row, used.pop(cap.id), holds)
    reserved: list[tuple[HoldRow, Cap, int, int]] = []  # where in the act a hold's new transfer is
    for cap in new:
        drawn = counted(cap.key.counts, parts_of(row.drawn), Money(0)).fen
        pending = [(hold, counted(cap.key.counts, parts_of(hold.parts), Money(0)).fen) for hold in holds]
        lines += _arrive(cap, row, drawn, sum(fen for _, fen in pending))
        for hold, fen in pending:
            if fen:
                reserved.append((hold, cap, fen, len(lines)))
                lines.append(accounts.use(cap, row.line, fen, pending=True))
        used[cap.id] = drawn + sum(fen for _, fen in pending)
    transfers: tuple[TransferId | None, ...] = ()
    if lines:
        booked = ledger.book(lines, request=request, on=on, at=at)
        assert not isinstance(booked, Refused), booked
        transfers = booked.transfers
    _rewrite(
        holds, {cap.id for cap in left}, [(hold, cap, fen, transfers[place]) for hold, cap, fen, place in reserved]
    )
    row.caps, row.used = [cap.id for cap in after], [used[cap.id] for cap in after]
    row.save(update_fields=["caps", "used"])
    limit = sum(row.limits)
    CapRow.objects.filter(pk__in=[cap.id for cap in left]).update(committed_fen=F("committed_fen") - limit)
    CapRow.objects.filter(pk__in=[cap.id for cap in new]).update(committed_fen=F("committed_fen") + limit)
    return {cap.id for cap in new}


def _leave(cap: Cap, row: LineRow, used: int, holds: list[HoldRow]) -> list[Line]:
    over = accounts.rooms([cap])[cap.id].over if cap.holds else 0
    lines: list[Line] = []
    for hold in holds:
        for held, fen, transfer in zip(hold.caps, hold.amounts, hold.transfers, strict=True):
            if held == cap.id:
                taken = min(over, fen)
                lines += [void(TransferId(transfer)), *accounts.absorb(cap, row.line, taken)]
                used, over = used - fen, over - taken
    return lines + (accounts.give_back(cap, row.line, used, over) if used else [])


def _arrive(cap: Cap, row: LineRow, drawn: int, pending: int) -> list[Line]:
    """Room for what comes, beyond the amount if it must be, and what is drawn counted in."""
    if not drawn + pending:
        return []
    lines: list[Line] = []
    if cap.holds:
        room = accounts.rooms([cap])[cap.id]
        missing = max(0, drawn + pending - room.free_in_all)
        lines = accounts.gather(cap, row.line, room, drawn + pending - missing) if len(cap.accounts) > 1 else []
        lines += accounts.exceed(cap, row.line, missing)
    return lines + ([accounts.use(cap, row.line, drawn, pending=False)] if drawn else [])


def _rewrite(holds: list[HoldRow], left: set[int], new: list[tuple[HoldRow, Cap, int, TransferId | None]]) -> None:
    """Let each draw under way know which reservations it holds now."""
    for hold in holds:
        kept = [each for each in zip(hold.caps, hold.amounts, hold.transfers, strict=True) if each[0] not in left]
        kept += [(cap.id, fen, int(transfer or 0)) for of, cap, fen, transfer in new if of is hold]
        hold.caps, hold.amounts, hold.transfers = ([each[n] for each in kept] for n in range(3))
        hold.save(update_fields=["caps", "amounts", "transfers"])
