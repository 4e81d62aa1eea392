"""The business registry: who a firm is, who runs it, who holds it, what changed, and whether it is listed as abnormal.

A row of a representative or a shareholder states what holds from its day on; a share of 0 % says that it was sold.
"""

from __future__ import annotations

from datetime import date

from puhui.channels.contract import Channel
from puhui.channels.contracts.columns import chosen, coded, enterprise, happened_on, money, percentage, said
from puhui.channels.contracts.demands import needs, not_before, not_in_future
from puhui.governance.personal import Kind
from puhui.governance.purposes import Purpose
from puhui.words import Label

FIRST_DAY = date(1949, 10, 1)

REGISTRY = Channel(
    name="registry",
    label=Label("business registry", "工商登记"),
    purposes=frozenset({Purpose.CREDIT_DECISION, Purpose.MONITORING, Purpose.QUALITY, Purpose.RESEARCH}),
    fresh_within_days=35,
    key=("enterprise", "record_number"),
    columns=(
        enterprise(),
        coded("record_number", Label("record number", "登记编号")),
        happened_on(Label("day of registration", "登记日期")),
        chosen(
            "kind",
            Label("kind of record", "登记类型"),
            {
                "identity": "设立",
                "representative": "法定代表人",
                "shareholder": "股东",
                "change": "变更",
                "abnormal": "经营异常/列入经营异常",
                "restored": "移出异常/移出经营异常",
            },
        ),
        said("name", Label("name of the firm, person or holder", "名称"), required=False, personal=Kind.NAME),
        coded("person", Label("identity number or credit code", "证件号码"), required=False, personal=Kind.IDENTITY),
        percentage("share_bp", Label("share", "持股比例"), required=False),
        money("capital_fen", Label("registered capital", "注册资本"), required=False),
        said("trade", Label("trade", "行业"), required=False),
        said("address", Label("address", "住所"), required=False),
        coded("phone", Label("phone", "联系电话"), required=False, personal=Kind.PHONE),
        said("item", Label("what changed, or why listed", "变更事项"), required=False),
        said("before", Label("before the change", "变更前"), required=False, personal=Kind.NAME),
        said("after", Label("after the change", "变更后"), required=False, personal=Kind.NAME),
    ),
    rules=(
        not_in_future(),
        not_before(FIRST_DAY, Label("before the People's Republic", "早于1949年")),
        needs(
            ("identity", "representative", "shareholder"),
            "name",
            Label("an identity, representative or shareholder without a name", "设立、法定代表人或股东记录缺少名称"),
        ),
        needs(("shareholder",), "share_bp", Label("a shareholder without a share", "股东记录缺少持股比例")),
        needs(("change",), "item", Label("a change that does not say of what", "变更记录缺少变更事项")),
    ),
    sample="""\
统一社会信用代码,登记编号,登记日期,登记类型,名称,证件号码,持股比例,注册资本,行业,住所,联系电话,变更事项,变更前,变更后
91512081MA62K0260E,R1,2017-03-08,设立,示例食品有限公司,,,1000000.00,食品制造,示例市示例路1号,028-10000001,,,
91512081MA62K0260E,R2,2017-03-08,法定代表人,张三,110101199003070011,,,,,,,,
91512081MA62K0260E,R3,2017-03-08,股东,张三,110101199003070011,65.00%,,,,,,,
91512081MA62K0260E,R4,2017-03-08,股东,示例贸易有限公司,91330100MA2ABCDE0N,35%,,,,,,,
91512081MA62K0260E,R5,2021-06-01,变更,,,,,,,,住所,示例市示例路1号,示例市示例路9号
91512081MA62K0260E,R6,2023-07-10,经营异常,,,,,,,,未按时公示年报,,
91512081MA62K0260E,R7,2023-09-01,移出异常,,,,,,,,,,
""",
)
