"""Customs declarations: exports and imports, with the partner abroad and whether they were released."""

from __future__ import annotations

from datetime import date

from puhui.channels.contract import Channel, Rule
from puhui.channels.contracts.columns import chosen, coded, counted, enterprise, happened_on, money, said
from puhui.channels.contracts.demands import not_before, not_in_future
from puhui.governance.purposes import Purpose
from puhui.words import Label

FIRST_DAY = date(1987, 7, 1)  # the Customs Law takes effect
HS_CODE = r"^\d{4}\.?\d{2}(\.?\d{2}){0,2}(\.?\d{3})?$"  # 6 digits of the Harmonized System, then China's own

CUSTOMS = Channel(
    name="customs",
    label=Label("customs declarations", "海关报关"),
    purposes=frozenset({Purpose.CREDIT_DECISION, Purpose.MONITORING, Purpose.QUALITY, Purpose.RESEARCH}),
    fresh_within_days=7,
    key=("enterprise", "declaration_number"),
    columns=(
        enterprise(),
        coded("declaration_number", Label("declaration number", "报关单号")),
        happened_on(Label("declared on", "申报日期")),
        chosen("direction", Label("export or import", "进出口"), {"export": "出口", "import": "进口"}),
        said("counterparty", Label("partner abroad", "境外收发货人")),
        said("country", Label("country", "国别"), "贸易国"),
        coded("hs_code", Label("HS code", "商品编码")),
        money("amount_fen", Label("value in yuan", "总价（人民币）"), "总价(人民币)"),
        counted("weight_kg", Label("net weight in kg", "净重"), required=False),
        chosen("status", Label("status", "状态"), {"released": "放行", "returned": "退单"}),
    ),
    rules=(
        not_in_future(),
        not_before(FIRST_DAY, Label("before the Customs Law of 1987", "早于1987年海关法")),
        Rule(
            "HS_CODE_MALFORMED",
            Label("an HS code has 6 to 13 digits", "商品编码应为6至13位数字"),
            lambda row, on: row.hs_code.re_search(HS_CODE),
        ),
    ),
    sample="""\
统一社会信用代码,报关单号,申报日期,进出口,境外收发货人,国别,商品编码,总价（人民币）,净重,状态
91512081MA62K0260E,790120240410000123,2024-04-10,出口,EXAMPLE FOODS GMBH,德国,2005999990,186400.00,12400,放行
91512081MA62K0260E,790120240418000077,2024-04-18,出口,EXAMPLE FOODS GMBH,德国,2005999990,92100.00,6100,退单
91330100MA2ABCDE0N,290120240402000310,2024-04-02,进口,SAMPLE TRADING KK,日本,8422.30.30,540000.00,,放行
""",
)
