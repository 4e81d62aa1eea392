"""What the meters say: electricity against its own past, water, and bills left unpaid."""

from __future__ import annotations

from functools import partial

from ibis import _

from puhui.variables import units
from puhui.variables.declarations import DAYS_AGO, Column, Reading, Variable
from puhui.variables.language import (
    EVER,
    MonthsSince,
    count,
    growth,
    latest,
    months,
    percent,
    positive,
    smallest,
    total,
)
from puhui.words import Label

UTILITIES = Reading(
    channel="utilities",
    kinds={"electricity": _.kind == "electricity", "water": _.kind == "water"},
    columns={
        "quantity": Column(_.quantity),
        "cost": Column(_.cost_fen, per=100),
        "overdue": Column(_.overdue_fen, per=100),
    },
    partners={"meter": _.meter},
)
_variable = partial(Variable, reads=UTILITIES)
POWER, ANY = ("electricity",), ("electricity", "water")
USED, WATER = total("quantity", of=POWER), total("quantity", of=("water",))
YEAR = months(12)

VARIABLES = (
    *(
        _variable(
            name=f"power_used_{n}m",
            label=Label(f"Electricity used, last {n} months", f"近{n}个月用电量"),
            unit=units.KWH,
            value=USED.over(months(n)),
            worse_when="lower",
            why=Label("Machines that run use power, whatever the books say.", "机器开动就要用电，账面无法替代。"),
        )
        for n in (3, 12)
    ),
    *(
        _variable(
            name=f"power_growth_{n}m",
            label=Label(
                f"Growth of electricity used, last {n} months on the same months a year before",
                f"近{n}个月用电量同比增长率",
            ),
            unit=units.PERCENT,
            value=growth(USED.over(months(n)), USED.over(months(n, ago=12))),
            worse_when="lower",
            why=Label(
                "Against its own season a year before, so that weather is out of it.", "与上年同季比较，剔除季节影响。"
            ),
        )
        for n in (3, 12)
    ),
    _variable(
        name="power_recent_pace",
        label=Label(
            "Monthly electricity of the last 3 months to those of the 12 before", "近3个月月均用电量与此前12个月之比"
        ),
        unit=units.PERCENT,
        value=percent(USED.over(months(3)) * 4.0, USED.over(months(12, ago=3))),
        worse_when="lower",
        why=Label("A workshop that is closing shows here first.", "关停的车间最先体现在用电上。"),
    ),
    _variable(
        name="power_trend_12m",
        label=Label(
            "Trend of monthly electricity in % of its mean, last 12 months",
            "近12个月月用电量趋势（每月变动占均值比重）",
        ),
        unit=units.PERCENT_A_MONTH,
        value=percent(USED.monthly.slope(YEAR), USED.monthly.mean(YEAR)),
        worse_when="lower",
        why=Label("A slow fading that one month hides.", "看出单月掩盖的缓慢衰退。"),
    ),
    _variable(
        name="power_volatility_12m",
        label=Label("Volatility of monthly electricity (deviation to mean), last 12 months", "近12个月月用电量波动率"),
        unit=units.TIMES,
        value=USED.monthly.deviation(YEAR) / positive(USED.monthly.mean(YEAR)),
        worse_when="higher",
        why=Label("Work that stops and starts earns unevenly.", "时开时停则收入不稳。"),
    ),
    _variable(
        name="power_idle_months_12m",
        label=Label("Months without electricity used, last 12 months", "近12个月无用电月数"),
        unit=units.MONTHS,
        value=(USED.monthly < 1).count(YEAR),
        worse_when="higher",
        why=Label("Nobody works in the dark.", "没有用电就没有开工。"),
    ),
    _variable(
        name="power_price_12m",
        label=Label("Cost of a kWh, last 12 months", "近12个月度电成本"),
        unit=units.YUAN_A_KWH,
        value=total("cost", of=POWER).over(YEAR) / USED.over(YEAR),
        worse_when=None,
        why=Label("Tells an industrial tariff from a shop's or a home's.", "区分工业、商业与居民用电。"),
    ),
    _variable(
        name="water_growth_12m",
        label=Label("Growth of water used, last 12 months on the year before", "近12个月用水量同比增长率"),
        unit=units.PERCENT,
        value=growth(WATER.over(YEAR), WATER.over(months(12, ago=12))),
        worse_when="lower",
        why=Label("Kitchens, laundries and dye works stand and fall with water.", "餐饮、洗涤、印染等离不开水。"),
    ),
    _variable(
        name="utilities_overdue_now",
        label=Label("Bills overdue by each meter's latest reading", "各户号最近一期欠费合计"),
        unit=units.YUAN,
        value=latest("overdue", of=ANY).by("meter", EVER).sum(),
        worse_when="higher",
        why=Label("Who risks being cut off has nothing left to pay with.", "甘冒停电风险说明已无钱可付。"),
    ),
    _variable(
        name="utilities_overdue_months_12m",
        label=Label("Months with a bill overdue, last 12 months", "近12个月有欠费月数"),
        unit=units.MONTHS,
        value=(total("overdue", of=ANY).monthly > 0).count(YEAR),
        worse_when="higher",
        why=Label("Small bills left unpaid come before large ones.", "小额账单先于大额债务被拖欠。"),
    ),
    _variable(
        name="utilities_months_since_overdue",
        label=Label("Months since a bill was last overdue", "距最近一次欠费月数"),
        unit=units.MONTHS,
        value=MonthsSince(total("overdue", of=ANY).monthly > 0).latest(months(1)),
        worse_when="lower",
        why=Label("How long the firm has kept clean since it was last late.", "自上次欠费以来保持正常的时间。"),
    ),
    _variable(
        name="utilities_meters_3m",
        label=Label("Meters read, last 3 months", "近3个月抄表户数"),
        unit=units.METERS,
        value=(count(of=ANY).by("meter", months(3)) > 0).count(),
        worse_when="lower",
        why=Label("A site given up is a meter less.", "少一个户号意味着少一处场地。"),
    ),
    _variable(
        name="power_days_since_reading",
        label=Label("Days since electricity was last read", "距最近一次抄表天数"),
        unit=units.DAYS,
        value=smallest(DAYS_AGO, of=POWER).over(EVER),
        worse_when="higher",
        why=Label("A meter no longer read is a site no longer run.", "不再抄表即不再经营。"),
    ),
)
