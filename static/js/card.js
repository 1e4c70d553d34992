// What explains a thing in a view is shown below the view, until it is closed.
import { load } from "./fragment.js";
import { startArrows } from "./view.js";

const view = document.getElementById("view");
const dock = document.getElementById("view-card");

export function startCards() {
  startArrows();
  view.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-card], [data-shut-card]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (link.matches("[data-shut-card]")) shutCard(true);
    else if (link.hasAttribute("data-open")) shutCard();
    else show(link);
  });
  view.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !dock.firstChild) return;
    event.stopPropagation();
    shutCard(true);
  });
}

const opened = () => view.querySelector("[data-card][data-open]");

async function show(link) {
  shutCard();
  link.setAttribute("data-open", "");
  const href = link.getAttribute("href");
  const card = (await load(href).catch(() => null))?.content.querySelector(".card");
  if (opened()?.getAttribute("href") !== href) return; // another was asked for meanwhile
  if (!card) return shutCard();
  const button = Object.assign(document.createElement("button"), { className: "view__shut", type: "button", textContent: "✕" });
  button.setAttribute("aria-label", "Close the explanation");
  button.dataset.shutCard = "";
  dock.replaceChildren(card, button);
  opened().scrollIntoView({ block: "nearest" });
}

// shutCard takes the explanation away, and gives the focus back to what it was about.
export function shutCard(focus = false) {
  const link = opened();
  link?.removeAttribute("data-open");
  dock.replaceChildren();
  if (focus) link?.focus({ preventScroll: true });
}
