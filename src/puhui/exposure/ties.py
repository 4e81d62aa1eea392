"""Who is tied to whom: owners and representatives of the registry, guarantees of the bureau and of our own book.

Promises that only firms that agreed are read, that a merged firm's ties are those of the firm it is part of, and that
the ties as of the last reading stay on record for a person who asks why two firms share a cap. Refuses nothing.
"""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.csv as arrow_csv
from django.db import connection, transaction

from puhui.channels import lake
from puhui.channels import selectors as channels
from puhui.enterprises import selectors as enterprises
from puhui.exposure.models import TieRow
from puhui.exposure.placing import TRADES
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId
from puhui.mitigation import selectors as mitigation
from puhui.refusals import Refused
from puhui.words import Label

KINDS = {
    "owns": Label("owns", "持股"),
    "represents": Label("is legal representative of", "任法定代表人"),
    "guarantees": Label("guarantees", "提供担保"),
    "kin": Label("is kin of", "近亲属"),
    "same_firm": Label("is, since a merge, the same firm as", "合并后为同一企业"),
}
READ = {
    "registry": """select if(kind = 'shareholder', 'owns', 'represents') as kind, person as one, enterprise as other,
        coalesce(arg_max(share_bp, happened_on), 0)::bigint as share_bp, 0::bigint as fen
        from registry where kind in ('shareholder', 'representative') and person is not null group by 1, 2, 3""",
    "enterprise_bureau": """select 'guarantees' as kind, if(kind = 'guarantee_given', enterprise, counterparty) as one,
        if(kind = 'guarantee_given', counterparty, enterprise) as other, 0::bigint as share_bp,
        greatest(coalesce(sum(balance_fen) filter (where kind = 'guarantee_given'), 0),
            coalesce(sum(balance_fen) filter (where kind = 'guarantee_received'), 0))::bigint as fen
        from (select * from enterprise_bureau
            where kind in ('guarantee_given', 'guarantee_received') and happened_on > $as_of::date - 92
            qualify row_number() over (partition by enterprise, record_number order by happened_on desc) = 1)
        where balance_fen > 0 and counterparty is not null group by 1, 2, 3""",
}
SCHEMA = pa.schema(
    [("kind", pa.string()), ("one", pa.string()), ("other", pa.string()), ("share_bp", pa.int64()), ("fen", pa.int64())]
)


@dataclass(frozen=True, slots=True)
class Tie:
    """One relation, as last read; `fen` is how much a guarantee elsewhere covers."""

    kind: str
    one: str
    other: str
    share_bp: int
    fen: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """A night's reading: `kind, one, other, share_bp, fen` of relations, `firm, trade` in the registry's words."""

    relations: pa.Table
    trades: pa.Table


def heard(*, as_of: date, on: date, by: str) -> Heard:
    """The relations and trades known by the end of a day, of the firms that may be read."""
    con = lake.connect(memory="2GB")
    found = []
    trades = pa.table({"firm": pa.array([], pa.string()), "trade": pa.array([], pa.string())})
    try:
        for name, query in READ.items():
            rows = channels.rows(
                name, channels.firms(name), purpose=Purpose.MONITORING, as_of=as_of, only_permitted=True, on=on, by=by,
                con=con,
            )  # fmt: skip
            if isinstance(rows, Refused):
                continue
            con.con.execute(f"create or replace temp table {name} as {con.compile(rows)}")
            values = {"as_of": as_of} if "$as_of" in query else {}
            found.append(con.con.sql(query, params=values).to_arrow_table().cast(SCHEMA))
            if name == "registry":
                trades = con.con.sql(TRADES).to_arrow_table().cast(trades.schema)
    finally:
        con.disconnect()
    ours = [("guarantees", str(one), str(other), 0, 0) for one, other in mitigation.standing_ties(on=as_of)]
    if ours:
        found.append(pa.table([list(column) for column in zip(*ours, strict=True)], schema=SCHEMA))
    return Heard(_as_they_stand(pa.concat_tables(found) if found else SCHEMA.empty_table()), trades)


def _as_they_stand(found: pa.Table) -> pa.Table:
    """Every firm under the id under which it stands now; one that was merged is tied to what it is part of, so that
    what was lent under its old id counts in the same group.
    """
    merged = enterprises.absorbed()
    if not merged:
        return found
    for place, column in enumerate(("one", "other"), start=1):
        renamed = [merged.get(EnterpriseId(node), node) for node in found[column].to_pylist()]
        found = found.set_column(place, column, pa.array(renamed, pa.string()))
    same = [("same_firm", was, now, 0, 0) for was, now in sorted(merged.items())]
    return pa.concat_tables([found, pa.table([list(column) for column in zip(*same, strict=True)], schema=SCHEMA)])


def keep(found: pa.Table) -> int:
    """Put the relations of now in the place of those kept before; returns how many came or went."""
    if "fen" not in found.column_names:
        found = found.append_column("fen", pa.array([0] * found.num_rows, pa.int64()))
    sink = io.BytesIO()
    if found.num_rows:  # of a chunk without rows Arrow writes zeros
        options = arrow_csv.WriteOptions(include_header=False, quoting_style="all_valid")
        arrow_csv.write_csv(found.combine_chunks(), sink, options)
    columns = "kind, one, other, share_bp, fen"
    same = " and ".join(f"n.{name} = t.{name}" for name in ("one", "other", "kind", "share_bp", "fen"))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "create temp table tie_new (kind text, one text, other text, share_bp int, fen bigint) on commit drop"
        )
        with cursor.copy(f"copy tie_new ({columns}) from stdin (format csv)") as into:
            into.write(sink.getvalue())
        cursor.execute("analyze tie_new")
        cursor.execute(f"delete from exposure_tie t where not exists (select from tie_new n where {same})")
        gone = cursor.rowcount
        cursor.execute(
            f"""insert into exposure_tie ({columns}) select distinct {columns} from tie_new n
                where not exists (select from exposure_tie t where {same})"""
        )
        return int(gone + cursor.rowcount)


def around(node: str, *, most: int = 50) -> list[Tie]:
    """The ties of one firm or person, as last read: at most so many."""
    rows = [*TieRow.objects.filter(other=node)[:most], *TieRow.objects.filter(one=node)[:most]]
    return [Tie(row.kind, row.one, row.other, row.share_bp, row.fen) for row in rows]
