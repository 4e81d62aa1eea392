"""The usual plots, from plain numbers and labels to `Plot` blocks of one look.

Rates, shares and probabilities come as shares (0.0615), money as yuan (a plain number), days as ISO text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from puhui.documents.blocks import Plot
from puhui.documents.wording import Form
from puhui.words import Label

Option = dict[str, Any]
Points = Sequence[tuple[float, float]]
SERIES = tuple(f"@series{i}" for i in range(6))
GRADES = tuple(f"@grade{i}" for i in range(8))  # best to worst
LABEL_ROOM_PX = 24


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: its label, the form of its numbers, and its ends where they must not follow the data."""

    label: Label
    form: Form = Form.NUMBER
    digits: int | None = None
    low: float | None = None
    high: float | None = None
    log: bool = False


@dataclass(frozen=True, slots=True)
class Bubble:
    """One point of a scatter; `size` is drawn as area; `more` are further lines of its tooltip, already in words."""

    name: Label
    x: float
    y: float
    size: float = 1.0
    more: tuple[tuple[Label, Label], ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across a plot that names a value on the x axis (`across` = "x") or on the y axis."""

    at: float
    label: Label
    across: str = "x"


def form(kind: Form, digits: int | None = None) -> Option:
    """A formatter for axes and labels."""
    return {"$form": kind.value} | ({} if digits is None else {"digits": digits})


def tip(*lines: tuple[int | str, Label, Axis], name: int | str | None = None) -> Option:
    """A tooltip that lists parts of a point: (place, what it is, how it is written); see `Plot`."""
    shown = [[place, label, axis.form.value, axis.digits] for place, label, axis in lines]
    return {"$tip": shown} | ({} if name is None else {"$name": name})


def axis(of: Axis, **more: Any) -> Option:  # noqa: ANN401 any ECharts option
    """An ECharts value axis for an `Axis`."""
    ends = {"min": of.low, "max": of.high}
    return (
        {
            "type": "log" if of.log else "value",
            "name": of.label,
            "axisLabel": {"formatter": form(of.form, of.digits) | {"tick": True}},
        }
        | {end: value for end, value in ends.items() if value is not None}
        | more
    )


def lines(
    title: Label,
    curves: Mapping[Label, Points],
    x: Axis,
    y: Axis,
    *,
    said: Label,
    marks: Sequence[Mark] = (),
    steps: bool = False,
    dashed: frozenset[Label] = frozenset(),
    note: Label | None = None,
    height_px: int = 320,
) -> Plot:
    """Curves over a number axis, each a list of (x, y). `dashed` names the curves that are only for comparison."""
    series: list[Option] = []
    for i, (name, points) in enumerate(curves.items()):
        colour = "@muted" if name in dashed else SERIES[i % len(SERIES)]
        series.append(
            {
                "type": "line",
                "name": name,
                "data": [list(point) for point in points],
                "showSymbol": False,
                "step": "end" if steps else False,
                "lineStyle": {"width": 1.2 if name in dashed else 2, "type": "dashed" if name in dashed else "solid"},
                "itemStyle": {"color": colour},
                "tooltip": tip((0, x.label, x), (1, y.label, y)),
            }
        )
    if series and marks:
        series[0]["markLine"] = mark_lines(marks)
    option = {"xAxis": axis(x), "yAxis": axis(y), "series": series, "legend": len(series) > 1}
    return Plot(title, option | {"pointer": "x"}, said, note, height_px)


def mark_lines(marks: Sequence[Mark]) -> Option:
    """Thin named lines across a plot."""
    data = [{f"{mark.across}Axis": mark.at, "label": {"formatter": mark.label}} for mark in marks]
    return {"data": data, "symbol": "none", "silent": True}


def over_time(
    title: Label,
    days: Sequence[str],
    curves: Mapping[Label, Sequence[float | None]],
    y: Axis,
    *,
    said: Label,
    note: Label | None = None,
    height_px: int = 300,
) -> Plot:
    """Curves over days (ISO text); None leaves a gap."""
    series = [
        {
            "type": "line",
            "name": name,
            "data": [[day, value] for day, value in zip(days, values, strict=True)],
            "showSymbol": len(days) < 30,
            "symbolSize": 5,
            "itemStyle": {"color": SERIES[i % len(SERIES)]},
            "tooltip": {"$tip": [[1, name, y.form.value, y.digits]], "$name": 0},
        }
        for i, (name, values) in enumerate(curves.items())
    ]
    return Plot(
        title,
        {"xAxis": {"type": "time"}, "yAxis": axis(y), "series": series, "legend": len(series) > 1, "pointer": "x"},
        said,
        note,
        height_px,
    )


def scatter(
    title: Label,
    groups: Mapping[Label, Sequence[Bubble]],
    x: Axis,
    y: Axis,
    *,
    said: Label,
    size: Axis | None = None,
    colours: Sequence[str] = SERIES,
    marks: Sequence[Mark] = (),
    note: Label | None = None,
    height_px: int = 420,
) -> Plot:
    """Points in named groups of one colour each; with `size` their area tells a third number."""
    most = max((bubble.size for bubbles in groups.values() for bubble in bubbles), default=1.0)
    seen: list[tuple[int | str, Label, Axis]] = [(0, x.label, x), (1, y.label, y)]
    if size:
        seen.append((2, size.label, size))
    series: list[Option] = [
        {
            "type": "scatter",
            "name": name,
            "data": [_point(bubble) for bubble in bubbles],
            "symbolSize": {"$area": 2, "most": most, "px": 30} if size else 7,
            "itemStyle": {"color": colours[i % len(colours)], "opacity": 0.62, "borderColor": "@paper"},
            "tooltip": tip(*seen, name="name") | {"$more": "more"},
        }
        for i, (name, bubbles) in enumerate(groups.items())
    ]
    if series and marks:
        series[0]["markLine"] = mark_lines(marks)
    option = {"xAxis": axis(x, scale=True), "yAxis": axis(y, scale=True), "series": series, "legend": len(series) > 1}
    return Plot(title, option, said, note, height_px)


def _point(bubble: Bubble) -> Option:
    point: Option = {"name": bubble.name, "value": [bubble.x, bubble.y, bubble.size]}
    return point | ({"more": [list(line) for line in bubble.more]} if bubble.more else {})


def bars(
    title: Label,
    names: Sequence[Label],
    groups: Mapping[Label, Sequence[float]],
    y: Axis,
    *,
    said: Label,
    lying: bool = False,
    stacked: bool = False,
    colours: Sequence[str] = SERIES,
    note: Label | None = None,
    height_px: int | None = None,
) -> Plot:
    """Bars by name, in groups side by side or stacked; `lying` bars leave room for long names."""
    series: list[Option] = [
        {
            "type": "bar",
            "name": group,
            "data": list(values),
            "stack": "all" if stacked else None,
            "itemStyle": {"color": colours[i % len(colours)]},
            "tooltip": {"$tip": [["value", group, y.form.value, y.digits]], "$name": "name"},
        }
        for i, (group, values) in enumerate(groups.items())
    ]
    category = {"type": "category", "data": list(names)} | ({"inverse": True} if lying else {})
    option: Option = {"series": series, "legend": len(series) > 1, "pointer": "bar"}
    option |= {"yAxis": category, "xAxis": axis(y)} if lying else {"xAxis": category, "yAxis": axis(y)}
    bars_px = LABEL_ROOM_PX if stacked or len(groups) == 1 else 10 + 15 * len(groups)
    wanted_px = 80 + bars_px * len(names) if lying else 300
    return Plot(title, option, said, note, height_px or max(200, wanted_px))


def contributions(
    title: Label,
    items: Sequence[tuple[Label, float]],
    x: Axis,
    *,
    said: Label,
    up_is_bad: bool = True,
    note: Label | None = None,
) -> Plot:
    """Signed lying bars in the order given: what pushes up and what pulls down, in two colours."""
    up, down = ("@bad", "@good") if up_is_bad else ("@good", "@bad")
    data = [{"value": value, "itemStyle": {"color": up if value > 0 else down}} for _, value in items]
    option: Option = {
        "yAxis": {"type": "category", "data": [name for name, _ in items], "inverse": True},
        "xAxis": axis(x),
        "series": [
            {
                "type": "bar",
                "data": data,
                "barMaxWidth": 14,
                "tooltip": {"$tip": [["value", x.label, x.form.value, x.digits]], "$name": "name"},
            }
        ],
        "pointer": "bar",
    }
    return Plot(title, option, said, note, max(160, 70 + LABEL_ROOM_PX * len(items)))


def waterfall(
    title: Label,
    steps: Sequence[tuple[Label, float]],
    x: Axis,
    *,
    total: Label,
    said: Label,
    note: Label | None = None,
) -> Plot:
    """Parts that add up to a total, each lying where the sum of those before it ends; the sums are not negative."""
    sums = [0.0, *accumulate(value for _, value in steps)]
    assert min(sums) >= 0, "a waterfall's running sum must not fall below zero"
    floors = [min(before, after) for before, after in pairwise(sums)]
    shown: list[Option] = [
        {"value": abs(value), "part": value, "itemStyle": {"color": "@series0" if value >= 0 else "@series2"}}
        for _, value in steps
    ]
    shown.append({"value": sums[-1], "part": sums[-1], "itemStyle": {"color": "@ink"}})
    floor = {"type": "bar", "stack": "all", "data": [*floors, 0], "itemStyle": {"color": "transparent"}, "silent": True}
    part = {
        "type": "bar",
        "stack": "all",
        "data": shown,
        "barMaxWidth": 16,
        "label": {"show": True, "position": "right", "formatter": form(x.form, x.digits), "$place": "part"},
        "tooltip": {"$tip": [["part", x.label, x.form.value, x.digits]], "$name": "name"},
    }
    names = [*(name for name, _ in steps), total]
    option: Option = {
        "yAxis": {"type": "category", "data": names, "inverse": True},
        "xAxis": {"type": "value", "show": False},
        "grid": {"right": 60, "bottom": 4},
        "series": [floor, part],
    }
    return Plot(title, option, said, note, 20 + (LABEL_ROOM_PX + 6) * len(names))


def histogram(
    title: Label,
    edges: Sequence[float],
    groups: Mapping[Label, Sequence[int]],
    x: Axis,
    *,
    said: Label,
    count: Label,
    colours: Sequence[str] = SERIES,
    note: Label | None = None,
    height_px: int = 280,
) -> Plot:
    """Stacked counts between edges: n + 1 edges for n counts in each group."""
    series: list[Option] = []
    floors = [0] * (len(edges) - 1)
    for i, (group, counts) in enumerate(groups.items()):
        tops = [floor + number for floor, number in zip(floors, counts, strict=True)]
        boxes = [list(box) for box in zip(edges[:-1], edges[1:], counts, floors, tops, strict=True)]
        floors = tops
        series.append(
            {
                "type": "custom",
                "$draw": "histogram",
                "encode": {"x": [0, 1], "y": [3, 4]},
                "name": group,
                "data": boxes,
                "itemStyle": {"color": colours[i % len(colours)]},
                "tooltip": tip(
                    (0, Label("from", "从"), x), (1, Label("to", "到"), x), (2, group, Axis(count, Form.COUNT))
                ),
            }
        )
    ends = {"min": edges[0], "max": edges[-1]}
    across = axis(x) | ends
    # An end that lies between round numbers would be written over its neighbour.
    across["axisLabel"] |= {"showMinLabel": edges[0] == int(edges[0]), "showMaxLabel": edges[-1] == int(edges[-1])}
    option = {"xAxis": across, "yAxis": axis(Axis(count, Form.COUNT)), "series": series}
    return Plot(title, option | {"legend": len(series) > 1}, said, note, height_px)


def heatmap(
    title: Label,
    columns: Sequence[Label],
    rows: Sequence[Label],
    values: Sequence[Sequence[float | None]],
    value: Axis,
    *,
    said: Label,
    note: Label | None = None,
) -> Plot:
    """A number for each row and column, as shade and as text; `values` is a list of rows; None stays empty."""
    data = [[j, i, number] for i, row in enumerate(values) for j, number in enumerate(row) if number is not None]
    numbers = [number for _, _, number in data]
    option: Option = {
        "xAxis": {"type": "category", "data": list(columns)},
        "yAxis": {"type": "category", "data": list(rows), "inverse": True},
        "visualMap": {
            "show": False,
            "min": min(numbers, default=0) if value.low is None else value.low,
            "max": max(numbers, default=1) if value.high is None else value.high,
            "inRange": {"color": ["@shade0", "@shade1"]},
        },
        "series": [
            {
                "type": "heatmap",
                "data": data,
                "label": {"show": True, "formatter": form(value.form, value.digits), "$place": 2},
                "tooltip": tip((2, value.label, value)),
            }
        ],
    }
    return Plot(title, option, said, note, 90 + 30 * len(rows))
