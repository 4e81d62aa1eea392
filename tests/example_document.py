"""A document that holds every block and every plot, with texts that try to break out of the page."""

from __future__ import annotations

from puhui.documents import plots, validation_plots
from puhui.documents.blocks import (
    Bar,
    Bars,
    Beside,
    Column,
    Document,
    Fact,
    Facts,
    Figure,
    Figures,
    Note,
    Plot,
    Points,
    Prose,
    Row,
    Section,
    Statements,
    Table,
    Tag,
    Tone,
)
from puhui.documents.plots import Axis, Bubble, Mark
from puhui.documents.wording import Form
from puhui.money import Money
from puhui.words import Label

HOSTILE = "</script><img src=x onerror=alert(1)>"
YUAN = Label("yuan", "元")
COUNT = Axis(Label("Firms", "企业数"), Form.COUNT)
SHARE = Axis(Label("Share", "占比"), Form.PERCENT, 0)
FIRMS = 60


def words(text: str) -> Label:
    return Label(text, f"中{text}")


def all_plots() -> tuple[Plot, ...]:
    """One of each builder."""
    said = words("what it shows")
    names = [words("alpha"), words("beta")]
    interval = validation_plots.Interval(0.9, 0.85, 0.95)
    return (
        validation_plots.roc({words("Champion"): [(0, 0), (0.1, 0.7), (1, 1)]}, {words("Champion"): interval}),
        validation_plots.ks([(0, 0, 0), (0.2, 0.7, 0.1), (1, 1, 1)]),
        validation_plots.calibration([validation_plots.CalibrationBin(0.05, 0.04, 0.01, 0.1, 40)]),
        validation_plots.bins(words("Sales"), [validation_plots.Bin(name, 40, 0.2, 0.7) for name in names]),
        plots.histogram(words("Histogram"), [0, 1, 2], {words("a"): [3, 5]}, COUNT, said=said, count=COUNT.label),
        plots.waterfall(
            words("Waterfall"), [(names[0], 0.04), (names[1], -0.01)], SHARE, total=words("total"), said=said
        ),
        plots.heatmap(words("Heat"), names, names, [[1.0, 2.0], [None, 4.0]], SHARE, said=said),
        plots.over_time(words("Time"), ["2019-01-01", "2019-02-01"], {words("AUC"): [0.8, None]}, SHARE, said=said),
        plots.contributions(words("Why"), [(names[0], 0.8), (names[1], -0.5)], SHARE, said=said),
        plots.bars(words("Bars"), names, {words("Before"): [1, 2], words("After"): [2, 1]}, COUNT, said=said),
        plots.scatter(
            words("Scatter"),
            {words("A"): [Bubble(Label(HOSTILE, HOSTILE), 0.1, 0.2, 30.0)]},
            SHARE,
            SHARE,
            size=COUNT,
            marks=[Mark(0.1, words("cut"))],
            said=said,
        ),
    )


def all_firms() -> Table:
    """A searchable table of firms whose rows open."""
    columns = (
        Column(Label("Firm", "企业")),
        Column(Label("Outcome", "结果"), choice=True),
        Column(Label("Limit", "额度"), Form.MONEY, unit=YUAN),
    )
    return Table(Label("Firms", "企业"), columns, tuple(_firm(i) for i in range(FIRMS)), searchable=True, first_rows=20)


def _firm(i: int) -> Row:
    outcome = Tag(Label("Approved", "批准"), Tone.GOOD) if i % 3 else Tag(Label("Declined", "拒绝"), Tone.BAD)
    cap = Fact(Label("Cap", "上限"), Money(50_000_00), Form.MONEY, unit=YUAN, strong=True)
    details = (
        Statements(Label("Reasons", "理由"), (Label(HOSTILE, HOSTILE), Label("Steady sales", "销售稳定"))),
        Bars(Label("Score", "评分"), (Bar(Label("Sales", "销售"), 12.5, 12.5), Bar(Label("Ties", "关系"), -4, -4))),
        Facts(Label("Limit", "额度"), (cap,)),
    )
    return Row((f"E{i}", outcome, Money(i * 1_000_00) if i else None), details, f"E{i}")


def document() -> Document:
    """The whole page."""
    drawn = all_plots()
    figures = Figures(
        (
            Figure(
                Label("Lent", "贷出"), Money(98_500_000_00), Form.MONEY_SHORT, unit=YUAN, note=words("of the budget")
            ),
            Figure(words(HOSTILE), None),
        )
    )
    return Document(
        kind=Label("Example", "示例"),
        title=Label("Every block", "全部版块"),
        lead=Label("For tests.", "供测试使用。"),
        sections=(
            Section(Label("Words", "文字"), (figures, Prose(words("prose")), Points((words("point"),)))),
            Section(Label("Plots", "图"), (Beside(drawn[:2]), *drawn[2:])),
            Section(Label("Table", "表"), (all_firms(), Note(Label(HOSTILE, HOSTILE), Tone.WATCH))),
        ),
        colophon=Label("Made for tests.", "为测试而作。"),
    )
