// Two objectives against each other: everything evaluated, and what nothing beats.
import { axis, GRID, MANY, tooltip } from "./canvas.js";
import { card, short } from "./card.js";

export function front(data, across, up) {
  return (colors) => ({
    grid: GRID,
    legend: { top: 0, right: 0, textStyle: { color: colors.muted }, itemHeight: 8 },
    xAxis: axis(colors, data.objectives[across].label),
    yAxis: axis(colors, data.objectives[up].label, { nameGap: 40 }),
    tooltip: tooltip(colors, ({ value }) => {
      const index = value[2];
      const lines = data.objectives.map((o, i) => `${o.label} ${short(data.values[i][index])}`);
      return card(data.smiles[index], [`molecule ${data.number[index]}`, ...lines]);
    }),
    series: [
      points("Evaluated", false, 6, { color: colors.series[4], opacity: 0.45 }),
      points("Front", true, 9, { color: colors.series[1], borderColor: colors.panel, borderWidth: 1 }),
    ],
  });

  function points(name, onFront, symbolSize, itemStyle) {
    const indexes = data.front.flatMap((is, index) => (is === onFront ? [index] : []));
    return {
      name,
      type: "scatter",
      ...MANY,
      symbolSize,
      itemStyle,
      data: indexes.map((index) => [data.values[across][index], data.values[up][index], index]),
    };
  }
}
