"""The room's reads: which firm is meant, what its records are, what waits for a person, what is to be computed anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from django.db.models import Count

from puhui.channels import selectors as channels
from puhui.enterprises import bonds, identity, neighbours, owner, standstill
from puhui.enterprises.accuracy import checking, facts
from puhui.enterprises.accuracy.checking import Keys
from puhui.enterprises.codes import read_code
from puhui.enterprises.models import (
    Act,
    Assessment,
    Enterprise,
    Identifier,
    LinkingRun,
    Move,
    Recompute,
    RecordLink,
    ReviewCase,
)
from puhui.enterprises.records import own_code
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.refusals import Refused

HEARD_BY = ("registry", "vat_invoices")
READ_FOR_TRUST = facts.CHANNELS  # the channels whose rows `assessed` reads, or is given


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
        found = found or list(Identifier.objects.filter(scheme=scheme, value=own_code(value)))
        return EnterpriseId(identity.owner_of(found)[found[0].pk]) if found else None
    return EnterpriseId(identity.merged().get(known, known))


def firm_of(source: str, record: str) -> EnterpriseId | None:
    """Whose a source's record is."""
    row = RecordLink.objects.filter(source=source, record=record).order_by("-number").first()
    if row is None:
        return None
    firm = identity.moved_records([row.number]).get(row.number, row.enterprise)
    return EnterpriseId(identity.merged().get(firm, firm))


def known() -> list[EnterpriseId]:
    """Every firm that the house has heard of, by linked records or from the channels that speak of most, in order."""
    heard = {firm for name in HEARD_BY for firm in channels.firms(name)}
    linked = Enterprise.objects.values_list("pk", flat=True)
    absorbed = identity.merged()
    return sorted(heard | {EnterpriseId(firm) for firm in linked if firm not in absorbed})


def absorbed(by: date | None = None) -> dict[EnterpriseId, EnterpriseId]:
    """Every id that was merged into another firm, with the firm that it is part of now, or was `by` a day's end."""
    return {EnterpriseId(was): EnterpriseId(now) for was, now in identity.merged(by).items()}


def is_known(firm: EnterpriseId) -> bool:
    """Has the house heard of the firm? The same answer as looking among all that are `known`, without listing them."""
    if any(firm in channels.firms_of(name) for name in HEARD_BY):
        return True
    return firm not in identity.merged() and Enterprise.objects.filter(pk=firm).exists()


def part_of(firm: EnterpriseId) -> list[EnterpriseId]:
    """All ids under which the firm is known: its own, and those that were merged into it."""
    return [firm, *(EnterpriseId(was) for was, now in sorted(identity.merged().items()) if now == firm)]


def ids_of(firm: EnterpriseId) -> list[EnterpriseId]:
    """All ids of the legal firm, whichever of them is named: what was opened under another is found by these."""
    return ids_of_each([firm])[firm]


def ids_of_each(firms: Collection[EnterpriseId]) -> dict[EnterpriseId, list[EnterpriseId]]:
    """The same of each firm, in one look; the id that it stands under now comes first."""
    found = identity.ids_of_each(firms)
    return {firm: [EnterpriseId(each) for each in found[firm]] for firm in firms}


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
    return keys_of([firm])[firm]


def keys_meaning(key: EnterpriseId) -> list[EnterpriseId]:
    """The same of the firm that a channel's key means: its id, one merged into it, or a code that only it bears."""
    rows = list(Identifier.objects.filter(value=key))
    owners = set(identity.owner_of(rows).values())
    return lake_keys(EnterpriseId(*owners) if len(owners) == 1 else key)


def standing_of(firms: Collection[EnterpriseId]) -> dict[EnterpriseId, EnterpriseId]:
    """The id under which each of the firms stands now: its own, or that of the firm it was merged into."""
    into = identity.merged()
    return {firm: EnterpriseId(into.get(firm, firm)) for firm in firms}


def keys_of(firms: Collection[EnterpriseId]) -> dict[EnterpriseId, list[EnterpriseId]]:
    """What channels may write when they mean each of these firms: its id, those merged into it, and its codes.

    A source's own code that is another firm's code elsewhere names neither: nothing is read under it.
    """
    standing, keys = standing_with_keys(firms)
    return {firm: keys[standing[firm]] for firm in firms}


def standing_with_keys(
    firms: Collection[EnterpriseId],
) -> tuple[dict[EnterpriseId, EnterpriseId], dict[EnterpriseId, list[EnterpriseId]]]:
    """As `standing_of`, and as `keys_of` for the ids under which they stand: looked up together."""
    into, taken = identity.merged(), _taken()
    now = {firm: EnterpriseId(into.get(firm, firm)) for firm in firms}
    ids: dict[str, set[str]] = {standing: {standing} for standing in now.values()}
    for was, standing in into.items():
        if standing in ids:
            ids[standing].add(was)
    whole = {each for its in ids.values() for each in its}
    moved = {key for key, to in taken.items() if to in whole}
    known = Identifier.objects.all()
    if len(whole) <= identity.MANY:
        known = known.filter(enterprise__in=whole) | known.filter(pk__in=moved)
    rows = list(known)
    owner = identity.owners(rows, taken, into)
    mine = [row for row in rows if owner[row.pk] in ids]
    contested = _contested({row.value for row in mine}) if mine else set[str]()
    for row in mine:
        if row.value not in contested:
            ids[owner[row.pk]].add(row.value)
    return now, {EnterpriseId(standing): sorted(EnterpriseId(each) for each in its) for standing, its in ids.items()}


def assessed(
    firms: Keys,
    *,
    purpose: Purpose,
    as_of: date,
    on: date,
    by: str,
    given: Mapping[str, pa.Table] | None = None,
    withheld: Collection[str] = (),
) -> tuple[pa.Table, dict[str, Refused]]:
    """`enterprise` and `checking.MEASURES` of each firm in the order given, and by channel what could not be read.

    `firms` are known to the channels under their keys (`keys_of`); `given` are rows of theirs that were just read.
    What they have `withheld` is not read of them, whatever was consented to.
    """
    return checking.assess(firms, purpose=purpose, as_of=as_of, on=on, by=by, given=given, withheld=withheld)


def bound(
    firms: Keys,
    *,
    purpose: Purpose,
    as_of: date,
    on: date,
    by: str,
    given: Mapping[str, pa.Table] | None = None,
    withheld: Collection[str] = (),
) -> tuple[pa.Table, dict[str, Refused]]:
    """`enterprise` and `bonds.MEASURES` of each firm in the order given, and by channel what could not be read.

    A firm that neither the registry nor the bureau may be read of has every number missing. `given` is not used: the
    search begins at the firm, and reads every firm that it meets in the same way. What the firms have `withheld` is not
    read of them, whatever was consented to.
    """
    found, refused = neighbours.bonds_of(firms, purpose=purpose, as_of=as_of, on=on, by=by, withheld=withheld)
    columns: dict[str, list[float | None]] = {name: [] for name in bonds.MEASURES}
    for firm in firms:
        numbers = found[firm].numbers() if firm in found else {}
        for name, column in columns.items():
            column.append(numbers.get(name))
    told = {name: pa.array(column, pa.float64()) for name, column in columns.items()}
    return pa.table({"enterprise": pa.array(list(firms), pa.string())} | told), refused


def last_assessed(firm: EnterpriseId) -> Assessment | None:
    """The last trust that was worked out and kept for a firm."""
    return Assessment.objects.filter(enterprise=firm).order_by("-pk").first()


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


def held_of(firm: EnterpriseId) -> list[dict[str, Any]]:
    """What the room holds of a firm, for its owner: linked records, acts on its identity, its own words, trust."""
    ids = ids_of(firm)
    kept = Assessment.objects.filter(enterprise__in=ids).order_by("pk")
    told: list[Linkage | Happening | owner.Said] = [*records(firm), *history(firm)]
    told += owner.words_of(firm, as_of=date.max)
    return [asdict(each) for each in told] + [
        {"as_of": row.as_of, "trust": row.trust, "contradictions": row.contradictions, "comparisons": row.comparisons}
        for row in kept
    ]


def draw_holds(firm: EnterpriseId) -> list[standstill.Held]:
    """What stops a firm from drawing, the oldest first; none for nearly every firm."""
    return standstill.draw_holds(firm)


def to_recompute(what: str) -> list[EnterpriseId]:
    """Firms whose `what` (such as `variables`) rests on a merge or split since it was computed."""
    marks = Recompute.objects.exclude(done__what=what).values_list("enterprise", flat=True)
    return [EnterpriseId(firm) for firm in sorted(set(marks))]


def changed_since(firm: EnterpriseId, moment: datetime) -> bool:
    """Whether a merge, a split or an undoing has touched the firm since: what was computed of it is of another firm."""
    return Recompute.objects.filter(enterprise__in=part_of(firm), made_at__gt=moment).exists()


def first_known(firm: EnterpriseId) -> datetime | None:
    """When the house first knew of the firm."""
    return Enterprise.objects.filter(pk=firm).values_list("made_at", flat=True).first()


def _contested(values: Collection[str]) -> set[str]:
    """Codes that more than one firm bears, in the eyes of different sources."""
    shared = Identifier.objects.values("value").annotate(n=Count("pk")).filter(n__gt=1)
    if len(values) <= identity.MANY:
        shared = shared.filter(value__in=values)
    rows = list(Identifier.objects.filter(value__in=[row["value"] for row in shared]))
    owner = identity.owner_of(rows)
    bearers: dict[str, set[str]] = {}
    for row in rows:
        bearers.setdefault(row.value, set()).add(owner[row.pk])
    return {value for value, its in bearers.items() if len(its) > 1}


def _taken() -> dict[int, str]:
    moves = Move.objects.filter(identifier__isnull=False, act__undone_by__isnull=True).order_by("act_id")
    return {key: to for key, to in moves.values_list("identifier_id", "act__other") if key is not None}


def _run_days(runs: set[str]) -> dict[str, date]:
    return dict(LinkingRun.objects.filter(pk__in=runs).values_list("pk", "on"))
