"""The contract of an offer, as a paper in both languages. Pure: the same offer gives the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from puhui.days import add_months
from puhui.documents import services as documents
from puhui.documents.blocks import Fact, Facts
from puhui.documents.paper import Clause, Paper, Signatures
from puhui.documents.wording import Form
from puhui.money import Money
from puhui.words import Label

LANGUAGES = {"en": "en", "zh": "zh-hans"}
BANK = Label("the bank", "贷款人")
WAY_WORDS = {
    "any_time": Label("interest by the day, principal at any time", "按日计息，随借随还"),
    "bullet": Label("interest monthly, principal at maturity", "按月付息，到期还本"),
    "equal_instalments": Label("equal instalments", "等额本息"),
    "equal_principal": Label("equal principal", "等额本金"),
}


@dataclass(frozen=True, slots=True)
class Offered:
    """What a contract is about."""

    number: str
    firm: str
    product: Label
    version: int
    limit: Money
    mortgage: Money
    guarantee: Money
    rate: Decimal
    ways: tuple[str, ...]
    term_months: int
    on: date
    expires_on: date
    watched: tuple[Label, ...] = ()  # the channels that may be read while the line runs


def pdfs(offer: Offered, *, at: datetime) -> dict[str, bytes]:
    """The contract as PDF by language, `en` and `zh`. Raises NotReady when the fonts are not built."""
    made = paper(offer)
    return {short: documents.pdf(made, language, at=at) for short, language in LANGUAGES.items()}


def paper(offer: Offered) -> Paper:
    """The contract's text, with nothing in it that the offer does not say."""
    percent = f"{(offer.rate * 100).normalize():f} %"
    ways = [WAY_WORDS[way] for way in offer.ways]
    until = add_months(offer.on, offer.term_months)
    parts = (
        (Label("of it secured by property", "其中房产抵押"), offer.mortgage),
        (Label("of it guaranteed", "其中保证担保"), offer.guarantee),
    )
    facts = (
        Fact(Label("Borrower", "借款人"), offer.firm),
        Fact(Label("Product", "产品"), offer.product),
        Fact(Label("Limit, yuan", "额度（元）"), offer.limit, Form.MONEY),
        *(Fact(label, part, Form.MONEY) for label, part in parts if part),
        Fact(Label("Annual rate", "年利率"), percent),
        Fact(Label("Runs until, at the latest", "额度最迟到期日"), until),
        Fact(Label("The offer stands until", "要约有效期至"), offer.expires_on),
    )
    return Paper(
        kind=Label("Loan contract", "借款合同"),
        title=Label(f"Revolving credit line: {offer.product.en}", f"循环额度借款合同：{offer.product.zh}"),
        number=offer.number,
        issued_on=offer.on,
        issuer=BANK,
        pieces=(Facts(Label("What is agreed", "合同要素"), facts), *_clauses(offer, percent, ways), _signatures()),
        colophon=Label(
            f"Made from version {offer.version} of the product; the hash of this file is kept with the offer.",
            f"依据产品第 {offer.version} 版生成；本文件的哈希值随要约留存。",
        ),
    )


def _clauses(offer: Offered, percent: str, ways: list[Label]) -> tuple[Clause, ...]:
    limit, en = f"{offer.limit.yuan:,.2f}", "; ".join(way.en for way in ways)
    zh = "；".join(way.zh for way in ways)
    secured = Label(
        f"{offer.mortgage.yuan:,.2f} yuan of the limit may be drawn only while the property is registered as security.",
        f"额度中 {offer.mortgage.yuan:,.2f} 元以房产抵押登记有效为支用前提。",
    )
    guaranteed = Label(
        f"{offer.guarantee.yuan:,.2f} yuan of the limit may be drawn only while the guarantee of this line stands.",
        f"额度中 {offer.guarantee.yuan:,.2f} 元以本额度保证有效为支用前提。",
    )
    return (
        Clause(Label("The line", "额度"), (
            Label(f"The borrower may draw up to {limit} yuan, repay and draw anew.",
                  f"借款人可在 {limit} 元以内循环支用。"),
            *([secured] if offer.mortgage else []),
            *([guaranteed] if offer.guarantee else []),
        )),
        Clause(Label("Interest", "利息"), (
            Label(f"Interest is {percent} a year on what is drawn: principal × rate ÷ 360 × days.",
                  f"按支用余额计息，年利率 {percent}：本金×年利率÷360×实际天数。"),
        )),
        Clause(Label("Repayment", "还款"), (Label(f"The borrower may choose: {en}.", f"借款人可选择：{zh}。"),)),
        Clause(Label("Use of the money", "资金用途"), (
            Label("The money serves the business; it may not go into housing, securities or equity.",
                  "借款用于生产经营，不得流入房地产、证券或股权投资。"),
        )),
        Clause(Label("Data", "数据"), (
            Label("The bank reads the data that the borrower consented to, for the stated purposes only.",
                  "贷款人仅在借款人授权的范围和用途内查询数据。"),
            *_watching(offer.watched),
        )),
    )  # fmt: skip


def _watching(channels: tuple[Label, ...]) -> tuple[Label, ...]:
    """The clause by which agreeing to the contract is consent to watch; none where nothing may be read for it."""
    if not channels:
        return ()
    en, zh = ", ".join(each.en for each in channels), "、".join(each.zh for each in channels)
    return (
        Label("By agreeing, the borrower consents that the bank reads, to watch the running loan and who is tied to "
              f"the borrower by ownership or guarantee, until the line has ended: {en}. The borrower may withdraw "
              "this consent at any time.",
              f"借款人签署本合同即授权贷款人在额度终止前，为贷后监测及识别股权、担保关联关系之目的查询：{zh}。"
              "借款人可随时撤回该授权。"),
    )  # fmt: skip


def _signatures() -> Signatures:
    return Signatures((Label("Borrower", "借款人"), BANK))
