"""Webhooks: what happens in the house is told to who asked to be told, signed after the Standard Webhooks convention.

Promises that every message is made from what is on record (the audit chain, the acts on lines), once for each hook; it
is tried again for three days, each time under the same name, and then kept among the dead, from where it can be sent
again; that a receiver can change its secret without missing one. Refuses addresses inside the bank in production, and
follows no redirection.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import secrets
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from standardwebhooks import Webhook

from puhui import days
from puhui.approval.states import ON_RECORD
from puhui.governance import selectors as governance
from puhui.governance import services
from puhui.governance.chain import canonical
from puhui.lending import selectors as lending
from puhui.refusals import BadInput
from puhui.web import sealed
from puhui.web.models import Hook, Message, Told

USE = "webhooks"
TELLING = 7_017_2026  # the advisory lock under which messages are made
AT_ONCE = 500
TIMEOUT_S = 5
# How long after each failed try the next one comes; after the last, the message is dead. About three days in all.
AGAIN = tuple(timedelta(minutes=m) for m in (0.1, 1, 5, 30, 120, 360, 720, 1_440, 1_440))


class State(StrEnum):
    """How a message stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class Kind(StrEnum):
    """What can be told. Acts on a line: drawn, repaid, frozen, … are all `line.acted`, with the act in the data."""

    CONSENT_GIVEN = "consent.given"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    DATA_DELIVERED = "data.delivered"
    PROPOSED = "proposal.made"
    AGREED = "proposal.agreed"
    DISAGREED = "proposal.refused"
    APPLICATION = "application.changed"
    LINE = "line.acted"


OF_ACTS: Mapping[str, Kind] = {
    "grant": Kind.CONSENT_GIVEN,
    "withdraw": Kind.CONSENT_WITHDRAWN,
    "deliver": Kind.DATA_DELIVERED,
    "propose": Kind.PROPOSED,
    "agree": Kind.AGREED,
    "disagree": Kind.DISAGREED,
    **dict.fromkeys(ON_RECORD.values(), Kind.APPLICATION),
}
LONGEST_OVERLAP = timedelta(days=7)
OVERLAP = 1_000  # acts on lines that are looked at once more: one may be committed after a later one was seen
CHAIN, LINES = 1, 2  # the two records that messages are made from, as `Told` counts them


@dataclass(frozen=True, slots=True)
class Made:
    """A hook as it is shown, once: the secret signs its messages."""

    number: int
    url: str
    kinds: tuple[str, ...]
    secret: str


@dataclass(frozen=True, slots=True)
class Rotated:
    """A hook's new secret, shown once, and until when the one before signs beside it (None: it has ended)."""

    number: int
    secret: str
    old_until: datetime | None


def add(owner: str, url: str, kinds: Collection[Kind], *, at: datetime) -> Made:
    """Ask to be told at an address. Raises BadInput for an address that may not be called, or without a kind."""
    if not kinds:
        raise BadInput("a webhook that is told nothing", then=f"name some of {', '.join(Kind)}")
    must_be_outside(url)
    last_act, secret = lending.last_act(), _new_secret()
    with transaction.atomic():
        for which, last in ((CHAIN, governance.last_number()), (LINES, last_act)):
            Told.objects.get_or_create(id=which, defaults={"number": last})
        row = Hook.objects.create(
            owner=owner, url=url, kinds=sorted(set(kinds)), secret=sealed.seal(secret, use=USE), made_at=at,
            after_act=last_act,
        )  # fmt: skip
        services.record("add webhook", str(row.pk), {"host": urlsplit(url).hostname, "kinds": row.kinds}, by=owner)
    return Made(row.pk, url, tuple(row.kinds), secret)


def rotate(number: int, *, overlap: timedelta, at: datetime, by: str) -> Rotated:
    """Give a hook another secret; the one before signs beside it for as long as they overlap, and no longer.

    Whichever was older than that one ends at once. Raises BadInput for a hook that is not told any more.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise BadInput(f"secrets do not overlap for {overlap}", then=f"say at most {LONGEST_OVERLAP.days} days")
    with transaction.atomic():
        row = Hook.objects.select_for_update().filter(pk=number, ended_at__isnull=True).first()
        if row is None:
            raise BadInput(f"there is no webhook {number} that is told anything", then="add one")
        secret = _new_secret()
        row.old_secret, row.old_until = (row.secret, at + overlap) if overlap else (None, None)
        row.secret = sealed.seal(secret, use=USE)
        row.save(update_fields=["secret", "old_secret", "old_until"])
        services.record("rotate webhook secret", str(number), {"old_until": row.old_until}, by=by)
    return Rotated(number, secret, row.old_until)


def end(number: int, *, at: datetime, by: str) -> bool:
    """Tell a hook nothing any more; false when it had ended before."""
    with transaction.atomic():
        ended = Hook.objects.filter(pk=number, ended_at__isnull=True).update(ended_at=at)
        if ended:
            services.record("end webhook", str(number), {}, by=by)
    return bool(ended)


def gather(*, at: datetime) -> int:
    """Make messages of what has come on record since the last look; returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [TELLING])
        hooks = list(Hook.objects.filter(ended_at__isnull=True))
        told = {row.pk: row for row in Told.objects.all()}
        if not told:
            return 0
        messages = [
            Message(hook=hook, name=name, kind=kind, body=body, made_at=at, due_at=at, state=State.WAITING)
            for place, name, kind, body in (*_of_the_chain(told[CHAIN]), *_of_lines(told[LINES]))
            for hook in hooks
            if kind in hook.kinds and (kind is not Kind.LINE or place > hook.after_act)
        ]
        before = Message.objects.count()
        Message.objects.bulk_create(messages, ignore_conflicts=True)
        made = Message.objects.count() - before
        for row in told.values():
            row.save()
    return made


def send_due(*, at: datetime) -> int:
    """Send what is due; returns how many were delivered. Two workers never send one message at once."""
    delivered = 0
    due = Message.objects.filter(state=State.WAITING, due_at__lte=at, hook__ended_at__isnull=True).order_by("pk")
    for number in list(due.values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            row = Message.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=number).first()
            if row is not None and row.state == State.WAITING and row.due_at <= at:
                delivered += _send(row, at=at)
    return delivered


def replay(number: int, *, at: datetime) -> bool:
    """Send a message again, from the beginning of its tries: a dead one, or one whose receiver has lost it."""
    return bool(Message.objects.filter(pk=number).update(state=State.WAITING, tries=0, due_at=at, said=""))


def must_be_outside(url: str) -> None:
    """An address that may be called: https, and in production outside the bank's own network."""
    try:
        parts = urlsplit(url)
        callable_ = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        callable_ = False
    if not callable_ or (settings.PRODUCTION and parts.scheme == "http"):
        raise BadInput(f"'{url[:80]}' cannot be called", then="give an https address")
    assert parts.hostname
    if not settings.PRODUCTION:
        return
    try:
        found = {info[4][0] for info in socket.getaddrinfo(parts.hostname, parts.port or 443)}
    except OSError:
        raise BadInput(f"{parts.hostname} is not found", then="give an address that answers") from None
    if any(not ipaddress.ip_address(each).is_global for each in found):
        raise BadInput(f"{parts.hostname} is inside the bank's network", then="give an address outside of it")


def _of_the_chain(told: Told) -> list[tuple[int, str, Kind, dict[str, object]]]:
    records = governance.since(told.number, AT_ONCE)
    told.number = records[-1].number if records else told.number
    return [
        _message(r.number, "record", OF_ACTS[r.act], r.at, {"act": r.act, "subject": r.subject, **r.body})
        for r in records
        if r.act in OF_ACTS
    ]


def _of_lines(told: Told) -> list[tuple[int, str, Kind, dict[str, object]]]:
    acts = lending.acts_since(max(0, told.number - OVERLAP), OVERLAP + AT_ONCE)
    told.number = max(told.number, acts[-1].number) if acts else told.number
    return [
        _message(each.number, "act", Kind.LINE, each.at,
                 {"act": each.act, "facility": each.facility, "on": each.on, "facts": each.facts})
        for each in acts
    ]  # fmt: skip


def _message(
    place: int, of: str, kind: Kind, at: datetime, data: dict[str, object]
) -> tuple[int, str, Kind, dict[str, object]]:
    body = {"type": kind, "timestamp": at, "data": data}
    return place, f"{of}-{place}", kind, json.loads(canonical(body))


def _send(row: Message, *, at: datetime) -> bool:
    """One try: any 2xx is a yes; 410 ends the hook; anything else is tried again later."""
    text = canonical(row.body)
    moment = days.now()
    signatures = [Webhook(secret).sign(row.name, moment, text) for secret in _secrets(row.hook, at=at)]
    headers = {
        "Content-Type": "application/json",
        "webhook-id": row.name,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    status, row.said = _posted(row.hook.url, text, headers)
    row.tries += 1
    if 200 <= status < 300:
        row.state = State.DELIVERED
    elif row.tries > len(AGAIN):
        row.state = State.DEAD
    else:
        row.due_at = at + AGAIN[row.tries - 1]
    row.save()
    if status == 410:
        Hook.objects.filter(pk=row.hook_id).update(ended_at=at)
    return row.state == State.DELIVERED


def _secrets(hook: Hook, *, at: datetime) -> list[str]:
    """What signs a message now: the newest secret first, and the one before while they overlap."""
    kept = [bytes(hook.secret)]
    if hook.old_secret is not None and hook.old_until is not None and at < hook.old_until:
        kept.append(bytes(hook.old_secret))
    return [sealed.unseal(each, use=USE) for each in kept]


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _posted(url: str, text: str, headers: dict[str, str]) -> tuple[int, str]:
    """The status of a call and what was said of it; 0 when none came."""
    try:
        must_be_outside(url)
        parts = urlsplit(url)
        assert parts.hostname
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        link = kind(parts.hostname, parts.port, timeout=TIMEOUT_S)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            link.request("POST", path, body=text.encode(), headers=headers)
            status = link.getresponse().status
        finally:
            link.close()
    except (OSError, HTTPException, BadInput) as wrong:
        return 0, f"{type(wrong).__name__}"[:200]
    return status, f"answered {status}"
