"""VAT invoices: every sale and purchase that a firm has invoiced. The first channel, and the pattern for others."""

from __future__ import annotations

from datetime import date

import ibis.expr.types as ir

from puhui.channels.contract import Channel, Column, Header, Rule
from puhui.channels.contracts.columns import MOST_FEN, enterprise
from puhui.channels.parsers import code, day, fen, one_of
from puhui.governance.purposes import Purpose
from puhui.words import Label

FIRST_DAY = date(1994, 1, 1)  # China's value-added tax in its present form begins
TOLERANCE_FEN = 2  # amount, tax and total are each rounded to the fen by the issuer


def _adds_up(row: ir.Table, on: date) -> ir.BooleanValue:
    return (row.amount_fen + row.tax_fen - row.total_fen).abs() <= TOLERANCE_FEN


def _in_range(row: ir.Table, on: date) -> ir.BooleanValue:
    return (row.amount_fen.abs() <= MOST_FEN) & (row.tax_fen.abs() <= MOST_FEN) & (row.total_fen.abs() <= MOST_FEN)


VAT_INVOICES = Channel(
    name="vat_invoices",
    label=Label("VAT invoices", "增值税发票"),
    purposes=frozenset({Purpose.CREDIT_DECISION, Purpose.MONITORING, Purpose.QUALITY, Purpose.RESEARCH}),
    fresh_within_days=3,
    key=("enterprise", "direction", "invoice_number", "counterparty", "happened_on"),
    columns=(
        enterprise(),
        Column(
            "direction",
            Label("sale or purchase", "销项或进项"),
            "string",
            ("发票方向", "方向", "direction"),
            one_of(
                dict.fromkeys(("sale", "sales", "销项", "销售"), "sale")
                | dict.fromkeys(("purchase", "purchases", "进项", "采购"), "purchase")
            ),
        ),
        Column("invoice_number", Label("invoice number", "发票号码"), "string", ("发票号码", "invoice_number"), code()),
        Column(
            "counterparty",
            Label("counterparty", "交易对方"),
            "string",
            (
                Header("购方单位代号", {"direction": "sale"}),
                Header("buyer", {"direction": "sale"}),
                Header("销方单位代号", {"direction": "purchase"}),
                Header("seller", {"direction": "purchase"}),
                "counterparty",
                "交易对方",
            ),
            code(),
        ),
        Column(
            "happened_on",
            Label("date of issue", "开票日期"),
            "date",
            ("开票日期", "date", "issued_on", "happened_on"),
            day,
        ),
        Column("amount_fen", Label("amount", "金额"), "int64", ("金额", "amount"), fen),
        Column("tax_fen", Label("tax", "税额"), "int64", ("税额", "tax"), fen),
        Column("total_fen", Label("total", "价税合计"), "int64", ("价税合计", "total"), fen),
        Column(
            "status",
            Label("status", "发票状态"),
            "string",
            ("发票状态", "status"),
            one_of(
                {"有效发票": "valid", "有效": "valid", "valid": "valid"}
                | {"作废发票": "void", "作废": "void", "void": "void"}
            ),
        ),
    ),
    rules=(
        Rule(
            "DATE_IN_FUTURE",
            Label("issued after the day of delivery", "开票日期晚于交付日"),
            lambda r, on: r.happened_on <= on,
        ),
        Rule(
            "DATE_TOO_EARLY",
            Label("issued before VAT began in 1994", "开票日期早于1994年增值税开征"),
            lambda r, on: r.happened_on >= FIRST_DAY,
        ),
        Rule("TOTAL_DIFFERS", Label("amount and tax do not make the total", "金额与税额之和不等于价税合计"), _adds_up),
        Rule("AMOUNT_OUT_OF_RANGE", Label("beyond 100 billion yuan", "金额超过一千亿元"), _in_range),
    ),
    sample="""\
企业代号,发票号码,开票日期,购方单位代号,金额,税额,价税合计,发票状态
91512081MA62K0260E,04120011,2024-04-02,91330100MA2ABCDE0N,50265.49,6534.51,56800.00,有效发票
91512081MA62K0260E,04120012,2024-04-08,91330100MA2ABCDE0N,-1000.00,-130.00,-1130.00,有效发票
91330100MA2ABCDE0N,33007801,2024/4/9,91512081MA62K0260E,8849.56,1150.44,"10,000.00",作废发票
""",
)
