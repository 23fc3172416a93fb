// The map: its points by colour, campaigns over them, and a lasso whose area is in the address.
import * as echarts from "../vendor/echarts.js";
import { colours } from "./colours.js";
import { isDark } from "./theme.js";
import { bins, colour, overlay, read } from "./mappoints.js";

const area = document.getElementById("map");
const form = document.getElementById("ask");
const CORNERS = 40;
let chart;
let points;

const chosen = (name) => new URL(location.href).searchParams.getAll(name);

function tip({ seriesId, dataIndex, data }) {
  const shown = document.createElement("div");
  shown.className = "chart-tip";
  const series = points.groups.find(({ id }) => id === seriesId);
  if (series) {
    const picture = new Image(200, 140);
    picture.className = "structure";
    picture.alt = "";
    picture.src = area.dataset.drawings.replace("ROW", series.rows[dataIndex]);
    shown.append(picture);
    const line = document.createElement("span");
    line.textContent = `${area.dataset.label} ${series.values[dataIndex].toPrecision(3)}`;
    shown.append(line);
  } else {
    shown.textContent = `trial ${data[2]}${data[3] === null ? "" : `, utility ${data[3].toPrecision(3)}`}`;
  }
  return shown;
}

function series() {
  const many = points.count > 10_000;
  return points.groups.map(({ id, bin, places }) => ({
    type: "scatter",
    id,
    data: places,
    dimensions: ["x", "y"],
    large: true,
    largeThreshold: 0,
    progressive: 0,
    symbolSize: many ? 3 : 5,
    itemStyle: { color: colour(bin, isDark()), opacity: many ? 0.55 : 0.75 },
  }));
}

function draw(over) {
  const { text, muted, line, panel, accent, series: tints } = colours(area);
  const axis = (name) => ({
    type: "value", scale: true, name, nameLocation: "middle", nameGap: 24,
    nameTextStyle: { color: muted, fontSize: 12 }, axisLabel: { color: muted, fontSize: 11 },
    axisLine: { show: false }, axisTick: { show: false }, splitLine: { lineStyle: { color: line, opacity: 0.6 } },
  });
  chart.setOption({
    animation: false,
    grid: { left: 42, right: 10, top: 30, bottom: 40 },
    legend: { show: over.length > 0, top: 0, left: 40, data: over.map(({ name }) => name), textStyle: { color: text } },
    tooltip: { trigger: "item", formatter: tip, padding: 0, borderWidth: 0, backgroundColor: "transparent", showDelay: 80, transitionDuration: 0, confine: true },
    xAxis: axis(area.dataset.x),
    yAxis: axis(area.dataset.y),
    dataZoom: [{ type: "inside", xAxisIndex: 0, filterMode: "none" }, { type: "inside", yAxisIndex: 0, filterMode: "none" }],
    brush: { xAxisIndex: 0, yAxisIndex: 0, brushMode: "single", transformable: false, throttleType: "debounce", throttleDelay: 200, brushStyle: { color: "transparent", borderColor: accent, borderWidth: 2 }, outOfBrush: {}, inBrush: {} },
    toolbox: { show: false },
    series: [...series(), ...over.map((one, index) => ({
      type: "scatter", id: one.id, name: one.name, data: one.points, symbolSize: 9, z: 5,
      symbol: ["circle", "diamond", "triangle", "rect", "pin"][index % 5],
      itemStyle: { color: tints[(index + 1) % tints.length], borderColor: panel, borderWidth: 1 },
    }))],
  }, { replaceMerge: ["series"] });
}

function scale() {
  document.querySelector(".map-scale").replaceChildren(...points.ranges.map(({ bin, low, high }) => {
    const item = document.createElement("li");
    const dot = document.createElement("i");
    dot.style.background = colour(bin, isDark());
    item.append(dot, `${low.toPrecision(2)}–${high.toPrecision(2)}`);
    return item;
  }));
}

function showArea() {
  const [text] = chosen("area");
  const corners = (text ?? "").split(" ").map((pair) => pair.split(",").map(Number));
  const good = corners.length > 2 && corners.flat().every(Number.isFinite);
  chart.dispatchAction({
    type: "brush",
    areas: good ? [{ brushType: "polygon", xAxisIndex: 0, yAxisIndex: 0, coordRange: corners }] : [],
  });
}

function lasso(on) {
  document.querySelector("[data-lasso]").setAttribute("aria-pressed", on);
  chart.dispatchAction({ type: "takeGlobalCursor", key: "brush", brushOption: { brushType: on ? "polygon" : false, brushMode: "single" } });
}

function take({ areas }) {
  lasso(false);
  if (!areas.length) return;
  const corners = areas[0].coordRange;
  const every = Math.ceil(corners.length / CORNERS);
  const text = corners.filter((_, index) => index % every === 0).map((pair) => pair.map((at) => at.toFixed(3)).join(",")).join(" ");
  go((parameters) => parameters.set("area", text));
}

function go(change) {
  const address = new URL(location.href);
  change(address.searchParams);
  htmx.ajax("GET", `${address.pathname}${address.search}`, { target: "#result", select: "#result", swap: "outerHTML" })
    .then(() => history.pushState(null, "", address));
}

async function start() {
  area.dataset.waits = "";
  const [found, over] = await Promise.all([read(area), overlay(area, chosen("campaign"))]);
  delete area.dataset.waits;
  points = bins(found, area.dataset.columns.split(" ").indexOf(area.dataset.colour));
  chart = echarts.init(area, null, { renderer: "canvas" });
  draw(over);
  scale();
  showArea();
  chart.on("brushEnd", take);
  document.addEventListener("theme", () => { draw(over); scale(); });
  new ResizeObserver(() => chart.resize()).observe(area);
  document.querySelector("[data-lasso]").addEventListener("click", ({ target }) => lasso(target.getAttribute("aria-pressed") !== "true"));
  document.querySelector("[data-whole]").addEventListener("click", () => [0, 1].forEach((dataZoomIndex) => chart.dispatchAction({ type: "dataZoom", dataZoomIndex, start: 0, end: 100 })));
}

form.addEventListener("change", () => form.requestSubmit());
addEventListener("popstate", () => location.reload());
start();
