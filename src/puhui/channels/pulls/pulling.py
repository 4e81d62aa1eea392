"""A pull: fetch what is new, spool it to a file, deliver that file; the cursor moves with the delivery, never before.

The spool lives in memory, as it may tell of people. Rows of firms that nobody has a right to read by the time of the
delivery, because a consent ended or never was, wait in quarantine, sealed and shown to nobody. Killed at any moment, a
pull leaves the cursor at the last delivery that is whole. Where rows come in the cursor's order, a long pull delivers
every 200,000 rows, so little is fetched twice; what is fetched twice is a duplicate and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import connection

from puhui import days
from puhui.channels import services
from puhui.channels.deliveries import Delivery
from puhui.channels.formats import volatile
from puhui.channels.models import PullRow
from puhui.channels.pulls import fetching, sources
from puhui.channels.pulls.fetching import Row, Unreachable
from puhui.channels.pulls.sources import Cursor, Source
from puhui.governance.redaction import told
from puhui.progress import Step
from puhui.refusals import BadInput
from puhui.words import Label

ROWS_A_DELIVERY = 200_000


class Outcome(StrEnum):
    """How a source's last pull ended. RUNNING while nobody pulls means that its process was killed."""

    RUNNING = "running"
    DONE = "done"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


WORDS: dict[Outcome, Label] = {
    Outcome.RUNNING: Label("being pulled, or interrupted", "正在拉取或被中断"),
    Outcome.DONE: Label("done", "已完成"),
    Outcome.UNREACHABLE: Label("does not answer; is tried again", "无应答，将重试"),
    Outcome.REFUSED: Label("somebody must act", "需要人工处理"),
}
assert WORDS.keys() == set(Outcome)


@dataclass(frozen=True, slots=True)
class Pulled:
    """The answer to a pull: how many rows came, their deliveries, and where the next pull begins."""

    source: str
    channel: str
    rows: int
    deliveries: tuple[Delivery, ...]
    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class SourceState:
    """A declared source and how its pulls went."""

    source: Source
    outcome: Outcome | None
    said: str
    last_started: datetime | None
    failures: int
    cursor: Cursor | None
    rows: int


def pull(name: str, *, on: date, by: str, tell: Step | None = None) -> Pulled:
    """Fetch a source's new rows and deliver them.

    Raises BadInput for an undeclared source, for one that is being pulled already, and for whatever `fetching` and
    `services.deliver` refuse; `Unreachable` when another try may do. How it ended is kept for `states`.
    """
    source = _declared(name)
    with _alone(source):
        row = _begun(source)
        try:
            found = _pulled(source, row, on=on, by=by, tell=tell or _silent)
        except Unreachable as problem:
            _ended(row, Outcome.UNREACHABLE, str(problem))
            raise
        except BadInput as problem:
            _ended(row, Outcome.REFUSED, str(problem))
            raise
        except Exception as problem:
            _ended(row, Outcome.UNREACHABLE, f"{type(problem).__name__}: {told(problem)}")
            raise
        row.rows = found.rows
        _ended(row, Outcome.DONE, "")
    return found


def states() -> list[SourceState]:
    """Every declared source with the outcome of its last pull."""
    rows = {row.source: row for row in PullRow.objects.all()}
    return [_state(source, rows.get(source.name)) for source in sources.declared(_declarations()).values()]


def due(at: datetime) -> list[str]:
    """The sources that it is time to pull."""
    return [
        state.source.name
        for state in states()
        if sources.due(state.source, last_started=state.last_started, failures=state.failures, at=at)
    ]


def _pulled(source: Source, row: PullRow, *, on: date, by: str, tell: Step) -> Pulled:
    cursor = sources.given(row.cursor)
    with volatile.file(Path(settings.SPOOL) / source.name / "pull.jsonl") as spool:
        return _delivered(source, spool, cursor, on=on, by=by, tell=tell)


def _delivered(source: Source, spool: Path, cursor: Cursor | None, *, on: date, by: str, tell: Step) -> Pulled:
    done: list[Delivery] = []
    rows = 0
    for newest, count in _spooled(source, spool, cursor if cursor is not None else source.begin, tell):
        pulled = {"source": source.name, "cursor": sources.kept(newest if newest is not None else cursor)}
        done.append(services.deliver(source.channel, spool, source=source.name, on=on, by=by, pulled=pulled))
        rows += count
        # A repeated delivery was made before, perhaps by a pull that was killed right after it.
        services.move_cursor(pulled)
        cursor = newest if newest is not None else cursor
    return Pulled(source.name, source.channel, rows, tuple(done), cursor)


def _spooled(source: Source, spool: Path, since: Cursor | None, tell: Step) -> Iterator[tuple[Cursor | None, int]]:
    """The spool, each time that it holds enough to deliver: the newest cursor in it, and its rows."""
    ordered = bool(source.cursor) and (source.ordered or source.kind == "sql")
    newest: Cursor | None = None
    count = total = 0
    file = spool.open("w", encoding="utf-8")
    try:
        for page in fetching.pages(source, since):
            for fetched in page:
                newest = _later(source, newest, fetched.get(source.cursor) if source.cursor else None)
                file.write(_line(source, fetched))
            count, total = count + len(page), total + len(page)
            tell(0.5, f"{total:,} rows")
            if ordered and count >= ROWS_A_DELIVERY:
                file.close()
                yield newest, count
                count = 0
                file = spool.open("w", encoding="utf-8")
    finally:
        file.close()
    if count:
        yield newest, count


def _later(source: Source, one: Cursor | None, other: Cursor | None) -> Cursor | None:
    if one is None or other is None:
        return other if one is None else one
    try:
        return one if one >= other else other  # type: ignore[operator]
    except TypeError:
        raise BadInput(
            f"the cursor {source.cursor} of {source.name} changes its type: {one!r}, then {other!r}",
            then="ask the supplier for one type, or name another field as its cursor",
        ) from None


def _line(source: Source, row: Row) -> str:
    named = {source.rename.get(key, key): value for key, value in row.items()}
    return json.dumps(named, ensure_ascii=False, default=_text) + "\n"


def _text(value: object) -> str:
    """What a database holds and JSON does not, as a person writes it."""
    if isinstance(value, date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value)


def _begun(source: Source) -> PullRow:
    row, _ = PullRow.objects.get_or_create(source=source.name)
    row.outcome, row.said, row.last_started, row.rows = Outcome.RUNNING, "", days.now(), 0
    row.save(update_fields=["outcome", "said", "last_started", "rows"])
    return row


def _ended(row: PullRow, outcome: Outcome, said: str) -> None:
    row.outcome, row.said = outcome, said[:1000]
    row.failures = 0 if outcome is Outcome.DONE else row.failures + 1
    row.save(update_fields=["outcome", "said", "rows", "failures"])


def _state(source: Source, row: PullRow | None) -> SourceState:
    row = row or PullRow(source=source.name, cursor=sources.kept(source.begin))
    outcome = Outcome(row.outcome) if row.outcome else None
    return SourceState(source, outcome, row.said, row.last_started, row.failures, sources.given(row.cursor), row.rows)


def _declarations() -> Path:
    return Path(settings.SOURCES)


def _declared(name: str) -> Source:
    found = sources.declared(_declarations())
    if name not in found:
        known = f"name one of {', '.join(found)}" if found else f"declare it in {_declarations()}"
        raise BadInput(f"there is no source '{name}'", then=known)
    return found[name]


@contextmanager
def _alone(source: Source) -> Iterator[None]:
    """One pull of a source at a time, across processes."""
    name = f"puhui.pull.{source.name}"
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        if not cursor.fetchone()[0]:
            raise BadInput(f"{source.name} is being pulled already", then="wait until that pull has ended")
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _silent(done: float, note: str = "") -> None:
    """For whom nobody waits."""
