// The projector: large type, passwords hidden, the next line on one key. This tab remembers it.
const root = document.documentElement;
const button = document.querySelector("[data-projector]");

export function startProjector() {
  set(sessionStorage.getItem("projector") === "on");
  button?.addEventListener("click", toggleProjector);
  addEventListener("keydown", (event) => {
    if (!root.hasAttribute("data-projector") || event.key !== " " || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, button, a, summary, dialog")) return;
    event.preventDefault();
    next();
  });
}

export function toggleProjector() { set(!root.hasAttribute("data-projector")); }

function set(on) {
  root.toggleAttribute("data-projector", on);
  button?.setAttribute("aria-pressed", on);
  sessionStorage.setItem("projector", on ? "on" : "off");
}

// next shows the next line: of the past, or of a lab that is stepped through.
function next() {
  const past = document.getElementById("lab").dataset.past === "true";
  const target = past ? document.querySelector("[data-time-step=forth]") : document.querySelector("#controls [data-do=step]");
  target?.click();
}
