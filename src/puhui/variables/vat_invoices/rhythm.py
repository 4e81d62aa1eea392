"""When the firm trades: recency, gaps, steadiness, season and habits of the calendar."""

from __future__ import annotations

from puhui.variables import units
from puhui.variables.declarations import Variable
from puhui.variables.language import EVER, MonthsEarlier, MonthsSince, months, percent, positive
from puhui.variables.vat_invoices.reading import SALES, SIDES, VAT_INVOICES
from puhui.words import Label

RECENCY = tuple(
    Variable(
        name=f"vat_days_since_last_{side.kind}",
        label=Label(f"Days since the last valid {side.kind} invoice", f"距最近一张有效{side.trade.zh}发票天数"),
        unit=units.DAYS,
        reads=VAT_INVOICES,
        value=side.last.over(EVER),
        worse_when="higher",
        why=Label("A firm that has stopped invoicing has often stopped trading.", "停止开票往往意味着停止经营。"),
    )
    for side in SIDES
)

GAPS = tuple(
    variable
    for side in SIDES
    for variable in (
        *(
            Variable(
                name=f"vat_{side.name}_active_months_{n}m",
                label=Label(f"Months with {side.trade.en}, last {n} months", f"近{n}个月有{side.trade.zh}的月数"),
                unit=units.MONTHS,
                reads=VAT_INVOICES,
                value=(side.invoices.monthly > 0).count(months(n)),
                worse_when="lower",
                why=Label("A living business trades in most months.", "正常经营的企业大多数月份都有交易。"),
            )
            for n in (6, 12, 24)
        ),
        Variable(
            name=f"vat_{side.name}_gap_months_12m",
            label=Label(
                f"Months without {side.trade.en} since the first invoice, last 12 months",
                f"近12个月无{side.trade.zh}月数（自首张发票起）",
            ),
            unit=units.MONTHS,
            reads=VAT_INVOICES,
            value=(side.invoices.monthly < 1).count(months(12)),
            worse_when="higher",
            why=Label("Each month without trade must be bridged with other money.", "每个空档月都需要其他资金来填补。"),
        ),
        Variable(
            name=f"vat_{side.name}_longest_gap_24m",
            label=Label(
                f"Longest stretch of months without {side.trade.en}, last 24 months",
                f"近24个月最长连续无{side.trade.zh}月数",
            ),
            unit=units.MONTHS,
            reads=VAT_INVOICES,
            value=MonthsSince(side.invoices.monthly > 0).largest(months(24)),
            worse_when="higher",
            why=Label("One long silence is worse than several short ones.", "一次长时间停摆比几次短暂空档更危险。"),
        ),
        Variable(
            name=f"vat_{side.name}_active_share_ever",
            label=Label(f"Share of months with {side.trade.en} on record", f"全部记录期内有{side.trade.zh}月份占比"),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=100.0 * (side.invoices.monthly > 0).mean(EVER),
            worse_when="lower",
            why=Label("Regular trade over the whole record is hard to stage.", "长期规律的交易难以造假。"),
        ),
    )
)

STEADINESS = tuple(
    variable
    for side in SIDES
    for variable in (
        *(
            Variable(
                name=f"vat_{side.name}_volatility_{n}m",
                label=Label(
                    f"Volatility of monthly {side.trade.en} (deviation to mean), last {n} months",
                    f"近{n}个月月{side.trade.zh}额波动率（标准差/均值）",
                ),
                unit=units.TIMES,
                reads=VAT_INVOICES,
                value=side.volume.monthly.deviation(months(n)) / positive(side.volume.monthly.mean(months(n))),
                worse_when="higher",
                why=Label(
                    "Uneven trade makes instalments of one size hard to pay.",
                    "收入起伏大，难以按期偿付固定还款。",
                ),
            )
            for n in (12, 24)
        ),
        *(
            Variable(
                name=f"vat_{side.name}_trend_{n}m",
                label=Label(
                    f"Trend of monthly {side.trade.en} in % of their mean a month, last {n} months",
                    f"近{n}个月月{side.trade.zh}额趋势（每月变动占均值比重）",
                ),
                unit=units.PERCENT_A_MONTH,
                reads=VAT_INVOICES,
                value=percent(side.volume.monthly.slope(months(n)), side.volume.monthly.mean(months(n))),
                worse_when="lower",
                why=Label(
                    "The least-squares line sees a slow fading that year-on-year growth hides.",
                    "最小二乘趋势线能看出同比增长掩盖的缓慢衰退。",
                ),
            )
            for n in (12, 24)
        ),
    )
)

SEASON = (
    Variable(
        name="vat_sales_peak_month_share_12m",
        label=Label("Share of the best month in sales, last 12 months", "近12个月最高月销售额占比"),
        unit=units.PERCENT,
        reads=VAT_INVOICES,
        value=percent(SALES.volume.monthly.largest(months(12)), SALES.volume.monthly.sum(months(12))),
        worse_when="higher",
        why=Label("A year made in one month is a season or a staged one.", "全年集中于一个月，或为季节性，或为虚开。"),
    ),
    Variable(
        name="vat_sales_seasonality_12m",
        label=Label(
            "Likeness of monthly sales to those a year before (correlation), last 12 months",
            "近12个月月销售额与上年同月的相关系数（季节性）",
        ),
        unit=units.CORRELATION,
        reads=VAT_INVOICES,
        value=SALES.volume.monthly.correlation(MonthsEarlier(SALES.volume.monthly, 12), months(12)),
        worse_when=None,
        why=Label(
            "A season that returns can be planned for: term and instalments should follow it.",
            "可重复的季节性可以预期，期限与还款计划应与之匹配。",
        ),
    ),
    Variable(
        name="vat_sales_weak_months_24m",
        label=Label(
            "Mean shortfall of a month against the best month within the last 24 months",
            "近24个月各月销售额相对最高月的平均缺口",
        ),
        unit=units.PERCENT,
        reads=VAT_INVOICES,
        value=100.0 - percent(SALES.volume.monthly.mean(months(24)), SALES.volume.monthly.largest(months(24))),
        worse_when="higher",
        why=Label(
            "Shows how little of its own capacity the firm uses in a usual month.", "反映平常月份对自身产能的利用程度。"
        ),
    ),
)

CALENDAR = tuple(
    variable
    for side in SIDES
    for variable in (
        Variable(
            name=f"vat_{side.name}_month_end_share_24m",
            label=Label(
                f"Share of {side.trade.en} invoices in the last five days of a month, last 24 months",
                f"近24个月月末五日内{side.trade.zh}发票占比",
            ),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=percent(side.month_end.over(months(24)), side.invoices.over(months(24))),
            worse_when="higher",
            why=Label(
                "Invoices crowded at month end point to deals made for the tax return; a sixth is usual.",
                "发票扎堆月末常为报税而开；正常约占六分之一。",
            ),
        ),
        Variable(
            name=f"vat_{side.name}_weekend_share_24m",
            label=Label(
                f"Share of {side.trade.en} invoices dated on a weekend, last 24 months",
                f"近24个月周末{side.trade.zh}发票占比",
            ),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=percent(side.weekend.over(months(24)), side.invoices.over(months(24))),
            worse_when=None,
            why=Label("Tells shops and caterers from firms that sell to firms.", "区分面向消费者与面向企业的生意。"),
        ),
        Variable(
            name=f"vat_{side.name}_invoices_per_active_month_24m",
            label=Label(
                f"{side.trade.en.capitalize()} invoices in a month with any, last 24 months",
                f"近24个月有{side.trade.zh}月份的月均发票张数",
            ),
            unit=units.INVOICES,
            reads=VAT_INVOICES,
            value=side.invoices.monthly.mean(months(24), where=side.invoices.monthly > 0),
            worse_when="lower",
            why=Label("Pace of the trade while it runs, apart from its gaps.", "剔除空档后的经营节奏。"),
        ),
    )
)

VARIABLES = (*RECENCY, *GAPS, *STEADINESS, *SEASON, *CALENDAR)
