// A button with data-copy puts the text of that element on the clipboard.
export function copyOnClick() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.innerText);
      button.textContent = "Copied";
    } catch {
      // Without TLS a browser keeps the clipboard to itself; the text is then selected at least.
      getSelection().selectAllChildren(source);
    }
  });
}
