"""The model's report: a page a person can read, from the figures of the validation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from puhui.documents import validation_plots
from puhui.documents.blocks import (
    Beside,
    Block,
    Column,
    Document,
    Figure,
    Figures,
    Note,
    Plot,
    Prose,
    Row,
    Section,
    Table,
    Tag,
    Tone,
)
from puhui.documents.plots import Axis, bars, contributions
from puhui.documents.wording import Form
from puhui.scoring.columns import Floats
from puhui.scoring.measures import Interval, Ints
from puhui.scoring.values import Finding, Fitted, Judged, Validation, VariableReport, Verdict
from puhui.words import Label

CHAMPION = Label("Champion (glass box)", "冠军模型（透明）")
CHALLENGER = Label("Challenger (LightGBM)", "挑战模型（LightGBM）")
SHOWN_VARIABLES = 12
KS_POINTS = 100
LIFTED = 0.02  # AUC by which derived columns beat the given ones, from which a person should look
TOO_GOOD = 0.97


def report(fitted: Fitted, *, source: str) -> Document:
    """The page for a fitted model; `source` names the table it was learned from."""
    model, seen = fitted.champion, fitted.validation
    return Document(
        kind=Label("Model report", "模型报告"),
        title=Label(f"Risk of “{model.target}” = {model.positive}", f"“{model.target}” = {model.positive} 的风险"),
        lead=Label(
            f"Learned from {seen.rows:,} rows of {source}, {seen.bads:,} of them bad. Every figure is of rows that the "
            "model had not seen: all choices were made again inside each fold.",
            f"基于 {source} 的 {seen.rows:,} 行样本（其中 {seen.bads:,} 行为坏样本）。"
            "所有指标均来自模型未见过的样本：全部选择都在每一折内重新进行。",
        ),
        sections=tuple(_sections(fitted)),
        colophon=Label(
            f"Model {model.hash[:16]}. {seen.regime.capitalize()}; {seen.folds} folds, {seen.repeats} time(s).",
            f"模型 {model.hash[:16]}。{seen.folds} 折交叉验证，重复 {seen.repeats} 次。",
        ),
    )


def _sections(fitted: Fitted) -> list[Section]:
    seen = fitted.validation
    sections = [_ranking(seen), _sentinel(seen), _reasons(fitted), _variables(seen)]
    if seen.periods:
        sections.append(_stability(seen))
    if seen.left_out:
        sections.append(_left_out(seen))
    return sections


def _ranking(seen: Validation) -> Section:
    champion, challenger = seen.champion, seen.challenger
    figures = Figures(
        (
            _auc_figure(Label("AUC, champion", "AUC（冠军）"), champion),
            _auc_figure(Label("AUC, challenger", "AUC（挑战）"), challenger),
            Figure(Label("KS", "KS"), champion.ks, Form.NUMBER),
            Figure(Label("Gini", "基尼系数"), champion.gini, Form.NUMBER),
            Figure(Label("Brier score", "Brier 分数"), champion.brier, Form.NUMBER, 4),
            Figure(
                Label("Calibration slope", "校准斜率"),
                champion.slope,
                Form.NUMBER,
                2,
                note=Label("1 is exact; below 1 is too sure of itself", "1 为准确；低于 1 表示过于自信"),
            ),
        )
    )
    # Short names: the intervals stand above, and the legend must fit a phone.
    named = {Label("Champion", "冠军"): champion, Label("Challenger", "挑战"): challenger}
    curves = {
        Label(f"{name.en}, {one.auc.mean:.3f}", f"{name.zh} {one.auc.mean:.3f}"): one.roc for name, one in named.items()
    }
    roc = validation_plots.roc(curves, {})
    bins = [
        validation_plots.CalibrationBin(group.predicted, group.observed, group.lo, group.hi, group.rows)
        for group in champion.calibration
    ]
    ks = validation_plots.ks(ks_cuts(seen.y, champion.pd))
    return Section(
        Label("How well does it tell good from bad?", "区分好坏的能力如何？"),
        (figures, Beside((roc, ks)), validation_plots.calibration(bins)),
    )


def _auc_figure(label: Label, judged: Judged) -> Figure:
    lo, hi = judged.auc.lo, judged.auc.hi
    note = Label(
        f"95% interval {lo:.3f}–{hi:.3f} ({judged.auc.method}), sd over folds {judged.auc_sd_folds:.3f}",
        f"95% 区间 {lo:.3f}–{hi:.3f}（{judged.auc.method}），各折标准差 {judged.auc_sd_folds:.3f}",
    )
    return Figure(label, judged.auc.mean, Form.NUMBER, note=note)


def ks_cuts(y: Ints, risk: Floats) -> list[tuple[float, float, float]]:
    """(share of rows from the riskiest, share of bads, share of goods reached so far), about a hundred of them.

    The widest gap between ties is among them, so that the plot says the same figure as the table.

    >>> ks_cuts(np.array([0, 1]), np.array([0.1, 0.9]))
    [(0.0, 0.0, 0.0), (0.5, 1.0, 0.0), (1.0, 1.0, 1.0)]
    """
    order = np.argsort(-risk, kind="stable")
    bad = np.concatenate([[0], np.cumsum(y[order])])
    good = np.arange(len(y) + 1) - bad
    between = np.concatenate([[0], np.flatnonzero(np.diff(risk[order])) + 1, [len(y)]])
    widest = between[np.argmax(bad[between] / bad[-1] - good[between] / good[-1])]
    even = np.linspace(0, len(between) - 1, min(KS_POINTS, len(between) - 1) + 1).round().astype(int)
    ends = np.unique([*between[even], widest])
    return [(float(end / len(y)), float(bad[end] / bad[-1]), float(good[end] / good[-1])) for end in ends]


def _sentinel(seen: Validation) -> Section:
    blocks: list[Block] = []
    if seen.findings:
        rows = tuple(_finding_row(finding) for finding in seen.findings)
        blocks.append(
            Table(
                Label("Too good to be known on the day", "好得不像当天可知"),
                (Column(Label("Column", "变量")), Column(Label("Verdict", "结论")), Column(Label("Why", "依据"))),
                rows,
            )
        )
    else:
        blocks.append(Prose(Label("No column failed a test.", "没有变量触发检验。")))
    if seen.without_suspects is not None:
        auc = seen.without_suspects
        blocks.append(
            Note(
                Label(
                    f"Without the suspects a quick model reaches an AUC of {auc:.3f}. If a suspect could not be known "
                    "on the day, fit again and drop it: its share of the figures above is not real.",
                    f"剔除可疑变量后，快速模型的 AUC 为 {auc:.3f}。若可疑变量当天不可知，请剔除后重新训练："
                    "上述指标中来自它的部分并不真实。",
                ),
                Tone.WATCH,
            )
        )
    blocks += _doubts(seen)
    return Section(
        Label("Leakage sentinel", "信息泄露哨兵"),
        tuple(blocks),
        Label(
            "Outcomes were left out of the fit; suspects stay and need a person's answer.",
            "结果变量已排除；可疑变量保留，需人工确认。",
        ),
    )


def _doubts(seen: Validation) -> list[Block]:
    """What a person should ask when the figures are better than credit data usually allow."""
    mean, blocks = seen.champion.auc.mean, list[Block]()
    if seen.without_derived is not None:
        given = seen.without_derived
        words = Label(
            "Columns made of two others are in the model. With the columns as given, a quick additive model reaches an "
            f"AUC of {given:.3f}; `--plain` fits without derived columns.",
            f"模型含由两列派生的变量。仅用原始变量时，快速可加模型的 AUC 为 {given:.3f}；使用 `--plain` 可不派生变量。",
        )
        blocks.append(Note(words, Tone.WATCH if mean - given >= LIFTED else Tone.PLAIN))
    if mean >= TOO_GOOD:
        words = Label(
            f"An AUC of {mean:.3f} is rare in credit, where 0.95 is excellent. Ask how each heavy term below "
            "was known on the day, and whether good and bad rows come from one source.",
            f"AUC {mean:.3f} 在信贷中罕见（0.95 已属优秀）。请逐项确认下列主要变量当天是否可知，以及好坏样本是否同源。",
        )
        blocks.append(Note(words, Tone.WATCH))
    return blocks


def _finding_row(finding: Finding) -> Row:
    outcome = finding.verdict is Verdict.OUTCOME
    words = Label("outcome, left out", "结果变量，已排除") if outcome else Label("suspect, kept", "可疑，保留")
    why = Label("; ".join(test.words.en for test in finding.tests), "；".join(test.words.zh for test in finding.tests))
    return Row((finding.column, Tag(words, Tone.BAD if outcome else Tone.WATCH), why))


def _reasons(fitted: Fitted) -> Section:
    seen, model = fitted.validation, fitted.champion
    top = seen.variables[:SHOWN_VARIABLES]
    factor = model.scale.factor * model.slope
    points = Axis(Label("Score points moved, on average", "平均影响分值"), Form.NUMBER, 1)
    weights = bars(
        Label("What the score rests on", "评分的主要依据"),
        [variable.label for variable in top],
        {points.label: [variable.weight * factor for variable in top]},
        points,
        lying=True,
        said=Label(
            "Heaviest variables: " + ", ".join(variable.label.en for variable in top) + ".",
            "影响最大的变量：" + "、".join(variable.label.zh for variable in top) + "。",
        ),
    )
    return Section(
        Label("What the score rests on", "评分依据"),
        (weights, _example(top, factor)) if top else (Prose(Label("The model has no variables.", "模型没有变量。")),),
        Label(
            f"{len(seen.variables)} terms add up to the score: {model.scale.base:.0f} points are odds of "
            f"{model.scale.odds:.0f} to 1, {model.scale.double:.0f} more double them.",
            f"评分由 {len(seen.variables)} 项相加而成：{model.scale.base:.0f} 分对应好坏比 {model.scale.odds:.0f}:1，"
            f"每增加 {model.scale.double:.0f} 分好坏比翻倍。",
        ),
    )


def _example(top: Sequence[VariableReport], factor: float) -> Plot:
    """The heaviest reason each variable can give: its worst bin, in score points."""
    worst = [(variable.label, max(variable.bins, key=lambda b: b.points)) for variable in top if variable.bins]
    x = Axis(Label("Score points", "分值"), Form.NUMBER, 0)
    items = [
        (Label(f"{name.en}: {group.label.en}", f"{name.zh}：{group.label.zh}"), -group.points * factor)
        for name, group in worst
    ]
    return contributions(
        Label("The heaviest reason that each can give", "各变量最重的扣分理由"),
        items,
        x,
        up_is_bad=False,
        said=Label("Worst bin of each variable, in score points.", "各变量最差分箱对应的分值。"),
    )


def _variables(seen: Validation) -> Section:
    table = Table(
        Label("All terms", "全部变量"),
        (
            Column(Label("Term", "变量")),
            Column(Label("Weight (log-odds)", "权重（对数几率）"), Form.NUMBER),
            Column(Label("IV", "IV"), Form.NUMBER),
            Column(Label("AUC alone", "单变量 AUC"), Form.NUMBER),
            Column(Label("Missing", "缺失率"), Form.PERCENT, 1),
        ),
        tuple(Row((v.label, v.weight, v.iv if v.bins else None, v.auc, v.missing_share)) for v in seen.variables),
        searchable=True,
        first_rows=15,
    )
    plots = [_bins_plot(variable) for variable in seen.variables[:SHOWN_VARIABLES] if len(variable.bins) > 1]
    pairs = [Beside(tuple(plots[at : at + 2])) for at in range(0, len(plots), 2)]
    return Section(Label("Bins of the heaviest variables", "主要变量的分箱"), (*pairs, table))


def _bins_plot(variable: VariableReport) -> Plot:
    rows = [validation_plots.Bin(group.label, group.rows, group.rate, group.points) for group in variable.bins]
    note = Label(
        f"IV {variable.iv:.2f}; points are log-odds, more is worse.",
        f"IV {variable.iv:.2f}；分值为对数几率，越大越差。",
    )
    return validation_plots.bins(variable.label, rows, note=note)


def _stability(seen: Validation) -> Section:
    names = [Label(period.name, period.name) for period in seen.periods]
    rates = bars(
        Label("Predicted and observed, by period", "各期预测与实际"),
        names,
        {
            Label("Mean predicted PD", "平均预测违约概率"): [period.mean_pd for period in seen.periods],
            Label("Observed rate", "实际违约率"): [period.rate for period in seen.periods],
        },
        Axis(Label("Share", "占比"), Form.PERCENT, 0),
        said=Label("Predicted and observed rates by period.", "各期预测与实际违约率。"),
    )
    table = Table(
        Label("Periods", "各期"),
        (
            Column(Label("Period", "时期")),
            Column(Label("Rows", "行数"), Form.COUNT),
            Column(Label("Bad", "坏样本"), Form.COUNT),
            Column(Label("AUC", "AUC"), Form.NUMBER),
            Column(Label("PSI of the score", "评分 PSI"), Form.NUMBER),
        ),
        tuple(Row((one.name, one.rows, one.bads, one.auc, one.psi)) for one in seen.periods),
        note=Label("PSI under 0.1 is stable, over 0.25 is a shift.", "PSI 低于 0.1 为稳定，高于 0.25 为显著漂移。"),
    )
    blocks: list[Block] = [Beside((rates, table))]
    if seen.out_of_time:
        late = seen.out_of_time
        blocks.insert(0, Figures((_late(CHAMPION, late.champion), _late(CHALLENGER, late.challenger))))
        blocks.insert(
            1,
            Prose(
                Label(
                    f"Out of time: fitted on the periods before {late.since}, judged on {late.rows:,} later rows "
                    f"({late.bads:,} bad).",
                    f"时间外检验：以 {late.since} 之前的样本训练，"
                    f"在其后的 {late.rows:,} 行（坏样本 {late.bads:,}）上检验。",
                )
            ),
        )
    return Section(Label("Stability over time", "时间稳定性"), tuple(blocks))


def _late(name: Label, auc: Interval) -> Figure:
    note = Label(f"95% interval {auc.lo:.3f}–{auc.hi:.3f}", f"95% 区间 {auc.lo:.3f}–{auc.hi:.3f}")
    return Figure(Label(f"AUC out of time, {name.en}", f"时间外 AUC，{name.zh}"), auc.mean, Form.NUMBER, note=note)


def _left_out(seen: Validation) -> Section:
    rows = tuple(Row((name, why)) for name, why in seen.left_out.items())
    return Section(
        Label("Columns left out", "未使用的变量"),
        (Table(Label("Left out", "未使用"), (Column(Label("Column", "变量")), Column(Label("Why", "原因"))), rows),),
    )
