"""The plots of the strategy report."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from puhui.documents import plots
from puhui.documents.blocks import Plot
from puhui.documents.plots import Axis, Bubble
from puhui.documents.wording import Form, written
from puhui.products.values import FirmRow, Outcome, StrategyRun, TradeRow
from puhui.words import Label

OUTCOMES = {
    Outcome.APPROVED: Label("Approved", "批准"),
    Outcome.NOT_FUNDED: Label("Not funded", "未获资金"),
    Outcome.REFERRED: Label("Referred", "转人工"),
    Outcome.DECLINED: Label("Declined", "拒绝"),
}
assert OUTCOMES.keys() == set(Outcome)
OUTCOME_COLOURS = ("@series0", "@series2", "@series3", "@series5")
UNGRADED = Label("not graded", "未评级")
FIRMS = Axis(Label("Firms", "企业数"), Form.COUNT)
PD = Axis(Label("Probability of default within a year", "一年内违约概率"), Form.PERCENT, 0, low=0)
RATE = Axis(Label("Annual rate", "年利率"), Form.PERCENT, 1)
AMOUNT = Axis(Label("Amount, yuan", "额度（元）"), Form.MONEY_SHORT)
PROFIT = Axis(Label("Expected profit, yuan", "预期利润（元）"), Form.MONEY_SHORT)
SCORE = Axis(Label("Score", "评分"), Form.COUNT)
CHANGES = {
    "new": Label("Newly lent to", "新增放款"),
    "raised": Label("Raised", "提高"),
    "unchanged": Label("Unchanged", "不变"),
    "repriced": Label("Repriced", "调价"),
    "cut": Label("Cut", "下调"),
    "withdrawn": Label("No longer lent to", "不再放款"),
    "none": Label("No loan before or after", "前后均无贷款"),
}


def grades_of(firms: Sequence[FirmRow]) -> list[str]:
    """The grades that occur, best first, firms without a grade last."""
    return sorted({firm.grade for firm in firms}, key=lambda grade: (grade == "", grade))


def grade_label(grade: str) -> Label:
    """A grade in words."""
    return Label(grade, grade) if grade else UNGRADED


def change_label(change: str) -> Label:
    """What a shock changed for a firm, in words."""
    return CHANGES[change]


def outcomes_by_grade(run: StrategyRun) -> Plot:
    """How many firms of each grade end how."""
    grades = grades_of(run.firms)
    counts = {
        label: [sum(1 for firm in run.firms if firm.grade == grade and firm.outcome is outcome) for grade in grades]
        for outcome, label in OUTCOMES.items()
    }
    totals = {label: sum(numbers) for label, numbers in counts.items()}
    said = [", ".join(f"{label.in_(lang)} {total}" for label, total in totals.items()) for lang in ("en", "zh")]
    return plots.bars(
        Label("Outcome by grade", "各等级的结果"),
        [grade_label(grade) for grade in grades],
        {label: numbers for label, numbers in counts.items() if totals[label]},
        FIRMS,
        said=Label(f"Firms by grade and outcome. In all: {said[0]}.", f"各等级企业的结果。合计：{said[1]}。"),
        stacked=True,
        colours=[c for c, total in zip(OUTCOME_COLOURS, totals.values(), strict=True) if total],
        height_px=280,
    )


def risk_rate_limit(lent: Sequence[FirmRow]) -> Plot:
    """Each loan by PD and rate; its area is the amount and its colour the grade."""
    groups = {grade_label(grade): [_bubble(firm) for firm in lent if firm.grade == grade] for grade in grades_of(lent)}
    return plots.scatter(
        Label("Every loan: risk, rate and amount", "每笔贷款：风险、利率与金额"),
        groups,
        PD,
        RATE,
        size=Axis(Label("Amount, yuan", "额度（元）"), Form.MONEY),
        colours=plots.GRADES,
        said=Label(
            f"{len(lent)} loans by probability of default and annual rate; larger circles are larger loans.",
            f"{len(lent)} 笔贷款的违约概率与年利率；圆越大金额越大。",
        ),
        note=Label(
            "Area is the amount, colour the grade. Select a grade to hide it.",
            "面积表示金额，颜色表示等级；点选等级可隐藏。",
        ),
        height_px=460,
    )


def _bubble(firm: FirmRow) -> Bubble:
    more = (
        (Label("Trade", "行业"), firm.trade_label),
        (Label("Score", "评分"), written(firm.score, Form.COUNT)),
        (Label("Turned down by", "拒绝报价的客户"), written(firm.churn, Form.PERCENT, 0)),
    )
    named = Label(f"{firm.enterprise} · {firm.name}", f"{firm.enterprise} · {firm.name}")
    return Bubble(named, firm.pd, float(firm.annual_rate), firm.limit_yuan, more)


def amount_by_grade(lent: Sequence[FirmRow]) -> Plot:
    """Money by grade."""
    grades = grades_of(lent)
    amounts = [float(sum(firm.limit_yuan for firm in lent if firm.grade == grade)) for grade in grades]
    told = ", ".join(f"{grade or '–'} {amount:,.0f}" for grade, amount in zip(grades, amounts, strict=True))
    return plots.bars(
        Label("Amount by grade", "各等级额度"),
        [grade_label(grade) for grade in grades],
        {Label("Amount", "额度"): amounts},
        AMOUNT,
        said=Label(f"Yuan by grade: {told}.", f"各等级额度（元）：{told}。"),
    )


def price_by_part(lent: Sequence[FirmRow]) -> Plot:
    """The built-up price, averaged over the money lent."""
    whole = sum(firm.limit_yuan for firm in lent)
    sums: dict[Label, float] = {}
    for firm in lent:
        for part in firm.decision.build_up:
            sums[part.words] = sums.get(part.words, 0.0) + part.basis_points / 10_000 * firm.limit_yuan / whole
    return plots.waterfall(
        Label("What the price is made of", "价格由什么构成"),
        list(sums.items()),
        Axis(RATE.label, Form.PERCENT, 2),
        total=Label("Built-up price", "合成价格"),
        said=Label(
            "Parts of the price: " + ", ".join(f"{label.en} {value:.2%}" for label, value in sums.items()) + ".",
            "价格构成：" + "，".join(f"{label.zh} {value:.2%}" for label, value in sums.items()) + "。",
        ),
        note=Label(
            "Mean over the money lent. The rate offered may stand above it where few customers mind.",
            "按贷出金额加权平均。客户对利率不敏感时，报价可高于此价格。",
        ),
    )


def profit_by_budget(run: StrategyRun) -> Plot:
    """Profit gathered along the budget, the best yuan first."""
    offers = sorted(run.allocation.offers, key=lambda o: -o.expected_profit_yuan / o.amount_yuan)
    spent = [0, *accumulate(offer.amount_yuan for offer in offers)]
    earned = [0.0, *accumulate(offer.expected_profit_yuan for offer in offers)]
    half = next((s for s, e in zip(spent, earned, strict=True) if e >= earned[-1] / 2), 0)
    return plots.lines(
        Label("What each further yuan earns", "每多贷一元挣多少"),
        {Label("Profit, best loans first", "利润（从最优贷款起）"): list(zip(map(float, spent), earned, strict=True))},
        AMOUNT,
        PROFIT,
        said=Label(
            f"Half of the profit comes from the first {half:,} yuan.",
            f"一半利润来自最初的 {half:,} 元。",
        ),
        note=Label(
            "Loans in the order of profit per yuan. Where the curve flattens, more budget earns little.",
            "按单位利润排序；曲线变平之处，增加预算收益甚微。",
        ),
    )


def churn(run: StrategyRun) -> Plot:
    """Customers lost by rate, as the data set gives it for the bank's own ratings."""
    return plots.lines(
        Label("Customers lost as the rate rises", "利率上升时的客户流失"),
        {
            Label(f"Rating {grade}", f"评级 {grade}"): [(float(rate), share) for rate, share in curve]
            for grade, curve in run.churn.items()
        },
        RATE,
        Axis(Label("Share of customers lost", "客户流失率"), Form.PERCENT, 0, 0, 1),
        said=Label(
            "The share of customers lost grows with the rate, fastest for the best rated.",
            "客户流失率随利率上升，评级越高流失越快。",
        ),
        note=Label("Given with the data. It sets a limit to every rate.", "随数据提供，它约束了所有报价。"),
    )


def amount_by_trade(run: StrategyRun) -> Plot:
    """Money by trade, the largest first."""
    rows = [row for row in _trades(run) if row.amount_before_yuan]
    return plots.bars(
        Label("Amount by trade", "各行业额度"),
        [row.label for row in rows],
        {Label("Amount", "额度"): [float(row.amount_before_yuan) for row in rows]},
        AMOUNT,
        said=Label(
            "Yuan by trade: " + ", ".join(f"{row.label.en} {row.amount_before_yuan:,}" for row in rows) + ".",
            "各行业额度（元）：" + "，".join(f"{row.label.zh} {row.amount_before_yuan:,}" for row in rows) + "。",
        ),
        lying=True,
    )


def scores(run: StrategyRun) -> Plot:
    """The scores of all firms, by outcome."""
    found = [firm.score for firm in run.firms]
    step = 10 if max(found) - min(found) <= 400 else 25
    first, last = min(found) // 50 * 50, (max(found) // 50 + 1) * 50
    edges = list(range(first, last + step, step))
    groups = {
        label: [
            sum(1 for firm in run.firms if firm.outcome is outcome and low <= firm.score < low + step)
            for low in edges[:-1]
        ]
        for outcome, label in OUTCOMES.items()
    }
    return plots.histogram(
        Label("Scores of the firms decided on", "被决策企业的评分分布"),
        edges,
        groups,
        SCORE,
        count=FIRMS.label,
        colours=OUTCOME_COLOURS,
        said=Label(
            f"Scores from {min(found)} to {max(found)}; higher is safer.",
            f"评分从 {min(found)} 到 {max(found)}，越高越安全。",
        ),
        note=Label(
            "600 points are odds of 30 to 1; 20 points double the odds.", "600 分对应 30:1 的好坏比，每 20 分翻一倍。"
        ),
    )


def _trades(run: StrategyRun) -> list[TradeRow]:
    """The trades that are lent to before or after the shock, the largest first."""
    lent = [row for row in run.shock.trades if row.lent_before or row.lent_after]
    return sorted(lent, key=lambda row: -row.amount_before_yuan)


def shock_amounts(run: StrategyRun) -> Plot:
    """Money by trade before and after."""
    title = Label("Amount by trade, before and after", "各行业额度：冲击前后")
    rows = _trades(run)
    before, after = ([row.amount_before_yuan for row in rows], [row.amount_after_yuan for row in rows])
    return _before_after(title, rows, before, after, AMOUNT)


def shock_profits(run: StrategyRun) -> Plot:
    """Profit by trade before and after."""
    title = Label("Expected profit by trade, before and after", "各行业预期利润：冲击前后")
    rows = _trades(run)
    before, after = ([row.profit_before_yuan for row in rows], [row.profit_after_yuan for row in rows])
    return _before_after(title, rows, before, after, PROFIT)


def _before_after(
    title: Label, rows: Sequence[TradeRow], before: Sequence[float], after: Sequence[float], x: Axis
) -> Plot:
    pairs = list(zip(rows, before, after, strict=True))
    told = ["; ".join(f"{row.label.in_(lang)} {b:,.0f} → {a:,.0f}" for row, b, a in pairs) for lang in ("en", "zh")]
    return plots.bars(
        title,
        [row.label for row in rows],
        {Label("Before", "冲击前"): before, Label("After", "冲击后"): after},
        x,
        said=Label(f"{title.en}, yuan: {told[0]}.", f"{title.zh}（元）：{told[1]}。"),
        lying=True,
    )


def plans(run: StrategyRun) -> Plot:
    """What each plan is expected to earn."""
    shock = run.shock
    earned = {
        Label("Before the shock", "冲击之前"): run.allocation.expected_profit_yuan,
        Label("Old plan, kept", "沿用原方案"): shock.old_plan_profit_yuan,
        Label("Old plan, cut to policy", "按政策压缩"): shock.cut_plan_profit_yuan,
        Label("New plan", "新方案"): shock.allocation.expected_profit_yuan,
    }
    told = ["; ".join(f"{label.in_(lang)} {yuan:,.0f}" for label, yuan in earned.items()) for lang in ("en", "zh")]
    return plots.bars(
        Label("What each plan earns", "各方案的预期利润"),
        list(earned),
        {PROFIT.label: list(earned.values())},
        PROFIT,
        said=Label(f"Yuan: {told[0]}.", f"元：{told[1]}。"),
        lying=True,
    )


def changes(run: StrategyRun) -> Plot:
    """What the shock changes for how many firms."""
    counts = {label: run.shock.changes.get(change, 0) for change, label in CHANGES.items() if change != "none"}
    told = [", ".join(f"{label.in_(lang)} {number}" for label, number in counts.items()) for lang in ("en", "zh")]
    return plots.bars(
        Label("What changes for the firms", "企业受到的变化"),
        list(counts),
        {FIRMS.label: [float(number) for number in counts.values()]},
        FIRMS,
        said=Label(f"Firms by change: {told[0]}.", f"各类变化的企业数：{told[1]}。"),
        lying=True,
    )
