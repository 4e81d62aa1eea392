"""POS and QR settlements: one row a terminal and day, as the payment company settles it.

Night is from 22:00 to 06:00. Refunds are told apart and are not taken off the amount.
"""

from __future__ import annotations

from datetime import date

from puhui.channels.contract import Channel
from puhui.channels.contracts.columns import coded, counted, enterprise, happened_on, money
from puhui.channels.contracts.demands import at_most, none_without, not_before, not_in_future
from puhui.governance.purposes import Purpose
from puhui.words import Label

FIRST_DAY = date(2002, 3, 26)  # UnionPay is founded: one network for cards

POS_SETTLEMENTS = Channel(
    name="pos_settlements",
    label=Label("POS and QR settlements", "收单结算"),
    purposes=frozenset({Purpose.CREDIT_DECISION, Purpose.MONITORING, Purpose.QUALITY, Purpose.RESEARCH}),
    fresh_within_days=2,
    key=("enterprise", "terminal", "happened_on"),
    columns=(
        enterprise(),
        coded("terminal", Label("terminal", "终端号")),
        happened_on(Label("day of settlement", "结算日期")),
        counted("tickets", Label("tickets", "交易笔数")),
        money("amount_fen", Label("amount", "交易金额")),
        counted("refunds", Label("refunds", "退款笔数")),
        money("refund_fen", Label("refunded", "退款金额")),
        counted("night_tickets", Label("tickets at night", "夜间笔数")),
        money("night_fen", Label("amount at night", "夜间金额")),
        money("fee_fen", Label("fee", "手续费")),
    ),
    rules=(
        not_in_future(),
        not_before(FIRST_DAY, Label("before UnionPay began in 2002", "早于2002年银联成立")),
        none_without("amount_fen", "tickets", Label("an amount without a ticket", "有金额而无交易笔数")),
        none_without("refund_fen", "refunds", Label("money refunded without a refund", "有退款金额而无退款笔数")),
        none_without(
            "night_fen", "night_tickets", Label("an amount at night without a ticket", "有夜间金额而无夜间笔数")
        ),
        at_most("night_tickets", "tickets", Label("more tickets at night than in all", "夜间笔数多于总笔数")),
        at_most("night_fen", "amount_fen", Label("more money at night than in all", "夜间金额大于总金额")),
        at_most("fee_fen", "amount_fen", Label("the fee is above the amount", "手续费大于交易金额")),
    ),
    sample="""\
enterprise,terminal,happened_on,tickets,amount,refunds,refund,night_tickets,night,fee
91512081MA62K0260E,T0001001,2024-04-01,143,6120.50,1,35.00,22,1430.00,23.26
91512081MA62K0260E,T0001002,2024-04-01,0,0.00,0,0.00,0,0.00,0.00
91512081MA62K0260E,T0001001,2024-04-02,151,6602.80,0,0.00,19,1288.40,25.09
91330100MA2ABCDE0N,T0020001,2024-04-02,12,2480.00,2,410.00,0,0.00,9.42
""",
)
