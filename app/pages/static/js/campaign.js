// The charts of one campaign: drawn from its points, and again whenever it has changed.
import { best } from "./charts/best.js";
import { chartIn, load } from "./charts/canvas.js";
import { front } from "./charts/front.js";
import { map } from "./charts/map.js";
import { keepOpen } from "./details.js";

const charts = new Map();
let data;

async function draw() {
  const live = document.getElementById("live");
  if (!live.querySelector("[data-chart]")) return;
  load().catch(() => {}); // who draws says so
  const response = await fetch(live.dataset.points);
  if (!response.ok) return;
  data = await response.json();
  await Promise.all([...live.querySelectorAll("[data-chart]")].map(show));
}

async function show(element) {
  if (!charts.has(element)) {
    const made = await chartIn(element);
    made.instance?.on("click", follow);
    charts.set(element, made);
  }
  charts.get(element).show(build(element.dataset.chart));
}

function build(kind) {
  if (kind === "best") return best(data);
  if (kind === "map") return map(data);
  const [across, up] = ["x", "y"].map((name) => Number(document.querySelector(`[data-axis="${name}"]`).value));
  return front(data, across, up);
}

function follow({ seriesType, value, dataIndex }) {
  if (seriesType !== "scatter") return;
  // A point of the course stands at its place, the others name theirs.
  const index = value.length > 2 ? value.at(-1) : dataIndex;
  location.href = document.getElementById("live").dataset.molecules + data.number[index];
}

document.addEventListener("htmx:afterSettle", (event) => event.target.id === "live" && draw());
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-axis]")) show(document.getElementById("chart-front"));
});
keepOpen();
draw();
