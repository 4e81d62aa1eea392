"""Tax filings: returns of VAT and income tax, notices of arrears, and the grade that the tax bureau gives a taxpayer.

An arrears row states what was outstanding on its day; 0 says that it was cleared.
"""

from __future__ import annotations

from datetime import date

from puhui.channels.contract import Channel, Rule
from puhui.channels.contracts.columns import MOST_FEN, chosen, coded, dated, enterprise, happened_on, money
from puhui.channels.contracts.demands import in_order, needs, not_before, not_in_future
from puhui.channels.parsers import period_end
from puhui.governance.purposes import Purpose
from puhui.words import Label

FIRST_DAY = date(1994, 1, 1)  # China's tax system in its present form begins

TAX_FILINGS = Channel(
    name="tax_filings",
    label=Label("tax filings", "税务申报"),
    purposes=frozenset({Purpose.CREDIT_DECISION, Purpose.MONITORING, Purpose.QUALITY, Purpose.RESEARCH}),
    fresh_within_days=40,
    key=("enterprise", "filing_number"),
    columns=(
        enterprise(),
        coded("filing_number", Label("filing number", "申报表编号")),
        chosen(
            "kind",
            Label("kind of record", "记录类型"),
            {"return": "申报", "arrears": "欠税", "grade": "纳税信用评级"},
        ),
        chosen("tax", Label("tax", "税种"), {"vat": "增值税", "income_tax": "企业所得税"}, required=False),
        dated("period_end", Label("end of the period", "所属期止"), "税款所属期", parse=period_end),
        happened_on(Label("day of filing", "申报日期")),
        dated("due_on", Label("due day", "申报期限"), required=False),
        money("sales_fen", Label("declared sales", "申报销售额"), required=False, least=-MOST_FEN),
        money("profit_fen", Label("profit", "利润总额"), required=False, least=-MOST_FEN),
        money("payable_fen", Label("tax payable", "应纳税额"), required=False, least=-MOST_FEN),
        money("paid_fen", Label("tax paid", "已缴税额"), required=False),
        money("arrears_fen", Label("arrears", "欠税金额"), required=False),
        chosen(
            "grade",
            Label("taxpayer's grade", "纳税信用等级"),
            {"A": "A级", "B": "B级", "M": "M级", "C": "C级", "D": "D级"},
            required=False,
        ),
    ),
    rules=(
        not_in_future(),
        not_before(FIRST_DAY, Label("filed before the tax system of 1994", "早于1994年税制改革")),
        needs(("return",), "tax", Label("a return without its tax", "申报记录缺少税种")),
        needs(("return",), "payable_fen", Label("a return without the tax payable", "申报记录缺少应纳税额")),
        needs(("return",), "paid_fen", Label("a return without the tax paid", "申报记录缺少已缴税额")),
        Rule(
            "VAT_RETURN_WITHOUT_SALES_FEN",
            Label("a VAT return without sales", "增值税申报缺少销售额"),
            lambda row, on: (row.kind != "return") | (row.tax != "vat") | row.sales_fen__given,
        ),
        needs(("arrears",), "arrears_fen", Label("a notice of arrears without an amount", "欠税记录缺少欠税金额")),
        needs(("grade",), "grade", Label("a grading without a grade", "评级记录缺少信用等级")),
        Rule(
            "FILED_BEFORE_PERIOD_END",
            Label("a return filed before its period ended", "申报日期早于所属期止"),
            lambda row, on: (row.kind != "return") | (row.happened_on >= row.period_end),
        ),
        in_order("period_end", "due_on", Label("due before the period ended", "申报期限早于所属期止")),
    ),
    sample="""\
统一社会信用代码,申报表编号,记录类型,税种,所属期止,申报日期,申报期限,申报销售额,利润总额,应纳税额,已缴税额,欠税金额,纳税信用等级
91512081MA62K0260E,VAT-202403-01,申报,增值税,2024-03-31,2024-04-12,2024-04-18,386500.00,,11595.00,11595.00,,
91512081MA62K0260E,CIT-2024Q1-01,申报,企业所得税,2024-03-31,2024-04-15,2024-04-18,1102300.00,48200.00,2410.00,2410.00,,
91512081MA62K0260E,GRADE-2024,纳税信用评级,,2023-12-31,2024-04-20,,,,,,,B
91330100MA2ABCDE0N,VAT-202403-01,申报,增值税,202403,2024-04-25,2024-04-18,92000.00,,2760.00,0.00,,
91330100MA2ABCDE0N,ARR-20240506,欠税,增值税,2024-03-31,2024-05-06,,,,,,2760.00,
""",
)
