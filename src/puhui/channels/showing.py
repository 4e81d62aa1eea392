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
from puhui.channels.contract import Channel, Column, Strip
from puhui.channels.sealing import opened_strips
from puhui.channels.selectors import SealedStrip, known, permitted, strips_of
from puhui.governance import services as governance
from puhui.governance.access import Role
from puhui.governance.purposes import Purpose
from puhui.governance.sight import SIGHT, Sight, masked
from puhui.ids import EnterpriseId
from puhui.refusals import Refused

AT_ONCE = 10_000
WHERE = (Strip.COLUMNS, "delivery", Strip.NUMBER, Strip.PLACE)  # says where a row's sealed cells are


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
    wanted = [*names, *(name for name in WHERE if personal and name not in names)]
    table = known(declared, asked, as_of=as_of, con=lake.shared(), sealed=True, all_revisions=all_revisions)
    found = table.select(*wanted).to_pyarrow()
    strips = strips_of(declared, asked, as_of=as_of, con=lake.shared()) if personal else []
    found, erased = _opened(declared, personal, found, strips, sight)
    again = permitted(declared, firms, purpose=purpose, on=day, role=role)
    if again.refused is not None:
        return again.refused
    governance.record_read(
        channel, asked, purpose=purpose, as_of=as_of, sight=sight, rows=found.num_rows, exact=True, by=by
    )
    return Shown(found.select(names), sight, erased)


def _opened(
    channel: Channel, personal: Sequence[Column], found: pa.Table, strips: Sequence[SealedStrip], sight: Sight
) -> tuple[pa.Table, int]:
    """The rows with these columns' cells opened; how many were erased. A strip is opened once."""
    if not personal:
        return found, 0
    sealed, delivery, number, place = (found[name].to_pylist() for name in WHERE)
    wanted = set(zip(delivery, number, strict=True))
    texts: dict[tuple[str, int], dict[str, list[str | None]] | None] = {}
    asked = [strip for strip in strips if (strip[1], strip[2]) in wanted]
    for start in range(0, len(asked), AT_ONCE):
        texts |= opened_strips(channel.name, asked[start : start + AT_ONCE])
    erased = 0
    for column in personal:
        assert column.personal is not None
        has = {names: names is not None and column.name in names.split(",") for names in set(sealed)}
        cells: list[str | None] = []
        for row, there in enumerate(found[column.name].to_pylist()):
            if not has[sealed[row]]:
                cells.append(there)
                continue
            strip = texts[delivery[row], number[row]]
            text = strip[column.name][place[row]] if strip is not None else None
            erased += strip is None
            cells.append(masked(column.personal, text) if text and sight is Sight.MASKED else text)
        where = found.schema.get_field_index(column.name)
        found = found.set_column(where, column.name, pa.array(cells, pa.string()))
    return found, erased
