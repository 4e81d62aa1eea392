"""Hold each firm's facts against each other by the rules: a verdict with both amounts. Set-based, on DuckDB."""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

from datetime import date

import pyarrow as pa
from ibis.backends.duckdb import Backend

from puhui.days import months_back
from puhui.enterprises.accuracy import terms
from puhui.enterprises.accuracy.rules import FACTS, RULES, SAID_ONCE, Rule
from puhui.enterprises.accuracy.terms import Terms
from puhui.enterprises.trade import Trade, trade_of

RARE = ("vat_invoices", "customs")  # speak only when something happens: a silent month between others is one of nothing
ITEMS = {"invoiced": "sale", "bought": "purchase"}  # facts that are sums of invoices, by direction


def write_verdicts(con: Backend, *, as_of: date) -> None:
    """Make `verdicts(enterprise, rule, left_amount, besides_amount, right_amount, months, lag, ratio, low, high,
    verdict)`.

    Amounts are of the months of the last year in which both sides speak; where one side follows, of the `lag` in months
    under which they come nearest to each other. Wants `facts` and `trades`.
    """
    held = terms.load(as_of)
    window = held.whole("window_months")
    since, before = months_back(as_of, window), months_back(as_of, 2 * window)
    _write_monthly(con, first=before)
    _write_items(con, since=since, before=before)
    con.con.register("bounds_arrow", _bounds(held))
    con.con.execute("create or replace temp table bounds as select * from bounds_arrow")
    con.con.unregister("bounds_arrow")
    told = " union all ".join(
        _sums(rule, lag, since=since, before=before)
        for rule in RULES.values()
        for lag in range(held.whole(f"{rule.name}_lag") + 1 if rule.follows else 1)
    )
    con.con.execute(f"""
        create or replace temp table compared as
        with told as ({told}),
        measured as (
            select *, case when of_growth then right_growth / nullif(left_growth, 0)
                when right_amount > left_amount + besides_amount then right_amount / (left_amount + besides_amount)
                when right_amount >= left_amount then 1 else right_amount / left_amount end as ratio
            from told where left_amount > 0)
        select * from measured
        qualify row_number() over (
            partition by enterprise, rule order by abs(ln(greatest(ratio, 1e-9))) nulls last, lag) = 1;
        create or replace temp table verdicts as
        with told as (
            select trades.enterprise, b.rule, b.least_months, coalesce(c.left_amount, 0) as left_amount,
                coalesce(c.besides_amount, 0) as besides_amount, coalesce(c.right_amount, 0) as right_amount,
                coalesce(c.months, 0) as months, coalesce(c.lag, 0) as lag, c.ratio, c.items,
                if(c.beside_months > 0, b.low, b.low_unless) as low,
                if(c.beside_months > 0, b.high, b.high_unless) as high, b.speaks, b.least_items
            from trades join bounds as b on b.trade = trades.trade
            left join compared as c on c.rule = b.rule and c.enterprise = trades.enterprise)
        select * exclude (least_months, items, speaks, least_items),
            case when not speaks or months < least_months or ratio is null or items < least_items then 'cannot_tell'
                 when ratio between low and high then 'agree' else 'differ' end as verdict
        from told
    """)


def _write_monthly(con: Backend, *, first: date) -> None:
    """Make `monthly`: a row a firm and month, a column a fact. Nothing is said (null) where the channel is silent.

    A channel that speaks every month says with its silence on one fact that there was nothing of it; an owner who was
    asked about staff has said nothing of capital.
    """
    steady = sorted({fact.channel for fact in FACTS.values()} - {*RARE, *SAID_ONCE})
    by_fact = ", ".join(f"max(amount) filter (fact = '{name}') as {name}" for name in FACTS)
    speaks = ", ".join(f"bool_or(channel = '{name}') as in_{name}" for name in steady)
    lives = ", ".join(
        f"min(month) filter (channel = '{name}') as from_{name}, max(month) filter (channel = '{name}') as to_{name}"
        for name in RARE
    )
    known = {name: f"in_{name}" for name in steady}
    known |= {name: f"month between from_{name} and to_{name}" for name in RARE} | dict.fromkeys(SAID_ONCE, "false")
    columns = ", ".join(f"if({known[of.channel]}, coalesce({name}, 0), {name}) as {name}" for name, of in FACTS.items())
    con.con.execute(f"""
        create or replace temp table monthly as
        with told as (select enterprise, month, {by_fact}, {speaks} from facts where month >= '{first}' group by all),
        lives as (select enterprise, {lives} from facts group by all)
        select enterprise, month, {columns} from told join lives using (enterprise)
    """)


def _write_items(con: Backend, *, since: date, before: date) -> None:
    """Make `items`: on how many invoices of equal weight a firm's sums rest, this window (`_now`) and the one before.

    It is the square of the sum over the sum of squares: one large invoice among many small ones counts for little more
    than one.
    """
    of = "sum(amount_fen::double) filter ({0}) ** 2 / nullif(sum(amount_fen::double ** 2) filter ({0}), 0)"
    columns = ", ".join(
        of.format(f"direction = '{direction}' and happened_on {when}") + f" as {fact}_{name}"
        for fact, direction in ITEMS.items()
        for name, when in (("now", f">= '{since}'"), ("before", f"< '{since}'"))
    )
    con.con.execute(f"""
        create or replace temp table items as
        select enterprise, {columns} from vat_invoices where status = 'valid' and happened_on >= '{before}' group by all
    """)


def _sums(rule: Rule, lag: int, *, since: date, before: date) -> str:
    """The two sides of a rule, a row a firm, when the right side comes `lag` months after the left."""
    left, right = f"l.{rule.left}", f"r.{rule.right}"
    besides = f"l.{rule.besides}" if rule.besides else "null::double"
    spans, items = ("now", "before") if rule.growth else ("now",), "1e9"
    if rule.lumpy:
        sides = [f"{fact}_{span}" for fact in (rule.left, rule.right) if fact in ITEMS for span in spans]
        items = ", ".join(f"coalesce(any_value(i.{side}), 0)" for side in sides)
    grown = "sum({0}) filter (r.month >= '{1}') / nullif(sum({0}) filter (r.month < '{1}'), 0)"
    return f"""
        select '{rule.name}' as rule, l.enterprise, {lag} as lag, sum({left}) as left_amount,
            coalesce(sum({besides}), 0) as besides_amount, sum({right}) as right_amount,
            count(*) filter ({left} <> 0 or {right} <> 0) as months, count({besides}) as beside_months,
            {rule.growth} as of_growth, {grown.format(right, since)} as right_growth,
            {grown.format(left, since)} as left_growth, least({items}) as items
        from monthly as l join monthly as r
            on r.enterprise = l.enterprise and r.month = (l.month + interval {lag} month)::date
        left join items as i on i.enterprise = l.enterprise
        where {left} is not null and {right} is not null and r.month >= '{before if rule.growth else since}'
        group by l.enterprise"""


def write_trades(con: Backend) -> None:
    """Make `trades(enterprise, trade)` from the names in the registry, or the trade registered where a name tells none
    (that of one called like a person is a pseudonym); a firm with neither has trade `other`.
    """
    named = con.con.execute("""
        with named as (select enterprise, arg_max(name, happened_on) filter (name is not null) as name,
                           arg_max(trade, happened_on) filter (trade is not null) as trade
                       from registry where kind = 'identity' group by enterprise)
        select distinct f.enterprise, coalesce(named.name, ''), coalesce(named.trade, '')
        from facts as f left join named using (enterprise)
    """).fetchall()
    trades = [trade_of(name) for _, name, _ in named]
    table = pa.table({
        "enterprise": pa.array([firm for firm, *_ in named], pa.string()),
        "trade": pa.array([
            str(told if told is not Trade.OTHER else trade_of(registered))
            for told, (*_, registered) in zip(trades, named, strict=True)
        ], pa.string()),
    })  # fmt: skip
    con.con.register("trades_arrow", table)
    con.con.execute("create or replace temp table trades as select * from trades_arrow")
    con.con.unregister("trades_arrow")


def _bounds(held: Terms) -> pa.Table:
    """A row a rule and trade; `_unless` are the bounds where what may be besides is not known."""
    rows = []
    for rule in RULES.values():
        items = held.whole(f"{rule.name}_items") if rule.lumpy else 0
        for trade in Trade:
            low, high = rule.bounds(held)
            low_unless, high_unless = rule.bounds(held, wide=trade in rule.wide)
            if rule.besides is None:
                low, high = low_unless, high_unless
            rows.append({
                "rule": rule.name, "trade": str(trade), "low": low, "high": high, "low_unless": low_unless,
                "high_unless": high_unless, "least_months": rule.months, "least_items": items,
                "speaks": not rule.only or trade in rule.only,
            })  # fmt: skip
    return pa.Table.from_pylist(rows)
