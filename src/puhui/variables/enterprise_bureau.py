"""What other lenders report of the firm: debt, lenders, enquiries, overdue amounts, guarantees given and received.

Accounts report once a month, so "now" is the latest month in which any did, within the last three: an account that has
been closed does not report any more. Debt is what loans owe; a drawn line reports its loan too, and is not added twice.
"""

from __future__ import annotations

from functools import partial

import ibis
from ibis import _

from puhui.variables import units
from puhui.variables.declarations import DAYS_AGO, Column, Reading, Variable
from puhui.variables.language import (
    PARTNER,
    Least,
    Measure,
    Value,
    Window,
    count,
    growth,
    largest,
    months,
    or_zero,
    percent,
    smallest,
    total,
)
from puhui.words import Label

TIERS = ("normal", "special_mention", "substandard", "doubtful", "loss")

ENTERPRISE_BUREAU = Reading(
    channel="enterprise_bureau",
    kinds={
        "loan": _.kind == "loan",
        "line": _.kind == "line",
        "given": _.kind == "guarantee_given",
        "received": _.kind == "guarantee_received",
        "enquiry": _.kind == "enquiry",
    },
    columns={
        "limit": Column(_.limit_fen, per=100),
        "balance": Column(_.balance_fen, per=100),
        "overdue": Column(_.overdue_fen, per=100),
        "overdue_days": Column(_.overdue_days),
        "tier": Column(ibis.cases(*((_.tier == tier, place) for place, tier in enumerate(TIERS, start=1)))),
    },
    partners={PARTNER: _.counterparty, "lender": _.institution},
    quiet=True,
)
_variable = partial(Variable, reads=ENTERPRISE_BUREAU)
LOAN, LINE, CREDIT, ACCOUNTS = ("loan",), ("line",), ("loan", "line"), ("loan", "line", "given", "received")
REPORTED = count(of=ACCOUNTS).monthly > 0
LATELY = months(3)
A_MONTH_APART = 20  # days: reports of one month's end lie closer together than this, those of two months do not


def _at(measure: Measure, window: Window = LATELY) -> Value:
    """A sum over the latest reported month of a window; 0 where no account reports."""
    return or_zero(measure.monthly.latest(window, where=REPORTED))


def _reporting(kinds: tuple[str, ...], whom: str) -> Value:
    """How many lenders, or other sides of guarantees, are in the latest month's report."""
    seen = smallest(DAYS_AGO, of=kinds).by(whom, LATELY)
    newest = Least(smallest(DAYS_AGO, of=ACCOUNTS).by(whom, LATELY))
    return (seen < newest + A_MONTH_APART).count()


DEBT = total("balance", of=LOAN)

OWED = (
    _variable(
        name="bureau_debt_now",
        label=Label("Loans owed to other lenders, latest report", "最近报告他行贷款余额"),
        unit=units.YUAN,
        value=_at(DEBT),
        worse_when="higher",
        why=Label("Every lender is paid out of the same sales.", "所有债权人都靠同一份销售额偿付。"),
    ),
    *(
        _variable(
            name=f"bureau_debt_growth_{n}m",
            label=Label(f"Growth of loans owed on {n} months before", f"他行贷款余额较{n}个月前增长率"),
            unit=units.PERCENT,
            value=growth(_at(DEBT), _at(DEBT, months(3, ago=n))),
            worse_when="higher",
            why=Label("Debt that outgrows sales ends in default.", "负债增速快于销售终将违约。"),
        )
        for n in (6, 12)
    ),
    _variable(
        name="bureau_lenders_now",
        label=Label("Lenders with an open loan or line, latest report", "最近报告未结清授信机构数"),
        unit=units.LENDERS,
        value=_reporting(CREDIT, "lender"),
        worse_when="higher",
        why=Label(
            "Each new lender knows less of the others; stacked loans start so.",
            "机构越多彼此越不知情，多头借贷由此开始。",
        ),
    ),
    _variable(
        name="bureau_loans_now",
        label=Label("Open loans, latest report", "最近报告未结清贷款笔数"),
        unit=units.ACCOUNTS,
        value=_at(count(of=LOAN)),
        worse_when="higher",
        why=Label("Many small loans are due on many days.", "笔数越多，到期日越分散难控。"),
    ),
    _variable(
        name="bureau_limit_now",
        label=Label("Limits of other lenders' lines, latest report", "最近报告他行授信额度"),
        unit=units.YUAN,
        value=_at(total("limit", of=LINE)),
        worse_when=None,
        why=Label("What the firm may still draw elsewhere, by others' judgement.", "他行判断下企业仍可支用的空间。"),
    ),
    _variable(
        name="bureau_line_use_now",
        label=Label("Use of lines in % of their limits, latest report", "最近报告额度使用率"),
        unit=units.PERCENT,
        value=percent(_at(total("balance", of=LINE)), _at(total("limit", of=LINE))),
        worse_when="higher",
        why=Label("A line drawn to the end leaves nothing for a bad month.", "额度用尽则无力应对坏月份。"),
    ),
)

STRAIN = (
    *(
        _variable(
            name=f"bureau_enquiries_{n}m",
            label=Label(f"Enquiries by lenders, last {n} months", f"近{n}个月机构查询次数"),
            unit=units.ENQUIRIES,
            value=count(of=("enquiry",)).over(months(n)),
            worse_when="higher",
            why=Label("Who asks everywhere has been refused somewhere.", "四处申请往往因为已被拒绝。"),
        )
        for n in (3, 12)
    ),
    _variable(
        name="bureau_enquiring_lenders_3m",
        label=Label("Different lenders that enquired, last 3 months", "近3个月查询机构数"),
        unit=units.LENDERS,
        value=(count(of=("enquiry",)).by("lender", months(3)) > 0).count(),
        worse_when="higher",
        why=Label(
            "One lender that looks twice is care; five that look once are haste.",
            "一家查两次是审慎，五家各查一次是急钱。",
        ),
    ),
    _variable(
        name="bureau_overdue_now",
        label=Label("Overdue at other lenders, latest report", "最近报告他行逾期金额"),
        unit=units.YUAN,
        value=_at(total("overdue", of=CREDIT)),
        worse_when="higher",
        why=Label("Who does not pay another lender will not pay this one.", "欠他行者亦将欠本行。"),
    ),
    _variable(
        name="bureau_overdue_days_24m",
        label=Label("Longest delay at another lender, last 24 months", "近24个月他行最长逾期天数"),
        unit=units.DAYS,
        value=or_zero(largest("overdue_days", of=CREDIT).over(months(24))),
        worse_when="higher",
        why=Label("How late the firm has let it become.", "反映企业曾拖欠到何种程度。"),
    ),
    _variable(
        name="bureau_overdue_months_24m",
        label=Label("Months with something overdue, last 24 months", "近24个月有逾期月数"),
        unit=units.MONTHS,
        value=(total("overdue", of=CREDIT).monthly > 0).count(months(24)),
        worse_when="higher",
        why=Label("A habit of lateness outlives a bad month.", "习惯性逾期不同于偶发。"),
    ),
    _variable(
        name="bureau_worst_tier_now",
        label=Label("Worst five-tier class of a loan, latest report", "最近报告最差五级分类"),
        unit=units.TIER,
        value=largest("tier", of=LOAN).monthly.latest(LATELY, where=REPORTED),
        worse_when="higher",
        why=Label("What another bank believes it will lose.", "他行对损失的判断。"),
    ),
    _variable(
        name="bureau_worst_tier_24m",
        label=Label("Worst five-tier class of a loan, last 24 months", "近24个月最差五级分类"),
        unit=units.TIER,
        value=largest("tier", of=LOAN).over(months(24)),
        worse_when="higher",
        why=Label("A loan that was mended still was broken.", "修复的贷款也曾恶化。"),
    ),
)

GUARANTEES = (
    _variable(
        name="bureau_guaranteed_now",
        label=Label("Guarantees given for others, latest report", "最近报告对外担保余额"),
        unit=units.YUAN,
        value=_at(total("balance", of=("given",))),
        worse_when="higher",
        why=Label("Another firm's default would be called from this one.", "他人违约将由本企业代偿。"),
    ),
    _variable(
        name="bureau_guaranteed_firms_now",
        label=Label("Firms guaranteed, latest report", "最近报告被其担保企业数"),
        unit=units.FIRMS,
        value=_reporting(("given",), PARTNER),
        worse_when="higher",
        why=Label("Many sides mean a circle in which one fall pulls the rest.", "对象越多越可能处于担保圈。"),
    ),
    _variable(
        name="bureau_guarantors_now",
        label=Label("Guarantors that stand for the firm, latest report", "最近报告为其担保企业数"),
        unit=units.FIRMS,
        value=_reporting(("received",), PARTNER),
        worse_when=None,
        why=Label("Others vouch for it; and may be drawn down with it.", "有人愿担保，也可能同受牵连。"),
    ),
    _variable(
        name="bureau_guarantees_to_debt_now",
        label=Label("Guarantees given in % of the firm's own debt, latest report", "最近报告对外担保与自身负债之比"),
        unit=units.PERCENT,
        value=percent(_at(total("balance", of=("given",))), _at(DEBT)),
        worse_when="higher",
        why=Label("Debt that is not its own yet may become so.", "或有负债可能转为实际负债。"),
    ),
)

VARIABLES = (*OWED, *STRAIN, *GUARANTEES)
