// Shapes that ECharts has no series for.

export const DRAWINGS = {
  // [from, to, count, floor, top]: a bar that fills its interval and stands on the group below it.
  histogram(params, api) {
    const [left, top] = api.coord([api.value(0), api.value(4)]);
    const [right, bottom] = api.coord([api.value(1), api.value(3)]);
    return {
      type: "rect",
      shape: { x: left + 0.5, y: top, width: Math.max(1, right - left - 1), height: bottom - top },
      style: { fill: api.visual("color") },
    };
  },
  // [x, y, low, high]: the interval of a point.
  whisker(params, api) {
    const [x, low] = api.coord([api.value(0), api.value(2)]);
    const [, high] = api.coord([api.value(0), api.value(3)]);
    const style = { stroke: api.visual("color"), lineWidth: 1.5 };
    const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
    return {
      type: "group",
      children: [line(x, low, x, high), line(x - 4, low, x + 4, low), line(x - 4, high, x + 4, high)],
    };
  },
};
