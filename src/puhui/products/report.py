"""The strategy report: one page that says what was decided, why, how good the proof is, and what it cannot know."""

from __future__ import annotations

from pathlib import Path

from puhui.documents import services as documents
from puhui.documents.blocks import (
    Beside,
    Block,
    Column,
    Document,
    Figure,
    Figures,
    Note,
    Points,
    Prose,
    Row,
    Section,
    Table,
    Tone,
)
from puhui.documents.validation_plots import CalibrationBin, Interval, calibration, roc
from puhui.documents.wording import Form, written
from puhui.money import FEN_PER_YUAN, Money
from puhui.products import report_plots as drawn
from puhui.products.report_firms import firms_table
from puhui.products.values import FirmRow, Outcome, StrategyRun
from puhui.words import Label

YUAN = Label("yuan", "元")


def write(run: StrategyRun, path: Path) -> None:
    """Write the report of a strategy run to `path`, whole or not at all. Raises NotReady without the built plots."""
    documents.write(document(run), path)


def document(run: StrategyRun) -> Document:
    """The report as blocks."""
    lent, allocation = _lent(run), run.allocation
    amount, profit = _short(allocation.allocated_yuan), _short(allocation.expected_profit_yuan)
    proof = _proof(allocation.gap)
    return Document(
        kind=Label(f"Credit strategy · {run.product.en}", f"信贷策略 · {run.product.zh}"),
        title=Label(
            f"{amount.en} yuan to {len(lent)} of {len(run.firms)} firms",
            f"向 {len(run.firms)} 家企业中的 {len(lent)} 家贷出 {amount.zh}元",
        ),
        lead=Label(
            f"The plan is expected to earn {profit.en} yuan in a year. {proof.en} Each firm below has its reasons.",
            f"该方案预计一年盈利 {profit.zh}元。{proof.zh}每家企业的理由见下文。",
        ),
        sections=(
            _glance(run, lent),
            _whom(run, lent),
            _model(run),
            _shock(run),
            _firms(run),
            _method(run),
        ),
        colophon=Label(
            f"Data set {run.dataset}, invoices to {run.as_of}; business date {run.on}. "
            f"Decision graph sha256 {run.graph_sha256[:16]}.",
            f"数据集 {run.dataset}，发票截至 {run.as_of}；业务日期 {run.on}。决策图 sha256 {run.graph_sha256[:16]}。",
        ),
    )


def _proof(gap: float) -> Label:
    """How good the plan is, in a sentence; a gap that would be written as nought is one."""
    if gap < 0.00005:
        return Label("No plan under the same rules earns more.", "在同样规则下，没有更好的方案。")
    most = written(gap, Form.PERCENT).en
    return Label(f"No plan under the same rules can earn {most} more.", f"在同样规则下，任何方案最多再高 {most}。")


def _lent(run: StrategyRun) -> list[FirmRow]:
    return [firm for firm in run.firms if firm.limit_yuan > 0]


def money(yuan: float) -> Money:
    """An amount in yuan as Money, to the fen."""
    return Money(round(yuan * FEN_PER_YUAN))


def _short(yuan: float) -> Label:
    return written(money(yuan), Form.MONEY_SHORT)


def _share(part: float, whole: float) -> str:
    return written(part / whole if whole else None, Form.PERCENT, 1).en


def _glance(run: StrategyRun, lent: list[FirmRow]) -> Section:
    figures = Figures((*_money_figures(run, lent), *_risk_figures(run, lent)))
    return Section(Label("At a glance", "概览"), (figures, drawn.outcomes_by_grade(run)))


def _money_figures(run: StrategyRun, lent: list[FirmRow]) -> tuple[Figure, ...]:
    allocation = run.allocation
    taken, budget = _short(allocation.expected_taken_yuan), _short(allocation.budget_yuan)
    used, bound = _share(allocation.allocated_yuan, allocation.budget_yuan), _short(allocation.upper_bound_yuan)
    of_all = Label(f"of {len(run.firms)} firms", f"家，共 {len(run.firms)} 家")
    return (
        Figure(Label("Lent to", "放款企业"), len(lent), Form.COUNT, unit=of_all),
        Figure(
            Label("Allocated", "已分配额度"),
            money(allocation.allocated_yuan),
            Form.MONEY_SHORT,
            unit=YUAN,
            note=Label(
                f"{used} of the budget of {budget.en}; {taken.en} expected to be drawn",
                f"占预算 {budget.zh}元的 {used}；预计实际用款 {taken.zh}元",
            ),
        ),
        Figure(
            Label("Expected profit, one year", "预期年利润"),
            money(allocation.expected_profit_yuan),
            Form.MONEY_SHORT,
            unit=YUAN,
            note=Label(
                "after funding, operation, handling, expected loss and customers lost",
                "已扣除资金、运营、处理成本与预期损失，并计入客户流失",
            ),
        ),
        Figure(
            Label("Gap to the upper bound", "与上界的差距"),
            allocation.gap,
            Form.PERCENT,
            3,
            note=Label(
                f"no plan under these rules earns more than {bound.en} yuan", f"同样规则下任何方案不超过 {bound.zh}元"
            ),
        ),
    )


def _risk_figures(run: StrategyRun, lent: list[FirmRow]) -> tuple[Figure, ...]:
    whole, auc = run.allocation.allocated_yuan, run.model.auc
    mean_rate = sum(firm.limit_yuan * float(firm.annual_rate) for firm in lent) / whole if whole else None
    mean_pd = sum(firm.limit_yuan * firm.pd for firm in lent) / whole if whole else None
    interval = Label(f"95% interval {auc.lo:.3f} to {auc.hi:.3f}", f"95% 区间 {auc.lo:.3f} 至 {auc.hi:.3f}")
    weighted = Label("weighted by amount", "按金额加权")
    return (
        Figure(Label("Mean rate, a year", "平均年利率"), mean_rate, Form.PERCENT, note=weighted),
        Figure(Label("Mean PD, within a year", "一年内平均违约概率"), mean_pd, Form.PERCENT, note=weighted),
        Figure(Label("AUC on firms not seen", "样本外 AUC"), auc.mean, Form.NUMBER, note=interval),
        Figure(
            Label("Worth of adapting to the shock", "应对冲击的价值"),
            money(run.shock.worth_of_adapting_yuan),
            Form.MONEY_SHORT,
            unit=YUAN,
            note=run.shock.label,
        ),
    )


def _whom(run: StrategyRun, lent: list[FirmRow]) -> Section:
    blocks: list[Block] = [drawn.risk_rate_limit(lent)]
    if lent:
        blocks += [
            Beside((drawn.amount_by_grade(lent), drawn.price_by_part(lent))),
            Beside((drawn.profit_by_budget(run), drawn.churn(run))),
            drawn.amount_by_trade(run),
        ]
    else:
        blocks.append(Note(Label("No firm is lent to under this budget.", "在该预算下没有企业获得贷款。"), Tone.WATCH))
    return Section(
        Label("Whom, how much, at what rate", "贷给谁、贷多少、什么利率"),
        tuple(blocks),
        Label(
            "A firm's risk sets the price it must bear; its sales set how much it can carry; the budget goes where "
            "it is expected to earn most.",
            "风险决定价格，销售决定承受额度，预算投向预期收益最高之处。",
        ),
    )


def _model(run: StrategyRun) -> Section:
    model = run.model
    named = Label(model.name, model.name)
    auc = Interval(model.auc.mean, model.auc.lo, model.auc.hi)
    bins = [CalibrationBin(bin.foretold, bin.observed, bin.lo, bin.hi, bin.firms) for bin in model.calibration]
    figures = Figures(
        (
            Figure(Label("Learned from", "学习样本"), model.firms, Form.COUNT, unit=Label("firms", "家企业")),
            Figure(
                Label("of which defaulted", "其中违约"),
                model.defaults,
                Form.COUNT,
                unit=Label(
                    f"firms ({_share(model.defaults, model.firms)})", f"家（{_share(model.defaults, model.firms)}）"
                ),
            ),
            Figure(
                Label("KS", "KS"), model.ks, note=Label("0 blind, 1 perfect", "0 为无效，1 为完美"), form=Form.NUMBER
            ),
            Figure(
                Label("Brier score", "Brier 分数"),
                model.brier,
                Form.NUMBER,
                note=Label("mean squared error of the PD; lower is better", "违约概率的均方误差，越低越好"),
            ),
        )
    )
    return Section(
        Label("How far the score can be trusted", "评分有多可信"),
        (figures, Beside((roc({named: model.roc}, {named: auc}), calibration(bins))), drawn.scores(run)),
        Label(
            "Measured on firms the model had not seen: repeated stratified cross-validation, with every choice made "
            "inside the folds. The bank's own rating is not used.",
            "在模型未见过的企业上度量：重复分层交叉验证，所有选择均在折内完成；未使用银行自有评级。",
        ),
    )


def _shock(run: StrategyRun) -> Section:
    return Section(
        Label(f"If a shock strikes: {run.shock.label.en}", f"冲击情景：{run.shock.label.zh}"),
        (
            _shock_figures(run),
            Beside((drawn.plans(run), drawn.changes(run))),
            Beside((drawn.shock_amounts(run), drawn.shock_profits(run))),
            _trades(run),
        ),
        Label(
            "The same firms and budget, with PD and sales moved by trade, decided anew.",
            "企业与预算不变，按行业调整违约概率与销售额后重新决策。",
        ),
    )


def _shock_figures(run: StrategyRun) -> Figures:
    shock, before, after = run.shock, run.allocation, run.shock.allocation
    was, prudence = _short(before.allocated_yuan), _short(shock.prudence_cost_yuan)
    adapting = _short(shock.worth_of_adapting_yuan)
    figures = (
        (
            Label("Allocated, after", "冲击后额度"),
            after.allocated_yuan,
            Label(
                f"to {len(after.offers)} firms; before, {was.en} to {len(before.offers)}",
                f"{len(after.offers)} 家企业；冲击前 {was.zh}元，{len(before.offers)} 家",
            ),
        ),
        (
            Label("Profit if nothing is changed", "方案不变的利润"),
            shock.old_plan_profit_yuan,
            Label("the old plan once the shock has struck", "冲击发生后仍执行原方案"),
        ),
        (
            Label("Profit if it is only cut", "仅按政策压缩的利润"),
            shock.cut_plan_profit_yuan,
            Label(
                f"held to what policy still allows; prudence costs {prudence.en} yuan",
                f"压缩至政策仍允许的范围，审慎的代价为 {prudence.zh}元",
            ),
        ),
        (
            Label("Profit of the new plan", "新方案的利润"),
            after.expected_profit_yuan,
            Label(f"adapting is worth {adapting.en} yuan", f"调整的价值为 {adapting.zh}元"),
        ),
    )
    return Figures(
        tuple(Figure(label, money(yuan), Form.MONEY_SHORT, unit=YUAN, note=note) for label, yuan, note in figures)
    )


def _trades(run: StrategyRun) -> Table:
    columns = (
        Column(Label("Trade", "行业")),
        Column(Label("Firms", "企业"), Form.COUNT),
        Column(Label("Odds of default", "违约几率"), Form.NUMBER, 2, Label("times", "倍")),
        Column(Label("Sales", "销售额"), Form.NUMBER, 2, Label("times", "倍")),
        Column(Label("Lent to, before", "放款，前"), Form.COUNT),
        Column(Label("after", "后"), Form.COUNT),
        Column(Label("Amount, before", "额度，前"), Form.MONEY, unit=YUAN),
        Column(Label("after", "后"), Form.MONEY, unit=YUAN),
        Column(Label("Profit, before", "利润，前"), Form.MONEY, unit=YUAN),
        Column(Label("after", "后"), Form.MONEY, unit=YUAN),
    )
    rows = tuple(
        Row(
            (
                row.label,
                row.firms,
                row.odds_multiplier,
                row.sales_multiplier,
                row.lent_before,
                row.lent_after,
                money(row.amount_before_yuan),
                money(row.amount_after_yuan),
                money(row.profit_before_yuan),
                money(row.profit_after_yuan),
            )
        )
        for row in run.shock.trades
    )
    source = Label(f"Source of the factors: {run.shock.source}", f"系数来源：{run.shock.source}")
    return Table(Label("Trade by trade", "分行业"), columns, rows, note=source)


def _firms(run: StrategyRun) -> Section:
    counts = {outcome: sum(1 for firm in run.firms if firm.outcome is outcome) for outcome in Outcome}
    return Section(
        Label("Every firm and its reasons", "每家企业及其理由"),
        (firms_table(run),),
        Label(
            f"{counts[Outcome.APPROVED]} approved, {counts[Outcome.NOT_FUNDED]} within policy but not funded, "
            f"{counts[Outcome.DECLINED]} declined, {counts[Outcome.REFERRED]} for a person to look at. "
            "Open a row to see what moved its score, which limit binds, how its price is built, and what the "
            "shock does to it.",
            f"批准 {counts[Outcome.APPROVED]} 家，符合政策但未获资金 {counts[Outcome.NOT_FUNDED]} 家，"
            f"拒绝 {counts[Outcome.DECLINED]} 家，转人工 {counts[Outcome.REFERRED]} 家。"
            "展开一行可见评分构成、起约束作用的额度、价格构成与冲击影响。",
        ),
    )


def _steps() -> Points:
    return Points(
        (
            Label(
                "Data: VAT invoices, sales and purchases. Each row is checked against a contract; broken rows wait in "
                "quarantine with their reasons and take no part.",
                "数据：增值税销项与进项发票。逐行按契约校验，问题行附原因进入隔离区，不参与计算。",
            ),
            Label(
                "Score: an additive model of points. A firm's score is a sum that can be read line by line; nothing "
                "is hidden in it. The points become a probability of default by calibration.",
                "评分：可加的分值模型。企业得分是一项项可读的加总，没有黑箱；分值经校准转换为违约概率。",
            ),
            Label(
                "Decision: a published graph of rules gives grade, limit and price. The limit is the smallest of its "
                "parts; the price is a sum of its costs.",
                "决策：公开的规则图给出等级、额度与价格。额度取各项中最小者，价格为各项成本之和。",
            ),
            Label(
                "Allocation: a mixed-integer program chooses firms, amounts and rates for the highest expected profit "
                "within the budget, counting customers lost at a high rate. Its bound proves how good the plan is.",
                "分配：混合整数规划在预算内选择企业、金额与利率，使预期利润最大，并计入高利率造成的客户流失；"
                "其上界证明方案的优劣。",
            ),
        )
    )


def _unknown(run: StrategyRun) -> Points:
    return Points(
        (
            Label(
                f"{run.model.defaults} defaults among {run.model.firms} firms is little to learn from: hence the wide "
                "intervals. A PD is a statement about many firms like this one, not a forecast for one.",
                f"仅有 {run.model.firms} 家企业、{run.model.defaults} 例违约可供学习，区间因此较宽。"
                "违约概率是对一类企业的陈述，而非对单家企业的预言。",
            ),
            Label(
                "Invoices do not show cash sales, wages, private debts or loans at other banks.",
                "发票看不到现金销售、工资、民间借贷及他行贷款。",
            ),
            Label(
                "The firms with records were once accepted by a bank; those without may differ in ways that no one "
                "has recorded.",
                "有记录的企业曾被银行接纳；无记录的企业可能在未被记录的方面与之不同。",
            ),
            Label(
                "The trade is read from a masked name. The factors of the shock are assumptions, stated above.",
                "行业由脱敏名称推断；冲击系数为假设，已在上文列明。",
            ),
        )
    )


def _method(run: StrategyRun) -> Section:
    seconds = "; ".join(f"{step} {taken:.1f} s" for step, taken in run.seconds_by_step.items())
    return Section(
        Label("How it works, and what it cannot know", "方法与局限"),
        (
            _steps(),
            Prose(Label("What it cannot know:", "它无法知道的：")),
            _unknown(run),
            _terms(run),
            Prose(Label(f"Time taken: {seconds}.", f"用时：{seconds}。")),
        ),
    )


def _terms(run: StrategyRun) -> Table:
    columns = (Column(Label("Term", "条款")), Column(Label("Value", "取值")), Column(Label("Source", "依据")))
    rows = tuple(Row((label, value, source)) for label, value, source in run.terms)
    title = Label(f"The product's terms on {run.on}", f"{run.on} 的产品条款")
    return Table(title, columns, rows, first_rows=12)
