"""Each row's fate: accepted, quarantined with reasons, or a duplicate. SQL in DuckDB over the typed rows.

Rows of one key are rare, so only those whose key's hash occurs twice are compared. `sift` leaves in DuckDB the table
`rows` (typed, from `contract.typed`), and `fates` of all rows that are not simply accepted anew:
`line`, `fate` (quarantined, duplicate, correction), `reasons`, `revision`.
"""

# ruff: noqa: S608  names in these statements come from a channel's declaration, texts pass through `quoted`

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from puhui.channels import contract
from puhui.channels.contract import CONFLICT, NO_RIGHT, Channel, Headers
from puhui.channels.quoting import quoted
from puhui.governance import selectors as permissions
from puhui.governance.masking import scrubbed
from puhui.ids import EnterpriseId
from puhui.refusals import BadInput
from puhui.words import Label

ENOUGH = 100  # cells, to tell a column that has changed from rows gone wrong
ACCEPTED = "line not in (select line from fates where fate <> 'correction')"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows met which fate, and the days that the accepted rows span."""

    rows_in: int
    accepted: int
    quarantined: int
    duplicates: int
    corrections: int
    reasons: dict[str, int]
    first_day: date | None
    last_day: date | None


def hold_against_contract(con: Backend, channel: Channel, rows: ir.Table, on: date) -> bool:
    """Begin `fates` with the rows that break the contract; is there any?"""
    import pandera.errors  # noqa: PLC0415  it takes a second to load, and reads do without
    from pandera.errors import SchemaErrorReason  # noqa: PLC0415

    con.con.execute("create temp table fates(line bigint, fate varchar, reasons varchar[], revision integer)")
    try:
        contract.contract(channel, on).validate(rows, lazy=True)
    except pandera.errors.SchemaErrors as found:
        kinds = {error.reason_code for error in found.schema_errors}
        assert kinds == {SchemaErrorReason.DATAFRAME_CHECK}, (
            f"the contract of {channel.name} cannot be checked: {found}"
        )
        broken = con.compile(contract.complaints(channel, rows, on))
        con.con.execute(f"insert into fates select line, 'quarantined', reasons, null from ({broken})")
        return True
    return False


def hold_against_rights(con: Backend, channel: Channel, on: date) -> None:
    """Rows of firms that nobody has a right to read on the day are not taken in: they go to quarantine, sealed."""
    found = con.con.execute(
        "select distinct enterprise from rows where line not in (select line from fates)"
    ).fetchall()
    firms = {EnterpriseId(firm) for (firm,) in found}
    without = sorted(firms - permissions.with_any_right(firms, channel=channel.name, on=on))
    if without:
        con.con.execute(
            f"insert into fates select line, 'quarantined', ['{NO_RIGHT}'], null from rows"
            " where line not in (select line from fates) and enterprise in (select unnest(?::varchar[]))",
            [without],
        )


def refuse_retyped(con: Backend, channel: Channel, headers: Headers) -> None:
    """Raises BadInput when a column can seldom be read: its supplier has changed what it holds, and said nothing.

    That is so when over half of at least 100 given cells cannot be read. Fewer are rows gone wrong, not a column.
    """
    counts = ", ".join(
        f'count(*) filter (where "{column.name}__given"),'
        f' count(*) filter (where "{column.name}__given" and "{column.name}" is null)'
        for column in channel.columns
    )
    (numbers,) = con.con.execute(f"select {counts} from rows").fetchall()
    for column, given, unread in zip(channel.columns, numbers[::2], numbers[1::2], strict=True):
        if given >= ENOUGH and unread * 2 > given:
            place = headers.taken[column.name]
            ((line, text),) = con.con.execute(
                f'select raw.line, c{place} from raw join rows using (line) where "{column.name}__given"'
                f' and "{column.name}" is null order by 1 limit 1'
            ).fetchall()
            such_as = "" if column.personal else f" {scrubbed(text[:80])!r}"
            raise BadInput(
                Label(
                    f"{unread:,} of {given:,} cells of {column.name} ({column.label.zh}) cannot be read,"
                    f" such as{such_as} on line {line}: the column seems to have changed its type",
                    f"{column.label.zh}的{given:,}个单元格中有{unread:,}个无法读取，如第{line}行{such_as}：该列的类型似已改变",
                ),
                then=Label(
                    "ask the supplier what changed; map the right column to this header, or mend the channel's parser",
                    "请询问提供方有何变化；将正确的列对应到该表头，或修正该渠道的解析方式",
                ),
            )


def find_repeats(con: Backend, channel: Channel) -> None:
    """Among the sound rows, a key's first line stands; equal rows are duplicates, others conflict with it."""
    key, same = _list(channel.key, "r"), _same(channel.content, "r", "f")
    con.con.execute(
        "create temp table keyed as select line, hash(" + key + ") as hash from rows r"
        " where line not in (select line from fates)"
    )
    con.con.execute(f"""
        create temp table repeats as
        with suspects as (
            select r.* from rows r join keyed k using (line)
            where k.hash in (select hash from keyed group by hash having count(*) > 1)),
        first as (select *, min(line) over (partition by {_list(channel.key)}) as first_line from suspects)
        select r.line, r.first_line, {same} as same
        from first r join rows f on f.line = r.first_line where r.line > r.first_line""")
    con.con.execute(f"""
        insert into fates select line, if(same, 'duplicate', 'quarantined'),
            if(same, null, ['{CONFLICT} ' || first_line]), null from repeats""")


def find_known(con: Backend, channel: Channel, files: Collection[str], source: str) -> None:
    """Rows that the lake already has are duplicates; rows that it has otherwise are corrections."""
    if not files:
        return
    key, content = _list(channel.key), _list((*channel.key, *channel.content))
    paths = ", ".join(quoted(path) for path in files)
    days = "happened_on between (select min(happened_on) from rows) and (select max(happened_on) from rows)"
    con.con.execute(f"""
        create temp table known as
        select {content}, revision from read_parquet([{paths}])
        where source = {quoted(source)} and hash({key}) in (select hash from keyed)
            and {days if "happened_on" in channel.key else "true"}
        qualify row_number() over (partition by {key} order by revision desc) = 1""")
    con.con.execute(f"""
        insert into fates
        select r.line, if({_same(channel.content, "r", "k")}, 'duplicate', 'correction'), null, k.revision + 1
        from rows r join known k on {_same(channel.key, "r", "k")}
        where r.line not in (select line from fates)""")


def tally(con: Backend) -> Tally:
    """Count the fates; asserts that none vanished."""
    rows_in = _one(con, "select count(*) from rows")
    counts = dict(con.con.execute("select fate, count(*) from fates group by fate").fetchall())
    reasons = con.con.execute(
        "select split_part(unnest(reasons), ' ', 1) as code, count(*) from fates where fate = 'quarantined'"
        " group by code order by code"
    ).fetchall()
    ((accepted, first_day, last_day),) = con.con.execute(
        f"select count(*), min(happened_on), max(happened_on) from rows where {ACCEPTED}"
    ).fetchall()
    quarantined, duplicates = counts.get("quarantined", 0), counts.get("duplicate", 0)
    assert rows_in == accepted + quarantined + duplicates, "a row vanished, or was counted twice"
    corrections = counts.get("correction", 0)
    return Tally(rows_in, accepted, quarantined, duplicates, corrections, dict(reasons), first_day, last_day)


def _one(con: Backend, query: str) -> int:
    return int(con.con.execute(query).fetchall()[0][0])


def _list(names: Collection[str], of: str = "") -> str:
    return ", ".join(f'{of + "." if of else ""}"{name}"' for name in names)


def _same(names: Collection[str], one: str, other: str) -> str:
    return " and ".join(f'{one}."{name}" is not distinct from {other}."{name}"' for name in names) or "true"
