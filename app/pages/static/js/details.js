// What was unfolded stays so when the part of the page around it is replaced.
export function keepOpen() {
  let open = [];
  const all = () => [...document.querySelectorAll("#live details")];
  const key = (details) => details.closest("[id]")?.id;
  document.addEventListener("htmx:beforeSwap", () => {
    open = all().filter((details) => details.open).map(key);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const details of all()) if (open.includes(key(details))) details.open = true;
  });
}
