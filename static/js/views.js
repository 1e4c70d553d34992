// The views of the trace besides the dialogue: links to them are followed without loading the page, and what they show is
// kept up to date while the lab goes on. The address goes along.
import { load } from "./fragment.js";
import { exchange, sayInView } from "./view.js";
import { shutCard, startCards } from "./card.js";
import { held } from "./gate.js";
import { logShown } from "./trace.js";

const every = 500; // milliseconds between two renewals, at least
const panel = document.getElementById("trace");
const content = document.getElementById("view-content");

let shown = panel?.dataset.view; // its name
let query = new URLSearchParams(location.search); // what it shows
let asked = 0; // number of the newest request: the answers to older ones come too late
let busy = false;
let news = false; // came while there was no time to look
let looked = -Infinity;
let text; // of what is there, so that nothing is exchanged for its like

export function startViews() {
  panel.addEventListener("click", follow);
  panel.addEventListener("change", (event) => event.target.closest("[data-choose]") && choose(event.target.form));
  panel.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-choose]")) return;
    event.preventDefault();
    choose(event.target);
  });
  content.addEventListener("focusout", (event) => {
    if (!event.target.closest("[data-choose]")) return;
    text = undefined; // the list was left as it was
    renewView();
  });
  document.addEventListener("visibilitychange", () => { if (news) renewView(); });
  document.addEventListener("moment", () => { markTab(); keepAddress(); if (shown !== "dialogue") renew(); });
  addEventListener("popstate", keepAddress);
  startCards();
}

// follow goes where a link in a view leads, when that is a view. The tabs are followed by tabs.js.
function follow(event) {
  const link = event.target.closest("a[data-view-link]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  showView(new URL(link.href).searchParams, { within: true, here: link.matches("[data-here]") });
}

function choose(form) {
  const wanted = new URLSearchParams(new FormData(form));
  if (!wanted.get("conn")) wanted.delete("conn");
  showView(wanted);
}

// showView shows what a query of the lab's page asks for. From a link within the view the focus goes to what comes; one that
// leads to another thing here leaves everything else as it is.
export async function showView(wanted, { within = false, here = false } = {}) {
  const other = shown !== (wanted.get("view") ?? "dialogue");
  shown = wanted.get("view") ?? "dialogue";
  query = wanted;
  markTab();
  keepAddress();
  shutCard();
  panel.dataset.view = shown;
  text = undefined;
  if (other) content.replaceChildren();
  if (shown === "dialogue") {
    asked++; // whatever is on its way comes too late
    logShown();
    return;
  }
  await renew(!here);
  if (within && !here) document.getElementById("view-body")?.focus({ preventScroll: true });
}

export function showDialogue() {
  return showView(new URLSearchParams());
}

function markTab() {
  for (const tab of panel.querySelectorAll("[data-view]")) {
    if (tab.dataset.view !== shown) {
      tab.removeAttribute("aria-current");
      continue;
    }
    tab.setAttribute("aria-current", "true");
    tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

// keepAddress says in the address what is shown, unless that is a window's, and in the link that leads out of the past.
function keepAddress() {
  const now = document.querySelector("[data-time-now]");
  if (now) now.href = withView(now.href);
  if (!history.state?.window) history.replaceState(history.state, "", withView(location.href));
}

function withView(href) {
  const url = new URL(href);
  for (const key of ["view", "conn", "before", "event", "ack"]) {
    if (query.has(key) && shown !== "dialogue") url.searchParams.set(key, query.get(key));
    else url.searchParams.delete(key);
  }
  return url;
}

// renewView is told that something happened. It looks at most twice a second, and one time after another.
export function renewView() {
  news = true;
  if (busy || shown === "dialogue" || document.hidden) return;
  busy = true;
  setTimeout(async () => {
    if (shown !== "dialogue") await renew();
    busy = false;
    if (news) renewView();
  }, Math.max(0, looked + every - performance.now()));
}

// renew asks for the view again, and exchanges what has changed.
async function renew(anew = false) {
  news = false;
  looked = performance.now();
  const mine = ++asked;
  const url = new URL(`${document.getElementById("views").dataset.url}/${shown}`, location.href);
  for (const [key, value] of query) if (key !== "view") url.searchParams.set(key, value);
  if (held()) url.searchParams.set("upto", held() - 1); // the rest is still to be predicted
  if (anew) content.setAttribute("aria-busy", "true");
  const answer = await load(url).catch(() => null);
  if (mine !== asked) return;
  content.removeAttribute("aria-busy");
  if (answer?.status === 404 && (query.has("conn") || query.has("event"))) { // the lab was reset
    query = new URLSearchParams({ view: shown });
    keepAddress();
    return renew(anew);
  }
  if (answer?.ok && answer.text !== text) exchange(answer.content, anew, shown);
  if (answer?.ok) text = answer.text;
  else if (anew) sayInView("This view could not be fetched: there is no connection to the lab.");
}
