"""Who shares which cap, worked out anew: firms that join, leave, merge into a group or split from it.

Promises that a change is an act which says who moved; that a line's use goes with its firm, a draw under way included,
in the same act of the ledger; that a cap which the movers push above its amount shows it, lets nothing more be drawn,
and takes back what is repaid; that a group keeps its name while most of its members stay. Killed, it goes on where it
stopped when it is asked again. Refuses REQUEST_HAS_OTHER_CONTENT.
"""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
from django.db import connection, transaction

from puhui.exposure import accounts, moving
from puhui.exposure.caps import Scope
from puhui.exposure.models import CapRow, LineRow, PlaceRow, RegroupedRow, RegroupingRow
from puhui.exposure.opening import alone
from puhui.governance import services as governance
from puhui.ids import RequestId, digest
from puhui.progress import Step
from puhui.refusals import BadInput, Code, Refused

BELONGS = ("owner", "group", "circle")
PLACED = (*BELONGS, "trade", "region")
CHUNK = 20_000  # firms moved while draws wait; they wait for a fraction of a second
LINES = 40  # lines moved while draws wait
GIVEN = "exposure_given"


@dataclass(frozen=True, slots=True)
class Regrouped:
    """How many firms moved, and the caps that are above their amount now, with how much in fen."""

    regrouping: int
    moved: int
    above: dict[str, int]


def place(
    firm: str, *, request: RequestId, on: date, at: datetime, by: str, why: str = "stated", **said: str
) -> Regrouped | Refused:
    """State where one firm stands: any of owner, group, circle, trade and region. What is not said stays."""
    if unknown := set(said) - set(PLACED):
        raise BadInput(f"a firm has no place '{unknown.pop()}'", then=f"name some of {', '.join(PLACED)}")
    table = pa.table({"firm": [firm], **{name: [value] for name, value in said.items()}})
    return regroup(table, request=request, on=on, at=at, by=by, why=why, whole=False)


def regroup(
    found: pa.Table,
    *,
    request: RequestId,
    on: date,
    at: datetime,
    by: str,
    why: str,
    whole: bool = True,
    names_kept: bool = True,
    tell: Step | None = None,
) -> Regrouped | Refused:
    """Take over where firms stand: `firm` and any of `owner, group, circle, trade, region` (text; null: as it was).

    With `names_kept`, a group or circle bears the name that most of its members had. With `whole`, firms that are not
    in it belong to nobody any more (their trade and region stay). Asking again with `request` gives the first answer.
    """
    columns = [name for name in PLACED if name in found.column_names]
    asked = f"{why} {_hash(found)}"
    first = RegroupingRow.objects.filter(request=request).first()
    if first is not None and first.why != asked:
        return Refused(Code.REQUEST_HAS_OTHER_CONTENT, {"request": request})
    if first is not None and (done := RegroupedRow.objects.filter(regrouping=first).first()) is not None:
        return Regrouped(first.pk, done.moved, done.above)
    run = first or RegroupingRow.objects.create(on=on, at=at, why=asked, by=by, request=request)
    with connection.cursor() as cursor:
        cursor.execute(f"drop table if exists {GIVEN}")  # a session's own: it is gone with its connection
    changed = _load(_kept_names(found, columns) if names_kept else found, columns, whole=whole)
    tell = tell or _silent
    above: set[int] = set()
    for start in range(0, changed, CHUNK):
        above |= _apply(run, columns, start, on=on, at=at)
        tell((start + CHUNK) / max(changed, CHUNK), f"{min(start + CHUNK, changed):,} of {changed:,} firms moved")
    with transaction.atomic():
        exceeded = exceeded_caps(above)
        moved = _moved(run)
        RegroupedRow.objects.create(regrouping=run, moved=moved, above=exceeded)
        governance.record(
            "regroup", f"regrouping {run.pk}", {"moved": moved, "above": len(exceeded), "why": why}, by=by
        )
    return Regrouped(run.pk, moved, exceeded)


def exceeded_caps(among: Collection[int] | None = None) -> dict[str, int]:
    """The caps that hold and are above their amount, and by how much in fen; among some, or of all."""
    rows = CapRow.objects.all() if among is None else CapRow.objects.filter(pk__in=sorted(among))
    caps = [accounts.cap_of(row) for row in rows.order_by("scope", "subject", "counts")]
    rooms = accounts.rooms(caps)
    return {str(cap.key): rooms[cap.id].over for cap in caps if cap.holds and rooms[cap.id].over}


def _apply(run: RegroupingRow, columns: Sequence[str], start: int, *, on: date, at: datetime) -> set[int]:
    """One chunk of firms. Those without a line move at once; the lines of the others go with them, a few at a time."""
    bounds = {"first": start, "last": start + CHUNK, "run": run.pk}
    with transaction.atomic(), connection.cursor() as cursor:
        alone()
        cursor.execute(WITH_LINES, bounds)
        with_lines: list[str] = [row[0] for row in cursor.fetchall()]
        cursor.execute(_move(columns), {**bounds, "only": [], "without": with_lines, "all": True})
    above: set[int] = set()
    for at_line in range(0, len(with_lines), LINES):
        firms = with_lines[at_line : at_line + LINES]
        with transaction.atomic(), connection.cursor() as cursor:
            alone()
            cursor.execute(_move(columns), {**bounds, "only": firms, "without": [], "all": False})
            above |= moving.move_lines(firms, run=f"regroup/{run.pk}", on=on, at=at)
    return above


WITH_LINES = f"""select distinct g.firm from {GIVEN} g join exposure_line l on l.firm = g.firm and l.status <> 'ended'
    where g.number >= %(first)s and g.number < %(last)s order by 1"""


def _move(columns: Sequence[str]) -> str:
    """Write places and who moved from where, in one statement."""
    names = ", ".join(f'"{name}"' for name in columns)
    new = ", ".join(f"g.{name}" for name in columns)
    old = ", ".join(f'p."{name}"' for name in columns)
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in columns)
    rest = [name for name in PLACED if name not in columns]
    return f"""with g as (
            select * from {GIVEN} where number >= %(first)s and number < %(last)s
                and (%(all)s or firm = any (%(only)s)) and not firm = any (%(without)s)
        ), told as (
            insert into exposure_moved (regrouping_id, firm, was, now)
            select %(run)s, g.firm, coalesce(array[{old}]::text[], '{{}}'), array[{new}]::text[]
            from g left join exposure_place p on p.firm = g.firm
        )
        insert into exposure_place (firm, {names}{"".join(f', "{name}"' for name in rest)})
        select g.firm, {new}{", ''" * len(rest)} from g
        on conflict (firm) do update set {sets}"""


def _load(found: pa.Table, columns: Sequence[str], *, whole: bool) -> int:
    """Put what differs from the places of now into a table of this session, numbered; returns how many firms."""
    names = ", ".join(f'"{name}" text' for name in columns)
    differs = " or ".join(f'g."{name}" <> coalesce(p."{name}", \'\')' for name in columns)  # null is said of nobody
    chosen = ", ".join(f'coalesce(g."{name}", p."{name}", \'\') as "{name}"' for name in columns)
    left = ", ".join("''" if name in BELONGS else f'p."{name}"' for name in columns)
    gone = " or ".join(f"p.\"{name}\" <> ''" for name in columns if name in BELONGS) or "false"
    leavers = f"""union all select p.firm, {left} from exposure_place p
        where ({gone}) and not exists (select from exposure_all a where a.firm = p.firm)"""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"create temp table exposure_all (firm text primary key, {names}) on commit drop")
        with cursor.copy("copy exposure_all from stdin (format csv)") as into:
            into.write(_csv(found.select(["firm", *columns])))
        cursor.execute("analyze exposure_all")
        cursor.execute(
            f"""create temp table {GIVEN} as select row_number() over (order by firm) - 1 as number, c.* from (
                select g.firm, {chosen} from exposure_all g left join exposure_place p on p.firm = g.firm
                where {differs} {leavers if whole else ""}) c"""
        )
        cursor.execute(f"create index on {GIVEN} (number)")
        cursor.execute(f"analyze {GIVEN}")
        cursor.execute(f"select count(*) from {GIVEN}")
        return int(cursor.fetchone()[0])


def _csv(table: pa.Table) -> bytes:
    if not table.num_rows:
        return b""
    sink, table = io.BytesIO(), table.combine_chunks()  # of a chunk without rows Arrow writes zeros
    arrow_csv.write_csv(table, sink, arrow_csv.WriteOptions(include_header=False, quoting_style="all_valid"))
    return sink.getvalue()


def _kept_names(found: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Groups and circles under the names that most of their members had: a group that gains a firm stays the group."""
    for name in ("group", "circle"):
        if name in columns and found.num_rows > 1:
            old = dict(PlaceRow.objects.exclude(**{name: ""}).values_list("firm", name))
            at = found.column_names.index(name)
            found = found.set_column(at, name, _renamed(found["firm"], found[name], old))
    return found


def _renamed(firms: pa.ChunkedArray, new: pa.ChunkedArray, old: Mapping[str, str]) -> pa.Array:
    """New labels replaced by the old ones that most members bore, each old one used once.

    >>> firms, new = pa.chunked_array([["A", "B", "C", "D"]]), pa.chunked_array([["A", "A", "C", "C"]])
    >>> _renamed(firms, new, {"B": "A", "C": "A", "D": "A"}).to_pylist()
    ['A-2', 'A-2', 'A', 'A']
    """
    labels = new.combine_chunks().dictionary_encode()
    names: list[str] = labels.dictionary.to_pylist()
    if not old:
        return new.combine_chunks()
    before = pa.array(list(old.values())).dictionary_encode()
    place = pc.index_in(firms.combine_chunks(), value_set=pa.array(list(old))).to_numpy(zero_copy_only=False)
    known = ~np.isnan(place)
    had = before.indices.to_numpy()[place[known].astype(np.int64)].astype(np.int64)
    now = labels.indices.to_numpy()[known].astype(np.int64)
    pairs, counts = np.unique(now * len(before.dictionary) + had, return_counts=True)
    kept: dict[int, str] = {}
    taken: set[int] = set()
    for at in np.argsort(-counts, kind="stable").tolist():
        label, was = divmod(int(pairs[at]), len(before.dictionary))
        if names[label] and label not in kept and was not in taken:
            kept[label] = before.dictionary[was].as_py()
            taken.add(was)
    used = set(kept.values())
    for label, name in enumerate(names):
        if name and label not in kept:
            kept[label] = _free(name, used)
            used.add(kept[label])
    final = pa.array([kept.get(label, "") for label in range(len(names))], pa.string())
    return final.take(labels.indices)


def _free(name: str, used: Collection[str]) -> str:
    number, free = 2, name
    while free in used:
        free, number = f"{name}-{number}", number + 1
    return free


def _hash(found: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, found.schema) as writer:
        writer.write_table(found.combine_chunks())
    return digest([sink.getvalue().to_pybytes()])[:16]


def _moved(run: RegroupingRow) -> int:
    return run.movedrow_set.count()


def members(scope: Scope, subject: str) -> list[str]:
    """The firms that share a cap of a scope that follows firms, sorted."""
    return list(PlaceRow.objects.filter(**{scope.value: subject}).order_by("firm").values_list("firm", flat=True))


def lines_of(firms: Collection[str]) -> list[LineRow]:
    """The lines of firms that have not ended."""
    return list(LineRow.objects.filter(firm__in=firms).exclude(status="ended").order_by("id"))


def _silent(done: float, note: str = "") -> None:
    """For whom nobody waits."""
