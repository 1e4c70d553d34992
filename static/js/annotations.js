// Notes and pins, as others make them too: fetched when their version is another one than that of the page.
import { fragment, load } from "./fragment.js";
import { notesChanged } from "./find.js";
import { inPast } from "./past.js";
import { showMessage } from "./toast.js";

const bench = document.getElementById("bench");
const groups = document.getElementById("groups");
const known = new Map(); // what changed since the page was loaded, by event

let version = 0;
let wanted;
let busy = false;

export function startNotes() {
  version = Number(bench.dataset.version);
  // Rows may come after what is said of them.
  new MutationObserver((changes) => {
    if (!known.size || inPast()) return;
    for (const row of changes.flatMap((c) => [...c.addedNodes]).flatMap(rowsIn)) if (known.has(row.dataset.seq)) dress(row);
  }).observe(groups, { childList: true, subtree: true });
}

// showNotes sees to it that the page has the notes of a version.
export async function showNotes(newest) {
  wanted = newest;
  if (busy) return;
  busy = true;
  for (let asked; wanted !== version && wanted !== asked;) {
    asked = wanted;
    await renew().catch(() => {}); // the next news tries again
  }
  busy = false;
}

async function renew() {
  const url = new URL(bench.dataset.annotations, location.href);
  url.searchParams.set("after", version);
  const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) throw new Error(response.statusText);
  const { version: now, all, changed } = await response.json();
  const there = new Set(all.map(String));
  for (const note of changed) known.set(String(note.seq), note);
  for (const row of groups.querySelectorAll(".row:has(> [data-mark])")) if (!there.has(row.dataset.seq)) known.set(row.dataset.seq, { html: "" });
  for (const seq of known.keys()) {
    if (!there.has(seq)) known.set(seq, { html: "" });
    const row = document.getElementById(`e${seq}`);
    if (row) dress(row);
  }
  version = now;
  notesChanged();
}

function rowsIn(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return [];
  return node.matches(".row") ? [node] : [...node.querySelectorAll(".row")];
}

// dress shows what is known of a row beside it, and in its card if that is open.
function dress(row) {
  const { html, pinned = false, text = "" } = known.get(row.dataset.seq);
  row.querySelector(":scope > [data-mark]")?.remove();
  row.querySelector(":scope > .row__said").after(fragment(html));
  const card = row.querySelector("[data-annotate]");
  if (!card) return;
  const pin = card.querySelector("[data-pin]");
  pin.value = pinned ? "unpin" : "pin";
  pin.ariaPressed = String(pinned);
  const field = card.querySelector("textarea");
  if (field !== document.activeElement) field.value = field.defaultValue = text;
}

// turnPin turns the pin over of the line that is open, or that has the focus.
export async function turnPin() {
  const row = document.querySelector("#log .row[data-open]") ?? document.activeElement.closest("#log .row");
  if (!row) return showMessage("Which line? Click one, or move to it with the arrow keys, and press m.");
  const body = new URLSearchParams({ do: row.querySelector(":scope > [data-mark] .mark__pin") ? "unpin" : "pin" });
  const answer = await load(`${row.querySelector("[data-explain]").href}/note`, { method: "POST", body, redirect: "manual" }).catch(() => null);
  if (!answer?.ok) showMessage("The line could not be pinned.");
}
