"""How much the firm trades, and how that has changed."""

from __future__ import annotations

from puhui.variables import units
from puhui.variables.declarations import Variable
from puhui.variables.language import EVER, exp, growth, months, percent
from puhui.variables.vat_invoices.reading import SALES, SIDES, VAT_INVOICES
from puhui.words import Label

VOLUMES = tuple(
    Variable(
        name=f"vat_{side.name}_{n}m",
        label=Label(f"Invoiced {side.trade.en}, last {n} months", f"近{n}个月开票{side.trade.zh}额"),
        unit=units.YUAN,
        reads=VAT_INVOICES,
        value=side.volume.over(months(n)),
        worse_when="lower",
        why=Label(
            f"A loan is repaid out of turnover; {side.trade.en} net of returns show how much there is.",
            f"还款来自营业额，扣除退货后的{side.trade.zh}额反映经营规模。",
        ),
    )
    for side in SIDES
    for n in (3, 6, 12, 24)
)

GROWTH = tuple(
    Variable(
        name=f"vat_{side.name}_growth_{n}m",
        label=Label(
            f"Growth of invoiced {side.trade.en}, last {n} months on the same months a year before",
            f"近{n}个月开票{side.trade.zh}额同比增长率",
        ),
        unit=units.PERCENT,
        reads=VAT_INVOICES,
        value=growth(side.volume.over(months(n)), side.volume.over(months(n, ago=12))),
        worse_when="lower",
        why=Label(
            f"Firms whose {side.trade.en} shrink against the same season a year before run short of cash first.",
            f"{side.trade.zh}额同比萎缩的企业最先出现资金紧张。",
        ),
    )
    for side in SIDES
    for n in (3, 6, 12)
) + tuple(
    Variable(
        name=f"vat_{side.name}_growth_24m",
        label=Label(
            f"Growth of yearly invoiced {side.trade.en} over two years",
            f"年开票{side.trade.zh}额两年增长率",
        ),
        unit=units.PERCENT,
        reads=VAT_INVOICES,
        value=growth(side.volume.over(months(12)), side.volume.over(months(12, ago=24))),
        worse_when="lower",
        why=Label(
            "A decline that lasts two years is a trend, not a bad season.",
            "持续两年的下滑是趋势，而非一时淡季。",
        ),
    )
    for side in SIDES
)

PACE = tuple(
    Variable(
        name=f"vat_{side.name}_recent_pace",
        label=Label(
            f"Monthly {side.trade.en} of the last 6 months to those of the 18 before",
            f"近6个月月均{side.trade.zh}额与此前18个月之比",
        ),
        unit=units.PERCENT,
        reads=VAT_INVOICES,
        value=percent(side.volume.over(months(6)) * 3.0, side.volume.over(months(18, ago=6))),
        worse_when="lower",
        why=Label(
            "Shows a slowdown or a stop within half a year, whatever the size of the firm.",
            "无论规模大小，都能在半年内看出放缓或停摆。",
        ),
    )
    for side in SIDES
)

INVOICES = tuple(
    Variable(
        name=f"vat_{side.name}_invoices_{n}m",
        label=Label(
            f"Number of valid {side.trade.en} invoices, last {n} months", f"近{n}个月有效{side.trade.zh}发票张数"
        ),
        unit=units.INVOICES,
        reads=VAT_INVOICES,
        value=side.invoices.over(months(n)),
        worse_when="lower",
        why=Label(
            "Many invoices mean a business that is really at work; a handful may be a favour or a shell.",
            "发票多说明真实经营，寥寥数张可能是人情票或空壳。",
        ),
    )
    for side in SIDES
    for n in (3, 12)
)

TICKETS = tuple(
    variable
    for side in SIDES
    for variable in (
        Variable(
            name=f"vat_{side.name}_typical_invoice",
            label=Label(
                f"Typical {side.trade.en} invoice (geometric mean), last 24 months",
                f"近24个月典型{side.trade.zh}发票金额（几何平均）",
            ),
            unit=units.YUAN,
            reads=VAT_INVOICES,
            value=exp(side.log_amounts.over(months(24)) / side.invoices.over(months(24))),
            worse_when=None,
            why=Label(
                "Tells a counter trade from a contract trade, without being swayed by one huge invoice.",
                "区分零售型与合同型生意，且不受单张巨额发票影响。",
            ),
        ),
        Variable(
            name=f"vat_{side.name}_largest_invoice_12m",
            label=Label(
                f"Largest single {side.trade.en} invoice, last 12 months", f"近12个月单张最大{side.trade.zh}发票"
            ),
            unit=units.YUAN,
            reads=VAT_INVOICES,
            value=side.biggest.over(months(12)),
            worse_when=None,
            why=Label("The largest deal the firm has shown that it can carry.", "企业已证明能够承接的最大单笔交易。"),
        ),
        Variable(
            name=f"vat_{side.name}_largest_invoice_share_12m",
            label=Label(
                f"Largest single invoice in all {side.trade.en}, last 12 months",
                f"近12个月单张最大发票占{side.trade.zh}额比重",
            ),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=percent(side.biggest.over(months(12)), side.gross.over(months(12))),
            worse_when="higher",
            why=Label(
                "If one invoice is most of the year, its loss or its being untrue takes the year with it.",
                "若全年依赖一张发票，该笔落空或不实即拖垮全年。",
            ),
        ),
        Variable(
            name=f"vat_{side.name}_invoice_skew_24m",
            label=Label(
                f"Average to typical {side.trade.en} invoice, last 24 months",
                f"近24个月平均与典型{side.trade.zh}发票金额之比",
            ),
            unit=units.TIMES,
            reads=VAT_INVOICES,
            value=side.gross.over(months(24))
            / side.invoices.over(months(24))
            / exp(side.log_amounts.over(months(24)) / side.invoices.over(months(24))),
            worse_when="higher",
            why=Label(
                "A few huge invoices among many small ones are unlike the firm's daily trade.",
                "大量小票中夹杂少数巨额发票，与日常经营不符。",
            ),
        ),
    )
)

HISTORY = (
    Variable(
        name="vat_years_of_sales",
        label=Label("Years since the first sale on record", "首笔销售距今年数"),
        unit=units.YEARS,
        reads=VAT_INVOICES,
        value=SALES.first.over(EVER) / 365.25,
        worse_when="lower",
        why=Label("Most small firms that fail do so in their first years.", "多数小企业倒在最初几年。"),
    ),
    Variable(
        name="vat_sales_per_month_on_record",
        label=Label("Average monthly sales over the whole record", "全部记录期内月均销售额"),
        unit=units.YUAN,
        reads=VAT_INVOICES,
        value=SALES.volume.monthly.mean(EVER),
        worse_when="lower",
        why=Label("The firm's long-run size, whatever the last months were like.", "不受近期波动影响的长期经营规模。"),
    ),
    Variable(
        name="vat_sales_peak_recovery_6m",
        label=Label("Last 6 months' best month to the best month on record", "近6个月最高月销售额与历史最高月之比"),
        unit=units.PERCENT,
        reads=VAT_INVOICES,
        value=percent(SALES.volume.monthly.largest(months(6)), SALES.volume.monthly.largest(EVER)),
        worse_when="lower",
        why=Label("How far the firm has come down from what it once could do.", "衡量企业距自身峰值的回落程度。"),
    ),
)

VARIABLES = (*VOLUMES, *GROWTH, *PACE, *INVOICES, *TICKETS, *HISTORY)
