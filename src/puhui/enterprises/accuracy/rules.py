"""Reconciliation rules, as data: which two facts should agree, how closely in which trade, and what would settle it.

A rule holds `right / left` between two bounds. The bounds are dated data in `terms.json` (`<rule>_low`, `<rule>_high`,
and with `_wide` those of the trades that need wider ones; `<rule>_lag`, the months in which money may follow): change
one by adding a value with a later day. What makes two honest figures differ is part of the rule, so that it need not be
hidden in a wide tolerance: money comes later, tills take what is not invoiced, staff advance small expenses.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from puhui.dated import Terms
from puhui.enterprises.trade import Trade
from puhui.words import Label


class Verdict(StrEnum):
    """What two sources say of one thing."""

    AGREE = "agree"
    DIFFER = "differ"
    CANNOT_TELL = "cannot_tell"


VERDICT_WORDS: dict[Verdict, Label] = {
    Verdict.AGREE: Label("they agree", "相符"),
    Verdict.DIFFER: Label("they differ", "不符"),
    Verdict.CANNOT_TELL: Label("cannot tell", "无法判断"),
}
assert VERDICT_WORDS.keys() == set(Verdict)


@dataclass(frozen=True, slots=True)
class Fact:
    """One monthly figure of a firm from one channel; of an `other_hand` where another firm's books give it.

    `unit` is fen, heads or kWh.
    """

    name: str
    label: Label
    channel: str
    unit: str
    other_hand: bool = False


SAID_ONCE = ("registry", "owner")  # what holds until it changes is neither fresh nor late, and makes no picture whole
FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact("invoiced", Label("invoiced sales", "开票销售额"), "vat_invoices", "fen"),
        Fact("invoiced_with_tax", Label("invoiced sales with tax", "开票销售价税合计"), "vat_invoices", "fen"),
        Fact("bought", Label("invoiced purchases", "进项金额"), "vat_invoices", "fen"),
        Fact("bought_by_bank", Label("larger purchases with tax", "大额进项价税合计"), "vat_invoices", "fen"),
        Fact("bought_in_cash", Label("small purchases with tax", "零星进项价税合计"), "vat_invoices", "fen"),
        Fact("declared", Label("sales declared for VAT", "增值税申报销售额"), "tax_filings", "fen"),
        Fact("received", Label("received for goods at the bank", "银行货款流入"), "bank_transactions", "fen"),
        Fact("paid_for_goods", Label("paid for goods at the bank", "银行货款流出"), "bank_transactions", "fen"),
        Fact("wages", Label("wages paid at the bank", "银行代发工资"), "bank_transactions", "fen"),
        Fact("by_card", Label("card and QR takings", "收单净额"), "pos_settlements", "fen"),
        Fact("insured_base", Label("payroll base of social insurance", "社保缴费基数"), "social_security", "fen"),
        Fact("heads", Label("insured staff", "参保人数"), "social_security", "heads"),
        Fact("power", Label("electricity used", "用电量"), "utilities", "kWh"),
        Fact("capital", Label("registered capital", "登记注册资本"), "registry", "fen"),
        Fact("said_capital", Label("capital, as the owner says", "企业主自述注册资本"), "owner", "fen"),
        Fact("said_sales", Label("sales, as the owner says", "企业主自述销售额"), "owner", "fen"),
        Fact("said_staff", Label("staff, as the owner says", "企业主自述员工人数"), "owner", "heads"),
        Fact("exported", Label("exports declared", "出口报关额"), "customs", "fen"),
        Fact("sold_inside", Label("sales to firms of the house", "对库内企业开票"), "vat_invoices", "fen"),
        Fact(
            "confirmed",
            Label("of these, also in the buyer's books", "其中买方已入账"),
            "vat_invoices",
            "fen",
            other_hand=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Rule:
    """`low ≤ right / left ≤ high` over the months in which both sides speak; wider in the trades of `wide`.

    `besides` is a fact that may or may not be part of the right side: the right side may lie anywhere between `left`
    and `left + besides`. Where it is known, the trades of `wide` need no wider bounds. `follows` says that the right
    side comes later, by as many months as a term allows: what agrees under one of these agrees. `growth` compares each
    side's last year with the year before, instead of the amounts. `lumpy` says that a few large invoices tell nothing:
    a side must rest on as many of equal weight as a term wants.
    """

    name: str
    label: Label
    left: str
    right: str
    settles: Label
    wide: tuple[Trade, ...] = ()
    besides: str | None = None
    follows: bool = False
    growth: bool = False
    lumpy: bool = False
    only: tuple[Trade, ...] = ()  # the trades of which the rule speaks, where not all
    months: int = 3  # in which both sides must speak

    def __post_init__(self) -> None:
        facts = {self.left, self.right, *([self.besides] if self.besides else [])}
        assert facts <= FACTS.keys(), f"{self.name} compares a fact that is not declared"

    @property
    def independent(self) -> bool:
        """Whether the two sides come from different hands, so that one bears the other out.

        >>> RULES["declared"].independent, RULES["both_sides"].independent, RULES["purchases"].independent
        (True, True, False)
        """
        return FACTS[self.left].channel != FACTS[self.right].channel or FACTS[self.right].other_hand

    def bounds(self, terms: Terms, *, wide: bool = False) -> tuple[float, float]:
        """The tolerance under the terms of a day, or that of the trades which need a wider one: least and largest
        `right / left`.
        """
        kind = "_wide" if wide else ""
        low, high = (float(terms.number(f"{self.name}_{end}{kind}")) for end in ("low", "high"))
        assert 0 <= low < high, f"the bounds of {self.name} hold nothing"
        return low, high


CASH = (Trade.CATERING, Trade.HOUSEHOLD, Trade.WHOLESALE_RETAIL, Trade.FOOD, Trade.HEALTH, Trade.CULTURE)
DESK = (Trade.PROFESSIONAL, Trade.LABOUR)

POWERED = (Trade.MANUFACTURING, Trade.FOOD, Trade.CATERING)  # where electricity makes what is sold

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            "declared", Label("Invoiced sales and the VAT return", "开票销售额与增值税申报"), "invoiced", "declared",
            Label("the VAT return with its annex of invoices", "增值税申报表及开票明细附表"), CASH, besides="by_card",
        ),
        Rule(
            "received", Label("Invoiced sales and money received", "开票销售额与银行回款"), "invoiced_with_tax",
            "received", Label("statements of all the firm's accounts", "企业全部账户的银行流水"), CASH,
            besides="by_card", follows=True,
        ),
        Rule(
            "cards", Label("Card takings and money received", "收单流水与银行回款"), "received", "by_card",
            Label("the acquirer's monthly settlement", "收单机构月度结算单"),
        ),
        Rule(
            "payroll", Label("Insured payroll and wages paid", "社保基数与实发工资"), "insured_base", "wages",
            Label("the payroll with signatures or bank receipts", "工资表及银行代发回单"),
        ),
        Rule(
            "staff", Label("Growth of insured staff and of wages", "参保人数增长与工资增长"), "heads", "wages",
            Label("the list of staff with their contracts", "员工花名册及劳动合同"), growth=True, months=20,
        ),
        Rule(
            "power", Label("Growth of sales and of electricity", "销售增长与用电增长"), "invoiced", "power",
            Label("meter readings and the order book", "电表抄表记录与订单"), growth=True, lumpy=True, only=POWERED,
            months=20,
        ),
        Rule(
            "purchases", Label("Sales and purchases", "销售与采购"), "invoiced", "bought",
            Label("the stock count", "存货盘点表"), DESK, besides="by_card", lumpy=True,
        ),
        Rule(
            "paid", Label("Purchases and money paid for them", "采购与银行付款"), "bought_by_bank", "paid_for_goods",
            Label("payment receipts of the largest suppliers", "主要供应商付款回单"), besides="bought_in_cash",
            follows=True,
        ),
        Rule(
            "both_sides", Label("The seller's and the buyer's books", "买卖双方入账"), "sold_inside", "confirmed",
            Label("the buyer's confirmation of the invoices", "买方对发票的确认函"),
        ),
        Rule(
            "exports", Label("Exports and sales declared", "出口报关与申报销售额"), "declared", "exported",
            Label("the customs declarations with foreign-exchange receipts", "报关单及收汇凭证"),
        ),
        Rule(
            "said_capital", Label("The registry and the owner's words on capital", "登记资本与企业主自述"), "capital",
            "said_capital", Label("the business licence", "营业执照"), months=1,
        ),
        Rule(
            "said_sales", Label("Sales declared and the owner's words", "申报销售额与企业主自述"), "declared",
            "said_sales", Label("the VAT returns of the year", "全年增值税申报表"), months=6,
        ),
        Rule(
            "said_staff", Label("Insured staff and the owner's words", "参保人数与企业主自述"), "heads", "said_staff",
            Label("the list of staff with their contracts", "员工花名册及劳动合同"),
        ),
    )
}  # fmt: skip
