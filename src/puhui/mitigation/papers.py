"""The papers behind acts on security: kept in the book, sealed, under their SHA-256, which is checked at each reading.

Promises that what is read is byte for byte what was kept; that a paper lies under the keys of the firm that it is about
and of its year, so that it is erased with them; that keeping it again changes nothing. Refuses an empty paper and one
beyond 20 MB.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cryptography.exceptions import InvalidTag
from django.db import transaction

from puhui.governance import services as governance
from puhui.governance import vault
from puhui.ids import EnterpriseId, digest
from puhui.mitigation.models import PaperRow
from puhui.refusals import BadInput

CHANNEL = "security"
MOST_BYTES = 20_000_000
MOST_NAME = 120


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as it was kept; `name` is the file's, as whoever kept it called it."""

    sha256: str
    firm: EnterpriseId
    name: str
    content: bytes
    on: date
    by: str


def keep(content: bytes, *, firm: EnterpriseId, name: str, on: date, at: datetime, by: str) -> str:
    """Keep a paper about a firm; returns its SHA-256, by which acts name it."""
    if not content or len(content) > MOST_BYTES:
        raise BadInput(f"a paper of {len(content):,} bytes is not kept", then=f"give 1 to {MOST_BYTES:,} bytes")
    sha256 = digest([content])
    with transaction.atomic():
        if not PaperRow.objects.filter(pk=sha256).exists():
            within, without, sealer = vault.subject(firm), vault.period(CHANNEL, on.year), vault.Sealer()
            sealer.prepare([within, without])
            sealed = sealer.seal(content, within=within, without=without, place=_place(sha256))
            PaperRow.objects.create(sha256=sha256, firm=firm, name=name[:MOST_NAME], sealed=sealed, on=on, at=at, by=by)
            governance.record("keep paper", sha256, {"firm": firm, "bytes": len(content)}, by=by)
    return sha256


def read(sha256: str, *, by: str) -> Paper:
    """A paper by its hash, and on record who has read it.

    Raises BadInput when none is kept, when it was erased with its firm, or when it is not what was kept any more.
    """
    row = PaperRow.objects.filter(pk=sha256).first()
    if row is None:
        raise BadInput("no paper of this hash is kept", then="give the hash that the act names")
    try:
        (content,) = vault.unseal([(bytes(row.sealed), _place(sha256))])
    except (InvalidTag, AssertionError):
        content = b""
    if content is None:
        raise BadInput("this paper was erased with its firm", then="ask whoever keeps the original")
    if digest([content]) != sha256:
        raise BadInput("the kept paper was altered", then="restore it from a backup, and look at who changed it")
    governance.record("read paper", sha256, {"firm": row.firm}, by=by)
    return Paper(sha256, EnterpriseId(row.firm), row.name, content, row.on, row.by)


def _place(sha256: str) -> bytes:
    return f"{CHANNEL}/{sha256}".encode()
