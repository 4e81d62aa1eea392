"""What lenders report of the owner as a person: debts, use of cards, delays, enquiries.

As for the firm, "now" is the latest month in which any account reported, within the last three.
"""

from __future__ import annotations

from functools import partial

from ibis import _

from puhui.variables import units
from puhui.variables.declarations import DAYS_AGO, Column, Reading, Variable
from puhui.variables.language import (
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

OWNER_BUREAU = Reading(
    channel="owner_bureau",
    kinds={kind: _.kind == kind for kind in ("card", "loan", "mortgage", "enquiry")},
    columns={
        "limit": Column(_.limit_fen, per=100),
        "balance": Column(_.balance_fen, per=100),
        "overdue": Column(_.overdue_fen, per=100),
        "overdue_months": Column(_.overdue_months),
    },
    partners={"lender": _.institution},
    quiet=True,
)
_variable = partial(Variable, reads=OWNER_BUREAU)
ACCOUNTS, UNSECURED, CARD = ("card", "loan", "mortgage"), ("card", "loan"), ("card",)
REPORTED = count(of=ACCOUNTS).monthly > 0
LATELY, YEAR_AGO = months(3), months(3, ago=12)
A_MONTH_APART = 20  # days, as for the enterprise bureau
SEEN = smallest(DAYS_AGO, of=ACCOUNTS).by("lender", LATELY)


def _at(measure: Measure, window: Window = LATELY) -> Value:
    return or_zero(measure.monthly.latest(window, where=REPORTED))


VARIABLES = (
    _variable(
        name="owner_debt_now",
        label=Label("The owner's debts, latest report", "最近报告业主负债余额"),
        unit=units.YUAN,
        value=_at(total("balance", of=ACCOUNTS)),
        worse_when="higher",
        why=Label("A small firm and its owner have one purse.", "小微企业与业主共用一个钱袋。"),
    ),
    _variable(
        name="owner_unsecured_debt_now",
        label=Label("The owner's debts on cards and loans, latest report", "最近报告业主信用卡及贷款余额"),
        unit=units.YUAN,
        value=_at(total("balance", of=UNSECURED)),
        worse_when="higher",
        why=Label("Money without security is borrowed when nothing else is left.", "无抵押借款常是最后的来源。"),
    ),
    _variable(
        name="owner_unsecured_growth_12m",
        label=Label("Growth of the owner's unsecured debts on the year before", "业主信用卡及贷款余额同比增长率"),
        unit=units.PERCENT,
        value=growth(_at(total("balance", of=UNSECURED)), _at(total("balance", of=UNSECURED), YEAR_AGO)),
        worse_when="higher",
        why=Label("The owner borrows for the firm when the firm no longer can.", "企业借不到时，业主以个人名义借。"),
    ),
    _variable(
        name="owner_card_use_now",
        label=Label("Use of credit cards in % of their limits, latest report", "最近报告业主信用卡使用率"),
        unit=units.PERCENT,
        value=percent(_at(total("balance", of=CARD)), _at(total("limit", of=CARD))),
        worse_when="higher",
        why=Label("Cards drawn to the end carry a business that cash no longer does.", "刷爆的卡在替企业垫资。"),
    ),
    _variable(
        name="owner_accounts_now",
        label=Label("Open loans and cards of the owner, latest report", "最近报告业主未结清账户数"),
        unit=units.ACCOUNTS,
        value=_at(count(of=UNSECURED)),
        worse_when="higher",
        why=Label("Many accounts are kept by who moves debt among them.", "账户众多常为腾挪债务。"),
    ),
    _variable(
        name="owner_lenders_now",
        label=Label("Lenders to the owner, latest report", "最近报告业主债权机构数"),
        unit=units.LENDERS,
        value=(Least(SEEN) + A_MONTH_APART > SEEN).count(),
        worse_when="higher",
        why=Label("Each lender sees only a part of the whole.", "每家机构只看到一部分负债。"),
    ),
    _variable(
        name="owner_overdue_now",
        label=Label("Overdue by the owner, latest report", "最近报告业主逾期金额"),
        unit=units.YUAN,
        value=_at(total("overdue", of=ACCOUNTS)),
        worse_when="higher",
        why=Label("Who is late in person is late in business.", "个人逾期往往伴随企业逾期。"),
    ),
    *(
        _variable(
            name=f"owner_overdue_worst_{n}m",
            label=Label(f"Most months overdue on one account, last {n} months", f"近{n}个月业主单账户最长逾期期数"),
            unit=units.MONTHS_OVERDUE,
            value=or_zero(largest("overdue_months", of=ACCOUNTS).over(months(n))),
            worse_when="higher",
            why=Label("Three months late is another world than one.", "逾期三期与一期性质不同。"),
        )
        for n in (6, 24)
    ),
    _variable(
        name="owner_overdue_months_24m",
        label=Label("Months in which the owner was overdue, last 24 months", "近24个月业主有逾期月数"),
        unit=units.MONTHS,
        value=(total("overdue", of=ACCOUNTS).monthly > 0).count(months(24)),
        worse_when="higher",
        why=Label("A habit of lateness outlives a bad month.", "习惯性逾期不同于偶发。"),
    ),
    *(
        _variable(
            name=f"owner_enquiries_{n}m",
            label=Label(f"Enquiries about the owner, last {n} months", f"近{n}个月业主被查询次数"),
            unit=units.ENQUIRIES,
            value=count(of=("enquiry",)).over(months(n)),
            worse_when="higher",
            why=Label("Who asks everywhere has been refused somewhere.", "四处申请往往因为已被拒绝。"),
        )
        for n in (3, 12)
    ),
)
