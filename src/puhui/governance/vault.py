"""The book's own keys, each wrapped by the master keyset, and what is sealed with them.

A cell is sealed twice: within by the key of its *subject* (one firm's file, or one person in that file), without by the
key of its *period* (one channel's year). To destroy either key is to erase all that it sealed, wherever copies lie.
The first layer goes with a person's right, the second with a retention period. Nothing is cached: a key that was
destroyed a moment ago opens nothing now.
"""

from __future__ import annotations

import struct
from base64 import b32encode
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

import tink
from django.db import connection, transaction
from tink import aead, prf, proto_keyset_format

from puhui import days, postgres
from puhui.governance import keyset
from puhui.governance.keyset import Master
from puhui.governance.models import DataKey, MasterKey, Scope
from puhui.governance.personal import MARKS, Kind, written_alike
from puhui.refusals import NotReady

RING = 7_013_2026  # the advisory lock: shared by who wraps, held alone by who changes the master keyset
HEAD = struct.Struct(">BQQ")  # version, subject's key, period's key
VERSION = 1
AT_ONCE = 5_000
PSEUDONYM_BYTES = 12  # 96 bits: a billion values collide with a chance of 6e-12; twenty characters
prf.register()


@dataclass(frozen=True, slots=True, order=True)
class Holder:
    """Whose key it is. Fields that do not apply stay empty."""

    scope: Scope
    enterprise: str = ""
    person: str = ""  # a pseudonym, never a number
    channel: str = ""
    year: int = 0
    reference: str = ""

    @property
    def bound(self) -> bytes:
        """What the wrapped key is bound to: put in another holder's row, it opens nothing."""
        return repr(tuple(asdict(self).values())).encode()


def subject(enterprise: str, person: str = "") -> Holder:
    """A firm's file, or a person in it."""
    return Holder(Scope.SUBJECT, enterprise=enterprise, person=person)


def period(channel: str, year: int) -> Holder:
    """A channel's year."""
    return Holder(Scope.PERIOD, channel=channel, year=year)


def delivery(reference: str) -> Holder:
    """The rows of a delivery that name no firm."""
    return Holder(Scope.DELIVERY, reference=reference)


class Sealer:
    """Seals the cells of one act. Keys that are not there yet are made; they stay when the act fails, at no harm."""

    def __init__(self) -> None:
        self._keys: dict[Holder, tuple[int, aead.Aead]] = {}

    def prepare(self, holders: Iterable[Holder]) -> None:
        """Fetch or make the keys of these holders, many at once."""
        wanted = sorted({holder for holder in holders if holder not in self._keys})
        for start in range(0, len(wanted), AT_ONCE):
            with transaction.atomic():
                self._keys |= _fetched_or_made(wanted[start : start + AT_ONCE])

    def seal(self, text: str, *, within: Holder, without: Holder, place: bytes) -> bytes:
        """A text sealed under both keys and bound to its place. The holders are prepared, or are now."""
        if within not in self._keys or without not in self._keys:
            self.prepare((within, without))
        (inner_id, inner), (outer_id, outer) = self._keys[within], self._keys[without]
        head = HEAD.pack(VERSION, inner_id, outer_id)
        return head + bytes(outer.encrypt(inner.encrypt(text.encode(), place), head))


def place_of(channel: str, column: str, enterprise: str) -> bytes:
    """What a sealed cell is bound to: moved to another firm's row, it does not open."""
    return f"{channel}|{column}|{enterprise}".encode()


def heads_of(enterprise: str) -> list[bytes]:
    """How every seal under a key of this firm's file begins, a living key or a destroyed one."""
    keys = DataKey.objects.filter(scope=Scope.SUBJECT, enterprise=enterprise).values_list("pk", flat=True)
    return [HEAD.pack(VERSION, key, 0)[:9] for key in keys]


def unseal(cells: Sequence[tuple[bytes, bytes]]) -> list[str | None]:
    """The texts of (sealed, place); None where a key has been destroyed: that text is erased, for ever.

    Raises NotReady when the master keyset is not the one that the book was sealed with.
    """
    heads = [HEAD.unpack_from(sealed) for sealed, _ in cells]
    assert all(version == VERSION for version, _, _ in heads), "sealed by a later version of Puhui"
    keys = _opened({key for _, inner, outer in heads for key in (inner, outer)})
    texts: list[str | None] = []
    for (sealed, place), (_, inner_id, outer_id) in zip(cells, heads, strict=True):
        inner, outer = keys[inner_id], keys[outer_id]
        if inner is None or outer is None:
            texts.append(None)
        else:
            layer = outer.decrypt(bytes(sealed[HEAD.size :]), bytes(sealed[: HEAD.size]))
            texts.append(inner.decrypt(layer, place).decode())
    return texts


class Pseudonyms:
    """Makes the stable names by which analytics know people: equal for equal values, in every firm and channel.

    They come from a keyed one-way function: not even the key turns one back into its value.
    """

    def __init__(self) -> None:
        self._compute = _pseudonym_key(postgres.url())

    def of(self, kind: Kind, text: str) -> str:
        """The pseudonym of a value, such as `id~4QEJ2XPLZ7GVWRJ6ZQGA`."""
        mark = MARKS[kind]
        told = f"{mark}|{written_alike(kind, text)}".encode()
        return f"{mark}~{b32encode(self._compute.compute(told, 16)[:PSEUDONYM_BYTES]).decode().rstrip('=')}"


def master_for_book() -> Master:
    """The master keyset, if it is this book's. Raises NotReady when it is lost, or another's."""
    wanted = MasterKey.objects.filter(retired_at__isnull=True).values_list("key", flat=True).first()
    found = keyset.load()
    if wanted is None:
        return found or keyset.make()
    if found is None:
        raise NotReady(
            f"the keyset of this book is not at {keyset.place()}",
            then="put it back from where you keep its copy; nothing is lost, and nothing sealed can be read until then",
        )
    if wanted not in found.ids:
        raise NotReady(
            f"the keyset holds {_ids(found.ids)}, and this book is sealed under key {wanted}",
            then="give Puhui the keyset of this book, or the newest one after a rotation; nothing was changed",
        )
    return found


def wrapping() -> Master:
    """The master keyset to wrap new keys with, held as it is until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(%s)", [RING])
    master = master_for_book()
    if not MasterKey.objects.filter(key=master.primary).exists():
        MasterKey.objects.bulk_create([MasterKey(key=master.primary, since=days.now())], ignore_conflicts=True)
        return master_for_book()
    return master


def wrapped(handle: tink.KeysetHandle, holder: Holder, master: Master) -> bytes:
    """A key as the book keeps it."""
    return bytes(proto_keyset_format.serialize_encrypted(handle, master.aead, holder.bound))


def unwrapped(row: DataKey, master: Master) -> tink.KeysetHandle:
    """A key of the book, opened."""
    assert row.wrapped is not None
    try:
        return proto_keyset_format.parse_encrypted(bytes(row.wrapped), master.aead, holder_of(row).bound)
    except tink.TinkError:
        raise NotReady(
            f"key {row.pk} of the book does not open under the keyset with {_ids(master.ids)}",
            then="give Puhui the keyset of this book; if it is, the row was tampered with: `puhui audit verify`",
        ) from None


def holder_of(row: DataKey) -> Holder:
    """Whose key a row is."""
    return Holder(Scope(row.scope), row.enterprise, row.person, row.channel, row.year, row.reference)


def _fetched_or_made(holders: list[Holder]) -> dict[Holder, tuple[int, aead.Aead]]:
    master = wrapping()
    found = _living(holders)
    absent = [holder for holder in holders if holder not in found]
    if absent:
        moment = days.now()
        made = []
        for holder in absent:
            handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM_RAW)
            fields = asdict(holder) | {"wrapped": wrapped(handle, holder, master), "master": master.primary}
            made.append(DataKey(**fields, made_at=moment))
        DataKey.objects.bulk_create(made, ignore_conflicts=True)  # another process may have been first
        found |= _living(absent)
    return {holder: (row.pk, unwrapped(row, master).primitive(aead.Aead)) for holder, row in found.items()}


def _living(holders: list[Holder]) -> dict[Holder, DataKey]:
    """Those of the holders that have a key now."""
    columns = ("scope", "enterprise", "person", "channel", "year", "reference")
    lists = [[getattr(holder, name) for holder in holders] for name in columns]
    rows = DataKey.objects.raw(
        "select k.* from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::text[])"
        " as w(scope, enterprise, person, channel, year, reference)"
        " join governance_datakey k using (scope, enterprise, person, channel, year, reference)"
        " where k.wrapped is not null",
        lists,
    )
    return {holder_of(row): row for row in rows}


def _opened(ids: Collection[int]) -> dict[int, aead.Aead | None]:
    wanted, keys = list(ids), dict[int, aead.Aead | None]()
    master = master_for_book()
    for start in range(0, len(wanted), AT_ONCE):
        for row in DataKey.objects.filter(pk__in=wanted[start : start + AT_ONCE]):
            if row.wrapped is None:
                keys[row.pk] = None
                continue
            if row.master not in master.ids:
                master = master_for_book()  # a rotation has moved on since
            keys[row.pk] = unwrapped(row, master).primitive(aead.Aead)
    assert len(keys) == len(wanted), "a key's row is never removed"
    return keys


@lru_cache(maxsize=64)
def _pseudonym_key(book: str) -> prf.Prf:
    """The book's pseudonym key, made at its first use. It lives as long as the book, so it may be kept."""
    holder = Holder(Scope.PSEUDONYMS)
    with transaction.atomic():
        master = wrapping()
        if not (found := _living([holder])):
            handle = tink.new_keyset_handle(prf.prf_key_templates.HKDF_SHA256)
            DataKey.objects.bulk_create(
                [
                    DataKey(
                        **asdict(holder),
                        wrapped=wrapped(handle, holder, master),
                        master=master.primary,
                        made_at=days.now(),
                    )
                ],
                ignore_conflicts=True,
            )
            found = _living([holder])
    primitive: prf.PrfSet = unwrapped(found[holder], master).primitive(prf.PrfSet)
    return primitive.primary()


def _ids(keys: Iterable[int]) -> str:
    return f"key {', '.join(str(key) for key in sorted(keys))}"
