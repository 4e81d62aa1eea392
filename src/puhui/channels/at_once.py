"""A few firms' rows of several channels at once, while a customer waits: one look at the rights, one turn on record.

Promises what `selectors.rows` gives, as Arrow: the same rows under the same rights, and a record of each channel read.
Refuses, by channel, what it refuses.
"""

# ruff: noqa: S608  names in this statement come from a channel's declaration, texts pass through `quoted`

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import pyarrow as pa

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
    asked = {firm for firms in wanted.values() for firm in firms}
    rights = permissions.rights(asked, purpose=purpose, on=on)
    found: dict[str, pa.Table | Refused] = {}
    told: dict[tuple[EnterpriseId, ...], dict[str, int]] = {}
    for name, firms in wanted.items():
        channel = channel_named(name)
        permission = selectors.permitted(channel, set(firms), purpose=purpose, on=on, rights=rights)
        missing, its = permission.refused, tuple(sorted(permission.firms))
        if missing is not None and not (only_permitted and missing.code is Code.NO_CONSENT):
            found[name] = missing
            continue
        found[name] = table = _read(channel, its, as_of=as_of)
        told.setdefault(its, {})[name] = table.num_rows
    for its, counts in told.items():
        governance.record_rows_read(counts, its, purpose=purpose, as_of=as_of, sight=Sight.PSEUDONYMS, by=by)
    return found


def _read(channel: Channel, firms: Collection[EnterpriseId], *, as_of: date) -> pa.Table:
    moment = days.end_of(as_of)
    planned = planning.plan(lake.current(channel), firms=firms, last=as_of, known_by=moment)
    known = statements.known(channel, planned, by=moment, columns=channel.open_schema)
    listed = ", ".join(quoted(firm) for firm in firms) or "null"
    found: pa.Table = lake.shared().con.sql(f"select * from ({known}) where enterprise in ({listed})").to_arrow_table()
    return found
