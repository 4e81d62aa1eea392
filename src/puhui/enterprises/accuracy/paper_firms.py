"""Firms of paper and borrowed standing: shells, buyers of their invoices, guarantee circles, stacked loans."""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

import pyarrow as pa
from ibis.backends.duckdb import Backend

from puhui.dated import Terms
from puhui.enterprises.accuracy.signs import Sign, numbers, signs
from puhui.enterprises.graph import Graph


def shells(con: Backend, held: Terms) -> list[Sign]:
    """Firms that invoice much with hardly anything behind it: no staff, no wages, little money."""
    t = numbers(held)
    rows = con.con.execute(f"""
        with f as (
            select enterprise, sum(amount) filter (fact = 'invoiced') as sold,
                sum(amount) filter (fact = 'bought') as bought,
                sum(amount) filter (fact = 'wages') as wages, max(amount) filter (fact = 'heads') as heads,
                sum(amount) filter (fact = 'power') as power, sum(amount) filter (fact = 'received') as got,
                sum(amount) filter (fact = 'invoiced_with_tax') as sold_gross,
                bool_or(channel = 'bank_transactions') as bank
            from facts group by enterprise)
        select enterprise, 0.4 + (coalesce(wages, 0) = 0)::int * 0.3
                + (coalesce(got, 0) < {t["shell_received_least"]} * sold_gross)::int * 0.3,
            sold, bought, coalesce(wages, 0), coalesce(heads, 0), power, got
        from f
        where sold > 0 and bank and coalesce(heads, 0) = 0 and coalesce(wages, 0) < {t["shell_wages_most"]} * sold
    """).fetchall()
    return signs("shell", rows, "invoiced_fen", "bought_fen", "wages_fen", "insured_staff", "power_kwh", "received_fen")


def bought_invoices(con: Backend, held: Terms) -> list[Sign]:
    """Buyers of a shell's invoices: a good part of what they book as purchases comes from firms with nothing behind."""
    t = numbers(held)
    paper = pa.table({"shell": pa.array([sign.enterprise for sign in shells(con, held)], pa.string())})
    con.con.register("paper", paper)
    rows = con.con.execute(f"""
        select buyer, least(1.0, 0.4 + 4 * sum(amount) / any_value(b.bought)), list(distinct seller)[:5],
            sum(amount), count(*), any_value(b.bought)
        from inside join paper on shell = seller
        join (select enterprise, sum(amount) as bought from facts where fact = 'bought' group by all) as b
            on b.enterprise = buyer
        where confirmed group by buyer
        having sum(amount) > {t["bought_share_least"]} * any_value(b.bought)
            and count(*) >= {t["bought_invoices_least"]}
    """).fetchall()
    con.con.unregister("paper")
    return signs("bought_invoices", rows, "sellers", "invoiced_fen", "invoices", "all_purchases_fen")


def stacked_loans(con: Backend, held: Terms) -> list[Sign]:
    """Loans of many lenders opened, or enquiries of many lenders made, within a few months."""
    t = numbers(held)
    rows = con.con.execute(f"""
        with accounts as (
            select enterprise, record_number, any_value(institution) as institution, min(opened_on) as day,
                arg_min(coalesce(limit_fen, balance_fen), happened_on) as amount, 'account' as what
            from enterprise_bureau where kind in ('loan', 'line') and opened_on is not null group by all
            having min(happened_on) - min(opened_on) <= 62),
        steps as (
            select enterprise, day, institution, record_number, amount, what from accounts
            union all
            select enterprise, happened_on, institution, record_number, 0, 'enquiry' from enterprise_bureau
            where kind = 'enquiry'),
        spells as (
            select a.enterprise, a.day, count(distinct b.institution) filter (b.what = 'account') as lenders,
                count(distinct b.institution) filter (b.what = 'enquiry') as enquirers,
                sum(b.amount) filter (b.what = 'account') as amount
            from (select distinct enterprise, day from steps) as a
            join steps as b on b.enterprise = a.enterprise
                and b.day between a.day - interval {held.whole("stacked_days")} day and a.day
            group by all)
        select enterprise, least(1.0, greatest(lenders / (2 * {t["stacked_lenders_least"]}),
                enquirers / (1.5 * {t["stacked_enquirers_least"]}))), day, lenders, enquirers, amount
        from spells where lenders >= {t["stacked_lenders_least"]} or enquirers >= {t["stacked_enquirers_least"]}
        qualify row_number() over (partition by enterprise order by lenders desc, enquirers desc, day) = 1
    """).fetchall()
    return signs("stacked_loans", rows, "by", "new_lenders", "enquirers", "amount_fen")


def guarantee_circles(con: Backend, held: Terms) -> list[Sign]:
    """Firms whose guarantees lead back to themselves: on no day need all of them stand at once to bind the firms."""
    relations = con.con.sql("""
        select distinct 'guarantees' as kind, if(kind = 'guarantee_given', enterprise, counterparty) as one,
            if(kind = 'guarantee_given', counterparty, enterprise) as other, 0::bigint as share_bp
        from enterprise_bureau where kind in ('guarantee_given', 'guarantee_received') and balance_fen > 0
            and counterparty is not null
    """).to_arrow_table()
    if not relations.num_rows:
        return []
    return [
        Sign(firm, "guarantee_circle", 1.0, {"circle": circle})
        for circle in Graph(relations).circles()
        for firm in circle
    ]
