"""Utilities: what each meter read, what it cost, and whether it was paid. Electricity in kWh, water in m³."""

from __future__ import annotations

from datetime import date

from puhui.channels.contract import Channel
from puhui.channels.contracts.columns import chosen, coded, counted, dated, enterprise, happened_on, money
from puhui.channels.contracts.demands import not_before, not_in_future
from puhui.governance.purposes import Purpose
from puhui.words import Label

FIRST_DAY = date(1996, 4, 1)  # the Electricity Law takes effect

UTILITIES = Channel(
    name="utilities",
    label=Label("electricity and water", "水电缴费"),
    purposes=frozenset({Purpose.CREDIT_DECISION, Purpose.MONITORING, Purpose.QUALITY, Purpose.RESEARCH}),
    fresh_within_days=35,
    key=("enterprise", "meter", "happened_on"),
    columns=(
        enterprise(),
        coded("meter", Label("meter", "户号")),
        happened_on(Label("read on", "抄表日期")),
        chosen("kind", Label("kind", "类别"), {"electricity": "电/电费", "water": "水/水费"}),
        counted("quantity", Label("quantity", "用量")),
        money("cost_fen", Label("cost", "费用")),
        dated("paid_on", Label("paid on", "缴费日期"), required=False),
        money("overdue_fen", Label("overdue", "欠费"), required=False),
    ),
    rules=(
        not_in_future(),
        not_in_future("paid_on", Label("paid after the day of delivery", "缴费日期晚于交付日")),
        not_before(FIRST_DAY, Label("before the Electricity Law of 1996", "早于1996年电力法")),
    ),
    sample="""\
统一社会信用代码,户号,抄表日期,类别,用量,费用,缴费日期,欠费
91512081MA62K0260E,0510001122,2024-04-01,电,12480,8736.00,2024-04-10,0.00
91512081MA62K0260E,W77120,2024-04-01,水,310,1240.00,2024-04-12,0.00
91330100MA2ABCDE0N,0570003344,2024-04-01,电,2210,1547.00,,1547.00
""",
)
