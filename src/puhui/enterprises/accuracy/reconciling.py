"""Hold each firm's facts against each other by the rules: a verdict with both amounts. Set-based, on DuckDB."""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

from datetime import date

import pyarrow as pa
from ibis.backends.duckdb import Backend

from puhui.days import months_back
from puhui.enterprises.accuracy import terms
from puhui.enterprises.accuracy.rules import RULES
from puhui.enterprises.trade import Trade, trade_of


def write_verdicts(con: Backend, *, as_of: date) -> None:
    """Make `verdicts(enterprise, rule, left_amount, right_amount, months, ratio, low, high, verdict)`.

    Amounts are of the months of the last year in which both sides speak. Wants `facts` and `trades`.
    """
    con.con.register("bounds_arrow", _bounds(as_of))
    con.con.execute("create or replace temp table bounds as select * from bounds_arrow")
    con.con.unregister("bounds_arrow")
    window = terms.load(as_of).whole("window_months")
    since, half = months_back(as_of, window), months_back(as_of, window // 2)
    con.con.execute(f"""
        create or replace temp table beside as
        select b.rule, l.enterprise, l.month, l.amount as left_amount, r.amount as right_amount
        from (select distinct rule, left_fact, right_fact from bounds) as b
        join facts as l on l.fact = b.left_fact and l.month >= '{since}'
        join facts as r on r.fact = b.right_fact and r.enterprise = l.enterprise and r.month = l.month;
        create or replace temp table compared as
        select rule, enterprise, sum(left_amount) as left_amount, sum(right_amount) as right_amount,
            count(*) as months, sum(left_amount) filter (month >= '{half}')
                / nullif(sum(left_amount) filter (month < '{half}'), 0) as left_growth,
            sum(right_amount) filter (month >= '{half}')
                / nullif(sum(right_amount) filter (month < '{half}'), 0) as right_growth
        from beside group by all;
        create or replace temp table verdicts as
        with told as (
            select trades.enterprise, b.*, coalesce(c.left_amount, 0) as left_amount,
                coalesce(c.right_amount, 0) as right_amount, coalesce(c.months, 0) as months,
                if(b.growth, right_growth / nullif(left_growth, 0), c.right_amount / nullif(c.left_amount, 0)) as ratio
            from trades join bounds as b on b.trade = trades.trade
            left join compared as c on c.rule = b.rule and c.enterprise = trades.enterprise)
        select enterprise, rule, left_amount, right_amount, months, ratio, low, high,
            case when months < least_months or ratio is null then 'cannot_tell'
                 when ratio between low and high then 'agree' else 'differ' end as verdict
        from told
    """)


def write_trades(con: Backend) -> None:
    """Make `trades(enterprise, trade)` from the names in the registry; a firm without a name has trade `other`."""
    names = con.con.execute("""
        with named as (select enterprise, arg_max(name, happened_on) as name from registry
                       where kind = 'identity' and name is not null group by enterprise)
        select distinct f.enterprise, coalesce(named.name, '') from facts as f left join named using (enterprise)
    """).fetchall()
    table = pa.table({
        "enterprise": pa.array([firm for firm, _ in names], pa.string()),
        "trade": pa.array([str(trade_of(name)) for _, name in names], pa.string()),
    })  # fmt: skip
    con.con.register("trades_arrow", table)
    con.con.execute("create or replace temp table trades as select * from trades_arrow")
    con.con.unregister("trades_arrow")


def _bounds(as_of: date) -> pa.Table:
    held = terms.load(as_of)
    rows = [
        {
            "rule": rule.name, "left_fact": rule.left, "right_fact": rule.right, "trade": str(trade), "low": low,
            "high": high, "growth": rule.growth, "least_months": rule.months,
        }
        for rule in RULES.values()
        for trade in Trade
        for low, high in [rule.bounds(trade, held)]
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)
