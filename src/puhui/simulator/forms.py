"""The forms of the suppliers: which file each one sends, in which encoding, and what it calls its columns.

Headers are the lake's column names in English files, and the bureau's own words in Chinese ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a file is written."""

    CSV = "csv"
    CSV_ZIP = "csv.zip"
    XLSX = "xlsx"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Form:
    """A supplier's file. `headers` gives each column's header; `key` names a row; `dirt` is what goes wrong here.

    `misspells` is a column of names that clerks mistype, `mistakes` an amount that is first reported wrong and put
    right a month later. `most_rows` splits a file.
    """

    channel: str
    kind: Kind
    headers: dict[str, str]
    key: tuple[str, ...]
    encoding: str = "utf-8"
    misspells: str | None = None
    mistakes: str | None = None
    most_rows: int = 1_000_000


def _english(*names: str) -> dict[str, str]:
    return {name: name.removesuffix("_fen").removesuffix("_bp") for name in names}


CODE = "统一社会信用代码"

FORMS = (
    Form(
        "vat_invoices",
        Kind.PARQUET,
        {
            "enterprise": CODE,
            "direction": "发票方向",
            "invoice_number": "发票号码",
            "happened_on": "开票日期",
            "counterparty": "交易对方",
            "amount_fen": "金额",
            "tax_fen": "税额",
            "total_fen": "价税合计",
            "status": "发票状态",
        },
        ("invoice_number", "counterparty", "happened_on"),
    ),
    Form(
        "tax_filings",
        Kind.CSV,
        {
            "enterprise": CODE,
            "filing_number": "申报表编号",
            "kind": "记录类型",
            "tax": "税种",
            "period_end": "所属期止",
            "happened_on": "申报日期",
            "due_on": "申报期限",
            "sales_fen": "申报销售额",
            "profit_fen": "利润总额",
            "payable_fen": "应纳税额",
            "paid_fen": "已缴税额",
            "arrears_fen": "欠税金额",
            "grade": "纳税信用等级",
        },
        ("filing_number",),
        encoding="gbk",
        mistakes="sales_fen",
    ),
    Form(
        "bank_transactions",
        Kind.CSV,
        {
            "enterprise": CODE,
            "account": "账号",
            "transaction_number": "交易流水号",
            "happened_on": "交易日期",
            "direction": "借贷标志",
            "amount_fen": "交易金额",
            "balance_fen": "账户余额",
            "counterparty": "对方户名",
            "counterparty_account": "对方账号",
            "memo": "摘要",
        },
        ("account", "transaction_number"),
        misspells="counterparty",
    ),
    Form(
        "pos_settlements",
        Kind.JSON_LINES,
        _english(
            *("enterprise", "terminal", "happened_on", "tickets", "amount_fen", "refunds", "refund_fen"),
            *("night_tickets", "night_fen", "fee_fen"),
        ),
        ("terminal", "happened_on"),
    ),
    Form(
        "enterprise_bureau",
        Kind.PARQUET,
        _english(
            *("enterprise", "record_number", "happened_on", "kind", "institution", "opened_on", "limit_fen"),
            *("balance_fen", "overdue_fen", "overdue_days", "tier", "counterparty"),
        ),
        ("record_number", "happened_on"),
        mistakes="balance_fen",
    ),
    Form(
        "owner_bureau",
        Kind.PARQUET,
        _english(
            *("enterprise", "person", "record_number", "happened_on", "kind", "institution", "limit_fen"),
            *("balance_fen", "overdue_fen", "overdue_months"),
        ),
        ("person", "record_number", "happened_on"),
    ),
    Form(
        "registry",
        Kind.XLSX,
        {
            "enterprise": CODE,
            "record_number": "登记编号",
            "happened_on": "登记日期",
            "kind": "登记类型",
            "name": "名称",
            "person": "证件号码",
            "share_bp": "持股比例",
            "capital_fen": "注册资本",
            "trade": "行业",
            "address": "住所",
            "phone": "联系电话",
            "item": "变更事项",
            "before": "变更前",
            "after": "变更后",
        },
        ("record_number",),
        misspells="name",
    ),
    Form(
        "court_records",
        Kind.CSV,
        {
            "enterprise": CODE,
            "case_number": "案号",
            "kind": "记录类型",
            "role": "诉讼地位",
            "happened_on": "立案日期",
            "cause": "案由",
            "amount_fen": "标的金额",
            "court": "法院",
            "closed_on": "结案日期",
            "outcome": "结案方式",
        },
        ("case_number", "kind"),
        encoding="utf-8-sig",
    ),
    Form(
        "utilities",
        Kind.XLSX,
        {
            "enterprise": CODE,
            "meter": "户号",
            "happened_on": "抄表日期",
            "kind": "类别",
            "quantity": "用量",
            "cost_fen": "费用",
            "paid_on": "缴费日期",
            "overdue_fen": "欠费",
        },
        ("meter", "happened_on"),
    ),
    Form(
        "customs",
        Kind.CSV_ZIP,
        {
            "enterprise": CODE,
            "declaration_number": "报关单号",
            "happened_on": "申报日期",
            "direction": "进出口",
            "counterparty": "境外收发货人",
            "country": "国别",
            "hs_code": "商品编码",
            "amount_fen": "总价（人民币）",
            "weight_kg": "净重",
            "status": "状态",
        },
        ("declaration_number",),
        encoding="gbk",
    ),
    Form(
        "social_security",
        Kind.CSV,
        {
            "enterprise": CODE,
            "period_end": "费款所属期",
            "happened_on": "缴费日期",
            "headcount": "参保人数",
            "base_fen": "缴费基数",
            "due_fen": "应缴金额",
            "paid_fen": "实缴金额",
        },
        ("period_end",),
        mistakes="base_fen",
    ),
)

FORM = {form.channel: form for form in FORMS}
