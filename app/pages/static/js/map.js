// The map: its points by colour, campaigns over them, and a lasso whose area is in the address.
import { axis, chartIn, GRID, tooltip } from "./charts/canvas.js";
import { card, short } from "./charts/card.js";
import { bins, colour, overlay, read } from "./mappoints.js";
import { isDark } from "./theme.js";

const area = document.getElementById("map");
const form = document.getElementById("ask");
const CORNERS = 40;
let chart;
let points;

const chosen = (name) => new URL(location.href).searchParams.getAll(name);

function tip({ seriesId, dataIndex, data }) {
  const group = points.groups.find(({ id }) => id === seriesId);
  if (!group) return card(null, [`trial ${data[2]}`, `utility ${short(data[3])}`]);
  const shown = card(null, [`${area.dataset.label} ${short(group.values[dataIndex])}`]);
  const picture = new Image(200, 140);
  picture.className = "structure";
  picture.alt = "";
  picture.src = area.dataset.drawings.replace("ROW", group.rows[dataIndex]);
  shown.prepend(picture);
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

function option(over, colors) {
  return {
    grid: GRID,
    legend: { show: over.length > 0, top: 0, left: 0, data: over.map(({ name }) => name), textStyle: { color: colors.text } },
    tooltip: { ...tooltip(colors, tip), showDelay: 80, transitionDuration: 0 },
    xAxis: axis(colors, area.dataset.x),
    yAxis: axis(colors, area.dataset.y, { nameGap: 30 }),
    dataZoom: [{ type: "inside", xAxisIndex: 0, filterMode: "none" }, { type: "inside", yAxisIndex: 0, filterMode: "none" }],
    brush: { xAxisIndex: 0, yAxisIndex: 0, brushMode: "single", transformable: false, brushStyle: { color: "transparent", borderColor: colors.text, borderWidth: 2 }, outOfBrush: {}, inBrush: {} },
    toolbox: { show: false },
    series: [...series(), ...over.map((one, index) => ({
      type: "scatter",
      id: one.id,
      name: one.name,
      data: one.points,
      symbolSize: 10,
      z: 5,
      symbol: ["circle", "diamond", "triangle", "rect", "pin"][index % 5],
      itemStyle: { color: colors.series[(index + 1) % 5], borderColor: colors.panel, borderWidth: 1.5 },
    }))],
  };
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
  const [found, over, canvas] = await Promise.all([read(area), overlay(area, chosen("campaign")), chartIn(area)]);
  if (!canvas.instance) return;
  points = bins(found, area.dataset.columns.split(" ").indexOf(area.dataset.colour));
  chart = canvas.instance;
  canvas.show((colors) => option(over, colors));
  chart.on("brushEnd", take);
  const follow = () => {
    scale();
    showArea();
  };
  document.addEventListener("theme", follow);
  follow();
  document.querySelector("[data-lasso]").addEventListener("click", ({ target }) => lasso(target.getAttribute("aria-pressed") !== "true"));
  document.querySelector("[data-whole]").addEventListener("click", () => [0, 1].forEach((dataZoomIndex) => chart.dispatchAction({ type: "dataZoom", dataZoomIndex, start: 0, end: 100 })));
}

form.addEventListener("change", () => form.requestSubmit());
addEventListener("popstate", () => location.reload());
start();
