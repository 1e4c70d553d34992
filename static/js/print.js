// Printing: a button for what the browser's own menu does, too.
export function startPrint() {
  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) print(); });
}
