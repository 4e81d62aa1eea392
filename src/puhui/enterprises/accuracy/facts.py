"""The facts that rules compare: one row a firm, month and fact, from the channels' tables. Set-based, on DuckDB."""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

from datetime import date

from ibis.backends.duckdb import Backend

from puhui.days import months_back
from puhui.enterprises.accuracy import terms

CHANNELS = (
    *("vat_invoices", "tax_filings", "bank_transactions", "pos_settlements", "enterprise_bureau", "registry"),
    *("utilities", "customs", "social_security"),
)
NOT_TRADE = "贷款|借款|转账|往来|投资|还款|利息|退款|备用金|彩票|棋牌|游戏|工资|社保|缴税|税款|电费|房租|滞纳金"
WAGES = "工资|薪|奖金"

MONTHLY = {
    "vat_invoices": """
        select enterprise, date_trunc('month', happened_on)::date as month, max(happened_on) as newest,
            sum(amount_fen) filter (direction = 'sale') as invoiced,
            sum(total_fen) filter (direction = 'sale') as invoiced_with_tax,
            sum(amount_fen) filter (direction = 'purchase') as bought,
            sum(total_fen) filter (direction = 'purchase' and abs(total_fen) > {cash_most_fen}) as bought_by_bank,
            sum(total_fen) filter (direction = 'purchase' and abs(total_fen) <= {cash_most_fen}) as bought_in_cash
        from vat_invoices where status = 'valid' group by all""",
    "tax_filings": """
        with returned as (
            select enterprise, date_trunc('month', period_end)::date as month, max(happened_on) as newest,
                sum(sales_fen) as sales
            from tax_filings where kind = 'return' and tax = 'vat' group by all),
        apart as (
            select *, date_diff('month', lag(month) over (partition by enterprise order by month), month) as gap
            from returned),
        paced as (select *, if(median(gap) over (partition by enterprise) = 3, 3, 1) as covers from apart)
        select enterprise, (month - interval (back) month)::date as month, newest, sales / covers as declared
        from paced, range(3) as r(back) where back < covers""",
    "bank_transactions": f"""
        select enterprise, date_trunc('month', happened_on)::date as month, max(happened_on) as newest,
            sum(amount_fen) filter (direction = 'in' and not is_other) as received,
            sum(amount_fen) filter (direction = 'out' and not is_other) as paid_for_goods,
            sum(amount_fen) filter (direction = 'out' and is_wage) as wages
        from (select *, regexp_matches(coalesce(memo, ''), '{NOT_TRADE}') as is_other,
                regexp_matches(coalesce(memo, ''), '{WAGES}') as is_wage from bank_transactions)
        group by all""",
    "pos_settlements": """
        select enterprise, date_trunc('month', happened_on)::date as month, max(happened_on) as newest,
            sum(amount_fen - refund_fen) as by_card
        from pos_settlements group by all""",
    "social_security": """
        select enterprise, date_trunc('month', period_end)::date as month, max(happened_on) as newest,
            max(base_fen) as insured_base,
            max(headcount) as heads
        from social_security group by all""",
    "utilities": """
        select enterprise, date_trunc('month', happened_on - interval 20 day)::date as month,
            max(happened_on) as newest, sum(quantity) as power
        from utilities where kind = 'electricity' group by all""",
    "customs": """
        select enterprise, date_trunc('month', happened_on)::date as month, max(happened_on) as newest,
            sum(amount_fen) as exported
        from customs where direction = 'export' and status = 'released' group by all""",
    "registry": """
        select enterprise, date_trunc('month', date '{as_of}')::date as month, max(happened_on) as newest,
            arg_max(capital_fen, happened_on) filter (capital_fen is not null) as capital
        from registry where kind = 'identity' group by enterprise""",
    "owner": """
        select enterprise, (date_trunc('month', date '{as_of}') - interval (back) month)::date as month,
            max(said_on) as newest, max(amount) filter (matter = 'sales') / 12 as said_sales,
            max(amount) filter (matter = 'staff') as said_staff,
            max(amount) filter (matter = 'capital' and back = 0) as said_capital
        from owner_said, range(12) as r(back) group by all""",
    "both_sides": """
        select seller as enterprise, date_trunc('month', day)::date as month, max(day) as newest,
            sum(amount) as sold_inside, coalesce(sum(amount) filter (confirmed), 0) as confirmed
        from inside group by all""",
}


def write_facts(con: Backend, *, as_of: date, months: int = 36) -> None:
    """Make `inside` (sales between firms of the house) and `facts(enterprise, month, newest, fact, amount, channel)`.

    Wants each channel's table in `con` under its own name. Months before the window are left out. A return of a firm
    that files by the quarter is shared out among its three months. What owners say (`owner_said`, where there is any)
    holds for the year before the day on which it is asked about.
    """
    cash_most = 100 * terms.load(as_of).whole("cash_most_yuan")
    first = months_back(as_of, months).replace(day=1)
    con.con.execute(f"""
        create or replace temp table inside as
        select s.enterprise as seller, s.counterparty as buyer, s.invoice_number, s.happened_on as day,
            s.amount_fen as amount, b.enterprise is not null as confirmed
        from vat_invoices as s
        semi join (select distinct enterprise from vat_invoices where direction = 'purchase') as house
            on house.enterprise = s.counterparty
        left join (select distinct enterprise, counterparty, invoice_number from vat_invoices
                   where direction = 'purchase') as b
            on b.enterprise = s.counterparty and b.counterparty = s.enterprise and b.invoice_number = s.invoice_number
        where s.direction = 'sale' and s.status = 'valid' and s.happened_on between '{first}' and '{as_of}';
    """)
    con.con.execute(
        "create temp table if not exists owner_said (enterprise varchar, matter varchar, amount bigint, said_on date)"
    )
    made = "create or replace temp table facts as"
    for channel, query in MONTHLY.items():
        told = query.format(cash_most_fen=cash_most, as_of=as_of)
        con.con.execute(f"""
            {made} select enterprise, month, newest, fact, amount::double as amount, '{channel}' as channel
            from (unpivot ({told}) on columns(* exclude (enterprise, month, newest)) into name fact value amount)
            where month between '{first}' and '{as_of}'
        """)
        made = "insert into facts"
