"""Social security: one row a month, with the people insured, the payroll base, and what was due and paid.

A month that is not paid is a row with nothing paid; when it is paid later, that is a correction of the same month.
"""

from __future__ import annotations

from datetime import date

from puhui.channels.contract import Channel, Rule
from puhui.channels.contracts.columns import counted, dated, enterprise, happened_on, money
from puhui.channels.contracts.demands import at_most, not_before, not_in_future
from puhui.channels.parsers import period_end
from puhui.governance.purposes import Purpose
from puhui.words import Label

FIRST_DAY = date(1999, 1, 22)  # the Interim Regulations on collecting contributions take effect

SOCIAL_SECURITY = Channel(
    name="social_security",
    label=Label("social security contributions", "社保缴费"),
    purposes=frozenset({Purpose.CREDIT_DECISION, Purpose.MONITORING, Purpose.QUALITY, Purpose.RESEARCH}),
    fresh_within_days=35,
    key=("enterprise", "period_end"),
    columns=(
        enterprise(),
        dated("period_end", Label("end of the month", "费款所属期"), parse=period_end),
        happened_on(Label("day of payment, or due day", "缴费日期")),
        counted("headcount", Label("people insured", "参保人数")),
        money("base_fen", Label("payroll base", "缴费基数")),
        money("due_fen", Label("due", "应缴金额")),
        money("paid_fen", Label("paid", "实缴金额")),
    ),
    rules=(
        not_in_future(),
        not_before(FIRST_DAY, Label("before the regulations of 1999", "早于1999年社会保险费征缴条例")),
        Rule(
            "PAID_BEFORE_PERIOD",
            Label("paid before the month began", "缴费日期早于所属月份"),
            lambda row, on: row.happened_on >= row.period_end.truncate("M"),
        ),
        at_most("paid_fen", "due_fen", Label("more paid than due", "实缴金额大于应缴金额")),
        at_most("due_fen", "base_fen", Label("more due than the payroll itself", "应缴金额大于缴费基数")),
        Rule(
            "BASE_WITHOUT_HEADCOUNT",
            Label("a payroll base for nobody", "有缴费基数而无参保人数"),
            lambda row, on: (row.base_fen == 0) | (row.headcount > 0),
        ),
    ),
    sample="""\
统一社会信用代码,费款所属期,缴费日期,参保人数,缴费基数,应缴金额,实缴金额
91512081MA62K0260E,2024-03-31,2024-03-20,18,95400.00,34248.60,34248.60
91512081MA62K0260E,2024-04,2024-04-22,19,100700.00,36151.30,36151.30
91330100MA2ABCDE0N,202404,2024-04-25,4,19200.00,6892.80,0.00
""",
)
