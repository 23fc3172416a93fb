// Charts of the fits, drawn from their tables.
import { chartIn } from "./charts/canvas.js";
import { fit } from "./charts/fit.js";

function read(table) {
  return [...table.tBodies[0].rows].map((row) => {
    const [number, observed, predicted, sd] = [...row.cells].map((cell) => Number(cell.textContent.replaceAll(",", "")));
    return { number, observed, predicted, sd };
  });
}

async function draw() {
  for (const element of document.querySelectorAll("[data-fit]")) {
    const chart = await chartIn(element);
    const rows = read(document.getElementById(element.dataset.fit));
    chart.show(fit(element.dataset.name, rows));
    chart.instance?.on("click", ({ value }) => {
      location.href = element.dataset.molecules + value[3];
    });
  }
}

document.addEventListener("htmx:afterSettle", (event) => event.target.id === "fits" && draw());
