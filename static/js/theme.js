// The theme button goes round automatic, light, dark. The cookie lets the server draw the next page right at once.
const order = ["auto", "light", "dark"];

export function startTheme() {
  const form = document.querySelector("[data-theme-form]");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const root = document.documentElement;
    const theme = after(root.dataset.theme);
    root.dataset.theme = theme;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    const button = form.querySelector("button");
    button.value = after(theme);
    button.title = `Theme: ${theme}`;
    button.setAttribute("aria-label", `Theme: ${theme}. Change to ${after(theme)}`);
  });
}

function after(theme) {
  return order[(order.indexOf(theme) + 1) % order.length];
}
