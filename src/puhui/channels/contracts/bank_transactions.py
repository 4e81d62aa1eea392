"""Bank account transactions: every movement on a firm's accounts, as its banks report them.

Banks number transactions anew each day, so the day is part of the key.
"""

from __future__ import annotations

from datetime import date

from puhui.channels.contract import Channel
from puhui.channels.contracts.columns import MOST_FEN, chosen, coded, enterprise, happened_on, money, said
from puhui.channels.contracts.demands import not_before, not_in_future
from puhui.governance.personal import Kind
from puhui.governance.purposes import Purpose
from puhui.words import Label

FIRST_DAY = date(1995, 5, 10)  # the Commercial Bank Law is passed

BANK_TRANSACTIONS = Channel(
    name="bank_transactions",
    label=Label("bank account transactions", "银行流水"),
    purposes=frozenset({Purpose.CREDIT_DECISION, Purpose.MONITORING, Purpose.QUALITY, Purpose.RESEARCH}),
    fresh_within_days=2,
    key=("enterprise", "account", "transaction_number", "happened_on"),
    columns=(
        enterprise(),
        coded("account", Label("account", "账号"), personal=Kind.ACCOUNT),
        coded("transaction_number", Label("transaction number", "交易流水号")),
        happened_on(Label("day of the transaction", "交易日期")),
        chosen("direction", Label("in or out", "借贷标志"), {"in": "贷/贷方/收入", "out": "借/借方/支出"}),
        money("amount_fen", Label("amount", "交易金额"), least=1),
        money("balance_fen", Label("balance after it", "账户余额"), least=-MOST_FEN),
        said("counterparty", Label("counterparty", "对方户名"), required=False, personal=Kind.NAME),
        coded(
            "counterparty_account", Label("counterparty's account", "对方账号"), required=False, personal=Kind.ACCOUNT
        ),
        said("memo", Label("memo", "摘要"), required=False, personal=Kind.NOTE),
    ),
    rules=(
        not_in_future(),
        not_before(FIRST_DAY, Label("before the Commercial Bank Law of 1995", "早于1995年商业银行法")),
    ),
    sample="""\
统一社会信用代码,账号,交易流水号,交易日期,借贷标志,交易金额,账户余额,对方户名,对方账号,摘要
91512081MA62K0260E,6222020200112233,20240401000017,2024-04-01,贷,56800.00,183211.40,91330100MA2ABCDE0N,6217001180001234,货款
91512081MA62K0260E,6222020200112233,20240403000102,2024-04-03,借,32450.00,150761.40,,,工资
91512081MA62K0260E,6222020200112233,20240405000008,2024-04-05,借,1260.35,149501.05,供电公司,,电费
91512081MA62K0260E,6222020200112233,20240412000055,2024-04-12,借,11595.00,137906.05,国家金库,,缴税
91330100MA2ABCDE0N,6217001180001234,20240401000031,2024-04-01,借,56800.00,-1204.77,91512081MA62K0260E,6222020200112233,货款
""",
)
