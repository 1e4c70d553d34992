// The projector: large type, passwords hidden, the next line on one key. This tab remembers it.
const root = document.documentElement;
const button = document.querySelector("[data-projector]");

let clicked = false; // where the focus is, and not tabbed

export function startProjector() {
  set(sessionStorage.getItem("projector") === "on");
  button?.addEventListener("click", toggleProjector);
  addEventListener("pointerdown", () => { clicked = true; }, true);
  addEventListener("keydown", (event) => {
    if (event.key === "Tab") clicked = false;
    if (!root.hasAttribute("data-projector") || event.key !== " " || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=range]), textarea, dialog:modal")) return;
    const pressed = event.target.closest("button, summary, select");
    if (pressed && !clicked) return;
    event.preventDefault();
    pressed?.blur(); // or the key presses it, too
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
