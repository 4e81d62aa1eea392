"""What each source of data tells, in words for the owner who consents to it."""

from __future__ import annotations

from collections.abc import Mapping

from puhui.words import Label

SAYS: Mapping[str, Label] = {
    "vat_invoices": Label(
        "Whom you sell to and buy from, and for how much. Shows how steady your sales are.",
        "您开具和取得的增值税发票：向谁销售、向谁采购、金额多少。用于了解经营是否稳定。",
    ),
    "tax_filings": Label(
        "What you have declared and paid in taxes. Shows what the firm earns, as an authority has checked it.",
        "您的纳税申报与缴税情况。以税务机关核定的数据了解企业收入。",
    ),
    "bank_transactions": Label(
        "What comes into and leaves the firm's accounts. Shows whether there is money to repay with.",
        "企业账户的收支流水。用于了解还款资金是否充足。",
    ),
    "pos_settlements": Label(
        "What customers pay by card and code, day by day. Shows what a shop takes.",
        "刷卡与扫码收款的每日结算。用于了解门店收入。",
    ),
    "enterprise_bureau": Label(
        "The firm's credit at other banks, and guarantees it has given. Keeps you from owing more than you can carry.",
        "企业在其他银行的贷款与对外担保（企业征信）。防止过度负债。",
    ),
    "owner_bureau": Label(
        "Your own loans and how you repaid them. Asked for because the owner stands behind a small firm.",
        "您本人的贷款与还款记录（个人征信）。小微企业的信用离不开企业主本人。",
    ),
    "registry": Label(
        "The public register: when the firm was founded, who owns it, who represents it.",
        "工商登记信息：成立时间、股东与法定代表人。",
    ),
    "court_records": Label(
        "Public judgements and enforcement. Shows disputes that may cost the firm.",
        "公开的裁判与执行信息。用于了解可能影响企业的纠纷。",
    ),
    "utilities": Label(
        "What the firm uses in electricity, water and gas. Shows that work is going on.",
        "水、电、燃气用量。用于了解企业是否正常开工。",
    ),
    "customs": Label(
        "What the firm imports and exports. Shows orders from abroad.",
        "进出口报关情况。用于了解外贸订单。",
    ),
    "social_security": Label(
        "For how many people you pay contributions, without their names. Shows how the team grows.",
        "社保缴纳人数（不含员工姓名）。用于了解用工规模。",
    ),
}
