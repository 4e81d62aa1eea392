"""The enterprise credit bureau: what other lenders report of a firm, as of each report's day.

Open accounts report once a month; an enquiry is a row of its own on its day. For a guarantee, `counterparty` is the
other side's credit code: whom the firm guarantees (given), or who guarantees it (received).
"""

from __future__ import annotations

from datetime import date

from puhui.channels.contract import Channel
from puhui.channels.contracts.columns import chosen, coded, counted, dated, enterprise, happened_on, money, said
from puhui.channels.contracts.demands import in_order, needs, none_without, not_before, not_in_future
from puhui.governance.purposes import Purpose
from puhui.words import Label

FIRST_DAY = date(2006, 7, 1)  # the national enterprise credit database begins

ENTERPRISE_BUREAU = Channel(
    name="enterprise_bureau",
    label=Label("enterprise credit bureau", "企业征信"),
    purposes=frozenset({Purpose.CREDIT_DECISION, Purpose.MONITORING, Purpose.QUALITY, Purpose.RESEARCH}),
    fresh_within_days=35,
    key=("enterprise", "record_number", "happened_on"),
    columns=(
        enterprise(),
        coded("record_number", Label("account number", "账户编号")),
        happened_on(Label("day of the report", "信息报告日期")),
        chosen(
            "kind",
            Label("kind of business", "业务类型"),
            {
                "line": "授信",
                "loan": "借款/贷款",
                "enquiry": "查询",
                "guarantee_given": "对外担保",
                "guarantee_received": "被担保",
            },
        ),
        said("institution", Label("institution", "业务机构")),
        dated("opened_on", Label("opened on", "开立日期"), required=False),
        money("limit_fen", Label("limit", "授信额度"), required=False),
        money("balance_fen", Label("balance", "余额"), required=False),
        money("overdue_fen", Label("overdue", "逾期金额"), required=False),
        counted("overdue_days", Label("days overdue", "逾期天数"), required=False),
        chosen(
            "tier",
            Label("five-tier class", "五级分类"),
            {
                "normal": "正常",
                "special_mention": "关注",
                "substandard": "次级",
                "doubtful": "可疑",
                "loss": "损失",
            },
            required=False,
        ),
        coded("counterparty", Label("other side of the guarantee", "担保对方"), required=False),
    ),
    rules=(
        not_in_future(),
        not_before(FIRST_DAY, Label("before the national credit database of 2006", "早于2006年企业征信系统上线")),
        in_order("opened_on", "happened_on", Label("reported before it was opened", "报告日期早于开立日期")),
        needs(("line",), "limit_fen", Label("a line without its limit", "授信记录缺少授信额度")),
        needs(
            ("loan", "guarantee_given", "guarantee_received"),
            "balance_fen",
            Label("a loan or guarantee without its balance", "借款或担保记录缺少余额"),
        ),
        needs(("loan",), "tier", Label("a loan without its five-tier class", "借款记录缺少五级分类")),
        needs(
            ("guarantee_given", "guarantee_received"),
            "counterparty",
            Label("a guarantee without its other side", "担保记录缺少担保对方"),
        ),
        none_without("overdue_fen", "overdue_days", Label("overdue, but for no day", "有逾期金额而无逾期天数")),
    ),
    sample="""\
enterprise,record_number,happened_on,kind,institution,opened_on,limit,balance,overdue,overdue_days,tier,counterparty
91512081MA62K0260E,L-1001,2024-04-30,line,Rural Bank A,2023-05-06,500000.00,300000.00,,,,
91512081MA62K0260E,D-1001-1,2024-04-30,loan,Rural Bank A,2023-06-01,,300000.00,0.00,0,normal,
91512081MA62K0260E,Q-20240411,2024-04-11,enquiry,City Bank B,,,,,,,
91512081MA62K0260E,G-77,2024-04-30,guarantee_given,City Bank B,2023-09-01,,800000.00,0.00,0,normal,91330100MA2ABCDE0N
91330100MA2ABCDE0N,D-20,2024-04-30,loan,City Bank B,2023-09-01,,800000.00,12500.00,17,special_mention,
""",
)
