// Lines of the columns of a table: the numbers stand in the page once, for eyes and screen readers.
import * as echarts from "../vendor/echarts.js";
import { colours } from "./colours.js";

export function drawCurves(figure) {
  const table = document.getElementById(figure.dataset.table);
  const area = figure.querySelector(".chart-area");
  if (!table || echarts.getInstanceByDom(area)) return;
  const chart = echarts.init(area, null, { renderer: "svg" });
  const rows = [...table.tBodies[0].rows];
  const columns = figure.dataset.columns.split(" ").map(Number);
  const names = columns.map((column) => table.tHead.rows[0].cells[column].textContent);

  const value = (row, column) => {
    const text = row.cells[column].dataset.value;
    return text === "" ? null : Number(text);
  };

  function tip(points) {
    const row = rows[points[0].dataIndex];
    const shown = document.createElement("div");
    shown.className = "chart-tip";
    if (row.dataset.drawing) {
      const picture = new Image(160, 112);
      picture.className = "structure";
      picture.src = row.dataset.drawing;
      picture.alt = "";
      shown.append(picture);
    }
    for (const column of [0, ...columns]) {
      const line = document.createElement("span");
      line.textContent = `${table.tHead.rows[0].cells[column].textContent} ${row.cells[column].textContent}`;
      shown.append(line);
    }
    return shown;
  }

  function draw() {
    const { text, muted, line, series } = colours(figure);
    const axis = { axisLabel: { color: muted, fontSize: 11 }, axisLine: { lineStyle: { color: line } }, splitLine: { lineStyle: { color: line } } };
    chart.setOption({
      animation: false,
      color: series,
      grid: { left: 40, right: 12, top: names.length > 1 ? 26 : 12, bottom: 22 },
      legend: { show: names.length > 1, top: 0, right: 0, itemWidth: 14, itemHeight: 8, textStyle: { color: text, fontSize: 11 } },
      tooltip: { trigger: "axis", formatter: tip, padding: 0, borderWidth: 0, backgroundColor: "transparent", appendTo: "body", extraCssText: "" },
      xAxis: { type: "value", min: 0, max: 1, ...axis, splitLine: { show: false }, axisLabel: { ...axis.axisLabel, formatter: (at) => `${Math.round(at * 100)} %` } },
      yAxis: { type: "value", scale: columns.length === 1, ...(columns.length > 1 ? { min: 0, max: 1, interval: 0.25 } : {}), splitNumber: 3, ...axis },
      series: columns.map((column, index) => ({
        type: "line",
        name: names[index],
        data: rows.map((row) => [value(row, 0), value(row, column)]),
        symbolSize: 5,
        lineStyle: { width: 1.75, type: index ? "dashed" : "solid" },
      })),
    });
  }

  draw();
  document.addEventListener("theme", draw);
  new ResizeObserver(() => chart.resize()).observe(area);
}
