// The two edges of the rows that the page holds: there more are asked for, and those that are too many go at the other.
// While the newest row is here, what comes live is added; when it has gone, that waits until the reader comes back.
import { addEarlier, addLater, count, dropFirst, dropLast, held, show } from "./rows.js";
import { ask, search } from "./search.js";
import { alone } from "./turns.js";

const page = 60; // rows that are asked for at a time, so that adding them holds nobody up
const log = document.getElementById("log");
const edge = { before: document.getElementById("log-earlier"), from: document.getElementById("log-later") };

let newest = 0; // number of the newest event that was heard of
let attached = true; // the rows are the newest
let busy = false; // asking for more
let still; // changes the rows while what is read stays in its place

export function startEdges(seq, keep) {
  still = keep;
  newest = seq;
  lookAround();
  for (const [way, line] of Object.entries(edge)) {
    line.addEventListener("click", (event) => {
      if (!event.target.closest("[data-more]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      more(way);
    });
  }
}

// atNewest reports whether the newest row is here.
export function atNewest() { return attached; }

// lookAround finds out which rows there are, when they have been drawn by others.
export function lookAround() {
  count();
  attached = edge.from.hidden;
}

// showOnly puts rows of events up to a number in the place of all. earlier and later lead to what is beyond them.
export function showOnly(rows, { last, earlier, later, end }) {
  show(rows, last);
  newest = Math.max(newest, last);
  attached = end;
  lead("before", earlier);
  lead("from", end ? "" : later);
}

// addNew adds groups of rows that came live, and returns the rows. Who reads near the beginning keeps that.
export function addNew(content, following) {
  const rows = addLater(content);
  newest = Math.max(newest, held.seen);
  if (following || log.scrollTop > log.scrollHeight / 2) lose("before");
  else lose("from");
  return rows;
}

// heardOf is told of rows that are not added.
export function heardOf(html) {
  for (const [, seq] of html.matchAll(/data-seq="(\d+)"/g)) newest = Math.max(newest, Number(seq));
}

export function clear() {
  showOnly([], { last: 0, earlier: "", end: true });
  newest = 0;
}

// more asks for the rows before the first, or from the last on. While none of them can be seen, because of filters, or one
// is at the very edge all the same, it goes on, but not for ever.
export async function more(way) {
  if (busy) return;
  busy = true;
  for (let n = 0, enough = false; n < 10 && !enough && !edge[way].hidden; n++) {
    enough = await fetchMore(way).catch(() => true) && !atEdge(way);
  }
  busy = false;
}

function atEdge(way) {
  return way === "before" ? log.scrollTop < 1 : log.scrollHeight - log.scrollTop - log.clientHeight < 1;
}

async function fetchMore(way) {
  let seen = false;
  await alone(async () => {
    const mode = search.filtered ? "filter" : "find";
    const rows = await ask({ q: search.text, mode, [way]: way === "before" ? held.first : held.last, n: page });
    still(() => {
      const added = (way === "before" ? addEarlier : addLater)(rows);
      seen = added.some((row) => row.offsetParent);
      arrived(way, rows.dataset, added.length);
      lose(way === "before" ? "from" : "before");
    });
    tell(Number(rows.dataset.last));
  });
  return seen;
}

// arrived finds out what is beyond the rows that came.
function arrived(way, { earlier, later, last }, many) {
  if (way === "before") return lead(way, many ? earlier : "");
  attached = !later && Number(last) >= newest;
  lead(way, attached ? "" : later || edge.from.querySelector("[data-more]").href);
}

// lose keeps the rows few at one edge.
function lose(way) {
  if (!(way === "before" ? dropFirst() : dropLast())) return;
  const url = new URL(edge[way].querySelector("[data-more]").href);
  url.searchParams.set(way, way === "before" ? held.first : held.last);
  lead(way, url);
  if (way === "before" || !attached) return;
  attached = false;
  tell(0);
}

function lead(way, url) {
  if (url) edge[way].querySelector("[data-more]").href = url;
  edge[way].hidden = !url;
}

// tell says that there are other rows, and whether what comes live follows them; with the last event that was looked at.
function tell(last) {
  log.dispatchEvent(new CustomEvent("rows", { detail: { last, end: attached } }));
}
