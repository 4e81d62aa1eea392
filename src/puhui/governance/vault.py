"""The book's own keys, each wrapped by the master keyset, and what is sealed with them.

A key of the book is 32 random bytes. What is sealed is sealed under two of them at once: that of its *subject* (one
firm's file, or one person in that file) and that of its *period* (one channel's year). HKDF (RFC 5869) makes of the two
the key of AES-256-GCM, so to destroy either is to erase all that it sealed, wherever copies lie. The first goes with a
person's right, the second with a retention period. Nothing outlives an act: a key that was destroyed a moment ago opens
nothing now.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from base64 import b32encode
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import tink
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import connection, transaction

from puhui import days, postgres
from puhui.governance import keyset
from puhui.governance.keyset import Master
from puhui.governance.models import DataKey, MasterKey, Scope
from puhui.governance.personal import MARKS, Kind, written_alike
from puhui.refusals import NotReady

RING = 7_013_2026  # the advisory lock: shared by who wraps, held alone by who changes the master keyset
HEAD = struct.Struct(">BQQ")  # version, subject's key, period's key
VERSION = 2
KEY, NONCE = 32, 12  # bytes
AT_ONCE = 10_000
MOST_CIPHERS = 1_000  # kept ready; rows come sorted by firm, so few are wanted again
PSEUDONYM_BYTES = 12  # 96 bits: a billion values collide with a chance of 6e-12; twenty characters


class Holder(NamedTuple):
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
        return repr(tuple(self)).encode()


def subject(enterprise: str, person: str = "") -> Holder:
    """A firm's file, or a person in it."""
    return Holder(Scope.SUBJECT, enterprise=enterprise, person=person)


def period(channel: str, year: int) -> Holder:
    """A channel's year."""
    return Holder(Scope.PERIOD, channel=channel, year=year)


def delivery(reference: str) -> Holder:
    """The rows of a delivery that name no firm."""
    return Holder(Scope.DELIVERY, reference=reference)


class Key(NamedTuple):
    """A key of the book, opened: its row, and its secret."""

    id: int
    secret: bytes


class Sealer:
    """Seals the texts of one act. Keys that are not there yet are made; they stay when the act fails, at no harm."""

    def __init__(self) -> None:
        self._keys: dict[Holder, Key] = {}
        self._ciphers: dict[bytes, AESGCM] = {}

    def prepare(self, holders: Iterable[Holder]) -> None:
        """Fetch or make the keys of these holders, many at once; those of earlier subjects are let go."""
        asked = set(holders)
        self._keys = {holder: key for holder, key in self._keys.items() if holder in asked}
        wanted = sorted(asked - self._keys.keys())  # in one order everywhere, or two processes wait for each other
        for start in range(0, len(wanted), AT_ONCE):
            with transaction.atomic():
                self._keys |= _fetched_or_made(wanted[start : start + AT_ONCE])

    def seal(self, content: bytes, *, within: Holder, without: Holder, place: bytes) -> bytes:
        """Sealed under both keys, which are prepared, and bound to its place."""
        inner, outer = self._keys[within], self._keys[without]
        head, nonce = HEAD.pack(VERSION, inner.id, outer.id), os.urandom(NONCE)
        if (cipher := self._ciphers.get(head)) is None:
            if len(self._ciphers) >= MOST_CIPHERS:
                self._ciphers.clear()
            cipher = self._ciphers[head] = _cipher(inner.secret, outer.secret, head)
        return head + nonce + cipher.encrypt(nonce, content, head + place)


def heads_of(enterprise: str) -> list[bytes]:
    """How every seal under a key of this firm's file begins, a living key or a destroyed one."""
    keys = DataKey.objects.filter(scope=Scope.SUBJECT, enterprise=enterprise).values_list("pk", flat=True)
    return [HEAD.pack(VERSION, key, 0)[:9] for key in keys]


def unseal(sealed: Sequence[tuple[bytes, bytes]]) -> list[bytes | None]:
    """What each (sealed, place) holds; None where a key has been destroyed: it is erased, for ever.

    Raises NotReady when the master keyset is not the one that the book was sealed with.
    """
    heads = [HEAD.unpack_from(text) for text, _ in sealed]
    assert all(version == VERSION for version, _, _ in heads), "sealed by another version of Puhui"
    keys = _opened({key for _, inner, outer in heads for key in (inner, outer)})
    found: list[bytes | None] = []
    for (text, place), (_, inner_id, outer_id) in zip(sealed, heads, strict=True):
        inner, outer = keys[inner_id], keys[outer_id]
        if inner is None or outer is None:
            found.append(None)
            continue
        head, nonce, rest = text[: HEAD.size], text[HEAD.size : HEAD.size + NONCE], text[HEAD.size + NONCE :]
        found.append(_cipher(inner, outer, head).decrypt(nonce, rest, head + place))
    return found


class Pseudonyms:
    """Makes the stable names by which analytics know people: equal for equal values, in every firm and channel.

    They come from a keyed one-way function (HMAC-SHA-256): not even the key turns one back into its value.
    """

    def __init__(self) -> None:
        self._keyed = hmac.new(_pseudonym_key(postgres.url()), digestmod=hashlib.sha256)

    def of(self, kind: Kind, text: str) -> str:
        """The pseudonym of a value, such as `id~4QEJ2XPLZ7GVWRJ6ZQGA`."""
        mark, told = MARKS[kind], self._keyed.copy()
        told.update(f"{mark}|{written_alike(kind, text)}".encode())
        return f"{mark}~{b32encode(told.digest()[:PSEUDONYM_BYTES]).decode().rstrip('=')}"


def veiling_key(use: str) -> bytes:
    """The key of a room's own digests, such as those by which records are linked: made of the book's pseudonym key.

    It lives as long as the book, and digests of one use say nothing of those of another.
    """
    return hmac.digest(_pseudonym_key(postgres.url()), f"digests|{use}".encode(), "sha256")


def master_for_book() -> Master:
    """The master keyset, if it is this book's. Raises NotReady when it is lost, or another's."""
    return _held(MasterKey.objects.filter(retired_at__isnull=True).values_list("key", flat=True).first())


def wrapping() -> Master:
    """The master keyset to wrap new keys with, held as it is until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(%s)", [RING])
    master = master_for_book()
    if not MasterKey.objects.filter(key=master.primary).exists():
        MasterKey.objects.bulk_create([MasterKey(key=master.primary, since=days.now())], ignore_conflicts=True)
        return master_for_book()
    return master


def wrapped(secret: bytes, holder: Holder, master: Master) -> bytes:
    """A key as the book keeps it."""
    return bytes(master.aead.encrypt(secret, holder.bound))


def unwrapped(row: DataKey, master: Master) -> bytes:
    """A key of the book, opened."""
    assert row.wrapped is not None
    return _secret(row.pk, bytes(row.wrapped), holder_of(row), master)


def holder_of(row: DataKey) -> Holder:
    """Whose key a row is."""
    return Holder(Scope(row.scope), row.enterprise, row.person, row.channel, row.year, row.reference)


def _held(wanted: int | None) -> Master:
    """The master keyset, which must hold this key if the book wants one."""
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


def _secret(row: int, kept: bytes, holder: Holder, master: Master) -> bytes:
    try:
        secret = bytes(master.aead.decrypt(kept, holder.bound))
    except tink.TinkError:
        raise NotReady(
            f"key {row} of the book does not open under the keyset with {_ids(master.ids)}",
            then="give Puhui the keyset of this book; if it is, the row was tampered with: `puhui audit verify`",
        ) from None
    if len(secret) != KEY:
        raise NotReady(
            f"key {row} of the book was made by an earlier version of Puhui",
            then="deliver the files anew to a fresh PUHUI_HOME",
        )
    return secret


def _cipher(inner: bytes, outer: bytes, head: bytes) -> AESGCM:
    """The cipher of a subject's and a period's key together."""
    return AESGCM(HKDF(hashes.SHA256(), KEY, salt=None, info=head).derive(inner + outer))


def _fetched_or_made(holders: Sequence[Holder]) -> dict[Holder, Key]:
    """The keys of these holders, in the caller's transaction."""
    master = wrapping()
    found = _living(holders, master)
    if absent := [holder for holder in holders if holder not in found]:
        found |= _made(absent, master)
    if late := [holder for holder in absent if holder not in found]:
        found |= _living(late, master)  # another process was first
    return found


def _made(holders: Sequence[Holder], master: Master) -> dict[Holder, Key]:
    """New keys, in one statement; a holder that has been given one meanwhile is left out."""
    drawn = os.urandom(KEY * len(holders))
    secrets = {holder: drawn[n * KEY : (n + 1) * KEY] for n, holder in enumerate(holders)}
    rows = [(*holder, wrapped(secret, holder, master)) for holder, secret in secrets.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into governance_datakey"
            " (scope, enterprise, person, channel, year, reference, wrapped, master, made_at)"
            " select *, %s, %s from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::text[],"
            " %s::bytea[]) on conflict do nothing returning id, scope, enterprise, person, channel, year, reference",
            [master.primary, days.now(), *map(list, zip(*rows, strict=True))],
        )
        made = [(key, Holder(Scope(scope), *rest)) for key, scope, *rest in cursor.fetchall()]
    return {holder: Key(key, secrets[holder]) for key, holder in made}


def _living(holders: Sequence[Holder], master: Master) -> dict[Holder, Key]:
    """Those of the holders that have a key now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select k.id, k.wrapped, scope, enterprise, person, channel, year, reference"
            " from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::text[])"
            " as w(scope, enterprise, person, channel, year, reference)"
            " join governance_datakey k using (scope, enterprise, person, channel, year, reference)"
            " where k.wrapped is not null",
            list(map(list, zip(*holders, strict=True))),
        )
        rows = [(key, bytes(kept), Holder(Scope(scope), *rest)) for key, kept, scope, *rest in cursor.fetchall()]
    return {holder: Key(key, _secret(key, kept, holder, master)) for key, kept, holder in rows}


def _opened(ids: Collection[int]) -> dict[int, bytes | None]:
    """The secrets of these keys; None where one has been destroyed.

    One statement tells the keys and the master that should be in use: a read of one firm waits for it.
    """
    wanted, secrets = list(ids), dict[int, bytes | None]()
    for start in range(0, len(wanted), AT_ONCE):
        with connection.cursor() as cursor:
            cursor.execute(
                "select id, wrapped, k.master, scope, enterprise, person, channel, year, reference,"
                " (select key from governance_masterkey where retired_at is null limit 1)"
                " from governance_datakey as k where id = any(%s)",
                [wanted[start : start + AT_ONCE]],
            )
            rows = cursor.fetchall()
        master = _held(rows[0][-1]) if rows else None
        for key, kept, under, scope, *holder, _ in rows:
            if kept is None:
                secrets[key] = None
                continue
            if master is None or under not in master.ids:
                master = master_for_book()  # a rotation has moved on since
            secrets[key] = _secret(key, bytes(kept), Holder(Scope(scope), *holder), master)
    assert len(secrets) == len(wanted), "a key's row is never removed"
    return secrets


@lru_cache(maxsize=64)
def _pseudonym_key(book: str) -> bytes:
    """The book's pseudonym key, made at its first use. It lives as long as the book, so it may be kept."""
    holder = Holder(Scope.PSEUDONYMS)
    with transaction.atomic():
        return _fetched_or_made([holder])[holder].secret


def _ids(keys: Iterable[int]) -> str:
    return f"key {', '.join(str(key) for key in sorted(keys))}"
