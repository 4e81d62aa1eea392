"""The room's reads: who may be read, and what happened."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from puhui.governance.models import AuditRecord, Grant
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.refusals import Code, Refused


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


def allowed(firms: Collection[EnterpriseId], *, channel: str, purpose: Purpose, on: date) -> Permission:
    """Hold the firms against the standing grants for this channel and purpose on a day."""
    standing = (
        Grant.objects.filter(channel=channel, purpose=purpose, valid_from__lte=on)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on))
        .filter(Q(withdrawal__isnull=True) | Q(withdrawal__withdrawn_on__gt=on))
    )
    wanted = set(firms)
    if len(wanted) <= 1_000:  # beyond that, one scan of the channel's grants is cheaper than a long list
        standing = standing.filter(enterprise__in=wanted)
    granted = frozenset(
        EnterpriseId(e) for e in standing.values_list("enterprise", flat=True).distinct() if e in wanted
    )
    without = sorted(wanted - granted)
    if not without:
        return Permission(granted, None)
    facts = {"channel": channel, "purpose": str(purpose), "on": on.isoformat(), "firms": len(without)}
    return Permission(granted, Refused(Code.NO_CONSENT, facts | {"first": ", ".join(without[:5])}))


def latest(count: int = 50) -> list[Happened]:
    """The newest records of the audit chain, newest first."""
    rows = AuditRecord.objects.order_by("-number")[:count]
    return [Happened(r.number, r.at, r.act, r.subject, r.by, json.loads(r.body)) for r in rows]
