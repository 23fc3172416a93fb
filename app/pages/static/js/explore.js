// The pages of Explore: the editor in step with the boxes, the radius, and the curves of a way.
import { keepInStep } from "./sketch.js";
import { drawCurves } from "./curves.js";

keepInStep(document.getElementById("sketch"), [...document.querySelectorAll("[data-sketch]")]);

document.addEventListener("input", ({ target }) => {
  if (target.id === "scaled_radius") target.form.querySelector("output[for=scaled_radius]").value = target.value;
});
// A slider that is let go, or another order, is an answer without a click.
document.addEventListener("change", ({ target }) => {
  if (target.name === "scaled_radius" || target.name === "sort") {
    if (target.form.checkValidity()) target.form.requestSubmit();
  }
});

// On a narrow screen the answer is below what was asked.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id !== "result") return;
  if (target.getBoundingClientRect().top > innerHeight / 2) target.scrollIntoView();
});

const curves = () => document.querySelectorAll(".chart[data-table]").forEach(drawCurves);
document.addEventListener("htmx:afterSettle", curves);
curves();
