"""The room's reads: a firm's rows for a purpose, deliveries, quarantine."""

# ruff: noqa: S608  names in these statements come from a channel's declaration, texts pass through `quoted`

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from puhui import days
from puhui.channels import lake, planning
from puhui.channels.catalogue import channel_named
from puhui.channels.contract import Channel
from puhui.channels.deliveries import Delivery, State
from puhui.channels.models import DeliveryRow, QuarantinedRow
from puhui.channels.quoting import quoted
from puhui.governance import selectors as permissions
from puhui.governance import services as governance
from puhui.governance.purposes import Purpose
from puhui.ids import DeliveryId, EnterpriseId, digest
from puhui.refusals import Code, Refused
from puhui.words import Label

FEW = 50  # firms that a filter names one by one


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that broke the contract, as it came (a misshapen row's text is under ""), and why."""

    id: int
    line: int
    raw: dict[str, str | None]
    reasons: tuple[tuple[str, Label], ...]
    mended_by: DeliveryId | None


def rows(
    channel: str,
    firms: Collection[EnterpriseId],
    *,
    purpose: Purpose,
    as_of: date,
    columns: Sequence[str] | None = None,
    only_permitted: bool = False,
    on: date | None = None,
    by: str = "puhui",
    con: Backend | None = None,
) -> ir.Table | Refused:
    """The firms' rows as they were known by the end of `as_of`, without those superseded by then.

    The right to read is held against `on`, the day of the reading (today unless told), never against `as_of`: a consent
    withdrawn yesterday is gone for last year's rows too. Refuses PURPOSE_NOT_ALLOWED when no consent could give the
    right, and NO_CONSENT naming the firms that may not be read, unless `only_permitted` asks for the others.
    Every read is one record of the audit chain.
    `columns` are the lake's (default: all). The table lives in `con`, by default this thread's own DuckDB.
    """
    declared = channel_named(channel)
    if purpose not in declared.purposes:
        return Refused(Code.PURPOSE_NOT_ALLOWED, {"channel": channel, "purpose": str(purpose)})
    permission = permissions.allowed(firms, channel=channel, purpose=purpose, on=on or days.today())
    if permission.refused is not None and not only_permitted:
        return permission.refused
    asked = sorted(permission.firms)
    body = {"purpose": str(purpose), "as_of": as_of.isoformat(), "firms": len(asked), "first": asked[:5]}
    governance.record("read", channel, body | {"all": digest(firm.encode() for firm in asked)}, by=by)
    return _known(declared, asked, as_of=as_of, columns=columns, con=con or lake.shared())


def firms(channel: str) -> list[EnterpriseId]:
    """The ids of all firms of which the channel has a row, sorted. Ids only: no row is read."""
    table = lake.current(channel_named(channel))
    return list(_firms_at(table.metadata_location)) if table is not None else []


def delivered(channel: str, *, known_by: date) -> bool:
    """Whether the channel had brought any row by the end of a day, by the statistics of its files."""
    table = lake.current(channel_named(channel))
    return bool(planning.plan(table, firms=None, last=known_by, known_by=days.end_of(known_by)).files)


def deliveries(channel: str) -> list[Delivery]:
    """The channel's committed deliveries, the newest business day first."""
    done = DeliveryRow.objects.filter(channel=channel_named(channel).name, state=State.COMMITTED)
    return [answer_of(row) for row in done.order_by("-on", "pk")]


def quarantine(delivery: DeliveryId) -> list[Quarantined]:
    """The rows that a delivery could not accept, in the file's order."""
    found = QuarantinedRow.objects.filter(delivery=delivery, delivery__state=State.COMMITTED).select_related("delivery")
    mended = dict(
        DeliveryRow.objects.filter(mends__delivery=delivery, state=State.COMMITTED).values_list("mends_id", "pk")
    )
    return [
        Quarantined(
            row.pk,
            row.line,
            json.loads(row.raw),
            tuple((reason, channel_named(row.delivery.channel).words(reason)) for reason in row.reasons),
            DeliveryId(mended[row.pk]) if row.pk in mended else None,
        )
        for row in found.order_by("line")
    ]


def answer_of(row: DeliveryRow) -> Delivery:
    """A stored delivery as its answer."""
    return Delivery(
        delivery=DeliveryId(row.id),
        channel=row.channel,
        source=row.source,
        rows_in=row.rows_in,
        accepted=row.accepted,
        quarantined=row.quarantined,
        duplicates=row.duplicates,
        corrections=row.corrections,
        reasons=row.reasons,
        unknown_headers=tuple(row.unknown_headers),
    )


def _known(
    channel: Channel, asked: list[EnterpriseId], *, as_of: date, columns: Sequence[str] | None, con: Backend
) -> ir.Table:
    """The rows themselves. Files without corrections cost no comparison; else the few corrections are taken out."""
    moment = days.end_of(as_of)
    table = lake.current(channel)
    planned = planning.plan(table, firms=asked, last=as_of, known_by=moment)
    found = _view(con, channel, planned.files)
    found = found.filter(found.learned_at <= moment)
    if len(asked) <= FEW:
        found = found.filter(found.enterprise.isin(asked))
    elif not set(asked) >= set(firms(channel.name)):
        found = found.semi_join(_list_of(con, asked), "enterprise")
    if planned.correcting:
        key = ["source", *channel.key]
        newer = _view(con, channel, planned.correcting).filter(lambda t: (t.revision > 0) & (t.learned_at <= moment))
        newer = newer.select(*key, newest=newer.revision)
        same = [found[name].identical_to(newer[name]) for name in key]
        found = found.anti_join(newer, [*same, found.revision < newer.newest])
    return found.select(*columns) if columns is not None else found


def _view(con: Backend, channel: Channel, paths: Iterable[str]) -> ir.Table:
    """A plan's files as a view, made once a plan."""
    paths = sorted(paths)
    name = f"{channel.name}_{digest(path.encode() for path in paths)[:16]}"
    chosen = ", ".join(f'"{column}"' for column in channel.schema)
    if paths:
        body = f"select {chosen} from read_parquet([{', '.join(quoted(path) for path in paths)}])"
    else:
        empty = {"timestamp('UTC', 6)": "timestamptz", "int64": "bigint", "int32": "integer", "string": "varchar"}
        empty |= {"float64": "double"}
        nothing = ", ".join(f'null::{empty.get(kind, kind)} as "{name}"' for name, kind in channel.schema.items())
        body = f"select {nothing} where false"
    con.con.execute(f'create temp view if not exists "{name}" as {body}')
    # The schema is declared: asking DuckDB for it would cost as much as reading a firm.
    place = ops.Namespace(catalog="temp", database="main")
    table: ir.Table = ops.DatabaseTable(name, ibis.schema(channel.schema), con, place).to_expr()
    return table


def _list_of(con: Backend, asked: list[EnterpriseId]) -> ir.Table:
    name = f"firms_{digest(firm.encode() for firm in asked)[:16]}"
    con.con.execute(f'create temp table if not exists "{name}" as select unnest(?::varchar[]) as enterprise', [asked])
    return con.table(name)


@lru_cache(maxsize=8)
def _firms_at(metadata_location: str) -> tuple[EnterpriseId, ...]:
    """All firms of a table's state; a state never changes, so it is asked once."""
    paths = planning.plan(lake.table_at(metadata_location), firms=None).files
    if not paths:
        return ()
    listed = ", ".join(quoted(path) for path in paths)
    found = lake.shared().con.execute(f"select distinct enterprise from read_parquet([{listed}]) order by 1").fetchall()
    return tuple(EnterpriseId(firm) for (firm,) in found)
