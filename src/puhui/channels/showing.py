"""Rows as a person may see them: pseudonyms, masks or what was written, by the role of who looks.

The right to look is checked before the rows are opened, and again after, in the moment in which they are handed over:
what was withdrawn or destroyed in between is not shown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from puhui import days
from puhui.channels import lake
from puhui.channels.catalogue import channel_named
from puhui.channels.contract import Channel, Column
from puhui.channels.selectors import known, permitted
from puhui.governance import services as governance
from puhui.governance import vault
from puhui.governance.purposes import Purpose
from puhui.governance.sight import SIGHT, Role, Sight, masked
from puhui.ids import EnterpriseId
from puhui.refusals import Refused

AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class Shown:
    """Rows that were read: the channel's columns, personal ones as `sight` allows.

    `erased` counts the personal cells whose key has been destroyed: they are empty, whoever looks.
    """

    rows: pa.Table
    sight: Sight
    erased: int


def shown(
    channel: str,
    firms: Collection[EnterpriseId],
    *,
    role: Role,
    purpose: Purpose,
    as_of: date,
    columns: Sequence[str] | None = None,
    all_revisions: bool = False,
    on: date | None = None,
    by: str,
) -> Shown | Refused:
    """The firms' rows as they were known by the end of `as_of`, read at once, for the eyes of a role.

    Refuses PURPOSE_NOT_ALLOWED, and NO_CONSENT naming the firms that may not be read, also when a consent ends while
    the rows are read. Every read is one record of the audit chain, which says how much of a person was seen.
    """
    declared, day, sight = channel_named(channel), on or days.today(), SIGHT[role]
    permission = permitted(declared, firms, purpose=purpose, on=day, role=role)
    if permission.refused is not None:
        return permission.refused
    asked = sorted(permission.firms)
    names = list(columns) if columns is not None else list(declared.open_schema)
    personal = [c for c in declared.personal if c.name in names] if sight is not Sight.PSEUDONYMS else []
    wanted = [*names, *(c.sealed for c in personal), *({"enterprise"} - set(names) if personal else ())]
    table = known(declared, asked, as_of=as_of, con=lake.shared(), sealed=True, all_revisions=all_revisions)
    found = table.select(*wanted).to_pyarrow()
    found, erased = _opened(declared, personal, found, sight)
    again = permitted(declared, firms, purpose=purpose, on=day, role=role)
    if again.refused is not None:
        return again.refused
    governance.record_read(
        channel, asked, purpose=purpose, as_of=as_of, sight=sight, rows=found.num_rows, exact=True, by=by
    )
    return Shown(found.select(names), sight, erased)


def _opened(channel: Channel, personal: Sequence[Column], found: pa.Table, sight: Sight) -> tuple[pa.Table, int]:
    """The rows with these columns' cells opened; how many were erased. Equal cells of a firm are opened once."""
    firms = found["enterprise"].to_pylist() if personal else []
    sealed = {column: found[column.sealed].to_pylist() for column in personal}
    texts = _texts(
        channel,
        {(column, firm, cell) for column in personal for firm, cell in zip(firms, sealed[column], strict=True) if cell},
    )
    erased = 0
    for column in personal:
        cells: list[str | None] = []
        for there, firm, cell in zip(found[column.name].to_pylist(), firms, sealed[column], strict=True):
            text = texts[column, firm, cell] if cell else there
            erased += bool(cell) and text is None
            assert column.personal is not None
            cells.append(masked(column.personal, text) if cell and text and sight is Sight.MASKED else text)
        place = found.schema.get_field_index(column.name)
        found = found.set_column(place, column.name, pa.array(cells, pa.string()))
    return found, erased


def _texts(channel: Channel, cells: set[tuple[Column, str, bytes]]) -> dict[tuple[Column, str, bytes], str | None]:
    """What was written in each (column, firm, sealed cell); None where it has been erased."""
    listed, texts = list(cells), dict[tuple[Column, str, bytes], str | None]()
    for start in range(0, len(listed), AT_ONCE):
        some = listed[start : start + AT_ONCE]
        places = [(cell, vault.place_of(channel.name, column.name, firm)) for column, firm, cell in some]
        texts |= zip(some, vault.unseal(places), strict=True)
    return texts
