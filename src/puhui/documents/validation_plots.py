"""The plots by which a model is judged: ROC, KS, calibration, bins. Ready to place in a document."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from puhui.documents.blocks import Plot
from puhui.documents.plots import Axis, Mark, Option, Points, axis, form, lines, tip
from puhui.documents.wording import Form, written
from puhui.words import Label

CHANCE = Label("by chance", "随机判断")
EXACT = Label("exact", "完全一致")
SCORED_WORSE = Label("Share of firms, riskiest first", "按风险从高到低排列的企业占比")
FALSE_ALARMS = Label("Good firms turned away", "误拒的正常企业占比")
CAUGHT = Label("Defaulters caught", "识别出的违约企业占比")
PREDICTED = Axis(Label("Predicted PD", "预测违约概率"), Form.PERCENT, 0, low=0)
OBSERVED = Axis(Label("Observed default rate", "实际违约率"), Form.PERCENT, 0, low=0)
FIRMS = Axis(Label("Firms", "企业数"), Form.COUNT)


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its interval, such as an AUC and its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Firms of like predicted PD: the mean prediction, the share that defaulted with its interval, how many."""

    predicted: float
    observed: float
    low: float
    high: float
    firms: int


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of a variable: its name (a range or a category), firms, share of defaults, points (higher is worse)."""

    name: Label
    firms: int
    default_rate: float
    points: float


def roc(curves: Mapping[Label, Points], aucs: Mapping[Label, Interval]) -> Plot:
    """ROC curves: (false positive rate, true positive rate) from (0, 0) to (1, 1), for each named model."""
    named = {_with_auc(name, aucs.get(name)): points for name, points in curves.items()}
    worded = ["; ".join(label.in_(language) for label in named) for language in ("en", "zh")]
    return lines(
        Label("ROC: telling defaulters from the others", "ROC 曲线：区分违约企业的能力"),
        named | {CHANCE: [(0.0, 0.0), (1.0, 1.0)]},
        Axis(FALSE_ALARMS, Form.PERCENT, 0, 0, 1),
        Axis(CAUGHT, Form.PERCENT, 0, 0, 1),
        said=Label(f"ROC curves. {worded[0]}.", f"ROC 曲线。{worded[1]}。"),
        dashed=frozenset({CHANCE}),
        height_px=360,
    )


def _with_auc(name: Label, auc: Interval | None) -> Label:
    if auc is None:
        return name
    numbers = f"AUC {auc.value:.3f} ({auc.low:.3f}–{auc.high:.3f})"
    return Label(f"{name.en}, {numbers}", f"{name.zh}，{numbers}")


def ks(cuts: Sequence[tuple[float, float, float]]) -> Plot:
    """Cumulative curves by (share of firms from the riskiest, share of defaulters, share of the others so far).

    The Kolmogorov–Smirnov figure is the widest gap between the two; it is marked.
    """
    at, bad, good = max(cuts, key=lambda cut: cut[1] - cut[2])
    gap = written(bad - good, Form.NUMBER).en
    return lines(
        Label("KS: the widest gap", "KS：最大间距"),
        {
            Label("Defaulters", "违约企业"): [(cut[0], cut[1]) for cut in cuts],
            Label("Others", "正常企业"): [(cut[0], cut[2]) for cut in cuts],
        },
        Axis(SCORED_WORSE, Form.PERCENT, 0, 0, 1),
        Axis(Label("Reached so far", "累计占比"), Form.PERCENT, 0, 0, 1),
        said=Label(
            f"Cumulative shares of defaulters and others; widest gap {gap} after the riskiest {at:.0%} of firms.",
            f"违约与正常企业的累计占比；在风险最高的 {at:.0%} 企业处间距最大，为 {gap}。",
        ),
        marks=[Mark(at, Label(f"KS {gap}", f"KS {gap}"))],
        height_px=360,
    )


def calibration(bins: Sequence[CalibrationBin]) -> Plot:
    """Predicted PD against what happened, with intervals: on the line, the model says what it means."""
    furthest = max([max(bin.predicted, bin.high) for bin in bins], default=1.0)
    most = math.ceil(furthest * 5) / 5 if furthest > 0.5 else math.ceil(furthest * 10) / 10
    points = [[bin.predicted, bin.observed, bin.low, bin.high, bin.firms] for bin in bins]
    seen = tip((0, PREDICTED.label, _fine(PREDICTED)), (1, OBSERVED.label, _fine(OBSERVED)), (4, FIRMS.label, FIRMS))
    option: Option = {
        "xAxis": axis(PREDICTED, max=most),
        "yAxis": axis(OBSERVED, max=most),
        "series": [
            {"type": "line", "name": EXACT, "data": [[0, 0], [most, most]], "showSymbol": False, "silent": True}
            | {"lineStyle": {"type": "dashed", "width": 1.2}, "itemStyle": {"color": "@muted"}},
            {"type": "custom", "$draw": "whisker", "name": Label("95% interval", "95% 区间"), "data": points}
            | {"itemStyle": {"color": "@series0"}, "silent": True, "encode": {"x": 0, "y": [2, 3]}},
            {"type": "scatter", "name": OBSERVED.label, "data": points, "symbolSize": 9, "tooltip": seen}
            | {"itemStyle": {"color": "@series0"}},
        ],
        "legend": True,
    }
    return Plot(
        Label("Calibration: does a PD of 20% mean one in five?", "校准：预测 20% 是否真有五分之一违约？"),
        option,
        Label(
            "Predicted PD and observed default rate by bin: " + _pairs(bins) + ".",
            "各分箱的预测违约概率与实际违约率：" + _pairs(bins) + "。",
        ),
        height_px=360,
    )


def _fine(of: Axis) -> Axis:
    return Axis(of.label, of.form, 1)


def _pairs(bins: Sequence[CalibrationBin]) -> str:
    return ", ".join(f"{bin.predicted:.1%} → {bin.observed:.1%} (n={bin.firms})" for bin in bins)


def bins(variable: Label, rows: Sequence[Bin], *, note: Label | None = None) -> Plot:
    """One variable of a scorecard: points by bin above, the share of defaults it rests on below."""
    names = [row.name for row in rows]
    points = Axis(Label("Points", "分值"), Form.NUMBER, 2)
    coloured = [{"value": row.points, "itemStyle": {"color": "@bad" if row.points > 0 else "@good"}} for row in rows]
    shares = [[row.default_rate, row.firms] for row in rows]
    upper, lower = {"top": 34, "height": 120}, {"top": 186, "height": 90}
    option: Option = {
        "grid": [upper, lower],
        "xAxis": [
            {"type": "category", "data": names, "gridIndex": 0, "axisLabel": {"show": False}},
            {"type": "category", "data": names, "gridIndex": 1},
        ],
        "yAxis": [axis(points, gridIndex=0, splitNumber=3), axis(OBSERVED, gridIndex=1, splitNumber=3)],
        "series": [
            {"type": "bar", "data": coloured, "xAxisIndex": 0, "yAxisIndex": 0, "barMaxWidth": 36}
            | {"tooltip": {"$tip": [["value", points.label, "number", 3]], "$name": "name"}},
            {
                "type": "bar",
                "data": [{"value": share, "firms": firms} for share, firms in shares],
                "xAxisIndex": 1,
                "yAxisIndex": 1,
                "barMaxWidth": 36,
                "itemStyle": {"color": "@muted"},
                "label": {"show": True, "position": "top", "formatter": form(Form.COUNT), "$place": "firms"},
                "tooltip": {
                    "$tip": [["value", OBSERVED.label, "percent", 1], ["firms", FIRMS.label, "count", 0]],
                    "$name": "name",
                },
            },
        ],
    }
    told = "; ".join(f"{row.name.en}: {row.points:+.2f}" for row in rows)
    told_zh = "；".join(f"{row.name.zh}：{row.points:+.2f}" for row in rows)
    return Plot(variable, option, Label(f"Points by bin: {told}.", f"各分箱分值：{told_zh}。"), note, 310)
