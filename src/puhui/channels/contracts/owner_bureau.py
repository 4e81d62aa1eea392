"""The owner's credit bureau: what lenders report of the person behind a firm. Personal data, and so the narrowest use.

A consent to it never covers checks of data quality: those make do with the firm's own records.
"""

from __future__ import annotations

from datetime import date

from puhui.channels.contract import Channel
from puhui.channels.contracts.columns import chosen, coded, counted, enterprise, happened_on, money, said
from puhui.channels.contracts.demands import needs, none_without, not_before, not_in_future
from puhui.governance.personal import Kind
from puhui.governance.purposes import Purpose
from puhui.words import Label

FIRST_DAY = date(2006, 1, 1)  # the national personal credit database begins

OWNER_BUREAU = Channel(
    name="owner_bureau",
    label=Label("owner's credit bureau", "个人征信"),
    purposes=frozenset({Purpose.CREDIT_DECISION, Purpose.MONITORING, Purpose.RESEARCH}),
    fresh_within_days=35,
    key=("enterprise", "person", "record_number", "happened_on"),
    columns=(
        enterprise(),
        coded("person", Label("identity number", "身份证号"), "证件号码", personal=Kind.IDENTITY),
        coded("record_number", Label("account number", "账户编号")),
        happened_on(Label("day of the report", "信息报告日期")),
        chosen(
            "kind",
            Label("kind of business", "业务类型"),
            {"card": "信用卡", "loan": "贷款", "mortgage": "房贷", "enquiry": "查询"},
        ),
        said("institution", Label("institution", "业务机构")),
        money("limit_fen", Label("limit", "授信额度"), required=False),
        money("balance_fen", Label("balance", "余额"), required=False),
        money("overdue_fen", Label("overdue", "逾期金额"), required=False),
        counted("overdue_months", Label("months overdue", "逾期期数"), required=False),
    ),
    rules=(
        not_in_future(),
        not_before(FIRST_DAY, Label("before the national credit database of 2006", "早于2006年个人征信系统上线")),
        needs(("card",), "limit_fen", Label("a card without its limit", "信用卡记录缺少授信额度")),
        needs(
            ("card", "loan", "mortgage"),
            "balance_fen",
            Label("a card or loan without its balance", "信用卡或贷款记录缺少余额"),
        ),
        none_without("overdue_fen", "overdue_months", Label("overdue, but for no month", "有逾期金额而无逾期期数")),
    ),
    sample="""\
enterprise,person,record_number,happened_on,kind,institution,limit,balance,overdue,overdue_months
91512081MA62K0260E,110101199003070011,C-301,2024-04-30,card,City Bank B,50000.00,8120.44,0.00,0
91512081MA62K0260E,110101199003070011,M-17,2024-04-30,mortgage,State Bank C,,642000.00,0.00,0
91512081MA62K0260E,110101199003070011,Q-20240411,2024-04-11,enquiry,City Bank B,,,,
91330100MA2ABCDE0N,33010619851212002X,C-9,2024-04-30,card,Rural Bank A,20000.00,19980.00,3210.00,2
""",
)
