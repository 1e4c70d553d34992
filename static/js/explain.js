// Explanations: a click on a row opens a card below it, another closes it.
import { load } from "./fragment.js";

export function startExplain(log) {
  log.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a, button, summary, .card");
    if (link && !link.matches("[data-explain]")) return;
    if (!link && String(getSelection())) return; // somebody is copying text
    event.preventDefault();
    row.hasAttribute("data-open") ? close(row) : open(row);
  });
  log.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event);
    if (event.key !== "Escape" || event.target.closest("textarea")) return; // a note is being written
    const row = log.querySelector(".row[data-open]");
    if (row) { event.stopPropagation(); close(row); row.querySelector("[data-explain]").focus(); }
  });
}

export async function open(row) {
  for (const other of document.querySelectorAll(".row[data-open]")) close(other);
  const link = row.querySelector("[data-explain]");
  row.setAttribute("data-open", "");
  link.setAttribute("aria-expanded", "true");
  let card;
  try {
    card = (await load(link.href)).content.firstElementChild;
  } catch {
    card = document.createElement("div");
    card.className = "card";
    card.textContent = "The explanation could not be fetched: there is no connection to the lab.";
  }
  if (!row.hasAttribute("data-open") || row.querySelector(".card")) return;
  row.append(card);
  card.scrollIntoView({ block: "nearest" });
}

function close(row) {
  row.removeAttribute("data-open");
  row.querySelector("[data-explain]").setAttribute("aria-expanded", "false");
  row.querySelector(".card")?.remove();
}

// move goes from row to row with the arrow keys, past those that are hidden.
function move(event) {
  const links = [...event.currentTarget.querySelectorAll("[data-explain]")].filter((link) => link.offsetParent);
  const at = links.indexOf(document.activeElement);
  const next = links[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (at < 0 || !next) return;
  event.preventDefault();
  next.focus();
}
