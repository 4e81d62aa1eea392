"""The room's reads: who may be read, and what happened."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from puhui.governance.models import AuditRecord, Grant, ProposalRow, ReadFirm, ReadFirms, VerdictRow
from puhui.governance.proposals import Matter, Proposal, Verdict
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId, RequestId
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

LONG_LIST = 1_000
STANDING = """ from governance_grant as g where valid_from <= %(on)s and (valid_to is null or valid_to >= %(on)s)
    and not exists (select from governance_withdrawal as w where w.grant_id = g.id and w.withdrawn_on <= %(on)s)"""


@dataclass(frozen=True, slots=True)
class Permission:
    """Which of the firms asked for may be read, and a refusal that names the rest (None when all may)."""

    firms: frozenset[EnterpriseId]
    refused: Refused | None


@dataclass(frozen=True, slots=True)
class Happened:
    """One record of the audit chain, for people."""

    number: int
    at: datetime
    act: str
    subject: str
    by: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights to read some firms for a purpose that stand on a day, as (firm, channel): looked up once for all."""

    purpose: Purpose
    on: date
    granted: frozenset[tuple[EnterpriseId, str]]

    def to(self, channel: str, firms: Collection[EnterpriseId]) -> Permission:
        """Hold firms that were looked up against the rights to one channel."""
        granted = frozenset(firm for firm in firms if (firm, channel) in self.granted)
        without = sorted(set(firms) - granted)
        if not without:
            return Permission(granted, None)
        facts = {"channel": channel, "purpose": str(self.purpose), "on": self.on.isoformat(), "firms": len(without)}
        return Permission(granted, Refused(Code.NO_CONSENT, facts | {"first": ", ".join(without[:5])}))


def rights(firms: Collection[EnterpriseId], *, purpose: Purpose, on: date, channel: str | None = None) -> Rights:
    """Which channels (or only the one) of which of the firms may be read for a purpose on a day."""
    found = _standing("enterprise, channel", firms, on=on, channel=channel or "", purpose=purpose)
    return Rights(purpose, on, frozenset((EnterpriseId(firm), of) for firm, of in found))


def allowed(firms: Collection[EnterpriseId], *, channel: str, purpose: Purpose, on: date) -> Permission:
    """Hold the firms against the standing grants for this channel and purpose on a day."""
    return rights(firms, purpose=purpose, on=on, channel=channel).to(channel, firms)


def firms_granted(*, purpose: Purpose, on: date) -> list[EnterpriseId]:
    """Every firm of which some channel may be read for a purpose on a day, in order."""
    return [EnterpriseId(firm) for (firm,) in sorted(_standing("distinct enterprise", None, on=on, purpose=purpose))]


def with_any_right(firms: Collection[EnterpriseId], *, channel: str, on: date) -> frozenset[EnterpriseId]:
    """Those of the firms whose rows of the channel may be read on a day, for whatever purpose."""
    return frozenset(EnterpriseId(firm) for (firm,) in _standing("distinct enterprise", firms, on=on, channel=channel))


def latest(count: int = 50) -> list[Happened]:
    """The newest records of the audit chain, newest first."""
    rows = AuditRecord.objects.order_by("-number")[:count]
    return [_happened(row) for row in rows]


def since(number: int, count: int = 50) -> list[Happened]:
    """The records of the audit chain after one, oldest first."""
    return [_happened(row) for row in AuditRecord.objects.filter(number__gt=number).order_by("number")[:count]]


def last_number() -> int:
    """The number of the newest record of the audit chain; 0 before the first."""
    return AuditRecord.objects.order_by("-number").values_list("number", flat=True).first() or 0


@dataclass(frozen=True, slots=True)
class Right:
    """A right to read a firm's rows of a channel, and how it stands on a day."""

    channel: str
    purpose: Purpose
    basis: str
    evidence: str
    valid_from: date
    valid_to: date | None
    withdrawn_on: date | None
    stands: bool


def rights_of(firm: EnterpriseId, *, on: date) -> list[Right]:
    """Every right to read that a firm ever gave or that rests on a public basis, the oldest first."""
    rights = []
    for row in Grant.objects.filter(enterprise=firm).select_related("withdrawal").order_by("pk"):
        ended = row.withdrawal.withdrawn_on if hasattr(row, "withdrawal") else None
        stands = row.valid_from <= on and (row.valid_to is None or on <= row.valid_to) and (ended is None or on < ended)
        rights.append(
            Right(
                row.channel, Purpose(row.purpose), row.basis, row.evidence, row.valid_from, row.valid_to, ended, stands
            )
        )
    return rights


def reads_of(firm: EnterpriseId, count: int = 1_000) -> list[Happened]:
    """Every record that says this firm was read, newest first, whether it was read alone or among many."""
    sets = ReadFirms.objects.filter(firms__contains=[firm]).values_list("digest", flat=True)
    whom = ReadFirm.objects.filter(Q(enterprise=firm) | Q(among__in=list(sets))).values_list("record", flat=True)
    return [_happened(row) for row in AuditRecord.objects.filter(number__in=whom).order_by("-number")[:count]]


def proposal(number: int) -> Proposal:
    """A proposal by its number, with the verdict if there is one. Raises BadInput when there is none."""
    row = ProposalRow.objects.select_related("verdict").filter(pk=number).first()
    if row is None:
        raise BadInput(
            Label(f"there is no proposal {number}", f"没有提案{number}"),
            then=Label("name one that `puhui proposals list` shows", "请选择提案清单中的编号"),
        )
    return _proposal(row)


def proposal_of(request: RequestId) -> Proposal | None:
    """The proposal that a request has made; None when it has made none."""
    row = ProposalRow.objects.select_related("verdict").filter(request=request).first()
    return _proposal(row) if row else None


def proposals(
    *, waiting: bool = True, kind: Matter | None = None, subject: str = "", count: int = 1_000, after: int = 0
) -> list[Proposal]:
    """The proposals that wait for a second person, the oldest first; all of them when not `waiting`.

    `after` is the number to go on from, `count` how many at most.
    """
    found = ProposalRow.objects.select_related("verdict").filter(pk__gt=after).order_by("pk")
    if waiting:
        found = found.filter(verdict__isnull=True)
    if kind is not None:
        found = found.filter(kind=kind)
    if subject:
        found = found.filter(subject=subject)
    return [_proposal(row) for row in found[:count]]


def _proposal(row: ProposalRow) -> Proposal:
    said = row.verdict if hasattr(row, "verdict") else None
    return Proposal(
        row.pk,
        Matter(row.kind),
        row.subject,
        row.before,
        row.after,
        row.why,
        row.by,
        RequestId(row.request),
        row.at,
        _verdict(said) if said else None,
    )


def _verdict(row: VerdictRow) -> Verdict:
    return Verdict(row.proposal_id, row.agrees, row.why, row.by, RequestId(row.request), row.at)


def _happened(row: AuditRecord) -> Happened:
    return Happened(row.number, row.at, row.act, row.subject, row.by, json.loads(row.body))


def _standing(
    what: str, firms: Collection[EnterpriseId] | None, *, on: date, channel: str = "", purpose: str = ""
) -> list[tuple[str, ...]]:
    """What the grants that stand on a day say, of these firms; of many (or None) all: one scan is cheaper than a list.

    Asked at every read, so it is one statement as it stands: to have it written anew each time took longer than to
    answer it.
    """
    asked: dict[str, Any] = {"on": on}
    only = ""
    for name, value in (("channel", channel), ("purpose", str(purpose))):
        if value:
            asked[name] = value
            only += f" and {name} = %({name})s"
    if firms is not None and len(firms) <= LONG_LIST:
        asked["firms"] = sorted(set(firms))
        only += " and enterprise = any(%(firms)s)"
    with connection.cursor() as cursor:
        cursor.execute(f"select {what}{STANDING}{only}", asked)
        return list(cursor.fetchall())
