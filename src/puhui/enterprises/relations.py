"""Relations as they stand on a day, from what the registry and the credit bureau say: rows for `graph.Graph`."""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

import pyarrow as pa
from ibis.backends.duckdb import Backend

CHANNELS = ("registry", "enterprise_bureau")
BAD = ("substandard", "doubtful", "loss")  # the tiers of a loan that has failed (Measures 2023 No 1)


def standing(con: Backend) -> pa.Table:
    """`kind, one, other, share_bp` from the tables `registry` and `enterprise_bureau` of `con`.

    Of a holder the last share counts (0 = sold), of representatives the last one, of guarantees those of each side's
    last report that have a balance. People are pseudonyms, firms their ids. Who is told by name only is nobody else
    than that firm's own holder: many people bear one name.
    """
    return con.con.sql("""
        with people as (
            select *, coalesce(person, enterprise || '/' || name) as who from registry
            where kind in ('shareholder', 'representative') and coalesce(person, name) is not null),
        holders as (
            select enterprise, who as holder, arg_max(share_bp, (happened_on, record_number)) as bp
            from people where kind = 'shareholder' group by all),
        heads as (
            select enterprise, arg_max(who, (happened_on, record_number)) as person
            from people where kind = 'representative' group by all),
        reported as (
            select *, max(happened_on) over (partition by enterprise) as newest from enterprise_bureau),
        guarantees as (
            select if(kind = 'guarantee_given', enterprise, counterparty) as one,
                if(kind = 'guarantee_given', counterparty, enterprise) as other
            from reported where kind in ('guarantee_given', 'guarantee_received') and counterparty is not null
                and balance_fen > 0 and happened_on > newest - 31)
        select 'owns' as kind, holder as one, enterprise as other, bp::bigint as share_bp
        from holders where bp > 0 and holder <> enterprise
        union all select 'represents', person, enterprise, 0 from heads where person <> enterprise
        union all select distinct 'guarantees', one, other, 0::bigint from guarantees where one <> other
        order by all
    """).to_arrow_table()


def in_trouble(con: Backend, *, overdue_days: int) -> set[str]:
    """Firms whose loans had failed in their last report: overdue for more than `overdue_days`, or classed as bad."""
    rows = con.con.execute(
        f"""
        select distinct enterprise from (
            select *, max(happened_on) over (partition by enterprise) as newest from enterprise_bureau)
        where kind = 'loan' and happened_on > newest - 31 and (overdue_days > ? or tier in {BAD})
        """,
        [overdue_days],
    ).fetchall()
    return {firm for (firm,) in rows}
