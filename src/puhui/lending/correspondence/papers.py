"""A statement, a receipt and a confirmation as papers and as rows: the same figures in every form. Pure.

Promises words in both languages for everything a borrower reads. Refuses nothing.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

from puhui.documents.blocks import Column, Fact, Facts, Figure, Figures, Note
from puhui.documents.paper import Course, Listing, Paper, Piece
from puhui.documents.wording import Cell, Form
from puhui.lending.correspondence.statements import FELL_DUE, Moved, Parts, Receipt, Statement
from puhui.lending.facility import RATE_UNIT, Component
from puhui.money import Money
from puhui.words import Label

YUAN = Label("yuan", "元")
HOUSE = Label("Puhui", "普惠")
AGREES = Label(
    "Made from the ledger and the snapshots of its days; agrees with both to the fen.",
    "据总账与逐日快照生成，与二者分毫不差。",
)
ACTS = {
    "draw": Label("Draw", "提款"),
    "repay": Label("Repayment", "还款"),
    "collect": Label("Collected from the settlement account", "结算账户扣款"),
    "fee": Label("Fee charged", "收取费用"),
    "rate": Label("Rate changed", "利率调整"),
    "reprice": Label("Rate followed the loan prime rate", "随 LPR 重定价"),
    "misuse": Label("Use other than agreed: misuse rate", "挪用：执行挪用罚息利率"),
    "freeze": Label("Draws stopped", "额度冻结"),
    "unfreeze": Label("Draws released", "额度解冻"),
    "extend": Label("Maturity extended", "展期"),
    "renew": Label("Line renewed", "续授信"),
    "restructure": Label("Restructured", "重组"),
    "close": Label("Line closed", "授信终止"),
    "write_off": Label("Written off", "核销"),
    "recover": Label("Recovered after write-off", "核销后收回"),
    "account": Label("Settlement account named", "指定结算账户"),
    "secured": Label("Received from security", "担保受偿"),
    FELL_DUE: Label("Fell due", "到期应还"),
    "opening": Label("Brought forward", "期初余额"),
    "closing": Label("Carried forward", "期末余额"),
}
OTHER = Label("Terms changed", "条款变更")
PARTS = {
    "fees": Label("Fees", "费用"),
    "penalty": Label("Penalty interest", "罚息"),
    "compound": Label("Compound interest", "复利"),
    "interest": Label("Interest", "利息"),
    "principal": Label("Principal", "本金"),
}
assert set(PARTS) >= {str(each) for each in Component}
HEADS = {
    "day": "日期",
    "act": "事项",
    "request": "流水号",
    "out": "支出（元）",
    "in": "收入（元）",
    **{f"of_{name}": f"其中{label.zh}（元）" for name, label in PARTS.items()},
    "principal_owed": "本金余额（元）",
}
INJECTS = ("=", "+", "@", "\t", "\r")  # what a spreadsheet takes for a formula; amounts may begin with a minus


def statement_paper(told: Statement) -> Paper:
    """A facility's statement as a paper."""
    owed = [Money(sum(parts.values())) for parts in (told.opening, told.closing)]
    charged = Money(sum(fen for each, fen in told.charged.items() if each is not Component.PRINCIPAL))
    figures = [
        (Label("Owed at the beginning", "期初欠款"), owed[0]),
        (Label("Drawn", "本期提款"), Money(told.drawn_fen)),
        (Label("Interest and fees charged", "本期计收息费"), charged),
        (Label("Paid", "本期还款"), Money(sum(told.paid.values()))),
        (Label("Owed at the end", "期末欠款"), owed[1]),
    ]
    pieces: list[Piece] = [
        Figures(tuple(Figure(label, money, Form.MONEY, 2, YUAN) for label, money in figures)),
        _line_of_credit(told),
    ]
    if any(fen for _, fen in told.course):
        pieces.append(_course(told))
    pieces += [_by_component(told), _entries(told)]
    if sum(told.written_off.values()):
        words = Label("What was written off is still owed by the borrower.", "核销不免除借款人的还款义务。")
        pieces.append(Note(words))
    return Paper(
        Label("Statement of a facility", "授信对账单"),
        Label(f"Statement of facility {told.facility}", f"授信 {told.facility} 对账单"),
        told.number,
        told.until,
        HOUSE,
        tuple(pieces),
        AGREES,
        Label(f"{told.since} to {told.until}, by close of business", f"{told.since} 至 {told.until}，以日终为准"),
    )


def receipt_paper(told: Receipt) -> Paper:
    """A receipt of a repayment, or a confirmation of a draw, as a paper."""
    drawn = told.act == "draw"
    kind = Label("Confirmation of a draw", "提款确认书") if drawn else Label("Receipt of a repayment", "还款回单")
    word = Label("Paid out", "已放款") if drawn else Label("Received", "已收款")
    facts = [
        Fact(Label("Facility", "授信编号"), str(told.facility)),
        Fact(Label("Borrower", "借款人"), told.enterprise),
        Fact(Label("Day", "日期"), told.on),
        Fact(Label("Reference", "流水号"), told.request),
    ]
    if drawn:
        facts += [
            Fact(Label("Loan", "借据号"), str(told.facts["loan"])),
            Fact(Label("Payee", "收款人"), told.facts["payee"]),
            Fact(Label("Purpose", "用途"), told.facts["purpose"]),
            Fact(Label("Annual rate", "年利率"), Decimal(told.facts["annual_rate"]), Form.PERCENT, 4),
            Fact(Label("Matures on", "到期日"), told.facts["matures_on"]),
        ]
    pieces: list[Piece] = [
        Figures((Figure(word, Money(told.fen), Form.MONEY, 2, YUAN),)),
        Facts(Label("What was booked", "入账信息"), tuple(facts)),
    ]
    if told.parts:
        columns = (Column(Label("It paid", "冲销项目")), Column(Label("Amount", "金额"), Form.MONEY, 2, YUAN))
        rows = tuple((PARTS[each], Money(fen)) for each, fen in told.parts.items() if fen)
        total = (Label("Together", "合计"), Money(told.fen))
        pieces.append(Listing(columns, rows, Label("How it was allocated", "冲销明细"), total=total))
    return Paper(kind, kind, told.request, told.on, HOUSE, tuple(pieces), AGREES)


def words(act: str) -> Label:
    """What a line of a statement is called."""
    return ACTS.get(act, OTHER)


def statement_rows(told: Statement) -> list[dict[str, str]]:
    """The statement as rows of a table: amounts in yuan with two decimals, the balances at both ends as rows."""
    rows = [_row(told.since, "opening", owed=told.opening[Component.PRINCIPAL], parts=told.opening)]
    rows += [_row(each.on, each.act, owed=each.principal_fen, parts=each.parts, line=each) for each in told.lines]
    return [*rows, _row(told.until, "closing", owed=told.closing[Component.PRINCIPAL], parts=told.closing)]


def statement_csv(told: Statement, language: str) -> str:
    """The rows as CSV: under the names of the fields in English, under words in Chinese.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    out, rows, chinese = io.StringIO(), statement_rows(told), language.startswith("zh")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADS[name] if chinese else name for name in rows[0])
    for row in rows:
        cells = row | {"act": words(row["act"]).zh} if chinese else row
        writer.writerow(f"'{cell}" if cell.startswith(INJECTS) else cell for cell in cells.values())
    return out.getvalue()


def statement_json(told: Statement) -> str:
    """The statement for a machine: amounts in whole fen, days as ISO 8601, rates as fractions."""
    totals = {
        name: {str(each): fen for each, fen in parts.items()}
        for name, parts in (
            ("opening_fen", told.opening),
            ("charged_fen", told.charged),
            ("paid_fen", told.paid),
            ("written_off_fen", told.written_off),
            ("closing_fen", told.closing),
        )
    }
    lines = [
        {
            "on": line.on.isoformat(),
            "act": line.act,
            "request": line.request,
            "out_fen": line.out_fen,
            "in_fen": line.in_fen,
            "parts_fen": {str(each): fen for each, fen in line.parts.items()},
            "principal_fen": line.principal_fen,
            "facts": line.facts,
        }
        for line in told.lines
    ]
    said: dict[str, Any] = {
        "number": told.number,
        "facility": told.facility,
        "enterprise": told.enterprise,
        "approval": told.approval,
        "product": told.product,
        "limit_fen": told.limit_fen,
        "annual_rate": str(Decimal(told.rate) / RATE_UNIT),
        "since": told.since.isoformat(),
        "until": told.until.isoformat(),
        **totals,
        "drawn_fen": told.drawn_fen,
        "lines": lines,
    }
    return json.dumps(said, ensure_ascii=False, indent=2)


def receipt_json(told: Receipt) -> str:
    """A receipt or confirmation for a machine."""
    said = {
        "act": told.act,
        "request": told.request,
        "facility": told.facility,
        "enterprise": told.enterprise,
        "on": told.on.isoformat(),
        "fen": told.fen,
        "parts_fen": {str(each): fen for each, fen in told.parts.items()},
        "facts": told.facts,
    }
    return json.dumps(said, ensure_ascii=False, indent=2)


def _line_of_credit(told: Statement) -> Facts:
    facts = (
        Fact(Label("Borrower", "借款人"), told.enterprise),
        Fact(Label("Limit", "授信额度"), Money(told.limit_fen), Form.MONEY, 2, YUAN),
        Fact(Label("Approval", "批复编号"), told.approval),
        Fact(Label("Annual rate", "年利率"), Decimal(told.rate) / RATE_UNIT, Form.PERCENT, 4),
        Fact(Label("Opened on", "开立日"), told.opened_on),
        Fact(Label("Matures on", "到期日"), told.matures_on),
    )
    return Facts(Label("The line", "授信概况"), facts)


def _course(told: Statement) -> Course:
    most = Money(max(fen for _, fen in told.course))
    said = Label(f"Principal owed day by day; at most {most.yuan:,} yuan.", f"逐日本金余额；最高 {most.yuan:,} 元。")
    points = tuple((day, Money(fen)) for day, fen in told.course)
    seen = 4 * most.fen >= told.limit_fen  # far above the course, the limit would press it flat
    ceiling = (Label("limit", "额度"), Money(told.limit_fen)) if seen else None
    return Course(Label("Principal owed", "本金余额走势"), said, points, ceiling)


def _by_component(told: Statement) -> Listing:
    heads = [
        Label("Beginning", "期初"),
        Label("Drawn", "提款"),
        Label("Charged", "计收"),
        Label("Paid", "归还"),
        Label("Written off", "核销"),
        Label("End", "期末"),
    ]
    lost = sum(told.written_off.values())
    rows = []
    for each in (each for each in Component if _moved(told, each)):
        drawn = told.drawn_fen if each is Component.PRINCIPAL else 0
        charged = told.charged[each]
        fens = [told.opening[each], drawn, charged, told.paid[each], told.written_off[each], told.closing[each]]
        rows.append(fens if lost else [*fens[:4], fens[5]])
    columns = [Column(head, Form.MONEY, 2, YUAN) for head in heads if lost or head.en != "Written off"]
    names = [PARTS[each] for each in Component if _moved(told, each)]
    cells: list[tuple[Cell, ...]] = [(name, *map(Money, row)) for name, row in zip(names, rows, strict=True)]
    sums = [Money(sum(column)) for column in zip(*rows, strict=True)]
    total: tuple[Cell, ...] = (Label("Total", "合计"), *sums) if rows else ()
    heading = Label("By component", "分项汇总")
    return Listing((Column(Label("Component", "项目")), *columns), tuple(cells), heading, total=total)


def _moved(told: Statement, each: Component) -> bool:
    return any((told.opening[each], told.charged[each], told.paid[each], told.closing[each], told.written_off[each]))


def _entries(told: Statement) -> Listing:
    money = [
        Column(head, Form.MONEY, 2, YUAN)
        for head in (
            Label("Paid out", "支出"),
            Label("Paid in", "收入"),
            Label("of which interest and fees", "其中息费"),
            Label("Principal owed", "本金余额"),
        )
    ]
    ends = [Money(parts[Component.PRINCIPAL]) for parts in (told.opening, told.closing)]
    rows: list[tuple[Cell, ...]] = [(told.since, Label("Brought forward", "期初余额"), None, None, None, ends[0])]
    rows += [_entry(line) for line in told.lines]
    rows.append((told.until, Label("Carried forward", "期末余额"), None, None, None, ends[1]))
    columns = (Column(Label("Day", "日期")), Column(Label("What", "事项")), *money)
    return Listing(columns, tuple(rows), Label("Entries", "明细"), frozenset({0, len(rows) - 1}))


def _entry(line: Moved) -> tuple[Cell, ...]:
    word = words(line.act)
    more = line.facts.get("purpose", "")
    if line.act == FELL_DUE:
        parts = [(PARTS[each], Money(fen).yuan) for each, fen in line.facts.items()]
        word = Label(
            f"{word.en}: {', '.join(f'{part.en.lower()} {fen:,}' for part, fen in parts)}",
            f"{word.zh}：{'，'.join(f'{part.zh} {fen:,}' for part, fen in parts)}",
        )
    elif more:
        word = Label(f"{word.en}: {more}", f"{word.zh}：{more}")
    charges = line.in_fen - line.parts.get(Component.PRINCIPAL, 0) if line.in_fen else 0
    amounts = [Money(fen) if fen else None for fen in (line.out_fen, line.in_fen, charges)]
    return line.on, word, amounts[0], amounts[1], amounts[2], Money(line.principal_fen)


def _row(on: date, act: str, *, owed: int, parts: Parts, line: Moved | None = None) -> dict[str, str]:
    told = {"day": on.isoformat(), "act": act, "request": line.request if line else ""}
    told |= {"out": _yuan(line.out_fen if line else 0), "in": _yuan(line.in_fen if line else 0)}
    told |= {f"of_{each}": _yuan(parts.get(each, 0)) for each in Component}
    return told | {"principal_owed": _yuan(owed)}


def _yuan(fen: int) -> str:
    return f"{Money(fen).yuan:.2f}"
