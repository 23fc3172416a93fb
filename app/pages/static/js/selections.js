// A button with data-needs is of use once so many boxes named data-of are ticked in its form.
function update(form) {
  for (const button of form.querySelectorAll("button[data-needs]")) {
    const ticked = form.querySelectorAll(`input[name="${button.dataset.of}"]:checked`).length;
    button.disabled = ticked < Number(button.dataset.needs);
  }
}

export function watchSelections() {
  const all = () => document.querySelectorAll("form:has(button[data-needs])").forEach(update);
  document.addEventListener("change", (event) => event.target.form && update(event.target.form));
  document.addEventListener("htmx:afterSettle", all);
  addEventListener("pageshow", all);
  all();
}
