"""Sources that Puhui pulls from, declared as data in `sources.json` in Puhui's home. Pure, but for reading that file.

A source has a name, the channel that it feeds, its kind (`rest` or `sql`), its address, the field that grows with every
new or changed row (`cursor`), and how often it is pulled. Secrets are never written there: `secret` names the
environment variable that holds one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from puhui.channels.catalogue import channel_named
from puhui.refusals import BadInput

NAME = re.compile(r"^[a-z0-9][a-z0-9_-]{0,59}$")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
LONGEST_WAIT = timedelta(days=1)
READERS: dict[str, Callable[[str], date | Decimal]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "decimal": Decimal,
}
Cursor = str | int | date | datetime | Decimal


@dataclass(frozen=True, slots=True)
class Source:
    """One source.

    REST: `since` is the query parameter that takes the cursor; `pages` says in dlt's words how pages follow each other,
    such as {"type": "cursor", "cursor_path": "next", "cursor_param": "cursor"}; `rows` is the JSON path to the rows;
    the secret goes into `header`.
    SQL: `address` is the database's URL without its password, `table` the table or view. `ordered` says that rows come
    in the cursor's order, so that a long pull may commit as it goes; SQL with a cursor always does.
    `rename` gives a field the channel's header.
    """

    name: str
    channel: str
    kind: Literal["rest", "sql"]
    address: str
    cursor: str = ""
    begin: str | int | None = None
    every_minutes: int = 60
    secret: str = ""
    header: str = "Authorization"
    since: str = ""
    pages: Mapping[str, Any] = field(default_factory=lambda: {"type": "single_page"})
    rows: str = ""
    table: str = ""
    schema: str = ""
    ordered: bool = False
    rename: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: float = 30
    attempts: int = 5
    back_off_seconds: float = 1

    def __post_init__(self) -> None:
        if not NAME.match(self.name):
            raise self._wrong("its name is not 1 to 60 of a-z, 0-9, - and _", "give it such a name")
        channel_named(self.channel)
        if self.kind not in {"rest", "sql"}:
            raise self._wrong(f"its kind is '{self.kind}'", "name rest or sql")
        if self.kind == "rest":
            self._check_address()
        elif not self.table:
            raise self._wrong("it names no table", "add the table or view to read")
        if self.kind == "rest" and bool(self.cursor) != bool(self.since):
            raise self._wrong("cursor and since go together", "name both the field and the parameter that takes it")
        if self.every_minutes < 1 or self.attempts < 1 or self.timeout_seconds <= 0 or self.back_off_seconds < 0:
            raise self._wrong("its times make no sense", "set every_minutes, attempts and timeout_seconds above 0")

    def _check_address(self) -> None:
        parts = urlsplit(self.address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise self._wrong("its address is no http address", "write it as https://host/path")
        if self.secret and parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise self._wrong("it would send its secret in the clear", "use https")

    def _wrong(self, what: str, then: str) -> BadInput:
        return BadInput(f"the source '{self.name}' cannot be used: {what}", then=f"{then} in sources.json")


def declared(path: Path) -> dict[str, Source]:
    """All sources of a `sources.json`, by name; none when there is no such file.

    Raises BadInput for what is no list of sources, an unknown or missing field, and two sources of one name.
    """
    if not path.exists():
        return {}
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read ({error})", then="mend it: it is a JSON list of sources") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadInput(f"{path} is no list of sources", then='write it as [{"name": "…", "channel": "…", …}]')
    known = {f.name for f in fields(Source)}
    found: dict[str, Source] = {}
    for entry in entries:
        name = str(entry.get("name", "?"))
        if unknown := sorted(set(entry) - known):
            raise BadInput(
                f"the source '{name}' says {', '.join(unknown)}", then=f"name one of {', '.join(sorted(known))}"
            )
        if missing := sorted({"name", "channel", "kind", "address"} - set(entry)):
            raise BadInput(f"the source '{name}' has no {', '.join(missing)}", then="add it in sources.json")
        if name in found:
            raise BadInput(f"two sources are called '{name}'", then="rename one of them in sources.json")
        found[name] = Source(**entry)
    return found


def due(source: Source, *, last_started: datetime | None, failures: int, at: datetime) -> bool:
    """Is it time to pull? After each failure in a row the wait doubles, up to a day.

    >>> from datetime import UTC
    >>> bank = Source("bank", "bank_transactions", "rest", "https://bank.example/rows", every_minutes=30)
    >>> noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    >>> due(bank, last_started=noon, failures=0, at=noon + timedelta(minutes=30))
    True
    >>> due(bank, last_started=noon, failures=2, at=noon + timedelta(minutes=30))
    False
    """
    if last_started is None:
        return True
    every = timedelta(minutes=source.every_minutes)
    wait = min(every * 2 ** min(failures, 20), max(LONGEST_WAIT, every))
    return bool(at >= last_started + wait)


def kept(cursor: Cursor | None) -> dict[str, Any] | None:
    """A cursor as JSON that tells its type.

    >>> kept(date(2024, 5, 1)), kept(7)
    ({'date': '2024-05-01'}, {'int': 7})
    """
    if cursor is None:
        return None
    if isinstance(cursor, date):  # a datetime is one too
        return {type(cursor).__name__.lower(): cursor.isoformat()}
    return {"decimal": str(cursor)} if isinstance(cursor, Decimal) else {type(cursor).__name__: cursor}


def given(stored: Mapping[str, Any] | None) -> Cursor | None:
    """The cursor that was kept.

    >>> given(kept(datetime(2024, 5, 1, 12))), given(kept(Decimal("1.50"))), given(kept("a"))
    (datetime.datetime(2024, 5, 1, 12, 0), Decimal('1.50'), 'a')
    """
    if not stored:
        return None
    ((kind, value),) = stored.items()
    cursor: Cursor = READERS[kind](value) if kind in READERS else value
    return cursor
