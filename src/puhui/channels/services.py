"""The room's acts: deliver a file, mend a quarantined row, compact a channel's files."""

# ruff: noqa: S608  names in these statements come from a channel's declaration, texts pass through `quoted`

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.db import connection, transaction
from ibis.backends.duckdb import Backend
from pyiceberg.manifest import DataFile

from puhui import days
from puhui.channels import contract, lake, planning, sealing, sifting
from puhui.channels.catalogue import channel_named
from puhui.channels.contract import NO_RIGHT, Channel, Headers
from puhui.channels.deliveries import Compacted, Delivery, State, step
from puhui.channels.door import Door
from puhui.channels.formats import files, zipped
from puhui.channels.formats.files import Arrived
from puhui.channels.healing import finish, heal, locked, undo
from puhui.channels.models import DeliveryRow, PullRow, QuarantinedRow
from puhui.channels.quoting import quoted
from puhui.channels.selectors import answer_of
from puhui.channels.writing import ROWS_A_FILE, Provenance, accept, write
from puhui.governance import services as governance
from puhui.ids import RequestId, digest
from puhui.progress import Step
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

ROWS_AT_ONCE = 10_000
FEW_FIRMS = 1_000  # that a delivery names one by one
MEMORY = "1GB"  # whatever the file's size: more spills to disk, at about the same speed
GRACE = timedelta(hours=1)  # no read lasts longer


def deliver(
    channel: str,
    path: Path | str,
    *,
    source: str = "upload",
    on: date,
    history: bool = False,
    learned_at: datetime | None = None,
    request: RequestId | None = None,
    pulled: dict[str, Any] | None = None,
    by: str,
    tell: Step | None = None,
) -> Delivery:
    """Take a file in, whole or not at all; the same content of a source again changes nothing (`repeated`).

    `on` is the business day: a fact from after it is no fact. `learned_at` is the caller's moment, by default the end
    of `on`. With `history` the file is a supplier's archive: each row counts as learned at the end of the day on which
    it happened, as the tax office knew an invoice on its day. Corrections count as learned now all the same.
    `pulled` names a source and its new cursor, which moves in the delivery's own transaction.
    Deliveries to one channel take turns. Raises BadInput for what `files.look`, `files.stage` and
    `contract.understood` refuse; nothing is written then.
    """
    declared, tell = channel_named(channel), tell or _silent
    if not source.strip() or len(source) > 80:
        raise BadInput(
            Label(f"'{source}' cannot name a source", f"“{source}”不能作为来源名称"),
            then=Label("name who delivers in 1 to 80 characters", "请用1至80个字符写明交付方"),
        )
    tell(0, "looking at the file")
    with zipped.unpacked(Path(path), lake.scratch()) as plain:
        arrived = files.look(plain)
        headers = contract.understood(declared, arrived.headers)
        row = _row(declared, arrived, headers, source=source, on=on, history=history)
        row.file_name, row.learned_at = Path(path).name, learned_at or days.end_of(on)
        row.request, row.pulled, row.by = request, pulled, by
        with locked(declared):
            answer = _carried_out(declared, arrived, headers, row, tell=tell)
    assert isinstance(answer, Delivery), "only a mended row can still be broken"
    return answer


def mend(quarantined: int, changes: dict[str, str], *, by: str, on: date) -> Delivery | Refused:
    """Replay a quarantined row with some cells changed, through the same contract, as a delivery of its own.

    `changes` are by the file's headers or by the channel's column names. The raw row is kept as it came.
    Refuses ALREADY_MENDED, STILL_BROKEN with the reasons, and ERASED; raises BadInput for an unknown row or column.
    """
    old = QuarantinedRow.objects.select_related("delivery").filter(pk=quarantined).first()
    if old is None or old.delivery.state != State.COMMITTED:
        raise BadInput(
            Label(f"there is no quarantined row {quarantined}", f"没有隔离行{quarantined}"),
            then=Label("list them with `puhui quarantine`", "请从隔离清单中选择"),
        )
    declared, of = channel_named(old.delivery.channel), old.delivery
    (raw,) = sealing.opened_quarantine(of.channel, [(of.id, old.raw)])
    if raw is None:
        return Refused(Code.ERASED, {"row": quarantined})
    cells = _mended(declared, raw, changes)
    arrived = _one_row(old, cells)
    headers = contract.understood(declared, arrived.headers)
    row = _row(declared, arrived, headers, source=of.source, on=on, history=of.history)
    row.learned_at, row.by, row.mends = days.end_of(on), by, old
    with locked(declared):
        heal(declared, lake.open_table(declared))
        if DeliveryRow.objects.filter(mends=old, state=State.COMMITTED).exists():
            return Refused(Code.ALREADY_MENDED, {"row": quarantined})
        return _carried_out(declared, arrived, headers, row, tell=_silent)


def move_cursor(pulled: dict[str, Any]) -> None:
    """Let a source's next pull begin where a delivery ended that had been made before."""
    PullRow.objects.filter(source=pulled["source"]).update(cursor=pulled["cursor"])


def compact(channel: str, *, by: str, at: datetime) -> Compacted:
    """Write the many small files of a channel's deliveries as few, with the same rows; readers notice nothing.

    `at` is the caller's moment: what was replaced an hour before it is removed from the disk.
    """
    declared = channel_named(channel)
    with locked(declared):
        table = lake.open_table(declared)
        heal(declared, table)
        alike: dict[tuple[int, bool], list[DataFile]] = {}
        for file in planning.files_of(table):
            span = planning.span(table.schema(), file)
            if span.rows < ROWS_A_FILE // 2:
                alike.setdefault((span.year, span.corrects), []).append(file)
        old = [file for files in alike.values() if len(files) > 1 for file in files]
        con = lake.connect(memory=MEMORY)
        try:
            listed = ", ".join(quoted(file.file_path) for file in old)
            new = write(con, f"read_parquet([{listed}])", lake.data(declared), prefix="compacted") if old else []
        finally:
            con.disconnect()
        if old:
            lake.replace(table, old, new)
        lake.expire(table.refresh(), declared, before=at - GRACE)
        answer = Compacted(channel, len(old), len(new))
        governance.record("compact", channel, {"files_before": answer.files_before, "after": answer.files_after}, by=by)
    return answer


def _carried_out(
    channel: Channel, arrived: Arrived, headers: Headers, row: DeliveryRow, *, tell: Step
) -> Delivery | Refused:
    """The delivery itself, under the channel's lock."""
    table = lake.open_table(channel)
    heal(channel, table)
    if (first := _answered(row)) is not None:
        return first
    con = lake.connect(memory=MEMORY)
    door = Door(channel, headers, len(arrived.headers))
    try:
        found = _sifted(con, channel, arrived, headers, row=row, door=door, tell=tell)
        if row.mends is not None and found.quarantined:
            return Refused(Code.STILL_BROKEN, {"row": row.mends.pk, "reasons": ", ".join(found.reasons)})
        _begin(con, row, found, arrived, door)
        tell(0.7, "writing")
        try:
            strips = sealing.Strips(channel, door, row.id) if channel.personal else None
            rows = accept(con, channel, Provenance(row.source, row.id, row.learned_at, row.history))
            paths = write(con, rows, lake.data(channel), prefix=row.id, strips=strips)
            lake.commit(table, paths, delivery=row.id)
        except BaseException:
            # A commit whose answer was lost may have happened all the same: the lake itself knows.
            if not lake.has(lake.open_table(channel), row.id):
                undo(row, channel)
            raise
        finish(row)
    finally:
        con.disconnect()
    tell(1, "done")
    return answer_of(row)


def _sifted(
    con: Backend, channel: Channel, arrived: Arrived, headers: Headers, *, row: DeliveryRow, door: Door, tell: Step
) -> sifting.Tally:
    """Read the file and find each row's fate; the tables `raw`, `rows` and `fates` are then in `con`."""
    tell(0.1, "reading")
    raw = files.stage(con, arrived, door)
    with files.readable(arrived.path):
        # One statement, so that both cores work: Ibis's create_table makes the table first and fills it on one.
        typed = con.compile(contract.typed(channel, raw, headers))
        con.con.execute(f"create temp table rows as {typed}").fetchall()
    rows = con.table("rows")
    files.assert_unchanged(arrived)
    tell(0.4, "checking")
    if sifting.hold_against_contract(con, channel, rows, row.on):
        sifting.refuse_retyped(con, channel, headers)
    if row.pulled or (row.mends is not None and NO_RIGHT in row.mends.reasons):
        sifting.hold_against_rights(con, channel, row.on)
    sifting.find_repeats(con, channel)
    tell(0.6, "comparing with the lake")
    sifting.find_known(con, channel, _files_that_may_know(con, channel), row.source)
    return sifting.tally(con)


def _files_that_may_know(con: Backend, channel: Channel) -> tuple[str, ...]:
    """The lake's files that may hold a key of these rows, by firm and, where the day is part of the key, by days."""
    ((first, last),) = con.con.execute("select min(happened_on), max(happened_on) from rows").fetchall()
    if first is None:
        return ()
    firms = [
        e for (e,) in con.con.execute("select distinct enterprise from rows where enterprise is not null").fetchall()
    ]
    within = {"first": first, "last": last} if "happened_on" in channel.key else {}
    return planning.plan(lake.current(channel), firms=firms, **within).files


def _begin(con: Backend, row: DeliveryRow, found: sifting.Tally, arrived: Arrived, door: Door) -> None:
    """The delivery is STARTED in the book, with its tally and its quarantine, in one transaction."""
    failed = DeliveryRow.objects.filter(pk=row.pk).values_list("state", flat=True).first()
    row.state = step(State(failed), State.STARTED) if failed else State.STARTED
    row.rows_in, row.accepted, row.quarantined = found.rows_in, found.accepted, found.quarantined
    row.duplicates, row.corrections, row.reasons = found.duplicates, found.corrections, found.reasons
    row.first_day, row.last_day, row.made_at = found.first_day, found.last_day, days.now()
    row.firms = _few_firms(con)
    with transaction.atomic():
        row.save()
        if not found.quarantined:
            return
        seal = sealing.Quarantine(row.channel, row.id, row.on)
        for rows in _quarantine(con, arrived.headers, door):
            sealed = list(seal.sealed([(firm, raw) for _, firm, raw, _ in rows]))  # before the copy: it may make keys
            with (
                connection.cursor() as cursor,
                cursor.copy("copy channels_quarantinedrow (delivery_id, line, raw, reasons) from stdin") as copy,
            ):
                for (line, _, _, reasons), text in zip(rows, sealed, strict=True):
                    copy.write_row((row.id, line, text, json.dumps(reasons)))


def _few_firms(con: Backend) -> list[str] | None:
    """The firms of which the accepted rows tell; None where they are too many to be named one by one."""
    found = con.con.execute(
        f"select distinct enterprise from rows where {sifting.ACCEPTED} limit ?", [FEW_FIRMS + 1]
    ).fetchall()
    return sorted(firm for (firm,) in found) if len(found) <= FEW_FIRMS else None


def _quarantine(
    con: Backend, headers: tuple[str, ...], door: Door
) -> Iterator[list[tuple[int, str | None, dict[str, str | None], list[str]]]]:
    """Quarantined rows, many at once: line, firm if it can be read, cells by header as they came, reasons.

    A misshapen row's text is under "".
    """
    cells = ", ".join(f"c{place}" for place in range(len(headers)))
    found = con.con.execute(
        f"select raw.line, rows.enterprise, reasons, raw.misshapen, {cells}"
        " from raw join fates using (line) join rows using (line) where fate = 'quarantined' order by raw.line"
    )
    while rows := found.fetchmany(ROWS_AT_ONCE):
        many = []
        for line, firm, reasons, misshapen, *texts in rows:
            came = [door.opened(text) for text in texts]
            raw = dict(zip(headers, came, strict=True)) if misshapen is None else {"": door.opened(misshapen)}
            many.append((line, firm if misshapen is None else None, raw, reasons))
        yield many


def _row(channel: Channel, arrived: Arrived, headers: Headers, *, source: str, on: date, history: bool) -> DeliveryRow:
    delivery = digest(part.encode() for part in (channel.name, source, arrived.sha256))[:24]
    return DeliveryRow(
        id=delivery,
        channel=channel.name,
        source=source,
        file_name=arrived.path.name,
        sha256=arrived.sha256,
        headers=list(arrived.headers),
        unknown_headers=list(headers.unknown),
        on=on,
        history=history,
    )


def _answered(row: DeliveryRow) -> Delivery | None:
    """The first answer to this request, or to this very content of this source."""
    done = DeliveryRow.objects.filter(state=State.COMMITTED)
    first = done.filter(request=row.request).first() if row.request else None
    first = first or done.filter(pk=row.pk).first()
    return replace(answer_of(first), repeated=True) if first else None


def _mended(channel: Channel, raw: dict[str, str | None], changes: dict[str, str]) -> dict[str, str | None]:
    """The raw row's cells with the changes."""
    cells = {header: text for header, text in raw.items() if header}
    known = {c.name for c in channel.columns}
    places = contract.places(channel, list(cells))
    for name, text in changes.items():
        header = name if name in cells else places.get(name, name)
        if header not in cells and not contract.places(channel, [header]) and header not in known:
            raise BadInput(
                Label(f"the row has no column '{name}'", f"该行没有列“{name}”"),
                then=Label(
                    f"name one of {', '.join([*cells, *sorted(known)])}",
                    f"请选择其中之一：{'、'.join([*cells, *sorted(known)])}",
                ),
            )
        cells[header] = text
    return cells


def _one_row(old: QuarantinedRow, cells: dict[str, str | None]) -> Arrived:
    """A mended row in the shape of a file, with its old line number."""
    names = ["line", "misshapen", *(f"c{place}" for place in range(len(cells)))]
    types: list[Any] = [pa.int64(), *[pa.string()] * (len(cells) + 1)]
    columns = [pa.array([value], kind) for value, kind in zip([old.line, None, *cells.values()], types, strict=True)]
    content = json.dumps([old.pk, cells], ensure_ascii=False, sort_keys=True)
    return Arrived(
        path=Path(f"row {old.pk} of {old.delivery.file_name}"),
        sha256=digest([content.encode()]),
        headers=tuple(cells),
        batches=lambda: iter([pa.record_batch(columns, names=names)]),
        stamp=None,
    )


def _silent(done: float, note: str = "") -> None:
    """For whom nobody waits."""
