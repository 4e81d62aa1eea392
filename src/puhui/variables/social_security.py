"""What social security says: headcount, the wage base and its trend, contributions missed and late."""

from __future__ import annotations

from functools import partial

import ibis
from ibis import _

from puhui.variables import units
from puhui.variables.declarations import Column, Reading, Variable
from puhui.variables.language import (
    EVER,
    MonthsSince,
    count,
    growth,
    largest,
    latest,
    months,
    percent,
    positive,
    total,
)
from puhui.words import Label

SOCIAL_SECURITY = Reading(
    channel="social_security",
    kinds={"paid": _.paid_fen >= _.due_fen, "gap": _.paid_fen < _.due_fen},
    columns={
        "headcount": Column(_.headcount),
        "base": Column(_.base_fen, per=100),
        "due": Column(_.due_fen, per=100),
        "unpaid": Column(_.due_fen - _.paid_fen, per=100),
        "after_month": Column(ibis.greatest(_.happened_on.delta(_.period_end, unit="day"), 0)),
    },
    order=_.period_end.cast("string"),
)
_variable = partial(Variable, reads=SOCIAL_SECURITY)
ANY, GAP = ("paid", "gap"), ("gap",)
HEADCOUNT, BASE = latest("headcount", of=ANY), total("base", of=ANY)
MONTHS_BASE = latest("base", of=ANY).monthly  # missing, not 0, in a month that has not been reported yet
NOW, YEAR_AGO, YEAR = months(3), months(3, ago=12), months(12)
PEOPLE_MONTHS = total("headcount", of=ANY)

VARIABLES = (
    _variable(
        name="staff_headcount",
        label=Label("People insured, the latest of the last 3 months", "近3个月最近参保人数"),
        unit=units.PEOPLE,
        value=HEADCOUNT.over(NOW),
        worse_when="lower",
        why=Label("How many the firm keeps at work, by its own payments.", "企业以缴费证明的用工规模。"),
    ),
    _variable(
        name="staff_growth_12m",
        label=Label("Growth of people insured on the year before", "参保人数同比增长率"),
        unit=units.PERCENT,
        value=growth(HEADCOUNT.over(NOW), HEADCOUNT.over(YEAR_AGO)),
        worse_when="lower",
        why=Label("A firm lets people go before it says that it is in trouble.", "裁员早于承认困难。"),
    ),
    _variable(
        name="staff_to_peak_24m",
        label=Label("People insured now in % of the most within the last 24 months", "参保人数占近24个月峰值比重"),
        unit=units.PERCENT,
        value=percent(HEADCOUNT.over(NOW), largest("headcount", of=ANY).over(months(24))),
        worse_when="lower",
        why=Label("How much of the firm is left.", "反映企业还剩多少。"),
    ),
    _variable(
        name="staff_trend_12m",
        label=Label(
            "Trend of people insured in % of their mean a month, last 12 months",
            "近12个月参保人数趋势（每月变动占均值比重）",
        ),
        unit=units.PERCENT_A_MONTH,
        value=percent(HEADCOUNT.monthly.slope(YEAR), HEADCOUNT.monthly.mean(YEAR)),
        worse_when="lower",
        why=Label("Posts that are not filled again show as a slope.", "离职不补体现为持续下降。"),
    ),
    _variable(
        name="staff_wage_base_12m",
        label=Label("Wage base, last 12 months", "近12个月缴费基数合计"),
        unit=units.YUAN,
        value=BASE.over(YEAR),
        worse_when="lower",
        why=Label("The wages that the firm itself declares.", "企业自行申报的工资总额。"),
    ),
    _variable(
        name="staff_wage_base_trend_12m",
        label=Label(
            "Trend of the monthly wage base in % of its mean, last 12 months",
            "近12个月月缴费基数趋势（每月变动占均值比重）",
        ),
        unit=units.PERCENT_A_MONTH,
        value=percent(MONTHS_BASE.slope(YEAR), MONTHS_BASE.mean(YEAR)),
        worse_when="lower",
        why=Label("Pay is cut before people are.", "降薪先于裁员。"),
    ),
    _variable(
        name="staff_wage_12m",
        label=Label("Wage base a person and month, last 12 months", "近12个月人均月缴费基数"),
        unit=units.YUAN_A_PERSON,
        value=BASE.over(YEAR) / PEOPLE_MONTHS.over(YEAR),
        worse_when="lower",
        why=Label("Better pay keeps the people who know the work.", "薪酬较好才能留住熟手。"),
    ),
    _variable(
        name="staff_wage_growth_12m",
        label=Label("Growth of the wage base a person on the year before", "人均缴费基数同比增长率"),
        unit=units.PERCENT,
        value=growth(
            BASE.over(YEAR) / positive(PEOPLE_MONTHS.over(YEAR)),
            BASE.over(months(12, ago=12)) / positive(PEOPLE_MONTHS.over(months(12, ago=12))),
        ),
        worse_when="lower",
        why=Label("Wages that fall behind the trade's tell of thin years.", "人均薪酬落后说明日子紧。"),
    ),
    *(
        _variable(
            name=f"staff_gap_months_{n}m",
            label=Label(f"Months with contributions not paid in full, last {n} months", f"近{n}个月未足额缴费月数"),
            unit=units.MONTHS,
            value=count(of=GAP).over(months(n)),
            worse_when="higher",
            why=Label(
                "Contributions are the first bill that nobody outside sees unpaid.", "社保是外人最难察觉的首笔欠款。"
            ),
        )
        for n in (12, 24)
    ),
    _variable(
        name="staff_unpaid_24m",
        label=Label("Contributions due and not paid, last 24 months", "近24个月欠缴社保金额"),
        unit=units.YUAN,
        value=total("unpaid", of=GAP).over(months(24)),
        worse_when="higher",
        why=Label("It must be made good, and comes before the bank.", "须补缴且优先于银行债权。"),
    ),
    _variable(
        name="staff_unpaid_share_12m",
        label=Label("Share of contributions due that was not paid, last 12 months", "近12个月社保欠缴比例"),
        unit=units.PERCENT,
        value=percent(total("unpaid", of=ANY).over(YEAR), total("due", of=ANY).over(YEAR)),
        worse_when="higher",
        why=Label("How much of a duty the firm lets slide.", "反映义务未履行的程度。"),
    ),
    _variable(
        name="staff_months_since_gap",
        label=Label("Months since contributions were last not paid in full", "距最近一次欠缴月数"),
        unit=units.MONTHS,
        value=MonthsSince(count(of=GAP).monthly > 0).latest(months(1)),
        worse_when="lower",
        why=Label("A gap long past has been survived.", "早已过去的欠缴说明已挺过来。"),
    ),
    _variable(
        name="staff_months_reported_12m",
        label=Label("Months reported, last 12 months", "近12个月有参保记录月数"),
        unit=units.MONTHS,
        value=(count(of=ANY).monthly > 0).count(YEAR),
        worse_when="lower",
        why=Label("A month without a record is a month without staff on the books.", "无记录即账面无员工。"),
    ),
    _variable(
        name="staff_latest_payment_day_24m",
        label=Label(
            "Latest payment of a month's contributions, days after the month's end, last 24 months",
            "近24个月缴费最迟晚于所属期末天数",
        ),
        unit=units.DAYS,
        value=largest("after_month", of=("paid",)).over(months(24)),
        worse_when="higher",
        why=Label("Late, but paid: cash was short for so long.", "迟缴反映现金短缺的时长。"),
    ),
    _variable(
        name="staff_months_ever",
        label=Label("Months on the social security record", "社保缴费记录月数"),
        unit=units.MONTHS,
        value=count(of=ANY).over(EVER),
        worse_when="lower",
        why=Label("An employer of long standing.", "长期用工的雇主。"),
    ),
)
