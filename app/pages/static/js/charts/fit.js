// Predicted against observed, with intervals of 95 % and the diagonal.
import { axis, GRID, tooltip } from "./canvas.js";
import { card, short } from "./card.js";

const WIDTH = 1.96; // standard deviations of an interval of 95 %

export function fit(name, rows) {
  const ends = rows.flatMap((row) => [row.observed, row.predicted]);
  const low = Math.min(...ends);
  const high = Math.max(...ends);
  return (colors) => ({
    grid: GRID,
    xAxis: axis(colors, `observed ${name}`),
    yAxis: axis(colors, `predicted ${name}`, { nameGap: 40 }),
    tooltip: tooltip(colors, ({ seriesType, value }) =>
      seriesType === "line"
        ? card(null, ["predicted as observed"])
        : card(null, [`molecule ${value[3]}`, `observed ${short(value[0])}`, `predicted ${short(value[1])} ± ${short(value[2])}`]),
    ),
    series: [
      {
        type: "line",
        showSymbol: false,
        silent: true,
        lineStyle: { color: colors.edge, type: "dashed", width: 1 },
        data: [
          [low, low],
          [high, high],
        ],
      },
      { type: "custom", silent: true, data: rows.map(values), renderItem: interval(colors), z: 1 },
      {
        type: "scatter",
        symbolSize: 6,
        itemStyle: { color: colors.series[0] },
        data: rows.map(values),
      },
    ],
  });
}

function values(row) {
  return [row.observed, row.predicted, row.sd, row.number];
}

function interval(colors) {
  return (_, api) => {
    const [x, top] = api.coord([api.value(0), api.value(1) + WIDTH * api.value(2)]);
    const [, bottom] = api.coord([api.value(0), api.value(1) - WIDTH * api.value(2)]);
    const style = { stroke: colors.series[0], opacity: 0.3, lineWidth: 1 };
    return { type: "line", shape: { x1: x, y1: top, x2: x, y2: bottom }, style };
  };
}
