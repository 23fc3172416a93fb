// What was typed is there again after a reload or a step back, until it is sent or discarded.
export function keepDraft(form) {
  const key = `draft ${location.pathname}${location.search}`;
  const stored = sessionStorage.getItem(key);

  let discarded = false;
  const save = () => discarded || sessionStorage.setItem(key, text(form));
  form.addEventListener("input", save);
  form.addEventListener("htmx:afterSwap", save);
  form.addEventListener("submit", (event) => {
    if (!event.submitter?.hasAttribute("formaction")) sessionStorage.removeItem(key);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-discards-draft]");
    if (!link) return;
    sessionStorage.removeItem(link.dataset.discardsDraft ? `draft ${link.dataset.discardsDraft}` : `draft ${link.pathname}${link.search}`);
    // An answer that is still on its way must not bring the draft back before the page is left.
    discarded = !(event.ctrlKey || event.metaKey || event.shiftKey);
  });
  if (stored !== null && stored !== text(form)) restore(form, stored);
}

function text(form) {
  const data = new FormData(form);
  // A new page has a new token; what it was worth is of no use any more.
  for (const name of ["token", "molecule_file", "result_file"]) data.delete(name);
  return new URLSearchParams(data).toString();
}

function restore(form, stored) {
  const values = {};
  for (const [name, value] of new URLSearchParams(stored)) {
    values[name] = name in values ? [values[name], value].flat() : value;
  }
  const token = form.elements.token.value;
  htmx.ajax("POST", form.dataset.draft, {
    source: "#fields",
    target: "#fields",
    select: "#fields",
    swap: "outerHTML",
    values: { ...values, token },
  });
}
