"""What a detector answers: a firm that looks as if, how strongly, and the evidence that a person can check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ibis.backends.duckdb import Backend

from puhui.dated import Terms
from puhui.words import Label


@dataclass(frozen=True, slots=True)
class Sign:
    """A firm that looks as if; `strength` runs from 0 to 1, `evidence` is what to check."""

    enterprise: str
    kind: str
    strength: float
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Detector:
    """What it is called, what it looks for, which document would settle it. `find` reads the thresholds of a day."""

    label: Label
    looks_for: Label
    settles: Label
    find: Callable[[Backend, Terms], list[Sign]]


def signs(kind: str, rows: list[tuple[Any, ...]], *names: str) -> list[Sign]:
    """Signs from rows `enterprise, strength, evidence…`."""
    return [Sign(row[0], kind, round(float(row[1]), 3), dict(zip(names, row[2:], strict=True))) for row in rows]


def numbers(held: Terms) -> dict[str, float]:
    """The terms as plain numbers, as statements use them."""
    return {name: float(term.value) for name, term in held.terms.items() if not isinstance(term.value, tuple)}


EVIDENCE: dict[str, Label] = {
    "first_month": Label("from", "起始月"),
    "last_month": Label("to", "截止月"),
    "months": Label("months", "月数"),
    "share_of_sales": Label("share of sales", "占销售比重"),
    "buyers": Label("buyers", "买方"),
    "invoices": Label("invoices", "发票张数"),
    "voided": Label("voided", "作废张数"),
    "invoiced_fen": Label("invoiced", "开票金额"),
    "paid_share": Label("paid", "已回款比例"),
    "usual_paid_share": Label("usually paid", "平时回款比例"),
    "sales_growth": Label("sales against its other months", "销售与其他月份之比"),
    "power_growth": Label("electricity against its other months", "用电与其他月份之比"),
    "ring": Label("ring", "闭环"),
    "smallest_sale_fen": Label("smallest sale", "最小一笔销售合计"),
    "sales_fen": Label("sales along the ring", "闭环各环节销售额"),
    "unpaid_sales": Label("unpaid sales", "未回款销售"),
    "seller": Label("seller", "卖方"),
    "buyer": Label("buyer", "买方"),
    "partner": Label("partner", "对方"),
    "sold_there_fen": Label("sold there", "向对方销售"),
    "sold_back_fen": Label("sold back", "对方回售"),
    "months_there": Label("months there", "销售月数"),
    "months_back": Label("months back", "回售月数"),
    "share_of_smaller": Label("share of the smaller one's sales", "占较小一方销售比重"),
    "bought_fen": Label("bought", "采购额"),
    "wages_fen": Label("wages", "工资"),
    "insured_staff": Label("insured staff", "参保人数"),
    "power_kwh": Label("kWh used", "用电量（千瓦时）"),
    "received_fen": Label("received", "回款"),
    "sellers": Label("sellers", "卖方"),
    "all_purchases_fen": Label("all purchases", "采购总额"),
    "by": Label("by", "截至"),
    "new_lenders": Label("new lenders", "新增授信机构"),
    "enquirers": Label("enquirers", "查询机构"),
    "amount_fen": Label("amount", "金额"),
    "circle": Label("circle", "互保圈成员"),
}


def told(evidence: Mapping[str, Any]) -> Label:
    """Evidence in words, as a person checks it: yuan for fen, per cent for shares.

    >>> told({"buyer": "B", "invoiced_fen": 1_234_500, "paid_share": 0.071, "months": 4}).en
    'buyer B, invoiced 12,345 yuan, paid 7 %, months 4'
    """
    parts = [(EVIDENCE[name], _written(name, value)) for name, value in evidence.items() if value is not None]
    return Label(
        ", ".join(f"{label.en} {text.en}" for label, text in parts),
        "，".join(f"{label.zh} {text.zh}" for label, text in parts),
    )


def _written(name: str, value: Any) -> Label:  # noqa: ANN401  whatever a detector found
    if isinstance(value, Mapping):
        return told(value)
    if isinstance(value, list | tuple):
        each = [_written(name, one) for one in value]
        return Label("; ".join(one.en for one in each) or "–", "；".join(one.zh for one in each) or "–")
    if isinstance(value, int | float):
        return _number(name, value)
    text = f"{value:%Y-%m}" if isinstance(value, date) and name.endswith("_month") else str(value)
    return Label(text, text)


def _number(name: str, value: float) -> Label:
    if name.endswith("_fen"):
        return Label(f"{value / 100:,.0f} yuan", f"{value / 100:,.0f} 元")
    if name.endswith("_growth"):
        return Label(f"{value:.2f} times", f"{value:.2f} 倍")
    text = f"{value:.0%}" if "share" in name else f"{value:,}"
    return Label(text.replace("%", " %"), text)
