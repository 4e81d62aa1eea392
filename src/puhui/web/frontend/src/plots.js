// Draws the plots that stand in the page as JSON. See `Plot` in puhui/documents/blocks.py for the small language.

import { DRAWINGS } from "./drawings.js";
import { init } from "./echarts.js";
import { inLanguage, whenChanged } from "./language.js";
import { tick, written } from "./numbers.js";

// How days stand along an axis: the day with its month, so that no number stands alone.
const TIMES = {
  en: { year: "{yyyy}", month: "{MMM}", day: "{d} {MMM}", hour: "{HH}:{mm}" },
  zh: { year: "{yyyy}年", month: "{M}月", day: "{M}月{d}日", hour: "{HH}:{mm}" },
};
const NAMED_COLOUR = /^@[a-z]+\d*$/;

const escaped = (text) =>
  String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const colourOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name.slice(1)}`).trim();

const partOf = (params, place) => {
  if (typeof place === "number") return params.value[place];
  const data = params.data;
  if (place === "name") return params.name;
  if (data !== null && typeof data === "object" && place in data) return data[place];
  return params[place];
};

const tooltip = (spec) => (params) => {
  const lines = spec.$tip.map(([place, label, form, digits]) => [
    inLanguage(label),
    written(inLanguage(partOf(params, place)), form, digits),
  ]);
  const more = spec.$more ? (partOf(params, spec.$more) ?? []).map(([label, text]) => [inLanguage(label), inLanguage(text)]) : [];
  const name = spec.$name === undefined ? "" : `<b>${escaped(inLanguage(partOf(params, spec.$name)))}</b>`;
  const list = [...lines, ...more].map(([label, text]) => `<dt>${escaped(label)}</dt><dd>${escaped(text)}</dd>`);
  return `<div class="tip">${name}<dl>${list.join("")}</dl></div>`;
};

const formatter = ({ $form, digits, tick: isTick }, place) => (given) => {
  const value = given !== null && typeof given === "object" ? partOf(given, place ?? "value") : given;
  return (isTick ? tick : written)(value !== null && typeof value === "object" ? value.value : value, $form, digits);
};

// Words, colours, formatters and tooltips in an option become what ECharts understands.
const resolved = (value, owner) => {
  if (typeof value === "string") return NAMED_COLOUR.test(value) ? colourOf(value) : value;
  if (Array.isArray(value)) return value.map((item) => resolved(item, owner));
  if (value === null || typeof value !== "object") return value;
  if ("en" in value && "zh" in value) return inLanguage(value);
  if ("$tip" in value) return { formatter: tooltip(value) };
  if ("$form" in value) return formatter(value, owner?.$place);
  if ("$of" in value) return (params) => inLanguage(partOf(params, value.$of) ?? params.name);
  if ("$area" in value) {
    const { $area, most, px } = value;
    return (point) => Math.max(4, px * Math.sqrt(Math.max(0, point[$area]) / most));
  }
  const out = {};
  for (const [key, item] of Object.entries(value)) {
    if (key === "$draw") out.renderItem = DRAWINGS[item];
    else if (!key.startsWith("$")) out[key] = resolved(item, value);
  }
  return out;
};

const each = (value, change) => (Array.isArray(value) ? value.map(change) : change(value));

const styledAxis = (side, narrow, lying) => (axis) => {
  const category = axis.type === "category";
  const upright = side === "y";
  return {
    ...axis,
    name: upright ? undefined : axis.name,
    nameLocation: "middle",
    nameGap: 28,
    nameTextStyle: { color: colourOf("@muted"), fontSize: 12 },
    axisLine: { show: !upright || category, lineStyle: { color: colourOf("@muted") } },
    axisTick: { show: false },
    splitLine: { show: !category && (upright || lying), lineStyle: { color: colourOf("@rule") } },
    splitNumber: axis.splitNumber ?? (narrow ? 4 : 5),
    axisLabel: {
      color: colourOf(category ? "@ink" : "@muted"),
      fontSize: 12,
      hideOverlap: !category,
      ...(axis.type === "time" ? { formatter: inLanguage(TIMES) } : {}),
      ...(upright && category ? { width: narrow ? 120 : 240, overflow: (axis.data?.length ?? 0) > 24 ? "truncate" : "break", lineHeight: 14 } : {}),
      ...axis.axisLabel,
    },
  };
};

const styledSeries = (series) => {
  const label = series.label && { color: colourOf("@ink"), fontSize: 12, ...series.label };
  const markLine = series.markLine && {
    animation: false,
    lineStyle: { color: colourOf("@ink"), type: "dotted", width: 1.2 },
    ...series.markLine,
    label: { color: colourOf("@ink"), fontSize: 12, position: "end", rotate: 0, distance: 4 },
  };
  return {
    ...series,
    cursor: "default",
    ...(series.type === "bar" ? { barMaxWidth: series.barMaxWidth ?? 26 } : {}),
    ...(label ? { label } : {}),
    ...(markLine ? { markLine } : {}),
  };
};

// The name of an upright axis stands flush left above it, where it can be read without turning the head.
const titles = (option, grids, top) =>
  [option.yAxis].flat().flatMap((axis, i) =>
    axis.name
      ? [{ text: axis.name, left: 0, top: (Array.isArray(option.grid) ? grids[i].top - 24 : top), padding: 0,
           textStyle: { color: colourOf("@muted"), fontSize: 12, fontWeight: "normal" } }]
      : [],
  );

const legendLook = () => ({
  top: 0, left: 0, padding: 0, type: "scroll", itemWidth: 14, itemHeight: 8, itemGap: 16, icon: "roundRect",
  textStyle: { color: colourOf("@ink"), fontSize: 12 }, pageTextStyle: { color: colourOf("@muted") },
  pageIconColor: colourOf("@ink"), inactiveColor: colourOf("@rule"),
});

const tooltipLook = (pointer) => ({
  trigger: "item", confine: true, backgroundColor: colourOf("@paper"), borderColor: colourOf("@muted"),
  textStyle: { color: colourOf("@ink") },
  extraCssText: "box-shadow:0 2px 10px rgba(0,0,0,.14);border-radius:4px;padding:8px 12px",
  ...(pointer === "x" ? { axisPointer: { type: "line" } } : {}),
});

// A web of nodes has no axes; its names are in the page's ink.
const webLook = (option) => ({
  ...option,
  animation: false,
  tooltip: { ...tooltipLook(), formatter: ({ name, data }) => escaped(inLanguage(data?.said ?? name)) },
  series: option.series.map((series) => ({ ...series, label: { color: colourOf("@ink"), ...series.label } })),
});

const withLook = (option, width) => {
  if (!option.yAxis) return webLook(option);
  const narrow = width < 480;
  const lying = [option.yAxis].flat()[0].type === "category";
  const { pointer, legend, ...rest } = option;
  const named = [option.yAxis].flat().some((axis) => axis.name);
  const marked = option.series.some((series) => series.markLine);
  const titleTop = legend ? 28 : 2;
  const top = (legend ? 28 : 4) + (named ? 26 : 0) + (marked ? 16 : 0) + 4;
  const bottom = !Array.isArray(option.xAxis) && option.xAxis.name ? 40 : 22;
  const right = narrow ? 10 : 18;
  const grids = [option.grid ?? {}].flat().map((grid) => ({ top, bottom, ...grid }));
  return {
    ...rest,
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    title: titles(option, grids, titleTop),
    legend: legend ? legendLook() : undefined,
    grid: grids.map((grid) => ({ left: 0, right, ...grid, outerBoundsMode: "same", outerBoundsContain: "axisLabel" })),
    xAxis: each(option.xAxis, styledAxis("x", narrow, lying)),
    yAxis: each(option.yAxis, styledAxis("y", narrow, lying)),
    series: option.series.map(styledSeries),
    tooltip: tooltipLook(pointer),
  };
};

const heighten = (area) => {
  if (area.dataset.height) area.style.height = `${area.dataset.height}px`;
};

const plot = (area, option) => {
  area.replaceChildren();
  heighten(area);
  const chart = init(area, null, { renderer: "svg" });
  const draw = () => chart.setOption(withLook(resolved(option), area.clientWidth), { notMerge: true });
  draw();
  chart.on("click", ({ data }) => data?.at && location.assign(data.at));
  whenChanged(draw);
  new ResizeObserver(() => {
    if (area.clientWidth === chart.getWidth()) return;
    chart.resize();
    draw();
  }).observe(area);
  addEventListener("beforeprint", () => chart.resize());
};

// The plots of a document: each has its option in a script element beside it.
export const plotsOfDocument = () =>
  [...document.querySelectorAll("script.plot")].map((script) => [
    script.parentElement.querySelector(".plot-area"),
    () => JSON.parse(script.textContent),
  ]);

// Plots near the screen are drawn first, so that a long page opens at once; printing draws them all.
// `found` are pairs of an area and what gives its option.
export const startPlots = (found) => {
  const waiting = new Map(found);
  const drawn = (area) => {
    const option = waiting.get(area);
    if (!option) return;
    waiting.delete(area);
    plot(area, option());
  };
  const near = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        near.unobserve(entry.target);
        drawn(entry.target);
      }
    },
    { rootMargin: "600px" },
  );
  for (const area of waiting.keys()) {
    heighten(area);
    near.observe(area);
  }
  addEventListener("beforeprint", () => [...waiting.keys()].forEach(drawn));
  // Once the page has settled the rest of the shown plots follow, one at a time, while nobody waits.
  const rest = () => {
    const next = [...waiting.keys()].find((area) => area.clientWidth > 0);
    if (!next) return;
    drawn(next);
    setTimeout(rest, 30);
  };
  const settled = () => setTimeout(rest, 300);
  if (document.readyState === "complete") settled();
  else addEventListener("load", settled);
};
