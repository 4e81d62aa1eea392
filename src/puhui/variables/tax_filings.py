"""What the tax bureau's records say: tax paid and its trend, arrears, late filings, and the taxpayer's grade."""

from __future__ import annotations

from functools import partial

import ibis
from ibis import _

from puhui.variables import units
from puhui.variables.declarations import Column, Reading, Variable
from puhui.variables.language import (
    EVER,
    Value,
    Window,
    before,
    count,
    growth,
    largest,
    latest,
    months,
    percent,
    total,
)
from puhui.words import Label

GRADES = ("A", "B", "M", "C", "D")  # from the best; M is a new taxpayer's

TAX_FILINGS = Reading(
    channel="tax_filings",
    kinds={
        "vat_return": (_.kind == "return") & (_.tax == "vat"),
        "income_return": _.kind == "return",
        "arrears": _.kind == "arrears",
        "grade": _.kind == "grade",
    },
    columns={
        "sales": Column(_.sales_fen, per=100),
        "profit": Column(_.profit_fen, per=100),
        "payable": Column(_.payable_fen, per=100),
        "paid": Column(_.paid_fen, per=100),
        "unpaid": Column(ibis.greatest(_.payable_fen - _.paid_fen, 0), per=100),
        "arrears": Column(_.arrears_fen, per=100),
        "late": Column((_.happened_on > _.due_on).cast("int8")),
        "late_days": Column(ibis.greatest(_.happened_on.delta(_.due_on, unit="day"), 0)),
        "without_sales": Column((_.sales_fen == 0).cast("int8")),
        "grade": Column(ibis.cases(*((_.grade == grade, place) for place, grade in enumerate(GRADES, start=1)))),
    },
    partners={"tax": _.tax.fill_null("")},
    order=_.filing_number,
)
_variable = partial(Variable, reads=TAX_FILINGS)
VAT, INCOME, ANY = ("vat_return",), ("income_return",), ("vat_return", "income_return")
PAID, SALES = total("paid", of=ANY), total("sales", of=VAT)
GRADE = latest("grade", of=("grade",))


def _burden(window: Window) -> Value:
    return percent(total("paid", of=VAT).over(window), SALES.over(window))


PAYMENTS = (
    _variable(
        name="tax_paid_12m",
        label=Label("Tax paid, last 12 months", "近12个月实缴税额"),
        unit=units.YUAN,
        value=PAID.over(months(12)),
        worse_when="lower",
        why=Label(
            "Tax is paid in cash: it proves business that costs money to invent.",
            "纳税要付真金白银，是经营最难造假的证明。",
        ),
    ),
    _variable(
        name="tax_paid_growth_12m",
        label=Label("Growth of tax paid, last 12 months on the year before", "近12个月实缴税额同比增长率"),
        unit=units.PERCENT,
        value=growth(PAID.over(months(12)), PAID.over(months(12, ago=12))),
        worse_when="lower",
        why=Label(
            "Tax falls when value added does, and cannot be dressed up as sales can.",
            "税额随增加值下降，不像销售额可以粉饰。",
        ),
    ),
    _variable(
        name="tax_vat_paid_trend_12m",
        label=Label(
            "Trend of monthly VAT paid in % of its mean, last 12 months", "近12个月月缴增值税趋势（每月变动占均值比重）"
        ),
        unit=units.PERCENT_A_MONTH,
        value=percent(total("paid", of=VAT).monthly.slope(months(12)), total("paid", of=VAT).monthly.mean(months(12))),
        worse_when="lower",
        why=Label("Shows a slow fading before a year's total does.", "比年度合计更早看出缓慢衰退。"),
    ),
    _variable(
        name="tax_declared_sales_12m",
        label=Label("Sales declared for VAT, last 12 months", "近12个月增值税申报销售额"),
        unit=units.YUAN,
        value=SALES.over(months(12)),
        worse_when="lower",
        why=Label(
            "The firm has signed for this figure, with or without invoices.", "企业签字申报的销售额，含未开票收入。"
        ),
    ),
    _variable(
        name="tax_declared_sales_growth_3m",
        label=Label(
            "Growth of declared sales, last 3 months on the same months a year before", "近3个月申报销售额同比增长率"
        ),
        unit=units.PERCENT,
        value=growth(SALES.over(months(3)), SALES.over(months(3, ago=12))),
        worse_when="lower",
        why=Label("The latest quarter against its own season.", "以上年同季为参照看最近一季。"),
    ),
    _variable(
        name="tax_vat_burden_12m",
        label=Label("VAT paid in % of declared sales, last 12 months", "近12个月增值税税负率"),
        unit=units.PERCENT,
        value=_burden(months(12)),
        worse_when=None,
        why=Label("A burden far from the trade's usual one asks for an explanation.", "税负率偏离行业水平需要解释。"),
    ),
    _variable(
        name="tax_vat_burden_change",
        label=Label("Change of the VAT burden on the year before", "增值税税负率同比变化"),
        unit=units.PERCENT_POINTS,
        value=_burden(months(12)) - _burden(months(12, ago=12)),
        worse_when="lower",
        why=Label(
            "A falling burden means thinner margins, or bought input invoices.", "税负下降意味着毛利变薄或虚增进项。"
        ),
    ),
    _variable(
        name="tax_profit_margin",
        label=Label("Profit in % of sales in the latest income tax return", "最近一期所得税申报利润率"),
        unit=units.PERCENT,
        value=percent(latest("profit", of=INCOME).over(months(18)), latest("sales", of=INCOME).over(months(18))),
        worse_when="lower",
        why=Label(
            "What is left to pay interest from, as told to the tax bureau.", "向税务机关申报的可用于付息的利润。"
        ),
    ),
)

DUTY = (
    _variable(
        name="tax_arrears_now",
        label=Label("Tax in arrears by the latest notice of each tax", "各税种最近通知的欠税余额合计"),
        unit=units.YUAN,
        value=latest("arrears", of=("arrears",)).by("tax", EVER).sum(),
        worse_when="higher",
        why=Label(
            "The tax bureau is paid before the bank; who owes it is out of cash.", "税收优先于银行债权，欠税即缺现金。"
        ),
    ),
    _variable(
        name="tax_arrears_notices_24m",
        label=Label("Notices of arrears, last 24 months", "近24个月欠税通知数"),
        unit=units.NOTICES,
        value=count(of=("arrears",)).over(months(24)),
        worse_when="higher",
        why=Label("Each notice is a month in which cash did not reach.", "每份通知都意味着一次现金不足。"),
    ),
    _variable(
        name="tax_late_filings_12m",
        label=Label("Returns filed after their due day, last 12 months", "近12个月逾期申报次数"),
        unit=units.RETURNS,
        value=total("late", of=ANY).over(months(12)),
        worse_when="higher",
        why=Label(
            "Late filing is disorder, and disorder comes before default.", "逾期申报说明管理混乱，混乱先于违约。"
        ),
    ),
    _variable(
        name="tax_late_days_24m",
        label=Label("Longest delay of a return, last 24 months", "近24个月最长逾期申报天数"),
        unit=units.DAYS,
        value=largest("late_days", of=ANY).over(months(24)),
        worse_when="higher",
        why=Label("One long delay says more than several short ones.", "一次长期拖延比多次短暂逾期更说明问题。"),
    ),
    _variable(
        name="tax_unpaid_share_12m",
        label=Label(
            "Share of tax payable that was not paid with the return, last 12 months", "近12个月应纳税额未缴比例"
        ),
        unit=units.PERCENT,
        value=percent(total("unpaid", of=ANY).over(months(12)), total("payable", of=ANY).over(months(12))),
        worse_when="higher",
        why=Label(
            "A return without its money is the first of the debts to be left.", "申报而不缴款，往往是最先被拖欠的债务。"
        ),
    ),
    _variable(
        name="tax_months_without_return_12m",
        label=Label("Months without a VAT return, last 12 months", "近12个月未申报增值税月数"),
        unit=units.MONTHS,
        value=(count(of=VAT).monthly < 1).count(months(12)),
        worse_when="higher",
        why=Label(
            "A firm at work files every month, or every quarter if it is small.", "正常经营按月申报，小规模按季申报。"
        ),
    ),
    _variable(
        name="tax_returns_without_sales_12m",
        label=Label("VAT returns that declare no sales, last 12 months", "近12个月增值税零申报次数"),
        unit=units.RETURNS,
        value=total("without_sales", of=VAT).over(months(12)),
        worse_when="higher",
        why=Label(
            "A firm that declares nothing sells nothing, or hides what it sells.", "零申报意味着没有经营或隐瞒收入。"
        ),
    ),
    _variable(
        name="tax_grade",
        label=Label("Taxpayer's credit grade, the latest", "最近一次纳税信用等级"),
        unit=units.GRADE,
        value=GRADE.over(EVER),
        worse_when="higher",
        why=Label("The bureau's own judgement of how a firm keeps its duties.", "税务机关对企业履行义务的综合评价。"),
    ),
    _variable(
        name="tax_grade_change",
        label=Label("Steps that the taxpayer's grade has fallen on the year before", "纳税信用等级较上年下降级数"),
        unit=units.STEPS,
        value=GRADE.over(EVER) - GRADE.over(before(12)),
        worse_when="higher",
        why=Label("A downgrade is a fact that the bureau had to establish.", "降级意味着税务机关已查实问题。"),
    ),
)

VARIABLES = (*PAYMENTS, *DUTY)
