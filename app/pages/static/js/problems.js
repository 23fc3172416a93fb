// What the check found is marked at its field, and a click on it leads to its line.
export function markProblems(check) {
  const form = check.closest("form");

  function mark() {
    form.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
    for (const link of check.querySelectorAll("[data-field]")) {
      document.getElementById(link.dataset.field)?.setAttribute("aria-invalid", "true");
    }
  }

  check.addEventListener("htmx:afterSettle", mark);
  check.addEventListener("click", (event) => {
    const link = event.target.closest("[data-field]");
    const field = link && document.getElementById(link.dataset.field);
    if (!field) return;
    event.preventDefault();
    field.focus();
    if (link.dataset.line) selectLine(field, Number(link.dataset.line));
  });
  mark();
}

function selectLine(field, line) {
  const before = field.value.split("\n").slice(0, line - 1).join("\n");
  const start = line > 1 ? before.length + 1 : 0;
  const end = field.value.indexOf("\n", start);
  field.setSelectionRange(start, end < 0 ? field.value.length : end);
}
