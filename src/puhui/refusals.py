"""The three kinds of wrong.

A *refusal* is a value: the rules said no, and the customer is told in words (`Refused`).
A *broken promise* is an exception that ends with what to do next (`BadInput`, `NotReady`).
A *bug* is an `assert`; asserts stay on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from puhui.words import Label


class Code(StrEnum):
    """Why the rules said no. A new code needs its words in `WORDS`, or the import stops."""

    NO_CONSENT = "NO_CONSENT"
    PURPOSE_NOT_ALLOWED = "PURPOSE_NOT_ALLOWED"
    UNKNOWN_FIRM = "UNKNOWN_FIRM"
    ALREADY_MENDED = "ALREADY_MENDED"
    STILL_BROKEN = "STILL_BROKEN"
    BUDGET_TOO_SMALL = "BUDGET_TOO_SMALL"
    # ledger
    LINKED_LINE_REFUSED = "LINKED_LINE_REFUSED"
    AMOUNT_NOT_POSITIVE = "AMOUNT_NOT_POSITIVE"
    CODE_NOT_POSITIVE = "CODE_NOT_POSITIVE"
    ACCOUNTS_MUST_DIFFER = "ACCOUNTS_MUST_DIFFER"
    TIMEOUT_ONLY_FOR_PENDING = "TIMEOUT_ONLY_FOR_PENDING"
    TIMEOUT_NOT_POSITIVE = "TIMEOUT_NOT_POSITIVE"
    DEBIT_ACCOUNT_UNKNOWN = "DEBIT_ACCOUNT_UNKNOWN"
    CREDIT_ACCOUNT_UNKNOWN = "CREDIT_ACCOUNT_UNKNOWN"
    TRANSFER_UNKNOWN = "TRANSFER_UNKNOWN"
    TRANSFER_NOT_PENDING = "TRANSFER_NOT_PENDING"
    TRANSFER_NOT_POSTED = "TRANSFER_NOT_POSTED"
    ACCOUNTS_OF_TWO_CURRENCIES = "ACCOUNTS_OF_TWO_CURRENCIES"
    AMOUNT_OF_OTHER_CURRENCY = "AMOUNT_OF_OTHER_CURRENCY"
    ABOVE_PENDING_AMOUNT = "ABOVE_PENDING_AMOUNT"
    ALREADY_POSTED = "ALREADY_POSTED"
    ALREADY_VOIDED = "ALREADY_VOIDED"
    PENDING_HAS_EXPIRED = "PENDING_HAS_EXPIRED"
    PENDING_NOT_EXPIRED = "PENDING_NOT_EXPIRED"
    ALREADY_REVERSED = "ALREADY_REVERSED"
    DEBIT_ACCOUNT_CLOSED = "DEBIT_ACCOUNT_CLOSED"
    CREDIT_ACCOUNT_CLOSED = "CREDIT_ACCOUNT_CLOSED"
    OVERFLOWS_DEBITS = "OVERFLOWS_DEBITS"
    OVERFLOWS_CREDITS = "OVERFLOWS_CREDITS"
    EXCEEDS_CREDITS = "EXCEEDS_CREDITS"
    EXCEEDS_DEBITS = "EXCEEDS_DEBITS"
    ACCOUNT_UNKNOWN = "ACCOUNT_UNKNOWN"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"
    GENERAL_ACCOUNT_STAYS_OPEN = "GENERAL_ACCOUNT_STAYS_OPEN"
    ACCOUNT_NOT_EMPTY = "ACCOUNT_NOT_EMPTY"
    REQUEST_HAS_OTHER_CONTENT = "REQUEST_HAS_OTHER_CONTENT"
    ACCOUNT_HAS_OTHER_TERMS = "ACCOUNT_HAS_OTHER_TERMS"
    THING_UNKNOWN = "THING_UNKNOWN"
    THING_PLEDGED_ALREADY = "THING_PLEDGED_ALREADY"
    CHARGED_BEYOND_WORTH = "CHARGED_BEYOND_WORTH"
    GUARANTOR_UNKNOWN = "GUARANTOR_UNKNOWN"
    GUARANTEE_CIRCLE = "GUARANTEE_CIRCLE"
    ABOVE_GUARANTORS_CAPACITY = "ABOVE_GUARANTORS_CAPACITY"
    CARRIES_LESS = "CARRIES_LESS"
    NOTHING_TO_CLAIM = "NOTHING_TO_CLAIM"
    CLAIM_UNKNOWN = "CLAIM_UNKNOWN"
    OWN_PROPOSAL = "OWN_PROPOSAL"
    ALREADY_JUDGED = "ALREADY_JUDGED"
    SAME_FIRM = "SAME_FIRM"
    TWO_CODES = "TWO_CODES"
    MERGES_LIVE_BORROWERS = "MERGES_LIVE_BORROWERS"
    TOUCHES_LIVE_BORROWER = "TOUCHES_LIVE_BORROWER"
    NOTHING_LEFT = "NOTHING_LEFT"
    ALREADY_UNDONE = "ALREADY_UNDONE"
    BUILT_UPON = "BUILT_UPON"
    ALREADY_RULED = "ALREADY_RULED"
    # exposure
    ABOVE_CAP = "ABOVE_CAP"
    NOT_SECURED = "NOT_SECURED"
    LINE_NOT_OPEN = "LINE_NOT_OPEN"
    # governance
    NOT_SIGNED_IN = "NOT_SIGNED_IN"
    NOT_ALLOWED = "NOT_ALLOWED"
    NOT_YOUR_FIRM = "NOT_YOUR_FIRM"
    OTHER_BRANCH = "OTHER_BRANCH"
    LACKS_SKILL = "LACKS_SKILL"
    ABOVE_AUTHORITY = "ABOVE_AUTHORITY"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    CONTROL_NOT_PROVEN = "CONTROL_NOT_PROVEN"
    IDENTITY_SERVICE_SILENT = "IDENTITY_SERVICE_SILENT"
    SIGNING_SERVICE_SILENT = "SIGNING_SERVICE_SILENT"
    SOURCE_SILENT = "SOURCE_SILENT"
    NOT_SIGNED = "NOT_SIGNED"
    ERASED = "ERASED"
    KEPT_ON_HOLD = "KEPT_ON_HOLD"
    ON_HOLD = "ON_HOLD"
    LEGAL_RETENTION = "LEGAL_RETENTION"
    # products and approval
    PRODUCT_NOT_SOUND = "PRODUCT_NOT_SOUND"
    PRODUCT_NOT_LIVE = "PRODUCT_NOT_LIVE"
    STEP_NOT_POSSIBLE = "STEP_NOT_POSSIBLE"
    PROPOSAL_NOT_AGREED = "PROPOSAL_NOT_AGREED"
    ALREADY_APPLIED = "ALREADY_APPLIED"
    NOT_ITS_PROPERTY = "NOT_ITS_PROPERTY"
    CONSENT_NEEDED = "CONSENT_NEEDED"
    STILL_WAITING = "STILL_WAITING"
    OFFER_EXPIRED = "OFFER_EXPIRED"
    FIRM_HAS_CHANGED = "FIRM_HAS_CHANGED"
    CONTRACT_IS_ANOTHER = "CONTRACT_IS_ANOTHER"
    WAY_NOT_OFFERED = "WAY_NOT_OFFERED"
    SECURITY_NOT_PERFECTED = "SECURITY_NOT_PERFECTED"
    CASE_CLOSED = "CASE_CLOSED"
    NEEDS_SECOND_PERSON = "NEEDS_SECOND_PERSON"
    ABOVE_WHAT_MAY_BE_LENT = "ABOVE_WHAT_MAY_BE_LENT"
    # lending
    FACILITY_UNKNOWN = "FACILITY_UNKNOWN"
    FACILITY_NOT_OPEN = "FACILITY_NOT_OPEN"
    FACILITY_MATURED = "FACILITY_MATURED"
    ABOVE_AVAILABLE = "ABOVE_AVAILABLE"
    ABOVE_OWED = "ABOVE_OWED"
    STILL_OWED = "STILL_OWED"
    STATUS_FORBIDS = "STATUS_FORBIDS"
    APPROVAL_NOT_SIGNED = "APPROVAL_NOT_SIGNED"
    OUTSIDE_APPROVAL = "OUTSIDE_APPROVAL"
    DAY_IS_CLOSED = "DAY_IS_CLOSED"
    ALREADY_SETTLED = "ALREADY_SETTLED"
    PAYMENT_UNDER_WAY = "PAYMENT_UNDER_WAY"
    NOT_PAID_OUT = "NOT_PAID_OUT"
    DAY_BEFORE_LAST_ACT = "DAY_BEFORE_LAST_ACT"
    WAY_NOT_APPROVED = "WAY_NOT_APPROVED"
    APPROVAL_IS_USED = "APPROVAL_IS_USED"
    EXTENDED_TOO_FAR = "EXTENDED_TOO_FAR"
    OVERDUE = "OVERDUE"
    LOAN_NOT_RUNNING = "LOAN_NOT_RUNNING"
    PERIOD_IS_CLOSED = "PERIOD_IS_CLOSED"
    NOT_AGREED = "NOT_AGREED"


WORDS: dict[Code, tuple[str, str]] = {
    Code.NO_CONSENT: (
        "no standing consent for this channel and purpose",
        "该渠道与用途没有有效授权",
    ),
    Code.PURPOSE_NOT_ALLOWED: ("this channel may not be read for this purpose", "该渠道不得用于此目的"),
    Code.UNKNOWN_FIRM: ("no data has been delivered for this firm", "尚未收到该企业的任何数据"),
    Code.ALREADY_MENDED: ("this row has been mended and replayed already", "该行已经修复并重放"),
    Code.STILL_BROKEN: ("the mended row still breaks the contract", "修复后的行仍不符合数据契约"),
    Code.BUDGET_TOO_SMALL: (
        "the budget is smaller than the smallest loan",
        "预算小于单笔最低贷款额",
    ),
    Code.LINKED_LINE_REFUSED: ("another line of the same act was refused", "同一笔业务中的另一分录被拒绝"),
    Code.AMOUNT_NOT_POSITIVE: ("the amount must be above zero", "金额必须大于零"),
    Code.CODE_NOT_POSITIVE: ("the code must lie between 1 and 32,767", "代码必须在1到32,767之间"),
    Code.ACCOUNTS_MUST_DIFFER: ("a transfer needs two different accounts", "转账的借贷账户必须不同"),
    Code.TIMEOUT_ONLY_FOR_PENDING: ("only a pending transfer can expire", "只有待定转账可以设置时限"),
    Code.TIMEOUT_NOT_POSITIVE: ("a pending transfer must last at least one second", "待定转账的时限至少为一秒"),
    Code.DEBIT_ACCOUNT_UNKNOWN: ("there is no such account to debit", "借方账户不存在"),
    Code.CREDIT_ACCOUNT_UNKNOWN: ("there is no such account to credit", "贷方账户不存在"),
    Code.TRANSFER_UNKNOWN: ("there is no such transfer", "转账不存在"),
    Code.TRANSFER_NOT_PENDING: ("the transfer named is not a pending one", "所指转账不是待定转账"),
    Code.TRANSFER_NOT_POSTED: ("only a posted transfer can be reversed", "只有已入账的转账可以冲正"),
    Code.ACCOUNTS_OF_TWO_CURRENCIES: ("the two accounts are kept in different currencies", "借贷账户的币种不同"),
    Code.AMOUNT_OF_OTHER_CURRENCY: ("the amount is not in the accounts' currency", "金额币种与账户币种不同"),
    Code.ABOVE_PENDING_AMOUNT: ("more would be posted than was reserved", "入账金额超过预留金额"),
    Code.ALREADY_POSTED: ("the pending transfer has been posted already", "该待定转账已入账"),
    Code.ALREADY_VOIDED: ("the pending transfer has been voided already", "该待定转账已撤销"),
    Code.PENDING_HAS_EXPIRED: ("the pending transfer has expired", "该待定转账已过期"),
    Code.PENDING_NOT_EXPIRED: ("the pending transfer has not expired yet", "该待定转账尚未过期"),
    Code.ALREADY_REVERSED: ("the transfer has been reversed already", "该转账已冲正"),
    Code.DEBIT_ACCOUNT_CLOSED: ("the account to debit is closed", "借方账户已关闭"),
    Code.CREDIT_ACCOUNT_CLOSED: ("the account to credit is closed", "贷方账户已关闭"),
    Code.OVERFLOWS_DEBITS: ("the debits would be more than an account can hold", "借方累计超出账户上限"),
    Code.OVERFLOWS_CREDITS: ("the credits would be more than an account can hold", "贷方累计超出账户上限"),
    Code.EXCEEDS_CREDITS: ("the account's debits may not exceed its credits", "该账户借方不得超过贷方"),
    Code.EXCEEDS_DEBITS: ("the account's credits may not exceed its debits", "该账户贷方不得超过借方"),
    Code.ACCOUNT_UNKNOWN: ("there is no such account", "账户不存在"),
    Code.ACCOUNT_CLOSED: ("the account is closed already", "账户已关闭"),
    Code.GENERAL_ACCOUNT_STAYS_OPEN: ("a general account is never closed", "总账账户不可关闭"),
    Code.ACCOUNT_NOT_EMPTY: ("the account still holds something", "账户余额或待定金额不为零"),
    Code.REQUEST_HAS_OTHER_CONTENT: ("this request id was used for something else", "该请求编号已用于其他内容"),
    Code.ACCOUNT_HAS_OTHER_TERMS: ("an account of this name exists on other terms", "同名账户已按其他条件开立"),
    Code.THING_UNKNOWN: ("nothing of this name has been registered as collateral", "没有登记过该抵质押物"),
    Code.THING_PLEDGED_ALREADY: ("this thing is registered as collateral already", "该抵质押物已登记"),
    Code.CHARGED_BEYOND_WORTH: ("the thing would secure more than it may carry", "担保金额超过该物可承担的额度"),
    Code.GUARANTOR_UNKNOWN: ("nothing is known of the guarantor's standing", "保证人的代偿能力未知"),
    Code.GUARANTEE_CIRCLE: (
        "the guarantee leads back to its own borrower: it would secure itself",
        "担保链回到借款人自身，形成互保圈",
    ),
    Code.ABOVE_GUARANTORS_CAPACITY: ("the guarantor would stand for more than it can bear", "超过保证人的担保能力"),
    Code.CARRIES_LESS: ("what takes its place carries less", "替换的担保物可承担额度不足"),
    Code.NOTHING_TO_CLAIM: ("no security that stands would pay", "没有可代偿或处置的有效担保"),
    Code.CLAIM_UNKNOWN: ("there is no such claim", "该追偿事项不存在"),
    Code.OWN_PROPOSAL: (
        "nobody confirms a proposal of one's own: another person must",
        "不得确认自己提出的事项，须由他人复核",
    ),
    Code.ALREADY_JUDGED: ("a second person has spoken on this proposal already", "该事项已由复核人处理"),
    Code.SAME_FIRM: ("both are the same firm already", "两者已是同一企业"),
    Code.TWO_CODES: (
        "both have a sound credit code, and a firm has one only",
        "两者各有有效的统一社会信用代码，不可能是同一企业",
    ),
    Code.MERGES_LIVE_BORROWERS: (
        "both have something that lives: another person must agree to what becomes one borrower",
        "两者均有存续业务，合并为同一借款人须经他人复核同意",
    ),
    Code.TOUCHES_LIVE_BORROWER: (
        "something lives on this firm: another person must agree before its records move",
        "该企业有存续业务，变动其记录须经他人复核同意",
    ),
    Code.NOTHING_LEFT: ("a split must take some records and leave some", "拆分须移出部分记录并保留部分记录"),
    Code.ALREADY_UNDONE: ("this act has been undone already", "该操作已被撤销"),
    Code.BUILT_UPON: ("a later act or a live loan rests on it", "后续操作或存续业务以其为依据"),
    Code.ALREADY_RULED: ("this case has been decided already", "该事项已有裁定"),
    Code.NOT_SIGNED_IN: ("this needs a name: sign in first", "请先登录"),
    Code.NOT_ALLOWED: ("your role may not do this", "您的角色无权进行该操作"),
    Code.NOT_YOUR_FIRM: ("you have not shown that you control this firm", "您尚未证明对该企业的控制权"),
    Code.OTHER_BRANCH: ("another branch looks after this firm", "该企业由其他分支机构管理"),
    Code.LACKS_SKILL: ("this case needs a skill that you do not have", "您不具备该事项所需专长"),
    Code.ABOVE_AUTHORITY: ("the amount is beyond your authority", "金额超出您的授权"),
    Code.OUT_OF_SCOPE: ("the token does not cover this", "令牌的权限范围不包括该操作"),
    Code.SOURCE_SILENT: ("the source does not answer: ask again in a while", "数据源暂无应答，请稍后重试"),
    Code.CONTROL_NOT_PROVEN: (
        "the identity service does not confirm that you represent this firm",
        "身份核验未确认您为该企业的法定代表人",
    ),
    Code.IDENTITY_SERVICE_SILENT: (
        "the identity service gave no clear answer: ask again in a while",
        "身份核验服务暂无明确答复，请稍后重试",
    ),
    Code.ABOVE_CAP: ("a cap would be exceeded", "超过限额"),
    Code.NOT_SECURED: (
        "what secures the line carries no more, and its credit part is full",
        "担保已不足以支持该笔支用，且信用部分已用满",
    ),
    Code.LINE_NOT_OPEN: ("no open line of this number is known to exposure", "该额度未启用或已结束"),
    Code.SIGNING_SERVICE_SILENT: (
        "the signing service gave no clear answer: ask again in a while",
        "电子签约服务暂无明确答复，请稍后重试",
    ),
    Code.NOT_SIGNED: ("the contract was not signed", "合同未完成签署"),
    Code.ERASED: ("this has been erased: its key is destroyed", "内容已删除：密钥已销毁"),
    Code.KEPT_ON_HOLD: (
        "something that still runs keeps the data, such as a live loan",
        "存续事项（如未结清贷款）要求保留数据",
    ),
    Code.ON_HOLD: ("a hold on the firm stops its draws for now", "该企业已被暂停支用"),
    Code.LEGAL_RETENTION: ("the law keeps the data longer", "法定保存期限尚未届满"),
    Code.PRODUCT_NOT_SOUND: ("something is wrong with this version of the product", "该产品版本存在问题"),
    Code.PRODUCT_NOT_LIVE: ("this product is not offered on that day", "该产品在该日期未上线或已下线"),
    Code.STEP_NOT_POSSIBLE: ("no such step can be taken from here", "当前状态下不能执行该步骤"),
    Code.PROPOSAL_NOT_AGREED: ("no second person has agreed to it", "尚未经第二人复核同意"),
    Code.ALREADY_APPLIED: ("an application for this product is under way already", "该产品已有在途申请"),
    Code.NOT_ITS_PROPERTY: (
        "what is offered as security is another firm's: offer what is the applicant's own",
        "所提供的担保物属于其他企业：请提供申请企业自有的担保物",
    ),
    Code.CONSENT_NEEDED: (
        "this product cannot decide without these data: consent to them, choose another product, or withdraw",
        "该产品的审批离不开这些数据：请授权、改选其他产品或撤回申请",
    ),
    Code.STILL_WAITING: ("data that is needed has not come yet", "所需数据尚未到达"),
    Code.OFFER_EXPIRED: ("the offer has expired", "要约已过期"),
    Code.FIRM_HAS_CHANGED: (
        "whose the data are was corrected after this was decided: apply anew",
        "作出决定后企业身份信息已更正，请重新申请",
    ),
    Code.CONTRACT_IS_ANOTHER: ("this is not the contract that was offered", "该合同不是所提供的合同文本"),
    Code.WAY_NOT_OFFERED: ("this way of repaying was not offered", "该还款方式未在要约之内"),
    Code.SECURITY_NOT_PERFECTED: ("the property is not registered as security yet", "抵押登记尚未办妥"),
    Code.CASE_CLOSED: ("a person has decided this case already", "该案件已有人工裁定"),
    Code.NEEDS_SECOND_PERSON: ("a second person must agree to this amount", "该金额须经第二人复核同意"),
    Code.ABOVE_WHAT_MAY_BE_LENT: ("more than the caps and the product allow", "超过限额或产品允许的额度"),
    Code.FACILITY_UNKNOWN: ("there is no such facility", "授信额度不存在"),
    Code.FACILITY_NOT_OPEN: ("the facility is not open for draws", "授信额度当前不可支用"),
    Code.FACILITY_MATURED: ("the facility has matured", "授信额度已到期"),
    Code.ABOVE_AVAILABLE: ("more than the available limit was asked for", "支用金额超过可用额度"),
    Code.ABOVE_OWED: ("more was paid than is owed", "还款金额超过应还金额"),
    Code.STILL_OWED: ("something is still owed or under way", "仍有未结清或处理中的借款"),
    Code.STATUS_FORBIDS: ("the facility's status does not allow it", "授信额度当前状态不允许该操作"),
    Code.APPROVAL_NOT_SIGNED: ("the approval was not made by the approval room", "审批结果未经有效签署"),
    Code.OUTSIDE_APPROVAL: ("the approval does not cover that day", "该日期不在审批有效范围内"),
    Code.ALREADY_SETTLED: ("that credit has been matched, assigned or sent back already", "该笔来款已处理"),
    Code.PAYMENT_UNDER_WAY: (
        "the bank has not said yet whether it has paid; the confirmation comes with its answer",
        "银行尚未确认放款结果，确认后方可出具凭证",
    ),
    Code.NOT_PAID_OUT: ("the bank did not pay this draw, and nothing is owed on it", "该笔支用未放款，无需归还"),
    Code.DAY_IS_CLOSED: ("that business date has been closed", "该业务日期已日终"),
    Code.DAY_BEFORE_LAST_ACT: ("interest has been counted beyond that day", "该日期之后已计息，不能倒签"),
    Code.WAY_NOT_APPROVED: ("this way of repaying was not approved", "该还款方式未经批准"),
    Code.APPROVAL_IS_USED: ("the approval has opened or renewed a line already", "该审批已用于开立或续作额度"),
    Code.EXTENDED_TOO_FAR: ("the law allows no extension that far", "展期超过法定上限"),
    Code.OVERDUE: ("something is overdue", "存在逾期未还款项"),
    Code.LOAN_NOT_RUNNING: ("no such loan is running on the facility", "该额度下没有此笔存续借款"),
    Code.PERIOD_IS_CLOSED: ("the accounting period of that day has been closed", "该日期所属会计期间已关账"),
    Code.NOT_AGREED: ("no second person has agreed to it yet", "尚未经复核人同意"),
}
assert WORDS.keys() == set(Code)


@dataclass(frozen=True, slots=True)
class Refused:
    """The rules said no; `details` are the facts behind it, ready to be shown.

    >>> refusal = Refused(Code.NO_CONSENT, {"firm": "E1", "channel": "vat_invoices"})
    >>> str(refusal)
    'NO_CONSENT: no standing consent for this channel and purpose (firm=E1, channel=vat_invoices)'
    """

    code: Code
    details: dict[str, Any] = field(default_factory=dict)

    def words(self, language: str = "en") -> str:
        """The reason in plain words, in `en` or `zh`."""
        english, chinese = WORDS[self.code]
        return chinese if language.startswith("zh") else english

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.details.items())
        return f"{self.code}: {self.words()}" + (f" ({facts})" if facts else "")


class BadInput(Exception):
    """What was given cannot be used. `what` is wrong; `then` is what to do. Exit code 2, or a 4xx.

    Both are in English where a page cannot show them, else in both languages; `said` gives them in either.

    >>> print(BadInput("the file has 0 rows", then="deliver a file with at least one row"))
    the file has 0 rows. To go on: deliver a file with at least one row.
    >>> BadInput(Label("a no needs its reason", "不同意须说明理由"), then=Label("say why", "填写理由")).said("zh-hans")
    ('不同意须说明理由', '填写理由')
    """

    def __init__(self, what: str | Label, *, then: str | Label) -> None:
        super().__init__(what, then)
        self._words = (what, then)
        self.what, self.then = self.said("en")

    def said(self, language: str) -> tuple[str, str]:
        """What is wrong and what to do, in a language code such as `en` or `zh-hans`."""
        what, then = (each.in_(language) if isinstance(each, Label) else each for each in self._words)
        return what, then

    def __str__(self) -> str:
        return f"{self.what}. To go on: {self.then}."


class NotReady(BadInput):
    """A part of the house that the act needs is not there; `then` is how to get it."""
