// Lines of the columns of a table: the numbers stand in the page once, for eyes and screen readers.
import { axis, chartIn, GRID, tooltip } from "./charts/canvas.js";
import { card } from "./charts/card.js";

const drawn = new WeakSet();

export async function drawCurves(figure) {
  const table = document.getElementById(figure.dataset.table);
  if (!table || drawn.has(figure)) return;
  drawn.add(figure);
  const chart = await chartIn(figure.querySelector(".chart-area"));
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  const rows = [...table.tBodies[0].rows];
  const columns = figure.dataset.columns.split(" ").map(Number);
  const value = (row, column) => {
    const text = row.cells[column].dataset.value;
    return text === "" ? null : Number(text);
  };

  chart.show((colors) => ({
    grid: { ...GRID, top: columns.length > 1 ? 28 : 10 },
    legend: { show: columns.length > 1, top: 0, right: 0, itemHeight: 8, textStyle: { color: colors.muted } },
    color: colors.series,
    xAxis: axis(colors, null, { min: 0, max: 1, splitLine: { show: false }, axisLabel: { color: colors.muted, formatter: (at) => `${Math.round(at * 100)} %` } }),
    yAxis: axis(colors, null, { splitNumber: 3, ...(columns.length > 1 ? { min: 0, max: 1, interval: 0.25 } : {}) }),
    tooltip: {
      ...tooltip(colors, ([{ dataIndex }]) => {
        const row = rows[dataIndex];
        return card(row.dataset.smiles, [0, ...columns].map((column) => `${heads[column]} ${row.cells[column].textContent}`));
      }),
      trigger: "axis",
      // Beyond its own small chart there is room for the drawing.
      confine: false,
      appendTo: "body",
    },
    series: columns.map((column, index) => ({
      type: "line",
      name: heads[column],
      data: rows.map((row) => [value(row, 0), value(row, column)]),
      symbolSize: 5,
      lineStyle: { width: 1.75, type: index ? "dashed" : "solid" },
    })),
  }));
}
