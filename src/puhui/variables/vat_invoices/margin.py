"""What is left between sales and purchases: margin, VAT burden, balance of the two sides."""

from __future__ import annotations

from puhui.variables import units
from puhui.variables.declarations import Variable
from puhui.variables.language import EVER, Value, Window, months, percent
from puhui.variables.vat_invoices.reading import PURCHASES, SALES, VAT_INVOICES
from puhui.words import Label

SPANS = (
    ("12m", Label("last 12 months", "近12个月"), months(12)),
    ("24m", Label("last 24 months", "近24个月"), months(24)),
    ("ever", Label("whole record", "全部记录期"), EVER),
)


def _balance(window: Window) -> Value:
    return SALES.volume.over(window) - PURCHASES.volume.over(window)


def _margin(window: Window) -> Value:
    return percent(_balance(window), SALES.volume.over(window))


MARGIN = (
    *(
        Variable(
            name=f"vat_gross_margin_{suffix}",
            label=Label(f"Gross margin by invoices, {when.en}", f"{when.zh}发票毛利率"),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=_margin(window),
            worse_when="lower",
            why=Label(
                "What sales leave after purchases must carry wages, rent and the loan.",
                "销售扣除采购后的余额要支付工资、房租和贷款。",
            ),
        )
        for suffix, when, window in SPANS
    ),
    Variable(
        name="vat_gross_margin_change",
        label=Label("Change of the gross margin on the year before", "发票毛利率同比变化"),
        unit=units.PERCENT_POINTS,
        reads=VAT_INVOICES,
        value=_margin(months(12)) - _margin(months(12, ago=12)),
        worse_when="lower",
        why=Label("A thinning margin means prices or bargaining power are going.", "毛利变薄说明价格或议价能力下降。"),
    ),
    Variable(
        name="vat_gross_profit_12m",
        label=Label("Sales less purchases, last 12 months", "近12个月购销差额"),
        unit=units.YUAN,
        reads=VAT_INVOICES,
        value=_balance(months(12)),
        worse_when="lower",
        why=Label("The yuan that are there to repay a loan within a year.", "一年内可用于还款的金额。"),
    ),
    Variable(
        name="vat_gross_profit_ever",
        label=Label("Sales less purchases, monthly average over the whole record", "全部记录期月均购销差额"),
        unit=units.YUAN_A_MONTH,
        reads=VAT_INVOICES,
        value=(SALES.volume.monthly - PURCHASES.volume.monthly).mean(EVER),
        worse_when="lower",
        why=Label("The firm's long-run earning power by its invoices.", "按发票衡量的长期盈利能力。"),
    ),
)

BURDEN = (
    *(
        Variable(
            name=f"vat_burden_{suffix}",
            label=Label(
                f"VAT burden: output less input tax to sales, {when.en}", f"{when.zh}增值税税负率（销项减进项/销售额）"
            ),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=percent(SALES.tax.over(window) - PURCHASES.tax.over(window), SALES.volume.over(window)),
            worse_when=None,
            why=Label(
                "Far below the trade's burden, input invoices may be bought; far above, purchases lack invoices.",
                "远低于行业税负可能虚抵进项，远高于则采购未取得发票。",
            ),
        )
        for suffix, when, window in SPANS
    ),
    Variable(
        name="vat_output_rate_24m",
        label=Label("Average tax rate of sales, last 24 months", "近24个月销售平均税率"),
        unit=units.PERCENT,
        reads=VAT_INVOICES,
        value=percent(SALES.tax.over(months(24)), SALES.volume.over(months(24))),
        worse_when=None,
        why=Label("The mix of goods, services and levy rates in one number.", "以一个数反映货物、服务与征收率的构成。"),
    ),
    Variable(
        name="vat_input_rate_24m",
        label=Label("Average tax rate of purchases, last 24 months", "近24个月采购平均税率"),
        unit=units.PERCENT,
        reads=VAT_INVOICES,
        value=percent(PURCHASES.tax.over(months(24)), PURCHASES.volume.over(months(24))),
        worse_when=None,
        why=Label(
            "Purchases that carry much deductible tax come from regular suppliers.",
            "可抵扣税额高的采购多来自正规供应商。",
        ),
    ),
)

BALANCE = (
    *(
        Variable(
            name=f"vat_purchases_to_sales_{suffix}",
            label=Label(f"Purchases in % of sales, {when.en}", f"{when.zh}采购占销售比重"),
            unit=units.PERCENT,
            reads=VAT_INVOICES,
            value=percent(PURCHASES.volume.over(window), SALES.volume.over(window)),
            worse_when=None,
            why=Label(
                "Near nothing, the sales have no visible input; above 100, stock piles up or sales stay off the books.",
                "接近零说明销售无对应投入，超过100则库存积压或账外销售。",
            ),
        )
        for suffix, when, window in SPANS
    ),
    Variable(
        name="vat_deficit_months_24m",
        label=Label("Months in which purchases exceed sales, last 24 months", "近24个月采购大于销售的月数"),
        unit=units.MONTHS,
        reads=VAT_INVOICES,
        value=(PURCHASES.volume.monthly > SALES.volume.monthly).count(months(24)),
        worse_when="higher",
        why=Label("Each such month draws on cash or credit.", "每个这样的月份都在消耗现金或信用。"),
    ),
    Variable(
        name="vat_sales_follow_purchases_24m",
        label=Label(
            "Correlation of monthly sales with purchases, last 24 months", "近24个月月销售额与月采购额相关系数"
        ),
        unit=units.CORRELATION,
        reads=VAT_INVOICES,
        value=SALES.volume.monthly.correlation(PURCHASES.volume.monthly, months(24)),
        worse_when="lower",
        why=Label("In a real trade what is bought is soon sold.", "真实贸易中采购与销售应相互呼应。"),
    ),
    Variable(
        name="vat_one_sided_months_24m",
        label=Label("Months with sales but no purchases, last 24 months", "近24个月有销售无采购的月数"),
        unit=units.MONTHS,
        reads=VAT_INVOICES,
        value=((SALES.invoices.monthly > 0) & (PURCHASES.invoices.monthly < 1)).count(months(24)),
        worse_when="higher",
        why=Label("Sales that need no purchases may be pass-through invoicing.", "只销不购可能是过票开票。"),
    ),
)

VARIABLES = (*MARGIN, *BURDEN, *BALANCE)
