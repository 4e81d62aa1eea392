"""What may secure a line: kinds of collateral, and their rules as dated data in `catalogue/collateral_terms.json`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from puhui import dated
from puhui.refusals import BadInput
from puhui.words import Label

CATALOGUE = Path(__file__).parent / "catalogue"


class Security(StrEnum):
    """How a right over a thing is held: the debtor keeps it (mortgage), or the bank does (pledge)."""

    MORTGAGE = "mortgage"
    PLEDGE = "pledge"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of collateral. `insured`: it can burn, so that it counts in full only while it is insured."""

    name: str
    label: Label
    security: Security
    insured: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a kind on a day, all from dated data.

    `loan_to_value` of the valuation may be lent; past `revalue_months` only `overdue_share` of that counts, and
    without insurance only `uninsured_share`. A pledge is topped up once the loan exceeds `margin_call_at` of its value.
    """

    loan_to_value: Decimal
    revalue_months: int
    overdue_share: Decimal
    uninsured_share: Decimal
    margin_call_at: Decimal


KINDS = {
    kind.name: kind
    for kind in (
        Kind("residential_property", Label("residential property", "住宅"), Security.MORTGAGE, insured=True),
        Kind("commercial_property", Label("commercial property", "商业用房"), Security.MORTGAGE, insured=True),
        Kind("industrial_property", Label("factory and land", "工业厂房及土地"), Security.MORTGAGE, insured=True),
        Kind("equipment", Label("equipment", "机器设备"), Security.MORTGAGE, insured=True),
        Kind("deposit", Label("deposit", "保证金存款"), Security.PLEDGE, insured=False),
        Kind("receivables", Label("receivables", "应收账款"), Security.PLEDGE, insured=False),
        Kind("warehouse_receipt", Label("warehouse receipt", "仓单"), Security.PLEDGE, insured=True),
    )
}


def kind_named(name: str) -> Kind:
    """The kind of a name.

    >>> kind_named("deposit").security
    <Security.PLEDGE: 'pledge'>
    """
    if name not in KINDS:
        raise BadInput(
            Label(f"there is no kind of collateral '{name}'", f"没有押品类别“{name}”"),
            then=Label(f"name one of {', '.join(KINDS)}", f"请选择其中之一：{'、'.join(KINDS)}"),
        )
    return KINDS[name]


def rules(kind: str, *, on: date) -> Rules:
    """The rules of a kind on a day.

    >>> rules("deposit", on=date(2026, 1, 1)).loan_to_value
    Decimal('0.95')
    """
    terms = dated.load(CATALOGUE / "collateral_terms.json", on=on)
    return Rules(
        loan_to_value=Decimal(terms.number(f"{kind}_loan_to_value")),
        revalue_months=terms.whole(f"{kind}_revalue_months"),
        overdue_share=Decimal(terms.number("overdue_share")),
        uninsured_share=Decimal(terms.number("uninsured_share")),
        margin_call_at=Decimal(terms.number("margin_call_at")),
    )


def margin_days(*, on: date) -> int:
    """How many days a margin call leaves."""
    return dated.load(CATALOGUE / "collateral_terms.json", on=on).whole("margin_days")
