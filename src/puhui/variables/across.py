"""What two channels say of one thing, held against each other: sales and power, invoices and returns, wages and staff.

Honest sources agree within the habits of a trade; where one is made up, the others do not follow it.
"""

from __future__ import annotations

from puhui.variables import units
from puhui.variables.declarations import Derived
from puhui.variables.language import Named, percent, positive
from puhui.words import Label

SALES, DECLARED = Named("vat_sales_12m"), Named("tax_declared_sales_12m")
HEADCOUNT = positive(Named("staff_headcount"))

SOURCES_AGREE = (
    Derived(
        name="declared_to_invoiced_sales_12m",
        label=Label(
            "Sales declared for VAT in % of invoiced sales, last 12 months", "近12个月申报销售额与开票销售额之比"
        ),
        unit=units.PERCENT,
        value=percent(DECLARED, SALES),
        worse_when=None,
        why=Label("Far below 100, invoices were issued that no tax was declared on.", "远低于100%意味着开票未申报。"),
    ),
    Derived(
        name="inflow_to_invoiced_sales_12m",
        label=Label("Money received in % of invoiced sales, last 12 months", "近12个月账户流入与开票销售额之比"),
        unit=units.PERCENT,
        value=percent(Named("bank_inflow_12m"), SALES),
        worse_when="lower",
        why=Label("Invoices that nobody pays are paper.", "无人付款的发票只是纸。"),
    ),
    Derived(
        name="takings_to_declared_sales_12m",
        label=Label(
            "Card and code takings in % of declared sales, last 12 months", "近12个月刷卡扫码收款与申报销售额之比"
        ),
        unit=units.PERCENT,
        value=percent(Named("pos_takings_12m"), DECLARED),
        worse_when=None,
        why=Label("Above 100, either sales are hidden from tax or cards are cashed out.", "超过100%则隐瞒收入或套现。"),
    ),
    Derived(
        name="power_to_invoiced_sales_12m",
        label=Label(
            "Electricity for each 1,000 yuan of invoiced sales, last 12 months", "近12个月每千元开票销售额用电量"
        ),
        unit=units.KWH,
        value=Named("power_used_12m") * 1000.0 / positive(SALES),
        worse_when="lower",
        why=Label("Goods that were made took power; invoices alone take none.", "真实生产必然用电，虚开发票则不用。"),
    ),
    Derived(
        name="power_growth_less_sales_growth_12m",
        label=Label(
            "Growth of electricity less growth of invoiced sales, last 12 months", "近12个月用电增速与开票销售增速之差"
        ),
        unit=units.PERCENT_POINTS,
        value=Named("power_growth_12m") - Named("vat_sales_growth_12m"),
        worse_when="lower",
        why=Label("Sales that grow without power grow on paper.", "用电不增而销售增长，多为账面增长。"),
    ),
    Derived(
        name="wages_to_wage_base_12m",
        label=Label(
            "Wages paid by bank in % of the declared wage base, last 12 months", "近12个月银行发放工资与缴费基数之比"
        ),
        unit=units.PERCENT,
        value=percent(Named("bank_wages_12m"), Named("staff_wage_base_12m")),
        worse_when=None,
        why=Label("Staff on one list and not on the other exist on paper only.", "两处名单不符则有虚列人员。"),
    ),
)

LOAD = (
    Derived(
        name="wages_per_head_12m",
        label=Label("Wages paid by bank a person insured and month, last 12 months", "近12个月参保人均月发放工资"),
        unit=units.YUAN_A_PERSON,
        value=Named("bank_wages_12m") / (HEADCOUNT * 12.0),
        worse_when="lower",
        why=Label(
            "Pay below what people can live on means unpaid or invented staff.",
            "低于生活所需的人均工资意味着欠薪或虚列。",
        ),
    ),
    Derived(
        name="sales_per_head_12m",
        label=Label("Invoiced sales a person insured, last 12 months", "近12个月参保人均开票销售额"),
        unit=units.YUAN,
        value=SALES / HEADCOUNT,
        worse_when=None,
        why=Label("Millions invoiced by one person are somebody else's, or nobody's.", "一人开票千万，非代开即虚开。"),
    ),
    Derived(
        name="debt_to_sales",
        label=Label("Loans owed to other lenders in % of yearly invoiced sales", "他行贷款余额占年开票销售额比重"),
        unit=units.PERCENT,
        value=percent(Named("bureau_debt_now"), SALES),
        worse_when="higher",
        why=Label("Debt is measured by what must earn it.", "负债须以销售来衡量。"),
    ),
    Derived(
        name="owner_debt_to_sales",
        label=Label(
            "The owner's unsecured debts in % of yearly invoiced sales", "业主信用卡及贷款余额占年开票销售额比重"
        ),
        unit=units.PERCENT,
        value=percent(Named("owner_unsecured_debt_now"), SALES),
        worse_when="higher",
        why=Label("What the owner owes in person is served from the same sales.", "业主个人债务也由同一份销售偿付。"),
    ),
    Derived(
        name="guarantees_to_capital",
        label=Label("Guarantees given in % of registered capital", "对外担保余额占注册资本比重"),
        unit=units.PERCENT,
        value=percent(Named("bureau_guaranteed_now"), Named("registry_capital")),
        worse_when="higher",
        why=Label("A promise beyond its own means is worth little to anybody.", "超出自身实力的担保毫无价值。"),
    ),
    Derived(
        name="open_claims_to_sales",
        label=Label(
            "Amount of open cases as defendant in % of yearly invoiced sales", "未结被诉金额占年开票销售额比重"
        ),
        unit=units.PERCENT,
        value=percent(Named("court_open_amount"), SALES),
        worse_when="higher",
        why=Label("A claim that equals a year's sales ends the firm.", "涉案金额相当于全年销售则难以存续。"),
    ),
    Derived(
        name="exports_to_sales_12m",
        label=Label("Exports in % of invoiced sales, last 12 months", "近12个月出口额占开票销售额比重"),
        unit=units.PERCENT,
        value=percent(Named("customs_exports_12m"), SALES),
        worse_when=None,
        why=Label("How much hangs on markets abroad, and on the exchange rate.", "反映对海外市场与汇率的依赖。"),
    ),
)

DERIVED = (*SOURCES_AGREE, *LOAD)
