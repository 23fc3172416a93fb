// A button with data-confirm asks before it does what cannot be taken back.
export function confirmFirst() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-confirm]");
    if (button && !confirm(button.dataset.confirm)) event.preventDefault();
  });
}
