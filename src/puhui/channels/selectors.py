"""The room's reads: a firm's rows for a purpose, deliveries, quarantine."""

# ruff: noqa: S608  names in these statements come from a channel's declaration, texts pass through `quoted`

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
from django.db.models import Count
from ibis.backends.duckdb import Backend

from puhui import days
from puhui.channels import lake, planning, statements
from puhui.channels.catalogue import channel_named
from puhui.channels.contract import Channel, Column, Strip, places
from puhui.channels.deliveries import Delivery, State
from puhui.channels.door import bare
from puhui.channels.models import DeliveryRow, QuarantinedRow
from puhui.channels.planning import Plan
from puhui.channels.sealing import Raw, opened_quarantine
from puhui.governance import selectors as permissions
from puhui.governance import services as governance
from puhui.governance.access import Role
from puhui.governance.masking import scrubbed
from puhui.governance.personal import is_personal
from puhui.governance.purposes import Purpose
from puhui.governance.sight import Sight, by_law, masked
from puhui.ids import DeliveryId, EnterpriseId, digest
from puhui.refusals import Code, Refused
from puhui.words import Label

FEW = 50  # firms that a filter names one by one
HIDDEN = "***"
SealedStrip = tuple[str, str, int, bytes]  # firm, delivery, number within it, sealed


class Hidden(StrEnum):
    """Why a quarantined row's cells are not shown."""

    NO_RIGHT = "no_right"
    NO_FIRM = "no_firm"
    ERASED = "erased"


HIDDEN_WORDS: dict[Hidden, Label] = {
    Hidden.NO_RIGHT: Label("hidden: no right to this firm's rows stands", "未显示：对该企业数据没有有效授权"),
    Hidden.NO_FIRM: Label(
        "hidden: the row does not say whose it is, so no right can cover it; an auditor may see it",
        "未显示：该行未标明所属企业，任何授权均无法覆盖，仅审计人员可查看",
    ),
    Hidden.ERASED: Label("erased", "已删除"),
}
assert HIDDEN_WORDS.keys() == set(Hidden)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that broke the contract, as a role may see it (a misshapen row's text is under ""), and why.

    `raw` is None where it may not be seen, or no more: then `hidden` says why.
    """

    id: int
    line: int
    raw: dict[str, str | None] | None
    hidden: Hidden | None
    reasons: tuple[tuple[str, Label], ...]
    mended_by: DeliveryId | None

    @property
    def hidden_words(self) -> Label | None:
        """Why it is not shown, in words."""
        return HIDDEN_WORDS[self.hidden] if self.hidden is not None else None


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
    withdrawn yesterday is gone for last year's rows too. Refuses PURPOSE_NOT_ALLOWED, and NO_CONSENT naming the firms
    that may not be read, unless `only_permitted` asks for the others. Every read is one record of the audit chain.
    People are pseudonyms here, equal for equal people in every channel; `showing.shown` opens them for who may see.
    `columns` are the lake's (default: all). The table lives in `con`, by default this thread's own DuckDB.
    """
    declared = channel_named(channel)
    permission = permitted(declared, firms, purpose=purpose, on=on or days.today())
    if permission.refused is not None and not (only_permitted and permission.refused.code is Code.NO_CONSENT):
        return permission.refused
    asked = sorted(permission.firms)
    con = con or lake.shared()
    found = known(declared, asked, as_of=as_of, con=con)
    few = len(asked) <= FEW
    count = _count(con, found) if few else planned_rows(declared, asked, as_of=as_of)
    governance.record_read(
        channel, asked, purpose=purpose, as_of=as_of, sight=Sight.PSEUDONYMS, rows=count, exact=few, by=by
    )
    return found.select(*columns) if columns is not None else found


def permitted(
    channel: Channel,
    firms: Collection[EnterpriseId],
    *,
    purpose: Purpose,
    on: date,
    role: Role = Role.ANALYST,
    rights: permissions.Rights | None = None,
) -> permissions.Permission:
    """Who of the firms may be read for this purpose on a day, for a role; by `rights` where these were looked up.

    Refuses PURPOSE_NOT_ALLOWED where the channel's own list does not have it, whatever was consented to; NO_CONSENT.
    """
    if by_law(purpose, role):
        return permissions.Permission(frozenset(firms), None)
    if purpose not in channel.purposes:
        facts = {"channel": channel.name, "purpose": str(purpose), "allowed": ", ".join(sorted(channel.purposes))}
        return permissions.Permission(frozenset(), Refused(Code.PURPOSE_NOT_ALLOWED, facts))
    rights = rights or permissions.rights(firms, purpose=purpose, on=on, channel=channel.name)
    return rights.to(channel.name, firms)


def planned_rows(channel: Channel, asked: Collection[EnterpriseId], *, as_of: date) -> int:
    """The most rows that a read of these firms can have, from the files' own counts."""
    return planning.plan(lake.current(channel), firms=asked, last=as_of, known_by=days.end_of(as_of)).rows


def firms(channel: str, *, source: str | None = None) -> list[EnterpriseId]:
    """The ids of all firms of which the channel has a row, or one from a source, sorted. Ids only: no row is read."""
    table = lake.current(channel_named(channel))
    return list(_firms_at(table.metadata_location, source)) if table is not None else []


def firms_of(channel: str) -> frozenset[EnterpriseId]:
    """The same ids as a set, to ask whether a firm is among them."""
    table = lake.current(channel_named(channel))
    return _firm_set_at(table.metadata_location) if table is not None else frozenset()


def heard_of(firms: Collection[EnterpriseId], names: Collection[str]) -> dict[str, list[EnterpriseId]]:
    """Of which of the firms each of these channels has a row, in the order given. Ids only: no row is read."""
    tables = lake.currents()
    told = {name: _firm_set_at(tables[name].metadata_location) if name in tables else frozenset() for name in names}
    return {name: [firm for firm in firms if firm in has] for name, has in told.items()}


def firms_naming(channel: str, column: str, values: Collection[str]) -> dict[str, list[EnterpriseId]]:
    """Which firms' rows name each of these values, such as a person's pseudonym. Ids only: no row is read."""
    declared = channel_named(channel)
    assert column in {each.name for each in declared.columns}, f"{channel} has no column {column}"
    table = lake.current(declared)
    if table is None or not values:
        return {}
    found = lake.shared().con.execute(
        f"select distinct {column}, enterprise from {statements.files(planning.plan(table, firms=None).files)}"
        f" where {column} in"
        " (select unnest(?::varchar[])) order by all",
        [sorted(values)],
    )
    by_value: dict[str, list[EnterpriseId]] = {}
    for value, firm in found.fetchall():
        by_value.setdefault(value, []).append(EnterpriseId(firm))
    return by_value


def nothing_of(channel: str) -> str:
    """A statement of a channel's table without rows, for those who hold several channels beside each other."""
    return statements.nothing(channel_named(channel))


def delivered(channel: str, *, known_by: date) -> bool:
    """Whether the channel had brought any row by the end of a day, by the statistics of its files."""
    table = lake.current(channel_named(channel))
    return bool(planning.plan(table, firms=None, last=known_by, known_by=days.end_of(known_by)).files)


def state_of(channel: str) -> int:
    """The number of the lake's snapshot in which the channel stands; 0 before its first delivery."""
    table = lake.current(channel_named(channel))
    return 0 if table is None else table.metadata.current_snapshot_id or 0


def changed_since(states: Mapping[str, int]) -> list[str]:
    """The channels that stand in another state than told."""
    now = {name: table.metadata.current_snapshot_id or 0 for name, table in lake.currents().items()}
    return [name for name, state in states.items() if now.get(name, 0) != state]


def told_since(channel: str, state: int) -> frozenset[EnterpriseId] | None:
    """The firms of which deliveries have told since a state; None where it may be any."""
    table = lake.current(channel_named(channel))
    if table is None or table.metadata.current_snapshot_id == state:
        return frozenset()
    since = lake.deliveries_since(table, state)
    if since is None:
        return None
    found = list(DeliveryRow.objects.filter(pk__in=since).values_list("firms", flat=True))
    if len(found) < len(since) or None in found:
        return None
    return frozenset(EnterpriseId(firm) for firms in found for firm in firms or ())


def told_of_since(moment: datetime) -> frozenset[EnterpriseId]:
    """The firms of which small deliveries, made since a moment, have told."""
    made = DeliveryRow.objects.filter(made_at__gte=moment, state=State.COMMITTED, firms__isnull=False)
    return frozenset(EnterpriseId(firm) for firms in made.values_list("firms", flat=True) for firm in firms or ())


def deliveries(channel: str) -> list[Delivery]:
    """The channel's committed deliveries, the newest business day first."""
    done = DeliveryRow.objects.filter(channel=channel_named(channel).name, state=State.COMMITTED)
    return [answer_of(row) for row in done.order_by("-on", "pk")]


def quarantine(
    delivery: DeliveryId,
    *,
    sight: Sight = Sight.MASKED,
    on: date | None = None,
    by: str = "puhui",
    first: int = 0,
    many: int | None = None,
    row: int | None = None,
) -> list[Quarantined]:
    """The rows that a delivery could not accept, in the file's order, as far as `sight` goes: from the `first` on so
    `many` (None: all), or the one `row` alone. Only these are opened, and are what the record says was looked at.

    What a firm's row said is shown while any right to the firm's rows of this channel stands; else only why it is
    wrong. A row that names no firm shows its cells to nobody but an auditor. Personal cells are masked, numbers of
    people scrubbed wherever they stand; an auditor sees the row as it came. The look is one record of the audit chain.
    """
    waiting = QuarantinedRow.objects.filter(delivery=delivery, delivery__state=State.COMMITTED)
    waiting = waiting if row is None else waiting.filter(pk=row)
    last = None if many is None else first + many
    rows = list(waiting.select_related("delivery").order_by("line")[first:last])
    if not rows:
        return []
    channel = channel_named(rows[0].delivery.channel)
    mending = DeliveryRow.objects.filter(mends__in=[each.pk for each in rows], state=State.COMMITTED)
    mended = dict(mending.values_list("mends_id", "pk"))
    opened = opened_quarantine(channel.name, [(delivery, each.raw) for each in rows])
    body = {"what": "quarantine", "channel": channel.name, "purpose": str(Purpose.QUALITY), "rows": len(rows)}
    governance.record("look", delivery, body | {"sight": str(sight)}, by=by)
    seen = _seen(channel, opened, sight, on=on or days.today())
    return [
        Quarantined(
            each.pk,
            each.line,
            raw if isinstance(raw, dict) else None,
            raw if isinstance(raw, Hidden) else None,
            tuple((reason, channel.words(reason)) for reason in each.reasons),
            DeliveryId(mended[each.pk]) if each.pk in mended else None,
        )
        for each, raw in zip(rows, seen, strict=True)
    ]


def unmended() -> list[tuple[DeliveryId, str, int]]:
    """Deliveries with quarantined rows that nobody has mended yet, with their channel and how many, most first."""
    mended = DeliveryRow.objects.filter(mends__isnull=False, state=State.COMMITTED).values("mends")
    left = QuarantinedRow.objects.filter(delivery__state=State.COMMITTED).exclude(pk__in=mended)
    found = left.values_list("delivery", "delivery__channel").annotate(rows=Count("id")).order_by("-rows", "delivery")
    return [(DeliveryId(delivery), channel, rows) for delivery, channel, rows in found]


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


def known(
    channel: Channel,
    asked: list[EnterpriseId],
    *,
    as_of: date,
    con: Backend,
    sealed: bool = False,
    all_revisions: bool = False,
) -> ir.Table:
    """The rows themselves, for this room: whoever calls has checked the right to read, and records the read."""
    planned = planning.plan(lake.current(channel), firms=asked, last=as_of, known_by=days.end_of(as_of))
    found = _view(con, channel, planned, by=days.end_of(as_of), sealed=sealed, all_revisions=all_revisions)
    if len(asked) <= FEW:
        return found.filter(found.enterprise.isin(asked))
    if not set(asked) >= set(firms(channel.name)):
        return found.semi_join(_list_of(con, asked), "enterprise")
    return found


def strips_of(channel: Channel, asked: list[EnterpriseId], *, as_of: date, con: Backend) -> list[SealedStrip]:
    """The sealed strips to which rows of these firms may refer, for this room.

    Rows are never removed from the lake, and a strip's rows stay together in one file, so a strip is found after the
    rows that name it, though a delivery or a compaction may have come between.
    """
    planned = planning.plan(lake.current(channel), firms=asked, last=as_of, known_by=days.end_of(as_of))
    if not planned.files:
        return []
    of, told = "select unnest(?::varchar[])", [asked]
    if len(asked) > FEW:
        of, told = f"select enterprise from ({con.compile(_list_of(con, asked))})", []
    found = con.con.execute(
        f'select enterprise, delivery, "{Strip.NUMBER}", "{Strip.SEALED}" from {statements.files(planned.files)}'
        f' where "{Strip.SEALED}" is not null and enterprise in ({of})',
        told,
    )
    strips: list[SealedStrip] = found.fetchall()
    return strips


def _view(
    con: Backend, channel: Channel, planned: Plan, *, by: datetime, sealed: bool = False, all_revisions: bool = False
) -> ir.Table:
    """What a plan's files knew by a moment as a view, made once."""
    schema = channel.schema if sealed else channel.open_schema
    statement = statements.known(channel, planned, by=by, columns=schema, all_revisions=all_revisions)
    name = f"{channel.name}_{digest([statement.encode()])[:16]}"
    con.con.execute(f'create temp view if not exists "{name}" as {statement}')
    # The schema is declared: asking DuckDB for it would cost as much as reading a firm.
    place = ops.Namespace(catalog="temp", database="main")
    table: ir.Table = ops.DatabaseTable(name, ibis.schema(schema), con, place).to_expr()
    return table


def _seen(channel: Channel, opened: Sequence[Raw | None], sight: Sight, *, on: date) -> list[Raw | Hidden]:
    """Quarantined rows as somebody may see them on a day, or why not."""
    if sight is Sight.CLEAR:
        return [raw if raw is not None else Hidden.ERASED for raw in opened]
    header = [places(channel, raw).get("enterprise", "") if raw is not None else "" for raw in opened]
    # A misshapen row's whole text stands under "", and is no firm.
    firms = [bare(raw[name] or "") if raw and name else "" for raw, name in zip(opened, header, strict=True)]
    readable = permissions.with_any_right({EnterpriseId(f) for f in firms if f}, channel=channel.name, on=on)

    seen: list[Raw | Hidden] = []
    for raw, firm in zip(opened, firms, strict=True):
        if raw is None or not firm:
            seen.append(Hidden.ERASED if raw is None else Hidden.NO_FIRM)
        else:
            seen.append(_masked(channel, raw) if firm in readable else Hidden.NO_RIGHT)
    return seen


def _masked(channel: Channel, raw: Raw) -> dict[str, str | None]:
    """A raw row for eyes that see masks: what the channel does not know may be anything, and is not shown."""
    columns = _columns_of(channel, raw)
    return {header: text and _masked_cell(columns.get(header), text) for header, text in raw.items()}


def _masked_cell(column: Column | None, text: str) -> str:
    if column is None:
        return HIDDEN
    if column.personal is not None and is_personal(column.personal, bare(text)):
        return masked(column.personal, bare(text))
    return scrubbed(text)


def _columns_of(channel: Channel, raw: Raw) -> dict[str, Column]:
    by_name = {column.name: column for column in channel.columns}
    return {header: by_name[name] for name, header in places(channel, raw).items()}


def _count(con: Backend, found: ir.Table) -> int:
    """How many rows these are. Ibis takes as long over the answer as DuckDB does over one firm's rows."""
    ((count,),) = con.con.execute(f"select count(*) from ({con.compile(found)})").fetchall()
    return int(count)


def _list_of(con: Backend, asked: list[EnterpriseId]) -> ir.Table:
    name = f"firms_{digest(firm.encode() for firm in asked)[:16]}"
    con.con.execute(f'create temp table if not exists "{name}" as select unnest(?::varchar[]) as enterprise', [asked])
    return con.table(name)


@lru_cache(maxsize=16)
def _firm_set_at(metadata_location: str) -> frozenset[EnterpriseId]:
    return frozenset(_firms_at(metadata_location))


@lru_cache(maxsize=16)
def _firms_at(metadata_location: str, source: str | None = None) -> tuple[EnterpriseId, ...]:
    """All firms of a table's state, or those of a source; a state never changes, so it is asked once."""
    paths = planning.plan(lake.table_at(metadata_location), firms=None).files
    if not paths:
        return ()
    asked = f"select distinct enterprise from {statements.files(paths)} where ? is null or source = ? order by 1"
    found = lake.shared().con.execute(asked, [source, source]).fetchall()
    return tuple(EnterpriseId(firm) for (firm,) in found)
