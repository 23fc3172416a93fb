// A button with data-needs is of use once so many boxes named data-of are ticked in its form.
function update(button) {
  const boxes = [...button.form.elements].filter((box) => box.name === button.dataset.of && box.checked);
  button.disabled = boxes.length < Number(button.dataset.needs);
}

export function watchSelections() {
  const all = () => document.querySelectorAll("button[data-needs]").forEach(update);
  document.addEventListener("change", all);
  document.addEventListener("htmx:afterSettle", all);
  addEventListener("pageshow", all);
  all();
}
