"""The keys' acts: rotate the master key without downtime, destroy the keys of whom or what is to be erased.

A rotation walks: (1) the keyset file gets one more key, which wraps from then on; (2) every key of the book that an
older key wraps is wrapped anew, a few thousand a transaction; (3) when none is left, the older keys leave the file, and
with them every old copy of the book's keys, in backups and in the database's own log, becomes useless. Killed anywhere,
the same command goes on where it stopped; reads and deliveries run all the while, as both keys open until step 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.db import ProgrammingError, connection, transaction
from django.db.models import Q, QuerySet

from puhui import days
from puhui.governance import keyset, vault
from puhui.governance.keyset import Master
from puhui.governance.models import DataKey, MasterKey, Scope
from puhui.governance.services import record
from puhui.progress import Step
from puhui.refusals import BadInput, NotReady

AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Keys:
    """The state of the keys: which master key the book is under, and how many of its keys each one wraps."""

    current: int | None
    held: tuple[int, ...]
    wrapped_by: dict[int, int]
    destroyed: int
    file: str | None

    @property
    def rotating(self) -> bool:
        """True while an older key still wraps some of the book's keys, or has not left the keyset."""
        return len(self.held) > 1 or len(self.wrapped_by) > 1


@dataclass(frozen=True, slots=True)
class Rotated:
    """The answer to a rotation. `resumed` when an earlier one had been stopped half-way."""

    old: tuple[int, ...]
    new: int
    rewrapped: int
    resumed: bool


def keys() -> Keys:
    """The state of the keys. Raises NotReady when the keyset is lost or another's."""
    master = vault.master_for_book()
    counts: dict[int, int] = {}
    for of in DataKey.objects.filter(wrapped__isnull=False).values_list("master", flat=True).iterator():
        counts[of] = counts.get(of, 0) + 1
    destroyed = DataKey.objects.filter(wrapped__isnull=True).count()
    return Keys(_current(), tuple(sorted(master.ids)), counts, destroyed, str(master.file) if master.file else None)


def rotate(*, by: str, tell: Step | None = None) -> Rotated:
    """Put the book under a new master key, or go on with a rotation that was stopped.

    Raises NotReady when the keyset comes from the environment and has no new key yet: `write_next` makes that one.
    """
    with _alone():
        with transaction.atomic():
            master = vault.wrapping()
        resumed = master.primary != _current() or len(master.ids) > 1 or _left(master.primary).exists()
        if not resumed:
            master = _with_new_key(master)
        _begin_wrapping_with(master.primary)
        rewrapped = _rewrapped(master, tell)
        old = tuple(sorted(master.ids - {master.primary}))
        with transaction.atomic(), _ring_alone():
            assert not _left(master.primary).exists(), "a key was wrapped by an old master key after the new one came"
            if master.file is not None and old:
                keyset.write(keyset.with_primary_only(master), master.file)
            record("rotate", str(master.primary), {"old": list(old), "rewrapped": rewrapped, "resumed": resumed}, by=by)
    return Rotated(old, master.primary, rewrapped, resumed)


def write_next(file: Path, *, only_current: bool = False) -> int:
    """Write the keyset that is to come after this one to a file (mode 0600): with one more key, or (`only_current`)
    without the old ones. For keysets in the environment, which no command can change. Returns its primary key's id.
    """
    master = vault.master_for_book()
    if file.exists():
        raise BadInput(f"{file} is there already", then="name a file that is not: a keyset is never overwritten")
    if only_current and (_left(master.primary).exists() or master.primary != _current()):
        raise BadInput("older keys still wrap keys of this book", then="run `puhui keys rotate` first")
    keyset.write(keyset.with_primary_only(master) if only_current else keyset.with_new_key(master), file)
    return master.primary


def destroy(holders: Q) -> int:
    """Destroy the living keys that match, in the caller's transaction; returns how many.

    Their rows stay, so that what they sealed is known to be erased. The pseudonym key is never among them.
    """
    living = DataKey.objects.filter(holders, wrapped__isnull=False).exclude(scope=Scope.PSEUDONYMS)
    return living.update(wrapped=None, destroyed_at=days.now())


def scour() -> None:
    """Rewrite the table of keys, so that what was destroyed is gone from its file too. Not within a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("vacuum full governance_datakey")
        with suppress(ProgrammingError):  # in a database of others we may not have the right; its own will come
            cursor.execute("checkpoint")


def _rewrapped(master: Master, tell: Step | None) -> int:
    done, whole = 0, _left(master.primary).count()
    while batch := _rewrap_some(master):
        done += batch
        if tell is not None:
            tell(done / max(whole, done), f"{done:,} of {whole:,} keys")
    return done


def _rewrap_some(master: Master) -> int:
    with transaction.atomic():
        rows = list(_left(master.primary).select_for_update()[:AT_ONCE])
        for row in rows:
            secret = vault.unwrapped(row, master)
            row.wrapped, row.master = vault.wrapped(secret, vault.holder_of(row), master), master.primary
        DataKey.objects.bulk_update(rows, ["wrapped", "master"], batch_size=500)
    return len(rows)


def _with_new_key(master: Master) -> Master:
    if master.file is None:
        raise NotReady(
            "the keyset comes from the environment, which no command can change",
            then="run `puhui keys next FILE`, put what it wrote into PUHUI_KEYSET everywhere, and rotate again",
        )
    with transaction.atomic(), _ring_alone():
        keyset.write(keyset.with_new_key(master), master.file)
    found = keyset.load()
    assert found is not None
    return found


def _begin_wrapping_with(primary: int) -> None:
    """From here on a process whose keyset lacks the new key is refused, before it could wrap with the old one."""
    with transaction.atomic(), _ring_alone():
        if _current() != primary:
            MasterKey.objects.filter(retired_at__isnull=True).update(retired_at=days.now())
            MasterKey.objects.update_or_create(key=primary, defaults={"since": days.now(), "retired_at": None})


def _left(primary: int) -> QuerySet[DataKey]:
    """The keys that an older master key wraps."""
    return DataKey.objects.filter(wrapped__isnull=False).exclude(master=primary)


def _current() -> int | None:
    return MasterKey.objects.filter(retired_at__isnull=True).values_list("key", flat=True).first()


@contextmanager
def _ring_alone() -> Iterator[None]:
    """Nobody wraps a key until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [vault.RING])
    yield


@contextmanager
def _alone() -> Iterator[None]:
    """One rotation at a time; the database frees the lock of a process that dies."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [vault.RING + 1])
        (mine,) = cursor.fetchone()
        if not mine:
            raise NotReady(
                "another process is rotating the keys", then="wait for it: `puhui keys status` shows how far"
            )
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [vault.RING + 1])
