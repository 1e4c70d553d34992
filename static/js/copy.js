// Copying: a field or a text (data-copy names its id) or a whole text from the server (data-copy-url).
export function startCopy() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-url]");
    if (!button) return;
    const words = button.dataset.words ?? (button.dataset.words = button.textContent);
    try {
      await navigator.clipboard.writeText(await textFor(button));
      button.textContent = "Copied ✓";
    } catch {
      button.textContent = "Could not copy";
    }
    setTimeout(() => { button.textContent = words; }, 2000);
  });
}

async function textFor({ dataset }) {
  if (dataset.copy) {
    const field = document.getElementById(dataset.copy);
    return field.value ?? field.textContent.trim().replace(/\s+/g, " ");
  }
  const response = await fetch(dataset.copyUrl, { credentials: "same-origin" });
  if (!response.ok) throw new Error(response.statusText);
  return response.text();
}
