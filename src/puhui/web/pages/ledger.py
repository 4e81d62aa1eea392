"""Where every fen is: the trial balance, an account's entries, and the single act behind a transfer."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from puhui.documents.blocks import Figure
from puhui.documents.wording import Form
from puhui.ledger import browsing, selectors
from puhui.ledger.accounts import Account, Entry, TrialRow
from puhui.ledger.lines import AccountId, Kind
from puhui.lending import kept
from puhui.lending import selectors as lending
from puhui.money import Money
from puhui.web import tables
from puhui.words import Label

YUAN = Label("yuan", "元")
CODES = {
    10: Label("settlement with the bank", "银行结算"),
    11: Label("commitments", "授信承诺"),
    12: Label("interest receivable", "应收利息"),
    13: Label("penalty receivable", "应收罚息"),
    14: Label("compound interest receivable", "应收复利"),
    15: Label("interest income", "利息收入"),
    16: Label("penalty income", "罚息收入"),
    17: Label("compound interest income", "复利收入"),
    18: Label("written off", "核销"),
    19: Label("recovered", "核销后收回"),
    20: Label("lines that may be drawn", "可支用额度"),
    21: Label("principal owed", "贷款本金"),
    22: Label("fees receivable", "应收费用"),
    23: Label("fee income", "费用收入"),
    24: Label("receipts not yet allocated", "待认领款项"),
    30: Label("other side of every cap", "限额对方科目"),
    31: Label("caps that hold", "刚性限额"),
    32: Label("used beyond a cap", "超限额占用"),
    33: Label("caps that guide", "指导性限额"),
    50: Label("other side of every security", "担保对方科目"),
    51: Label("claims on security", "担保权益"),
}
KINDS = {
    Kind.POSTED: Label("transfer", "转账"),
    Kind.PENDING: Label("reserved", "预留"),
    Kind.POST: Label("reserve posted", "预留入账"),
    Kind.VOID: Label("reserve set free", "预留撤销"),
    Kind.EXPIRE: Label("reserve expired", "预留过期"),
    Kind.REVERSE: Label("reversal", "冲正"),
    Kind.CLOSE: Label("account closed", "销户"),
}
assert KINDS.keys() == set(Kind)


def _code(code: int) -> Label:
    return CODES.get(code, Label(f"code {code}", f"代码{code}"))


TRIAL = (
    tables.Column[TrialRow](
        "code",
        Label("Accounts", "科目"),
        lambda r: tables.Link(_code(r.code), f"{reverse('ledger_accounts')}?code={r.code}"),
        sorts=False,
    ),
    tables.Column[TrialRow]("accounts", Label("Number", "账户数"), lambda r: r.accounts, Form.COUNT),
    tables.Column[TrialRow]("currency", Label("Currency", "币种"), lambda r: r.currency),
    tables.Column[TrialRow](
        "debit", Label("Debit", "借方"), lambda r: Money(max(r.balance.net_debit, 0)), Form.MONEY, 2, unit=YUAN
    ),
    tables.Column[TrialRow](
        "credit", Label("Credit", "贷方"), lambda r: Money(max(-r.balance.net_debit, 0)), Form.MONEY, 2, unit=YUAN
    ),
)
TRIAL_TABLE = tables.Table(
    Label("Trial balance", "试算平衡表"),
    TRIAL,
    search=False,
    hint=Label("Debits equal credits, to the fen.", "借贷相等，分毫不差。"),
)
ACCOUNTS = (
    tables.Column[Account](
        "name", Label("Account", "账户"), lambda a: tables.Link(a.name, reverse("ledger_account", args=[a.id]))
    ),
    tables.Column[Account]("code", Label("Kind", "科目"), lambda a: _code(a.code)),
    tables.Column[Account]("currency", Label("Currency", "币种"), lambda a: a.currency, sorts=False),
    tables.Column[Account]("opened", Label("Opened", "开户日"), lambda a: a.opened_on, sorts=False),
    tables.Column[Account]("closed", Label("Closed", "销户日"), lambda a: a.closed_on, sorts=False),
)
ACCOUNT_TABLE = tables.Table(Label("Accounts", "账户"), ACCOUNTS, order="name")
ENTRIES = (
    tables.Column[Entry]("on", Label("Day", "日期"), lambda e: e.happened_on),
    tables.Column[Entry](
        "transfer",
        Label("Transfer", "转账"),
        lambda e: tables.Link(e.transfer, reverse("ledger_act", args=[e.transfer // 10_000])),
        Form.TEXT,
    ),
    tables.Column[Entry]("kind", Label("Kind", "类别"), lambda e: KINDS.get(e.kind), choice=True),
    tables.Column[Entry](
        "other",
        Label("Other account", "对方账户"),
        lambda e: tables.Link(e.counter_account, reverse("ledger_account", args=[e.counter_account])),
        sorts=False,
    ),
    tables.Column[Entry](
        "debit", Label("Debit", "借方"), lambda e: Money(e.debit_fen) if e.debit_fen else None, Form.MONEY, 2
    ),
    tables.Column[Entry](
        "credit", Label("Credit", "贷方"), lambda e: Money(e.credit_fen) if e.credit_fen else None, Form.MONEY, 2
    ),
    tables.Column[Entry](
        "balance", Label("Balance after (debit)", "余额（借）"), lambda e: Money(e.balance.net_debit), Form.MONEY, 2
    ),
)
ENTRY_TABLE = tables.Table(
    Label("What moved it", "分录"),
    ENTRIES,
    order="transfer",
    down=True,
    nothing=Label("Nothing has moved it yet", "尚无分录"),
)
LINES = (
    tables.Column[browsing.Booked]("transfer", Label("Transfer", "转账"), lambda b: b.transfer, Form.TEXT),
    tables.Column[browsing.Booked]("kind", Label("Kind", "类别"), lambda b: KINDS.get(b.kind)),
    tables.Column[browsing.Booked](
        "debit",
        Label("Debit", "借方账户"),
        lambda b: tables.Link(b.debit_name, reverse("ledger_account", args=[b.debit])),
    ),
    tables.Column[browsing.Booked](
        "credit",
        Label("Credit", "贷方账户"),
        lambda b: tables.Link(b.credit_name, reverse("ledger_account", args=[b.credit])),
    ),
    tables.Column[browsing.Booked](
        "amount", Label("Amount", "金额"), lambda b: Money(b.amount_fen), Form.MONEY, 2, unit=YUAN
    ),
    tables.Column[browsing.Booked]("refers", Label("Refers to", "关联转账"), lambda b: b.refers, Form.TEXT),
)
LINE_TABLE = tables.Table(Label("Its transfers", "包含的转账"), LINES, search=False)


@require_http_methods(["GET", "HEAD", "POST"])
def ledger(request: HttpRequest) -> HttpResponse:
    """The trial balance; a POST adds every transfer up anew and holds loans and ledger against each other."""
    checked = request.method == "POST"
    found = kept.trial_balance(now=checked or "now" in request.GET)
    facts = {
        "checked": checked,
        "wrong": lending.disagreements() if checked else [],
        "made_at": found.made_at,
    }
    return tables.answer(request, "desk/ledger.html", facts, trial=(TRIAL_TABLE, tables.Listed(found.rows, TRIAL)))


class _Accounts:
    """Accounts a page at a time, of one code or of all."""

    def __init__(self, code: str) -> None:
        self._code = int(code) if code.isdigit() else None

    def page(self, asked: tables.Asked) -> tuple[list[Account], int]:
        return browsing.accounts(
            code=self._code, words=asked.words, first=asked.first, many=asked.many, down=asked.down
        )

    def values(self, column: str) -> list[tuple[str, Label]]:
        return []


@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """Accounts, of one kind or of all."""
    source = _Accounts(request.GET.get("code", ""))
    return tables.answer(request, "desk/ledger_accounts.html", {}, accounts=(ACCOUNT_TABLE, source))


@require_safe
def account(request: HttpRequest, number: int) -> HttpResponse:
    """One account: what it holds, and what moved it."""
    found = browsing.account(AccountId(number))
    if found is None:
        raise Http404(f"there is no account {number}")
    held = selectors.balance(found.id)
    entries = browsing.entries(found.id) if found.general else selectors.history(found.id)
    facts = {
        "account": found,
        "kind": _code(found.code),
        "key_figures": (
            Figure(Label("Debits posted", "借方累计"), Money(held.debits_posted), Form.MONEY, 2, unit=YUAN),
            Figure(Label("Credits posted", "贷方累计"), Money(held.credits_posted), Form.MONEY, 2, unit=YUAN),
            Figure(
                Label("Reserved", "预留"), Money(held.debits_pending + held.credits_pending), Form.MONEY, 2, unit=YUAN
            ),
            Figure(Label("Net debit", "借方净额"), Money(held.net_debit), Form.MONEY, 2, unit=YUAN),
        ),
    }
    return tables.answer(
        request, "desk/ledger_account.html", facts, entries=(ENTRY_TABLE, tables.Listed(entries, ENTRIES))
    )


@require_safe
def act(request: HttpRequest, number: int) -> HttpResponse:
    """One act: all of its transfers, booked together or not at all."""
    found = browsing.act(number)
    if found is None:
        raise Http404(f"there is no act {number}")
    return tables.answer(
        request, "desk/ledger_act.html", {"act": found}, lines=(LINE_TABLE, tables.Listed(found.lines, LINES))
    )
