// Parts marked data-poll ask again and again, but not in a tab that nobody sees; parts marked
// data-gentle are not replaced while something is typed or ticked in them.
function isTouched(part) {
  const fields = [...part.querySelectorAll("input")];
  return fields.some((field) => (field.type === "checkbox" ? field.checked : field.value !== ""));
}

export function pausePolls() {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const part = event.detail.elt;
    const isUnseen = part.matches("[data-poll]") && document.hidden;
    if (isUnseen || (part.matches("[data-gentle]") && isTouched(part))) event.preventDefault();
  });
}
