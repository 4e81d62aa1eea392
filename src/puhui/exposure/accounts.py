"""Caps as accounts of the ledger: how they are opened, used, set free, and what happens above a cap.

A cap's accounts hold its amount as credits; what is drawn debits them, and debits must not exceed credits. A wide cap
(a trade, a product) is cut into several accounts, one of which is a line's home; room moves between them when a home
has too little. What is used beyond the amount, because the cap was lowered or firms were joined, stands on the cap's
`over` account: while it does, nothing is free, and what is repaid is taken from it first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from zlib import crc32

from django.db import connection

from puhui.exposure.caps import RULES, SHARDS, WIDE, CapKey, Counts, Force, Scope
from puhui.exposure.models import CapRow
from puhui.ledger import selectors as ledger
from puhui.ledger.accounts import Balance, Bound, NewAccount
from puhui.ledger.lines import AccountId, Line, reserve, transfer
from puhui.money import Money

GENERAL, CAP, OVER, GUIDE = 30, 31, 32, 33  # codes of accounts
GRANT, USE, FREE, EXCEED, ABSORB, GATHER = range(40, 46)  # what a transfer is for
COUNTER = "exposure/caps"  # the other side of every cap; the room's second migration has opened it
HOLDING = frozenset((rule.scope, rule.counts) for rule in RULES if rule.force is Force.HOLDS) | {
    (Scope.GUARANTOR, Counts.GUARANTEED)
}


@dataclass(frozen=True, slots=True)
class Cap:
    """A cap that lines are counted in. One that only guides has a general account: it is summed, and refuses nothing.

    Its terms never change, so that it is read once.
    """

    id: int
    key: CapKey
    accounts: tuple[AccountId, ...]
    over: AccountId

    @property
    def holds(self) -> bool:
        """Whether a draw beyond it is refused."""
        return (self.key.scope, self.key.counts) in HOLDING

    def home(self, line: str) -> AccountId:
        """The account that a line draws on."""
        return self.accounts[crc32(line.encode()) % len(self.accounts)]


@dataclass(frozen=True, slots=True)
class Room:
    """What a cap holds now, in fen: what is free in each account, and what is used beyond the amount."""

    free: tuple[int, ...]
    over: int
    pending: int

    @property
    def free_in_all(self) -> int:
        """What may still be drawn."""
        return sum(self.free)


def new_accounts(key: CapKey) -> list[NewAccount]:
    """The accounts of a cap: its own, then the one for what is above it."""
    name = f"cap/{key.scope}/{key.subject}/{key.counts}"
    if (key.scope, key.counts) not in HOLDING:
        return [NewAccount(name, GUIDE, general=True)]
    count = SHARDS if key.scope in WIDE else 1
    own = [NewAccount(f"{name}/{n}", CAP, Bound.DEBITS_MUST_NOT_EXCEED_CREDITS) for n in range(count)]
    return [*own, NewAccount(f"{name}/over", OVER, Bound.CREDITS_MUST_NOT_EXCEED_DEBITS)]


_known: dict[tuple[str, int], Cap] = {}


def caps(ids: Iterable[int]) -> list[Cap]:
    """Caps by their numbers, in that order."""
    database = str(connection.settings_dict["NAME"])
    wanted = list(ids)
    if missing := [each for each in wanted if (database, each) not in _known]:
        for row in CapRow.objects.filter(pk__in=missing):
            _known[database, row.pk] = cap_of(row)
    return [_known[database, each] for each in wanted]


def cap_of(row: CapRow) -> Cap:
    """The cap of a row."""
    key = CapKey(Scope(row.scope), row.subject, Counts(row.counts))
    return Cap(row.pk, key, tuple(map(AccountId, row.accounts)), AccountId(row.over_account))


def rooms(wanted: Iterable[Cap], held: Mapping[AccountId, Balance] | None = None) -> dict[int, Room]:
    """What caps that hold have free, by number: from what was read under lock, else as they stand now."""
    listed = [each for each in wanted if each.holds]
    if held is None:
        held = ledger.balances([account for cap in listed for account in (*cap.accounts, cap.over)])
    return {
        cap.id: Room(
            tuple(held[account].free_to_debit for account in cap.accounts),
            held[cap.over].net_debit,
            sum(held[account].debits_pending for account in cap.accounts),
        )
        for cap in listed
    }


def use(cap: Cap, line: str, fen: int, *, pending: bool) -> Line:
    """Count an amount in: hold it back until the bank has paid, or at once."""
    do = reserve if pending else transfer
    return do(cap.home(line), counter(), Money(fen), code=USE)


def give_back(cap: Cap, line: str, fen: int, over: int) -> list[Line]:
    """Set an amount free; as far as the cap is exceeded, it is not free for others."""
    lines = [transfer(counter(), cap.home(line), Money(fen), code=FREE)]
    return lines + absorb(cap, line, min(fen, over))


def absorb(cap: Cap, line: str, fen: int) -> list[Line]:
    """Take free room back from a cap that is exceeded."""
    return [transfer(cap.home(line), cap.over, Money(fen), code=ABSORB)] if fen > 0 else []


def exceed(cap: Cap, line: str, fen: int) -> list[Line]:
    """Make room beyond the amount for what stands already: where caps are lowered, and where firms join."""
    return [transfer(cap.over, cap.home(line), Money(fen), code=EXCEED)] if fen > 0 else []


def exceed_and_use(cap: Cap, line: str, fen: int, room: Room | None) -> list[Line]:
    """Count in at once what stands already, beyond the amount if it must be. The caller holds the accounts locked."""
    missing = 0 if room is None else max(0, fen - room.free_in_all)
    moved = [] if room is None or len(cap.accounts) == 1 else gather(cap, line, room, fen - missing)
    return [*moved, *exceed(cap, line, missing), use(cap, line, fen, pending=False)]


def gather(cap: Cap, line: str, room: Room, fen: int) -> list[Line]:
    """Bring room for an amount to a line's home, from where there is most. The caller holds all accounts locked."""
    home = cap.home(line)
    free = dict(zip(cap.accounts, room.free, strict=True))
    lines, short = [], fen - free.pop(home)
    # What is moved is more than the lack, so that the next draw at this home finds room as well.
    even = room.free_in_all // len(cap.accounts)
    for account, found in sorted(free.items(), key=lambda one: -one[1]):
        if short <= 0:
            break
        moved = min(found, max(short, found - even))
        if moved > 0:
            lines.append(transfer(account, home, Money(moved), code=GATHER))
            short -= moved
    return lines


def to_amount(cap: Cap, change: int) -> list[Line]:
    """Raise or lower a cap's amount. The caller is alone with the cap.

    What stands above the cap is within a raised one first; what a lowered one has not free, stands above it.
    """
    room = rooms([cap])[cap.id]
    if change >= 0:
        within = min(change, room.over)
        lines = grants(cap, change - within)
        return lines + ([transfer(counter(), cap.over, Money(within), code=ABSORB)] if within else [])
    lines, left = [], -change
    for account, free in sorted(zip(cap.accounts, room.free, strict=True), key=lambda one: -one[1]):
        if taken := min(free, left):
            lines.append(transfer(account, counter(), Money(taken), code=GRANT))
            left -= taken
    return lines + ([transfer(cap.over, counter(), Money(left), code=EXCEED)] if left else [])


def grants(cap: Cap, fen: int) -> list[Line]:
    """Share an amount out over a cap's accounts, to the fen."""
    each, more = divmod(fen, len(cap.accounts))
    parts = [each + (place < more) for place in range(len(cap.accounts))]
    return [
        transfer(counter(), account, Money(part), code=GRANT)
        for account, part in zip(cap.accounts, parts, strict=True)
        if part
    ]


def counter() -> AccountId:
    """The general account on the other side of every cap."""
    return _counter(str(connection.settings_dict["NAME"]))


@cache
def _counter(database: str) -> AccountId:
    assert database
    return ledger.accounts([COUNTER])[COUNTER].id
