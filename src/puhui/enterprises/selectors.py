"""The room's reads: which firm is meant, what its records are, what waits for a person, what is to be computed anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from puhui.enterprises import identity
from puhui.enterprises.codes import read_code
from puhui.enterprises.models import Act, Enterprise, Identifier, LinkingRun, Move, Recompute, RecordLink, ReviewCase
from puhui.ids import EnterpriseId


@dataclass(frozen=True, slots=True)
class Linkage:
    """A record of a firm, and why it is the firm's."""

    number: int
    source: str
    record: str
    how: str
    probability: float
    code_state: str
    since: date


@dataclass(frozen=True, slots=True)
class Happening:
    """An act on a firm's identity; `undone` says that it holds no longer."""

    act: int
    kind: str
    enterprise: EnterpriseId
    other: EnterpriseId
    reason: str
    by: str
    on: date
    undone: bool


@dataclass(frozen=True, slots=True)
class Case:
    """Something doubtful that waits for a person."""

    id: int
    kind: str
    enterprise: EnterpriseId
    other: EnterpriseId | None
    record: int | None
    probability: float | None
    evidence: dict[str, Any]


def firm_named(text: str) -> EnterpriseId | None:
    """The firm that a text means: its id (an absorbed one leads on), its credit code, or `source:own code`."""
    read = read_code(text)
    names = [text.strip(), read.code]
    known = Enterprise.objects.filter(pk__in=names).values_list("pk", flat=True).first()
    if known is None:
        scheme, _, value = text.strip().partition(":")
        found = list(Identifier.objects.filter(scheme=identity.CREDIT_CODE, value=read.code))
        found = found or list(Identifier.objects.filter(scheme=scheme, value=value))
        return EnterpriseId(identity.owner_of(found)[found[0].pk]) if found else None
    return EnterpriseId(identity.merged().get(known, known))


def firm_of(source: str, record: str) -> EnterpriseId | None:
    """Whose a source's record is."""
    row = RecordLink.objects.filter(source=source, record=record).order_by("-number").first()
    if row is None:
        return None
    firm = identity.moved_records([row.number]).get(row.number, row.enterprise)
    return EnterpriseId(identity.merged().get(firm, firm))


def part_of(firm: EnterpriseId) -> list[EnterpriseId]:
    """All ids under which the firm is known: its own, and those that were merged into it."""
    return [firm, *(EnterpriseId(was) for was, now in sorted(identity.merged().items()) if now == firm)]


def codes(firm: EnterpriseId) -> dict[str, list[str]]:
    """A firm's codes by scheme: `uscc` is the credit code, else the source whose code it is."""
    taken = [key for key, to in _taken().items() if to in part_of(firm)]
    rows = list(Identifier.objects.filter(enterprise__in=part_of(firm)) | Identifier.objects.filter(pk__in=taken))
    owner = identity.owner_of(rows)
    found: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: (row.scheme, row.value)):
        if owner[row.pk] == firm:
            found.setdefault(row.scheme, []).append(row.value)
    return found


def lake_keys(firm: EnterpriseId) -> list[EnterpriseId]:
    """What channels may write in their column `enterprise` when they mean this firm."""
    named = {EnterpriseId(value) for values in codes(firm).values() for value in values}
    return sorted({*named, *part_of(firm)})


def records(firm: EnterpriseId) -> list[Linkage]:
    """A firm's records, the oldest first."""
    ids = part_of(firm)
    moved = identity.moved_records()
    came = [number for number, to in moved.items() if to in ids]
    rows = RecordLink.objects.filter(enterprise__in=ids) | RecordLink.objects.filter(number__in=came)
    runs = _run_days({row.run for row in rows})
    return [
        Linkage(row.number, row.source, row.record, row.how, row.probability, row.code_state, runs[row.run])
        for row in rows.order_by("number")
        if moved.get(row.number, row.enterprise) in ids
    ]


def history(firm: EnterpriseId) -> list[Happening]:
    """Merges and splits that touched the firm, the oldest first."""
    ids = part_of(firm)
    acts = Act.objects.filter(enterprise__in=ids) | Act.objects.filter(other__in=ids)
    undone = set(Act.objects.filter(undoes__isnull=False).values_list("undoes_id", flat=True))
    return [
        Happening(a.pk, a.kind, EnterpriseId(a.enterprise), EnterpriseId(a.other), a.reason, a.by, a.on, a.pk in undone)
        for a in acts.distinct().order_by("pk")
    ]


def doubts(*, firm: EnterpriseId | None = None, kind: str = "", limit: int = 50) -> list[Case]:
    """Cases that nobody has decided on, the likeliest first."""
    waiting = ReviewCase.objects.filter(ruling__isnull=True)
    if firm is not None:
        waiting = waiting.filter(enterprise__in=part_of(firm)) | waiting.filter(other__in=part_of(firm))
    if kind:
        waiting = waiting.filter(kind=kind)
    return [
        Case(
            row.pk, row.kind, EnterpriseId(row.enterprise), EnterpriseId(row.other) if row.other else None, row.record,
            row.probability, row.evidence,
        )
        for row in waiting.order_by("-probability", "pk")[:limit]
    ]  # fmt: skip


def to_recompute(what: str) -> list[EnterpriseId]:
    """Firms whose `what` (such as `variables`) rests on a merge or split since it was computed."""
    marks = Recompute.objects.exclude(done__what=what).values_list("enterprise", flat=True)
    return [EnterpriseId(firm) for firm in sorted(set(marks))]


def first_known(firm: EnterpriseId) -> datetime | None:
    """When the house first knew of the firm."""
    return Enterprise.objects.filter(pk=firm).values_list("made_at", flat=True).first()


def _taken() -> dict[int, str]:
    moves = Move.objects.filter(identifier__isnull=False, act__undone_by__isnull=True).order_by("act_id")
    return {key: to for key, to in moves.values_list("identifier_id", "act__other") if key is not None}


def _run_days(runs: set[str]) -> dict[str, date]:
    return dict(LinkingRun.objects.filter(pk__in=runs).values_list("pk", "on"))
