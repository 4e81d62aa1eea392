"""Signs of fraud, each with evidence that a person can check. Set-based, on DuckDB; rings of sales on rustworkx.

A sign is no proof. Each detector says what it looks for and why; its thresholds are this house's own, and how often
they find and how often they cry wolf is measured by `puhui bench accuracy`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
from ibis.backends.duckdb import Backend

from puhui.enterprises.graph import Graph, rings
from puhui.words import Label


@dataclass(frozen=True, slots=True)
class Sign:
    """A firm that looks as if; `strength` runs from 0 to 1, `evidence` is what to check."""

    enterprise: str
    kind: str
    strength: float
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Detector:
    """What it is called, what it looks for, which document would settle it."""

    label: Label
    looks_for: Label
    settles: Label
    find: Callable[[Backend, date], list[Sign]]


def _signs(kind: str, rows: list[tuple[Any, ...]], *names: str) -> list[Sign]:
    """Rows `enterprise, strength, evidence…`."""
    return [Sign(row[0], kind, round(float(row[1]), 3), dict(zip(names, row[2:], strict=True))) for row in rows]


def inflated_sales(con: Backend, on: date) -> list[Sign]:
    """A spell of five months with large sales to buyers never seen before or after, which no money follows.

    Of each month it takes the largest buyer that appears in this month only, with two invoices at least. In three
    months of the spell such buyers take 15 % of the sales, in the mean of the spell a quarter; and of what is invoiced,
    less is paid for in the spell than in the firm's other months (where its bank is known).
    """
    rows = con.con.execute("""
        with once as (
            select enterprise, counterparty, date_trunc('month', min(happened_on))::date as month,
                sum(total_fen) as total, count(*) as n, count(*) filter (status = 'void') as voids
            from vat_invoices where direction = 'sale' and amount_fen > 0 group by enterprise, counterparty
            having date_trunc('month', min(happened_on)) = date_trunc('month', max(happened_on)) and count(*) >= 2),
        largest as (
            select enterprise, month, max(total) as total, arg_max(counterparty, total) as buyer,
                arg_max(voids, total) as voids, arg_max(n, total) as n from once group by all),
        sold as (
            select enterprise, date_trunc('month', happened_on)::date as month, sum(total_fen) as total
            from vat_invoices where direction = 'sale' and amount_fen > 0 group by all),
        months as (
            select sold.enterprise, sold.month, coalesce(largest.total, 0) / sold.total as share, buyer, voids, n,
                coalesce(largest.total, 0) as once_total
            from sold left join largest using (enterprise, month)),
        spells as (
            select enterprise, month, count(*) over spell as length, sum((share > 0.15)::int) over spell as loud,
                avg(share) over spell as share, list(buyer) over spell as buyers, sum(voids) over spell as voids,
                sum(n) over spell as invoices, sum(once_total) over spell as once_total
            from months window spell as (
                partition by enterprise order by month rows between 4 preceding and current row)),
        money as (
            select enterprise, month, max(amount) filter (fact = 'invoiced_with_tax') as sold,
                max(amount) filter (fact = 'received') as got
            from facts where fact in ('invoiced_with_tax', 'received') group by all
            having sold is not null and got is not null),
        paid as (
            select enterprise, month, sum(got) over spell / nullif(sum(sold) over spell, 0) as paid_share,
                (sum(got) over life - sum(got) over spell) / nullif(sum(sold) over life - sum(sold) over spell, 0)
                    as usual_share
            from money window spell as (
                    partition by enterprise order by month rows between 4 preceding and current row),
                life as (partition by enterprise))
        select enterprise, least(1.0, share + 0.3 * (1 - coalesce(paid_share / nullif(usual_share, 0), 0.9))), month,
            loud, share, buyers, invoices, voids, once_total, paid_share, usual_share
        from spells left join paid using (enterprise, month)
        where length = 5 and loud >= 3 and share >= 0.25
            and coalesce(paid_share / nullif(usual_share, 0), 0.9) < 0.95
        qualify row_number() over (partition by enterprise order by share desc) = 1
    """).fetchall()
    names = ("last_month", "months", "share_of_sales", "buyers", "invoices", "voided", "invoiced_fen", "paid_share")
    return _signs("inflated_sales", rows, *names, "usual_paid_share")


def circular_invoices(con: Backend, on: date) -> list[Sign]:
    """Rings of firms that invoice each other round in similar amounts, and chains of such sales that nobody pays.

    Of a chain, every sale is in both books, comes month after month, and less than two fifths of it were ever paid into
    the seller's account, where that is known. Shells are left out: what they sell is bought, not sent round.
    """
    trades = con.con.sql("""
        with e as (
            select seller, buyer, sum(amount) as amount, count(*) as n, min(day) as since, max(day) as until,
                count(distinct date_trunc('month', day)) as months from inside group by all),
        t as (select enterprise, sum(amount) / count(*) as monthly from facts where fact = 'invoiced' group by all)
        select seller as one, buyer as other, amount::double as amount, n, months, since, until
        from e join t on t.enterprise = seller
        where amount / months > 0.05 * monthly and months >= 3 and n >= 6
    """).to_arrow_table()
    facts = {(row["one"], row["other"]): row for row in trades.to_pylist()}
    found: dict[str, Sign] = {}
    for ring, least in rings(trades, longest=6, alike=0.02):
        if len(ring) < 3:
            continue
        steps = [facts[a, b] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)]
        if max(s["since"] for s in steps) > min(s["until"] for s in steps):
            continue
        most = max(step["amount"] for step in steps)
        for firm in ring:
            sign = Sign(firm, "circular_invoices", round(least / most, 3), {
                "ring": ring, "smallest_sale_fen": least, "sales_fen": [step["amount"] for step in steps],
                "invoices": [step["n"] for step in steps]})  # fmt: skip
            if firm not in found or found[firm].strength < sign.strength:
                found[firm] = sign
    return list((_unpaid_chains(con, on) | found).values())


def _unpaid_chains(con: Backend, on: date) -> dict[str, Sign]:
    """Firms on two unpaid sales in a row, by firm."""
    paper = {sign.enterprise for sign in shells(con, on)}
    rows = con.con.execute("""
        with e as (
            select seller, buyer, sum(amount) as amount, count(*) as n,
                count(distinct date_trunc('month', day)) as months
            from inside where confirmed group by all),
        t as (select enterprise, sum(amount) / count(*) as monthly from facts where fact = 'invoiced' group by all),
        called as (
            select distinct enterprise, name as what from registry where kind = 'identity' and name is not null
            union select distinct enterprise, account from bank_transactions where account is not null),
        receipts as (
            select enterprise, counterparty as what, sum(amount_fen) as amount from bank_transactions
            where direction = 'in' and counterparty_account is null group by all
            union all
            select enterprise, counterparty_account, sum(amount_fen) from bank_transactions
            where direction = 'in' and counterparty_account is not null group by all
            union all
            select enterprise, counterparty, sum(amount_fen) from bank_transactions
            where direction = 'in' and counterparty_account not in (select what from called) group by all),
        paid as (
            select r.enterprise as seller, c.enterprise as buyer, sum(amount) as paid
            from receipts as r join called as c using (what) group by all)
        select e.seller, e.buyer, e.amount, e.n, e.months, coalesce(paid, 0) / e.amount as paid_share
        from e join t on t.enterprise = e.seller
        semi join (select distinct enterprise from bank_transactions) as banked on banked.enterprise = e.seller
        left join paid using (seller, buyer)
        where months >= 2 and n >= 5 and e.amount / months > 0.03 * monthly and coalesce(paid, 0) < 0.4 * e.amount
    """).fetchall()
    sales = [row for row in rows if row[0] not in paper]
    sells, buys = {row[0] for row in sales}, {row[1] for row in sales}
    middle = sells & buys
    on_chain = [row for row in sales if row[0] in middle or row[1] in middle]
    names = ("seller", "buyer", "invoiced_fen", "invoices", "months", "paid_share")
    found: dict[str, Sign] = {}
    for firm in {end for row in on_chain for end in row[:2]}:
        steps = [dict(zip(names, row, strict=True)) for row in on_chain if firm in row[:2]]
        strength = 1 - min(step["paid_share"] for step in steps)
        found[firm] = Sign(firm, "circular_invoices", round(strength, 3), {"unpaid_sales": steps})
    return found


def shells(con: Backend, on: date) -> list[Sign]:
    """Firms that invoice much with hardly anything behind it: no staff, no current, few purchases, little money."""
    rows = con.con.execute("""
        with f as (
            select enterprise, sum(amount) filter (fact = 'invoiced') as sold,
                sum(amount) filter (fact = 'bought') as bought,
                sum(amount) filter (fact = 'wages') as wages, max(amount) filter (fact = 'heads') as heads,
                sum(amount) filter (fact = 'power') as power, sum(amount) filter (fact = 'received') as got,
                sum(amount) filter (fact = 'invoiced_with_tax') as sold_gross
            from facts group by enterprise),
        c as (select enterprise, bool_or(channel = 'bank_transactions') as bank from facts group by enterprise)
        select enterprise, (coalesce(heads, 0) = 0)::int * 0.4 + (coalesce(wages, 0) = 0)::int * 0.3
                + (coalesce(got, 0) < 0.6 * sold_gross)::int * 0.3, sold, bought, coalesce(wages, 0),
            coalesce(heads, 0), power, got
        from f join c using (enterprise)
        where sold > 0 and bank and coalesce(heads, 0) = 0 and coalesce(wages, 0) < 0.002 * sold
    """).fetchall()
    return _signs(
        "shell", rows, "invoiced_fen", "bought_fen", "wages_fen", "insured_staff", "power_kwh", "received_fen"
    )


def bought_invoices(con: Backend, on: date) -> list[Sign]:
    """Buyers of a shell's invoices: a good part of what they book as purchases comes from firms with nothing behind."""
    paper = pa.table({"shell": pa.array([sign.enterprise for sign in shells(con, on)], pa.string())})
    con.con.register("paper", paper)
    rows = con.con.execute("""
        select buyer, least(1.0, 0.4 + 4 * sum(amount) / any_value(b.bought)), list(distinct seller)[:5],
            sum(amount), count(*), any_value(b.bought)
        from inside join paper on shell = seller
        join (select enterprise, sum(amount) as bought from facts where fact = 'bought' group by all) as b
            on b.enterprise = buyer
        where confirmed group by buyer having sum(amount) > 0.03 * any_value(b.bought) and count(*) >= 6
    """).fetchall()
    con.con.unregister("paper")
    return _signs("bought_invoices", rows, "sellers", "invoiced_fen", "invoices", "all_purchases_fen")


def hidden_affiliates(con: Backend, on: date) -> list[Sign]:
    """Pairs that sell to each other, both ways, month after month, with no owner or representative in common."""
    rows = con.con.execute("""
        with e as (
            select seller, buyer, sum(amount) as amount, count(*) as n,
                count(distinct date_trunc('month', day)) as months from inside group by all),
        t as (select enterprise, sum(amount) as sold from facts where fact = 'invoiced' group by all),
        p as (
            select a.seller as one, a.buyer as other, a.amount as there, b.amount as back, a.months as m1,
                b.months as m2, least(a.amount / t1.sold, b.amount / t2.sold) as share
            from e as a join e as b on a.seller = b.buyer and a.buyer = b.seller
            join t as t1 on t1.enterprise = a.seller join t as t2 on t2.enterprise = b.seller
            where a.months >= 6 and b.months >= 6),
        people as (select distinct enterprise, person from registry where kind in ('representative', 'shareholder'))
        select one, least(1.0, 0.3 + 3 * share), other, there, back, m1, m2, share from p
        where share > 0.04 and not exists (
            select 1 from people as x join people as y on x.person = y.person
            where x.enterprise = p.one and y.enterprise = p.other)
        qualify row_number() over (partition by one order by share desc) = 1
    """).fetchall()
    names = ("partner", "sold_there_fen", "sold_back_fen", "months_there", "months_back", "share_of_smaller")
    return _signs("hidden_affiliates", rows, *names)


def stacked_loans(con: Backend, on: date) -> list[Sign]:
    """Loans of many lenders opened within four months."""
    rows = con.con.execute("""
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
            join steps as b on b.enterprise = a.enterprise and b.day between a.day - interval 130 day and a.day
            group by all)
        select enterprise, least(1.0, greatest(lenders / 6, enquirers / 12)), day, lenders, enquirers, amount
        from spells where lenders >= 3 or enquirers >= 8
        qualify row_number() over (partition by enterprise order by lenders desc, enquirers desc, day) = 1
    """).fetchall()
    return _signs("stacked_loans", rows, "by", "new_lenders", "enquirers", "amount_fen")


def guarantee_circles(con: Backend, on: date) -> list[Sign]:
    """Firms whose guarantees lead back to themselves."""
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


DETECTORS: dict[str, Detector] = {
    "inflated_sales": Detector(
        Label("inflated sales", "虚增销售"),
        Label("invoices jump while the money does not follow", "开票激增而回款未同步增长"),
        Label("payment receipts for the invoices of these months", "相应月份发票的回款凭证"), inflated_sales),
    "circular_invoices": Detector(
        Label("circular invoices", "循环开票"),
        Label("firms invoice each other round in similar amounts", "企业间金额相近的闭环开票"),
        Label("delivery notes and payments along the ring", "闭环各环节的送货单与付款凭证"), circular_invoices),
    "shell": Detector(
        Label("shell", "空壳企业"),
        Label("much is invoiced with no staff and no wages behind it", "大量开票但无员工无工资"),
        Label("a visit to the registered address", "实地走访注册地址"), shells),
    "bought_invoices": Detector(
        Label("bought invoices", "购买发票"),
        Label("purchases from firms that look like shells", "进项来自疑似空壳企业"),
        Label("delivery notes for these purchases", "相应采购的入库单"), bought_invoices),
    "hidden_affiliates": Detector(
        Label("hidden affiliates", "隐性关联"),
        Label(
            "two firms sell to each other month after month with no tie on record", "两家企业逐月互开发票而无登记关联"
        ),
        Label("contracts, and who signs for both", "双方合同及实际签字人"), hidden_affiliates),
    "guarantee_circle": Detector(
        Label("guarantee circle", "互保圈"),
        Label("guarantees that lead back to themselves", "担保链回到自身"),
        Label("the guarantee contracts", "担保合同"), guarantee_circles),
    "stacked_loans": Detector(
        Label("stacked loans", "多头借贷"),
        Label("loans of many lenders within four months", "四个月内多家机构新增借款"),
        Label("a fresh credit bureau report", "最新企业征信报告"), stacked_loans),
}  # fmt: skip
