"""Courts: cases that a firm is party to, enforcements against it, and its listing as a dishonest debtor."""

from __future__ import annotations

from datetime import date

from puhui.channels.contract import Channel
from puhui.channels.contracts.columns import chosen, coded, dated, enterprise, happened_on, money, said
from puhui.channels.contracts.demands import in_order, needs, not_before, not_in_future
from puhui.governance.purposes import Purpose
from puhui.words import Label

FIRST_DAY = date(1991, 4, 9)  # the Civil Procedure Law in its present form

COURT_RECORDS = Channel(
    name="court_records",
    label=Label("court and enforcement records", "司法涉诉"),
    purposes=frozenset({Purpose.CREDIT_DECISION, Purpose.MONITORING, Purpose.QUALITY, Purpose.RESEARCH}),
    fresh_within_days=7,
    key=("enterprise", "case_number", "kind"),
    columns=(
        enterprise(),
        coded("case_number", Label("case number", "案号")),
        chosen(
            "kind",
            Label("kind of record", "记录类型"),
            {"case": "诉讼", "enforcement": "被执行/被执行人", "dishonest": "失信/失信被执行人"},
        ),
        chosen(
            "role",
            Label("role in the case", "诉讼地位"),
            {"defendant": "被告", "plaintiff": "原告", "third_party": "第三人"},
            required=False,
        ),
        happened_on(Label("day of filing", "立案日期")),
        said("cause", Label("cause", "案由"), required=False),
        money("amount_fen", Label("amount in dispute", "标的金额"), required=False),
        said("court", Label("court", "法院")),
        dated("closed_on", Label("closed on", "结案日期"), required=False),
        said("outcome", Label("outcome", "结案方式"), required=False),
    ),
    rules=(
        not_in_future(),
        not_in_future("closed_on", Label("closed after the day of delivery", "结案日期晚于交付日")),
        not_before(FIRST_DAY, Label("before the Civil Procedure Law of 1991", "早于1991年民事诉讼法")),
        in_order("happened_on", "closed_on", Label("closed before it was filed", "结案日期早于立案日期")),
        needs(("case",), "role", Label("a case without the firm's role", "诉讼记录缺少诉讼地位")),
        needs(("enforcement",), "amount_fen", Label("an enforcement without an amount", "被执行记录缺少标的金额")),
    ),
    sample="""\
统一社会信用代码,案号,记录类型,诉讼地位,立案日期,案由,标的金额,法院,结案日期,结案方式
91512081MA62K0260E,（2023）川0107民初1024号,诉讼,原告,2023-03-06,买卖合同纠纷,86000.00,示例区人民法院,2023-08-21,判决
91330100MA2ABCDE0N,（2024）浙0106民初77号,诉讼,被告,2024-01-15,金融借款合同纠纷,812500.00,示例区人民法院,,
91330100MA2ABCDE0N,（2024）浙0106执310号,被执行,,2024-04-02,,812500.00,示例区人民法院,,
91330100MA2ABCDE0N,（2024）浙0106执310号,失信,,2024-05-20,,,示例区人民法院,,
""",
)
