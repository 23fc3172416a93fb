// The charts of several campaigns.
import { chartIn } from "./charts/canvas.js";
import { courses, fronts } from "./charts/comparison.js";

const box = document.querySelector("[data-comparison]");
const data = await (await fetch(box.dataset.comparison)).json();
(await chartIn(box.querySelector('[data-chart="courses"]'))).show(courses(data));
const figure = box.querySelector("[data-fronts]");
if (data.objectives.length < 2) figure.remove();
else (await chartIn(figure.querySelector("[data-chart]"))).show(fronts(data));
