"""What the accounts say: what comes in and goes out, how low they fall, wages, borrowing, and money that gambles."""

from __future__ import annotations

from functools import partial

from ibis import _

from puhui.variables import units
from puhui.variables.declarations import DAYS_AGO, Column, Reading, Variable
from puhui.variables.language import (
    EVER,
    PARTNER,
    count,
    growth,
    largest,
    latest,
    months,
    percent,
    positive,
    smallest,
    top_share,
    total,
)
from puhui.words import Label

GAMBLING = "彩票|棋牌|博彩|体彩|福彩|赌|游戏"
BORROWING, REPAYING = "贷款发放|放款|借款", "还款|还贷|还本|利息"

BANK_TRANSACTIONS = Reading(
    channel="bank_transactions",
    kinds={
        "gambling": _.memo.re_search(GAMBLING),
        "borrowed": (_.direction == "in") & _.memo.re_search(BORROWING),
        "repaid": (_.direction == "out") & _.memo.re_search(REPAYING),
        "wages": (_.direction == "out") & _.memo.re_search("工资|薪"),
        "taxes": (_.direction == "out") & _.memo.re_search("税|社保"),
        "in": _.direction == "in",
        "out": _.direction == "out",
    },
    columns={
        "amount": Column(_.amount_fen, per=100),
        "balance": Column(_.balance_fen, per=100),
        "overdrawn": Column((_.balance_fen < 0).cast("int8")),
        "day": Column(_.happened_on.day()),
    },
    partners={PARTNER: _.counterparty, "account": _.account},
    order=_.transaction_number,
)
_variable = partial(Variable, reads=BANK_TRANSACTIONS)
OUT = ("repaid", "wages", "taxes", "out")
ANY = ("gambling", "borrowed", "in", *OUT)
INFLOW, OUTFLOW = total("amount", of=("in",)), total("amount", of=OUT)
WAGES, BORROWED, REPAID = (total("amount", of=(kind,)) for kind in ("wages", "borrowed", "repaid"))
BALANCE = latest("balance", of=ANY).by("account", EVER).sum()
YEAR = months(12)

FLOWS = (
    *(
        _variable(
            name=f"bank_inflow_{n}m",
            label=Label(f"Money received other than loans, last {n} months", f"近{n}个月账户流入（不含借款）"),
            unit=units.YUAN,
            value=INFLOW.over(months(n)),
            worse_when="lower",
            why=Label(
                "A loan is repaid from what reaches the account, not from invoices.", "还款靠的是到账资金，而非发票。"
            ),
        )
        for n in (3, 12)
    ),
    _variable(
        name="bank_outflow_12m",
        label=Label("Money paid out, last 12 months", "近12个月账户流出"),
        unit=units.YUAN,
        value=OUTFLOW.over(YEAR),
        worse_when=None,
        why=Label("The size of what must be paid each year.", "反映每年刚性支出规模。"),
    ),
    _variable(
        name="bank_net_flow_share_12m",
        label=Label("Received less paid out, in % of received, last 12 months", "近12个月净流入占流入比重"),
        unit=units.PERCENT,
        value=percent(INFLOW.over(YEAR) - OUTFLOW.over(YEAR), INFLOW.over(YEAR)),
        worse_when="lower",
        why=Label("Who pays out more than comes in lives on others' money.", "入不敷出即靠他人资金维持。"),
    ),
    _variable(
        name="bank_inflow_growth_3m",
        label=Label(
            "Growth of money received, last 3 months on the same months a year before", "近3个月账户流入同比增长率"
        ),
        unit=units.PERCENT,
        value=growth(INFLOW.over(months(3)), INFLOW.over(months(3, ago=12))),
        worse_when="lower",
        why=Label("Receipts fall before reports do.", "回款下降早于报表恶化。"),
    ),
    _variable(
        name="bank_inflow_volatility_12m",
        label=Label("Volatility of monthly receipts (deviation to mean), last 12 months", "近12个月月流入波动率"),
        unit=units.TIMES,
        value=INFLOW.monthly.deviation(YEAR) / positive(INFLOW.monthly.mean(YEAR)),
        worse_when="higher",
        why=Label("Uneven receipts make equal instalments hard to pay.", "流入起伏大，难以按期等额还款。"),
    ),
    _variable(
        name="bank_payers_12m",
        label=Label("Different payers, last 12 months", "近12个月付款方数"),
        unit=units.PAYERS,
        value=(count(of=("in",)).by_partner(YEAR) > 0).count(),
        worse_when="lower",
        why=Label("Many who pay are many who would have to stop.", "付款方越多，回款来源越稳。"),
    ),
    _variable(
        name="bank_top_payer_share_12m",
        label=Label("Share of the largest payer in receipts, last 12 months", "近12个月第一大付款方占比"),
        unit=units.PERCENT,
        value=top_share(INFLOW.by_partner(YEAR), 1),
        worse_when="higher",
        why=Label("One payer's delay becomes the firm's own.", "单一付款方的拖延会变成企业自身的拖延。"),
    ),
    _variable(
        name="bank_days_since_inflow",
        label=Label("Days since money was last received", "距最近一笔流入天数"),
        unit=units.DAYS,
        value=smallest(DAYS_AGO, of=("in",)).over(EVER),
        worse_when="higher",
        why=Label("A silent account is a firm that trades elsewhere, or not at all.", "账户沉寂说明交易转移或停业。"),
    ),
)

BALANCES = (
    _variable(
        name="bank_balance_now",
        label=Label("Balance of all accounts after their last transactions", "各账户最近余额合计"),
        unit=units.YUAN,
        value=BALANCE,
        worse_when="lower",
        why=Label("Cash at hand pays the next instalment.", "手头现金决定下一期能否偿付。"),
    ),
    _variable(
        name="bank_balance_floor_6m",
        label=Label("Lowest balance of any account, last 6 months", "近6个月账户最低余额"),
        unit=units.YUAN,
        value=smallest("balance", of=ANY).over(months(6)),
        worse_when="lower",
        why=Label("The floor shows how near to empty the firm lets it come.", "最低余额显示资金链紧绷程度。"),
    ),
    _variable(
        name="bank_balance_months_of_outflow",
        label=Label("Balance in months of usual payments (last 6 months' mean)", "余额可支撑支出月数（按近6个月均值）"),
        unit=units.MONTHS,
        value=BALANCE / positive(OUTFLOW.monthly.mean(months(6))),
        worse_when="lower",
        why=Label("How long the firm could go on if nothing came in.", "若无进账可维持多久。"),
    ),
    _variable(
        name="bank_overdrawn_12m",
        label=Label("Transactions that left an account below zero, last 12 months", "近12个月透支笔数"),
        unit=units.TRANSACTIONS,
        value=total("overdrawn", of=ANY).over(YEAR),
        worse_when="higher",
        why=Label("An overdraft is a loan taken because there was no time to ask.", "透支是来不及申请的借款。"),
    ),
    _variable(
        name="bank_accounts_3m",
        label=Label("Accounts in use, last 3 months", "近3个月使用账户数"),
        unit=units.ACCOUNTS,
        value=(count(of=ANY).by("account", months(3)) > 0).count(),
        worse_when=None,
        why=Label("Money spread over many accounts is harder to watch.", "资金分散于多个账户更难监控。"),
    ),
)

DUTIES = (
    _variable(
        name="bank_wages_12m",
        label=Label("Wages paid, last 12 months", "近12个月工资支出"),
        unit=units.YUAN,
        value=WAGES.over(YEAR),
        worse_when="lower",
        why=Label("People who are paid are people at work.", "发得出工资才有人在干活。"),
    ),
    _variable(
        name="bank_wage_months_12m",
        label=Label("Months in which wages were paid, last 12 months", "近12个月发放工资月数"),
        unit=units.MONTHS,
        value=(WAGES.monthly > 0).count(YEAR),
        worse_when="lower",
        why=Label("A missed payday is among the last things that an owner lets happen.", "欠薪是业主最后才会做的事。"),
    ),
    _variable(
        name="bank_wage_day_spread_12m",
        label=Label(
            "Days between the earliest and the latest payday of a month, last 12 months", "近12个月发薪日最早与最晚之差"
        ),
        unit=units.DAYS,
        value=largest("day", of=("wages",)).over(YEAR) - smallest("day", of=("wages",)).over(YEAR),
        worse_when="higher",
        why=Label("Paydays that wander wait for money.", "发薪日游移说明在等钱。"),
    ),
    _variable(
        name="bank_gambling_12m",
        label=Label("Transactions that look like gambling, last 12 months", "近12个月疑似博彩交易笔数"),
        unit=units.TRANSACTIONS,
        value=count(of=("gambling",)).over(YEAR),
        worse_when="higher",
        why=Label("An owner who gambles gambles with the firm's money.", "业主涉赌即以企业资金涉赌。"),
    ),
    _variable(
        name="bank_gambling_share_12m",
        label=Label(
            "Money that looks like gambling, in % of receipts, last 12 months", "近12个月疑似博彩金额占流入比重"
        ),
        unit=units.PERCENT,
        value=percent(total("amount", of=("gambling",)).over(YEAR), INFLOW.over(YEAR)),
        worse_when="higher",
        why=Label("How much of what is earned is put at stake.", "反映经营所得被投入赌局的程度。"),
    ),
    _variable(
        name="bank_borrowed_share_12m",
        label=Label("Borrowed money in % of other receipts, last 12 months", "近12个月借入资金占经营流入比重"),
        unit=units.PERCENT,
        value=percent(BORROWED.over(YEAR), INFLOW.over(YEAR)),
        worse_when="higher",
        why=Label(
            "Loans that carry the account cover what sales no longer do.", "靠借款维持账户，说明销售已难覆盖支出。"
        ),
    ),
    _variable(
        name="bank_debt_service_12m",
        label=Label("Repayments and interest in % of receipts, last 12 months", "近12个月还本付息占流入比重"),
        unit=units.PERCENT,
        value=percent(REPAID.over(YEAR), INFLOW.over(YEAR)),
        worse_when="higher",
        why=Label("What goes to other lenders first cannot go to this one.", "先还他人的钱就还不了本行。"),
    ),
    _variable(
        name="bank_loans_out_of_loans_12m",
        label=Label("Months with both borrowing and repayment, last 12 months", "近12个月借新还旧月数"),
        unit=units.MONTHS,
        value=((BORROWED.monthly > 0) & (REPAID.monthly > 0)).count(YEAR),
        worse_when="higher",
        why=Label("Old loans paid with new ones end when the last lender says no.", "借新还旧在最后一家拒贷时断裂。"),
    ),
    _variable(
        name="bank_lenders_12m",
        label=Label("Different senders of borrowed money, last 12 months", "近12个月资金出借方数"),
        unit=units.LENDERS,
        value=(count(of=("borrowed",)).by_partner(YEAR) > 0).count(),
        worse_when="higher",
        why=Label("The account sees lenders that no bureau reports.", "流水能看到征信之外的出借方。"),
    ),
)

VARIABLES = (*FLOWS, *BALANCES, *DUTIES)
