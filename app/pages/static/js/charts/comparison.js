// Several campaigns in one chart: their courses, and their fronts.
import { line } from "./best.js";
import { axis, GRID, tooltip } from "./canvas.js";
import { card, short } from "./card.js";

const TYPES = ["solid", "dashed", "dotted"];
const SYMBOLS = ["circle", "diamond", "triangle", "rect"];

export function courses(data) {
  return (colors) => ({
    grid: { ...GRID, top: 44 },
    legend: legend(colors),
    xAxis: axis(colors, "evaluations", { min: 0, scale: false, minInterval: 1 }),
    yAxis: axis(colors, "best utility", { nameGap: 40 }),
    tooltip: { ...tooltip(colors), trigger: "axis", renderMode: "richText", formatter: undefined },
    series: data.campaigns.map((campaign, index) =>
      line(named(data, index), campaign.best, color(colors, index), TYPES[index % TYPES.length]),
    ),
  });
}

export function fronts(data) {
  return (colors) => ({
    grid: { ...GRID, top: 44 },
    legend: legend(colors),
    xAxis: axis(colors, data.objectives[0].label),
    yAxis: axis(colors, data.objectives[1].label, { nameGap: 40 }),
    tooltip: tooltip(colors, ({ seriesIndex, dataIndex, seriesName, value }) =>
      card(data.campaigns[seriesIndex].smiles[dataIndex], [
        seriesName,
        `${data.objectives[0].label} ${short(value[0])}`,
        `${data.objectives[1].label} ${short(value[1])}`,
      ]),
    ),
    series: data.campaigns.map((campaign, index) => ({
      name: named(data, index),
      type: "scatter",
      symbol: SYMBOLS[index % SYMBOLS.length],
      symbolSize: 9,
      itemStyle: { color: color(colors, index) },
      data: campaign.number.map((_, at) => [campaign.values[0][at], campaign.values[1][at]]),
    })),
  });
}

// Two campaigns may have one name; a chart takes series of one name for one.
function named(data, index) {
  const { name } = data.campaigns[index];
  const before = data.campaigns.slice(0, index).filter((other) => other.name === name).length;
  return before ? `${name} (${before + 1})` : name;
}

function color(colors, index) {
  return colors.series[index % colors.series.length];
}

function legend(colors) {
  return { type: "scroll", top: 0, left: 0, right: 0, textStyle: { color: colors.muted }, itemHeight: 8 };
}
