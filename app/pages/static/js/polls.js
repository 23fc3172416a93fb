// Parts marked data-poll ask again and again, but not in a tab that nobody sees.
export function pausePolls() {
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.elt.matches("[data-poll]")) event.preventDefault();
  });
}
