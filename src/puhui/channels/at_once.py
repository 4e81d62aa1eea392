"""A few firms' rows of several channels at once, while a customer waits: one look at the rights, one turn on record.

Promises what `selectors.rows` gives, as Arrow: the same rows under the same rights, and a record of each channel read.
Rows that were just read are kept for a while, so that whoever goes through a firm's file, or decides on it, opens the
lake once; the right to them is asked for, and every read is on record, each time.
Refuses, by channel, what it refuses.
"""

# ruff: noqa: S608  names in these statements come from a channel's declaration, texts pass through `quoted`

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from threading import Lock

import pyarrow as pa
from pyiceberg.table import StaticTable

from puhui import days
from puhui.channels import lake, planning, selectors, statements
from puhui.channels.catalogue import channel_named
from puhui.channels.contract import Channel
from puhui.channels.quoting import quoted
from puhui.governance import selectors as permissions
from puhui.governance import services as governance
from puhui.governance.purposes import Purpose
from puhui.governance.sight import Sight
from puhui.ids import EnterpriseId
from puhui.refusals import Code, Refused

MOST_KEPT, MOST_OF_ONE = 32 << 20, 4 << 20  # bytes of rows that this process keeps beside it, and of one table
_kept: dict[str, pa.Table] = {}
_turn = Lock()


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows a channel holds of some firms, from which day to which, and from whom."""

    rows: int
    first_day: date | None
    last_day: date | None
    sources: tuple[str, ...]


def rows(
    wanted: Mapping[str, Collection[EnterpriseId]],
    *,
    purpose: Purpose,
    as_of: date,
    on: date,
    by: str,
    only_permitted: bool = False,
) -> dict[str, pa.Table | Refused]:
    """By channel the rows of its few firms as they were known by the end of `as_of`, or why they may not be read.

    A channel of which one of the firms may not be read is refused whole, unless `only_permitted` asks for the others.
    """
    found: dict[str, pa.Table | Refused] = {}
    asked = _permitted(wanted, purpose=purpose, on=on, only_permitted=only_permitted)
    tables = lake.currents()
    for name, its in asked.items():
        found[name] = (
            its if isinstance(its, Refused) else _read(_known(tables.get(name), channel_named(name), its, as_of=as_of))
        )
    counts = {name: table.num_rows for name, table in found.items() if not isinstance(table, Refused)}
    _on_record(asked, counts, purpose=purpose, as_of=as_of, by=by)
    return found


def tallies(
    wanted: Mapping[str, Collection[EnterpriseId]], *, purpose: Purpose, as_of: date, on: date, by: str
) -> dict[str, Tally | Refused]:
    """By channel how much `rows` would give: all channels are counted in one statement, and no row leaves the lake."""
    asked = _permitted(wanted, purpose=purpose, on=on)
    told = {name: its for name, its in asked.items() if not isinstance(its, Refused)}
    counted = {name: Tally(0, None, None, ()) for name in told}
    if told:
        tables = lake.currents()
        each = " union all ".join(
            f"select {quoted(name)}, count(*), min(happened_on), max(happened_on), list_sort(list(distinct source))"
            f" from ({_known(tables.get(name), channel_named(name), its, as_of=as_of)})"
            for name, its in told.items()
        )
        for name, count, first, last, sources in lake.shared().con.execute(each).fetchall():
            counted[name] = Tally(count, first, last, tuple(sources or ()))
    _on_record(asked, {name: of.rows for name, of in counted.items()}, purpose=purpose, as_of=as_of, by=by)
    return {name: its if isinstance(its, Refused) else counted[name] for name, its in asked.items()}


def _permitted(
    wanted: Mapping[str, Collection[EnterpriseId]], *, purpose: Purpose, on: date, only_permitted: bool = False
) -> dict[str, tuple[EnterpriseId, ...] | Refused]:
    """By channel the firms that are read, or why none is."""
    rights = permissions.rights({firm for firms in wanted.values() for firm in firms}, purpose=purpose, on=on)
    found: dict[str, tuple[EnterpriseId, ...] | Refused] = {}
    for name, firms in wanted.items():
        permission = selectors.permitted(channel_named(name), set(firms), purpose=purpose, on=on, rights=rights)
        missing = permission.refused
        found[name] = tuple(sorted(permission.firms))
        if missing is not None and not (only_permitted and missing.code is Code.NO_CONSENT):
            found[name] = missing
    return found


def _on_record(
    asked: Mapping[str, tuple[EnterpriseId, ...] | Refused],
    counts: Mapping[str, int],
    *,
    purpose: Purpose,
    as_of: date,
    by: str,
) -> None:
    told: dict[tuple[EnterpriseId, ...], dict[str, int]] = {}
    for name, its in asked.items():
        if not isinstance(its, Refused):
            told.setdefault(its, {})[name] = counts[name]
    for its, of in told.items():
        governance.record_rows_read(of, its, purpose=purpose, as_of=as_of, sight=Sight.PSEUDONYMS, by=by)


def _known(table: StaticTable | None, channel: Channel, firms: Collection[EnterpriseId], *, as_of: date) -> str:
    moment = days.end_of(as_of)
    planned = planning.plan(table, firms=firms, last=as_of, known_by=moment)
    known = statements.known(channel, planned, by=moment, columns=channel.open_schema)
    return f"select * from ({known}) where enterprise in ({', '.join(quoted(firm) for firm in firms) or 'null'})"


def _read(statement: str) -> pa.Table:
    """The rows of a statement. It names files that never change, so that its rows, too, are always the same."""
    with _turn:
        if (kept := _kept.pop(statement, None)) is not None:
            _kept[statement] = kept  # the newest last
            return kept
    found: pa.Table = lake.shared().con.sql(statement).to_arrow_table()
    if found.nbytes <= MOST_OF_ONE:
        with _turn:
            _kept[statement] = found
            while sum(table.nbytes for table in _kept.values()) > MOST_KEPT:
                _kept.pop(next(iter(_kept)))
    return found
