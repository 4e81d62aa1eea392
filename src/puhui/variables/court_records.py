"""What the courts say: cases against the firm and their amounts, enforcement, and the dishonest list.

A case counts as closed only where its closing had been known when the row came: a record loaded later cannot tell it.
"""

from __future__ import annotations

from functools import partial

from ibis import _

from puhui.variables import units
from puhui.variables.declarations import DAYS_AGO, Column, Reading, Variable
from puhui.variables.language import EVER, count, months, smallest, total
from puhui.words import Label

DEFENDS = (_.kind == "case") & (_.role == "defendant")
CLOSED = (_.closed_on <= _.learned_at.date()).fill_null(False)

COURT_RECORDS = Reading(
    channel="court_records",
    kinds={
        "loan_dispute": DEFENDS & _.cause.re_search("借款|贷|担保|保证合同"),
        "wage_dispute": DEFENDS & _.cause.re_search("劳动|劳务|工资"),
        "defends": DEFENDS,
        "sues": (_.kind == "case") & (_.role == "plaintiff"),
        "enforcement": _.kind == "enforcement",
        "dishonest": _.kind == "dishonest",
    },
    columns={
        "amount": Column(_.amount_fen, per=100),
        "open": Column((~CLOSED).cast("int8")),
        "open_amount": Column(CLOSED.ifelse(0, _.amount_fen), per=100),
    },
    quiet=True,
)
_variable = partial(Variable, reads=COURT_RECORDS)
SUED = ("loan_dispute", "wage_dispute", "defends")

VARIABLES = (
    *(
        _variable(
            name=f"court_defendant_cases_{n}m",
            label=Label(f"Cases as defendant, last {n} months", f"近{n}个月作为被告案件数"),
            unit=units.CASES,
            value=count(of=SUED).over(months(n)),
            worse_when="higher",
            why=Label("Creditors sue when asking has failed.", "催收无果才会起诉。"),
        )
        for n in (12, 36)
    ),
    _variable(
        name="court_defendant_amount_36m",
        label=Label("Amount claimed from the firm, last 36 months", "近36个月作为被告涉案金额"),
        unit=units.YUAN,
        value=total("amount", of=SUED).over(months(36)),
        worse_when="higher",
        why=Label("What a judgement may take out of the account at once.", "判决可能一次性划走的金额。"),
    ),
    _variable(
        name="court_open_cases",
        label=Label("Cases as defendant not known to be closed", "未结被告案件数"),
        unit=units.CASES,
        value=total("open", of=SUED).over(EVER),
        worse_when="higher",
        why=Label("An open case is a debt whose size a judge will name.", "未决案件是金额未定的债务。"),
    ),
    _variable(
        name="court_open_amount",
        label=Label("Amount of cases as defendant not known to be closed", "未结被告案件涉案金额"),
        unit=units.YUAN,
        value=total("open_amount", of=SUED).over(EVER),
        worse_when="higher",
        why=Label("Claims that may still fall due before this loan.", "可能先于本贷款到期的索赔。"),
    ),
    _variable(
        name="court_loan_disputes_36m",
        label=Label("Cases over loans and guarantees as defendant, last 36 months", "近36个月借款担保纠纷被告案件数"),
        unit=units.CASES,
        value=count(of=("loan_dispute",)).over(months(36)),
        worse_when="higher",
        why=Label("Another lender has already gone to court.", "已有其他债权人诉至法院。"),
    ),
    _variable(
        name="court_wage_disputes_36m",
        label=Label("Cases brought by employees, last 36 months", "近36个月劳动争议案件数"),
        unit=units.CASES,
        value=count(of=("wage_dispute",)).over(months(36)),
        worse_when="higher",
        why=Label("Wages are the last bill that an owner leaves unpaid.", "拖欠工资是业主最后的选择。"),
    ),
    _variable(
        name="court_plaintiff_cases_36m",
        label=Label("Cases as plaintiff, last 36 months", "近36个月作为原告案件数"),
        unit=units.CASES,
        value=count(of=("sues",)).over(months(36)),
        worse_when=None,
        why=Label("The firm's own customers do not pay, and it does not let them.", "客户欠款，企业积极追讨。"),
    ),
    _variable(
        name="court_enforcements_36m",
        label=Label("Enforcements against the firm, last 36 months", "近36个月被执行次数"),
        unit=units.CASES,
        value=count(of=("enforcement",)).over(months(36)),
        worse_when="higher",
        why=Label("A judgement had to be taken by force.", "判决须靠强制执行。"),
    ),
    _variable(
        name="court_enforcement_amount_36m",
        label=Label("Amount enforced against the firm, last 36 months", "近36个月被执行金额"),
        unit=units.YUAN,
        value=total("amount", of=("enforcement",)).over(months(36)),
        worse_when="higher",
        why=Label("The court takes it before any lender.", "法院执行优先于贷款人。"),
    ),
    _variable(
        name="court_dishonest_ever",
        label=Label("Listings as a dishonest debtor, ever", "历史列入失信被执行人次数"),
        unit=units.LISTINGS,
        value=count(of=("dishonest",)).over(EVER),
        worse_when="higher",
        why=Label("The court found that the firm could pay and would not.", "法院认定有能力而拒不履行。"),
    ),
    _variable(
        name="court_days_since_sued",
        label=Label("Days since the firm was last sued", "距最近一次被诉天数"),
        unit=units.DAYS,
        value=smallest(DAYS_AGO, of=SUED).over(EVER),
        worse_when="lower",
        why=Label("An old case has been lived through; a new one has not.", "旧案已消化，新案尚未。"),
    ),
)
