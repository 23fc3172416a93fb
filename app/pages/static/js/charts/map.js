// The plane of the latents, each molecule coloured by its utility; the newest have a rim.
import { axis, GRID, tooltip } from "./canvas.js";
import { card, short } from "./card.js";

export function map(data) {
  return (colors) => {
    const placed = data.plane.flatMap((at, index) => (at ? [[...at, data.utility[index], index]] : []));
    const last = Math.max(...data.iteration);
    // A scale needs two ends, also where there is no molecule yet or all are alike.
    const low = Math.min(...placed.map((point) => point[2]), Infinity);
    const min = Number.isFinite(low) ? low : 0;
    const max = Math.max(...placed.map((point) => point[2]), min + 1e-6 * (1 + Math.abs(min)));
    return {
      grid: { ...GRID, right: 64 },
      xAxis: axis(colors, "first component"),
      yAxis: axis(colors, "second component", { nameGap: 36 }),
      visualMap: {
        dimension: 2,
        min,
        max,
        precision: 2,
        right: 0,
        top: "middle",
        itemWidth: 10,
        itemHeight: 110,
        textStyle: { color: colors.muted },
        text: ["utility", ""],
        inRange: { color: ["#3b4f8f", "#2c8a9a", "#6cbf6a", "#f2c53d"] },
      },
      tooltip: tooltip(colors, ({ value }) => {
        const index = value[3];
        return card(data.smiles[index], [
          `molecule ${data.number[index]}, iteration ${data.iteration[index]}`,
          `utility ${short(value[2])}`,
        ]);
      }),
      series: [
        {
          type: "scatter",
          symbolSize: 8,
          data: placed.map((value) => ({
            value,
            itemStyle: data.iteration[value[3]] === last ? { borderColor: colors.text, borderWidth: 1.5 } : {},
          })),
        },
      ],
    };
  };
}
