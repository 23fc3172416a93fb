// Each evaluation's utility, the best so far, and what random draws reach with as many.
import { axis, GRID, MANY, tooltip } from "./canvas.js";
import { card, short } from "./card.js";

export function best(data) {
  return (colors) => {
    const courses = [line("Best so far", data.best, colors.series[0], "solid")];
    if (data.baseline) courses.push(line("Random draws", data.baseline.best, colors.series[4], "dashed"));
    return {
      grid: GRID,
      legend: { top: 0, right: 0, textStyle: { color: colors.muted }, itemHeight: 8 },
      xAxis: axis(colors, "evaluations", { min: 0, scale: false, minInterval: 1 }),
      yAxis: axis(colors, "utility", { nameGap: 40 }),
      tooltip: tooltip(colors, (at) => {
        if (at.seriesName !== "Evaluated") return card(null, [`${at.seriesName}: ${short(at.value[1])}`]);
        const index = at.dataIndex;
        return card(data.smiles[index], [`molecule ${data.number[index]}`, `utility ${short(at.value[1])}`]);
      }),
      series: [
        {
          name: "Evaluated",
          type: "scatter",
          ...MANY,
          symbolSize: 5,
          itemStyle: { color: colors.series[0], opacity: 0.35 },
          data: data.utility.map((value, index) => [index + 1, value]),
        },
        ...courses,
      ],
    };
  };
}

export function line(name, values, color, type) {
  return {
    name,
    type: "line",
    step: "end",
    showSymbol: false,
    lineStyle: { color, type, width: 2 },
    itemStyle: { color },
    data: values.map((value, index) => [index + 1, value]),
  };
}
