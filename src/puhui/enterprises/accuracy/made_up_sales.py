"""Sales never made: invented before applying, sent round in rings, shuffled between two hands of one owner."""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

from ibis.backends.duckdb import Backend

from puhui.dated import Terms
from puhui.enterprises.accuracy.paper_firms import shells
from puhui.enterprises.accuracy.signs import Sign, numbers, signs
from puhui.enterprises.graph import rings

SPELLS = """
    with life as (
        select enterprise, counterparty, date_trunc('month', min(happened_on))::date as first,
            date_trunc('month', max(happened_on))::date as last
        from vat_invoices where direction = 'sale' group by all),
    sold as (
        select enterprise, counterparty, date_trunc('month', happened_on)::date as month,
            sum(total_fen) filter (amount_fen > 0) as total, count(*) as n, count(*) filter (status = 'void') as voids
        from vat_invoices where direction = 'sale' group by all),
    months as (
        select enterprise, month, sum(total) as gross, max(total) filter (first = last and n >= 2) as once,
            arg_max(counterparty, total) filter (first = last and n >= 2) as buyer,
            arg_max(voids, total) filter (first = last and n >= 2) as voids,
            arg_max(n, total) filter (first = last and n >= 2) as invoices
        from sold join life using (enterprise, counterparty) group by all),
    money as (
        select enterprise, month, max(amount) filter (fact = 'invoiced_with_tax') as due,
            max(amount) filter (fact = 'received') as got
        from facts where fact in ('invoiced_with_tax', 'received') group by all
        having due is not null and got is not null),
    meter as (select enterprise, month, amount as power from facts where fact = 'power'),
    told as (
        select enterprise, month, gross, coalesce(once, 0) as once, coalesce(once, 0) / greatest(gross, 1) as share,
            buyer, coalesce(voids, 0) as voids, coalesce(invoices, 0) as invoices, due, got, power
        from months left join money using (enterprise, month) left join meter using (enterprise, month)),
    spells as (
        select enterprise, month, count(*) over spell as length, median(share) over spell as middle,
            sum((share > {inflated_once_share})::int) over spell as loud, avg(share) over spell as mean,
            (sum(share) over life - sum(share) over spell) / nullif(count(*) over life - count(*) over spell, 0)
                as usual,
            (avg(gross) over spell) / nullif((sum(gross) over life - sum(gross) over spell)
                / nullif(count(*) over life - count(*) over spell, 0), 0) as jump,
            if(count(due) over spell >= 3, sum(got) over spell / nullif(sum(due) over spell, 0), null) as paid_share,
            if(count(due) over life - count(due) over spell >= 3,
                (sum(got) over life - sum(got) over spell) / nullif(sum(due) over life - sum(due) over spell, 0), null)
                as usual_share,
            if(count(power) over spell >= 3, (avg(power) over spell)
                / nullif((sum(power) over life - sum(power) over spell)
                / nullif(count(power) over life - count(power) over spell, 0), 0), null) as power_jump,
            list(buyer) filter (buyer is not null) over spell as buyers, min(month) over spell as first_month,
            sum(voids) over spell as voids, sum(invoices) over spell as invoices,
            sum(once) over spell as once_total
        from told
        window spell as (partition by enterprise order by month rows between {before} preceding and current row),
            life as (partition by enterprise))
    select enterprise, middle, loud / length as loud, coalesce(mean - usual, 0) as excess,
        1 - least(2, coalesce(paid_share / nullif(usual_share, 0), 1)) as unpaid,
        ln(greatest(0.25, least(4, coalesce(jump, 1)))) as jump, jump as sales_growth, power_jump as power_growth,
        if(power_jump is null, null, greatest(-1, least(1, ln(greatest(0.25, least(4, coalesce(jump, 1))))
            - ln(greatest(0.25, least(4, power_jump)))))) as dark, least(voids, {inflated_voids_full}) as voided,
        first_month, month as last_month, loud as months, buyers, invoices, voids, once_total, paid_share, usual_share
    from spells where length = {inflated_months}
"""


def inflated_sales(con: Backend, held: Terms) -> list[Sign]:
    """A spell of months with large sales to buyers never seen before or after, which no money follows.

    Of each month it takes the largest buyer that appears in this month only, with two invoices at least. Points are
    given for the median share of such buyers in the spell, for how many of its months have one, for their share above
    the firm's other months, for money that does not follow (where its bank is known), for a jump of sales that the
    electricity does not follow (or, where its meter is not known, for the jump alone), and for invoices to them that
    were voided; the best spell of a firm counts.
    """
    t = numbers(held)
    spells = SPELLS.format(**t, before=held.whole("inflated_months") - 1)
    rows = con.con.execute(f"""
        with scored as (
            select *, {t["inflated_weight_median"]} * least(middle, 0.6) + {t["inflated_weight_months"]} * loud
                + {t["inflated_weight_excess"]} * greatest(-0.5, least(0.5, excess))
                + {t["inflated_weight_unpaid"]} * unpaid
                + if(dark is null, {t["inflated_weight_jump"]} * jump, {t["inflated_weight_dark"]} * dark)
                + {t["inflated_weight_voids"]} * voided / {t["inflated_voids_full"]} - {t["inflated_from"]} as points
            from ({spells}))
        select enterprise, 1 / (1 + exp(-points)), first_month, last_month, months, middle, buyers, invoices, voids,
            once_total, paid_share, usual_share, sales_growth, power_growth
        from scored where points > 0
        qualify row_number() over (partition by enterprise order by points desc, last_month) = 1
    """).fetchall()
    names = (
        *("first_month", "last_month", "months", "share_of_sales", "buyers", "invoices", "voided", "invoiced_fen"),
        *("paid_share", "usual_paid_share", "sales_growth", "power_growth"),
    )
    return signs("inflated_sales", rows, *names)


def circular_invoices(con: Backend, held: Terms) -> list[Sign]:
    """Rings of firms that invoice each other round in similar amounts, and sales inside the house that nobody pays.

    A sale counts as unpaid when it comes month after month, is a good part of what the seller sells, and when hardly
    any of it moved between the two firms' accounts, on whichever side the bank is known; the latest weeks, in which a
    buyer may still pay, are left out. Shells are left out too: what they sell is bought, not sent round.
    """
    return list((_unpaid_sales(con, held) | _rings(con, held)).values())


def _rings(con: Backend, held: Terms) -> dict[str, Sign]:
    """Firms in a ring, each with its most even one."""
    t = numbers(held)
    trades = con.con.sql(f"""
        with e as (
            select seller, buyer, sum(amount) as amount, count(*) as n, min(day) as since, max(day) as until,
                count(distinct date_trunc('month', day)) as months from inside group by all),
        t as (select enterprise, sum(amount) / count(*) as monthly from facts where fact = 'invoiced' group by all)
        select seller as one, buyer as other, amount::double as amount, n, since, until
        from e join t on t.enterprise = seller
        where amount / months > {t["ring_share_least"]} * monthly and months >= {t["ring_months_least"]}
            and n >= {t["ring_invoices_least"]}
    """).to_arrow_table()
    facts = {(row["one"], row["other"]): row for row in trades.to_pylist()}
    found: dict[str, Sign] = {}
    for ring, least in rings(trades, longest=held.whole("ring_longest"), alike=t["ring_alike"]):
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
    return found


def _unpaid_sales(con: Backend, held: Terms) -> dict[str, Sign]:
    """Both ends of each sale inside the house that nobody pays, by firm."""
    t = numbers(held)
    paper = {sign.enterprise for sign in shells(con, held)}
    _write_moved(con)
    rows = con.con.execute(f"""
        with e as (
            select seller, buyer, sum(amount) as amount, count(*) as n,
                count(distinct date_trunc('month', day)) as months
            from inside where seller <> buyer and day <= date '{held.on}' - {held.whole("unpaid_days")} group by all),
        t as (select enterprise, sum(amount) / count(*) as monthly from facts where fact = 'invoiced' group by all)
        select e.seller, e.buyer, e.amount, e.n, e.months,
            greatest(coalesce(came.amount, 0), coalesce(went.amount, 0)) / e.amount as paid_share
        from e join t on t.enterprise = e.seller
        left join moved as came on came.enterprise = e.seller and came.other = e.buyer and came.direction = 'in'
        left join moved as went on went.enterprise = e.buyer and went.other = e.seller and went.direction = 'out'
        where months >= {t["unpaid_months_least"]} and n >= {t["unpaid_invoices_least"]}
            and e.amount / months > {t["unpaid_share_least"]} * monthly and paid_share < {t["unpaid_paid_most"]}
            and (e.seller in (select enterprise from banked) or e.buyer in (select enterprise from banked))
    """).fetchall()
    names = ("seller", "buyer", "invoiced_fen", "invoices", "months", "paid_share")
    steps = [dict(zip(names, row, strict=True)) for row in rows if row[0] not in paper]
    by_firm: dict[str, list[dict[str, object]]] = {}
    for step in steps:
        for firm in (step["seller"], step["buyer"]):
            by_firm.setdefault(str(firm), []).append(step)
    return {
        firm: Sign(
            firm, "circular_invoices", round(1 - min(float(str(step["paid_share"])) for step in its), 3),
            {"unpaid_sales": its},
        )
        for firm, its in by_firm.items()
    }  # fmt: skip


def _write_moved(con: Backend) -> None:
    """Make `banked(enterprise)` and `moved(enterprise, other, direction, amount)`.

    It is what went between the accounts of two firms of the house, as each one's own statements tell; a partner is
    known by account, else by name.
    """
    con.con.execute("""
        create or replace temp table called as
        select distinct enterprise, name as what from registry where kind = 'identity' and name is not null
        union select distinct enterprise, account from bank_transactions where account is not null;
        create or replace temp table banked as select distinct enterprise from bank_transactions;
        create or replace temp table moved as
        with seen as (
            select enterprise, direction, counterparty as by_name, counterparty_account as by_account,
                sum(amount_fen) as amount
            from bank_transactions group by all)
        select s.enterprise, coalesce(a.enterprise, n.enterprise) as other, direction, sum(amount) as amount
        from seen as s left join called as a on a.what = s.by_account left join called as n on n.what = s.by_name
        where coalesce(a.enterprise, n.enterprise) is not null group by all
    """)


def hidden_affiliates(con: Backend, held: Terms) -> list[Sign]:
    """Pairs that sell to each other, both ways, month after month, with no owner or representative in common."""
    t = numbers(held)
    rows = con.con.execute(f"""
        with e as (
            select seller, buyer, sum(amount) as amount, count(*) as n,
                count(distinct date_trunc('month', day)) as months from inside group by all),
        t as (select enterprise, sum(amount) as sold from facts where fact = 'invoiced' group by all),
        p as (
            select a.seller as one, a.buyer as other, a.amount as there, b.amount as back, a.months as m1,
                b.months as m2, least(a.amount / t1.sold, b.amount / t2.sold) as share
            from e as a join e as b on a.seller = b.buyer and a.buyer = b.seller
            join t as t1 on t1.enterprise = a.seller join t as t2 on t2.enterprise = b.seller
            where a.months >= {t["affiliate_months_least"]} and b.months >= {t["affiliate_months_least"]}),
        people as (select distinct enterprise, person from registry where kind in ('representative', 'shareholder'))
        select one, least(1.0, 0.3 + 3 * share), other, there, back, m1, m2, share from p
        where share > {t["affiliate_share_least"]} and not exists (
            select 1 from people as x join people as y on x.person = y.person
            where x.enterprise = p.one and y.enterprise = p.other)
        qualify row_number() over (partition by one order by share desc) = 1
    """).fetchall()
    names = ("partner", "sold_there_fen", "sold_back_fen", "months_there", "months_back", "share_of_smaller")
    return signs("hidden_affiliates", rows, *names)
