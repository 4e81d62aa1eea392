"""The report's table of firms: one row each, and behind it everything that led to its decision."""

from __future__ import annotations

from decimal import Decimal

from puhui.documents.blocks import (
    Bar,
    Bars,
    Column,
    Detail,
    Fact,
    Facts,
    Row,
    Statements,
    Table,
    Tag,
    Tone,
)
from puhui.documents.wording import Cell, Form, written
from puhui.money import FEN_PER_YUAN, Money
from puhui.products.reasons import of_points
from puhui.products.report_plots import OUTCOMES, change_label, grade_label
from puhui.products.values import Approved, FirmRow, Outcome, StrategyRun
from puhui.words import Label

YUAN = Label("yuan", "元")
TONES = {
    Outcome.APPROVED: Tone.GOOD,
    Outcome.NOT_FUNDED: Tone.PLAIN,
    Outcome.REFERRED: Tone.WATCH,
    Outcome.DECLINED: Tone.BAD,
}
assert TONES.keys() == set(Outcome)


def firms_table(run: StrategyRun) -> Table:
    """All firms, to be sorted, searched and filtered by trade, outcome and grade."""
    columns = (
        Column(Label("Firm", "企业")),
        Column(Label("Name", "名称")),
        Column(Label("Trade", "行业"), choice=True),
        Column(Label("Outcome", "结果"), choice=True),
        Column(Label("Grade", "等级"), choice=True),
        Column(Label("Score", "评分"), Form.COUNT),
        Column(Label("PD", "违约概率"), Form.PERCENT, 1),
        Column(Label("Limit", "额度"), Form.MONEY, unit=YUAN),
        Column(Label("Rate", "利率"), Form.PERCENT, 2, Label("a year", "年化")),
        Column(Label("Expected profit", "预期利润"), Form.MONEY, unit=YUAN),
    )
    rows = tuple(Row(_cells(firm), _details(firm), str(firm.enterprise)) for firm in run.firms)
    return Table(Label("All firms", "全部企业"), columns, rows, searchable=True, first_rows=25)


def _cells(firm: FirmRow) -> tuple[Cell | Tag, ...]:
    lent = firm.limit_yuan > 0
    return (
        str(firm.enterprise),
        firm.name,
        firm.trade_label,
        Tag(OUTCOMES[firm.outcome], TONES[firm.outcome]),
        grade_label(firm.grade),
        firm.score,
        firm.pd,
        _yuan(firm.limit_yuan) if lent else None,
        firm.annual_rate if lent else None,
        _yuan(firm.expected_profit_yuan) if lent else None,
    )


def _yuan(amount: float) -> Money:
    return Money(round(amount * FEN_PER_YUAN))


def _details(firm: FirmRow) -> tuple[Detail, ...]:
    by_points = {of_points(part) for part in firm.points}  # the bars below say the same
    details: list[Detail] = [
        Statements(Label("Reasons", "理由"), tuple(reason for reason in firm.reasons if reason not in by_points)),
        Bars(
            Label("What moved the score", "评分由什么推动"),
            tuple(Bar(part.label, part.points, part.points, Form.NUMBER, 1, of=part.value) for part in firm.points),
            note=Label(
                "Points won or lost against the average firm; the strongest only.",
                "与平均企业相比得到或失去的分值，仅列最强者。",
            ),
        ),
    ]
    if firm.decision.limit_parts:
        details.append(_limit(firm))
    if firm.decision.build_up:
        details.append(_price(firm))
    details.append(_under_shock(firm))
    if firm.decision.trace.hits:
        hits = tuple(
            Label(f"{hit.rule}: {hit.words.en}", f"{hit.rule}：{hit.words.zh}") for hit in firm.decision.trace.hits
        )
        details.append(Statements(Label("Rules that matched", "命中的规则"), tuple(hits)))
    return tuple(details)


def _limit(firm: FirmRow) -> Facts:
    facts = tuple(
        Fact(part.words, _yuan(part.yuan), Form.MONEY, strong=part.binding) for part in firm.decision.limit_parts
    )
    return Facts(Label("Limit: the smallest binds (yuan)", "额度：取最小者（元）"), facts)


def _price(firm: FirmRow) -> Facts:
    facts = [Fact(part.words, Decimal(part.basis_points) / 10_000, Form.PERCENT, 2) for part in firm.decision.build_up]
    if isinstance(firm.decision, Approved):
        facts.append(Fact(Label("Built-up price", "合成价格"), firm.decision.annual_rate, Form.PERCENT, strong=True))
        facts.append(
            Fact(Label("Full cost, never below", "完全成本（不得低于）"), firm.decision.lowest_rate, Form.PERCENT)
        )
    if firm.limit_yuan > 0:
        facts.append(Fact(Label("Rate offered", "报价"), firm.annual_rate, Form.PERCENT, strong=True))
        facts.append(Fact(Label("Turned down by", "预计拒绝报价"), firm.churn, Form.PERCENT, 0))
    return Facts(Label("Price (a year)", "价格（年化）"), tuple(facts))


def _under_shock(firm: FirmRow) -> Facts:
    shock = firm.shock

    def pair(label: Label, before: str, after: str) -> Fact:
        return Fact(label, f"{before} → {after}")

    facts = (
        Fact(Label("Change", "变化"), change_label(shock.change), strong=True),
        pair(Label("PD", "违约概率"), _percent(firm.pd, 1), _percent(shock.pd, 1)),
        pair(Label("Grade", "等级"), firm.grade or "–", shock.grade or "–"),
        pair(Label("Limit (yuan)", "额度（元）"), f"{firm.limit_yuan:,}", f"{shock.limit_yuan:,}"),
        pair(Label("Rate", "利率"), _percent(firm.annual_rate or None), _percent(shock.annual_rate or None)),
    )
    return Facts(Label("Before and after the shock", "冲击前后"), facts, shock.reasons)


def _percent(share: float | Decimal | None, digits: int = 2) -> str:
    return written(share, Form.PERCENT, digits).en
