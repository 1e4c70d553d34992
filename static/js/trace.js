// The trace as a dialogue: new rows are added once per frame, and followed to the newest unless the reader has scrolled
// away. Near an edge more rows come by themselves.
import { addNew, atNewest, clear, lookAround, more, showOnly, startEdges } from "./edges.js";
import { fragment } from "./fragment.js";
import { keepPlace } from "./place.js";

const near = 800; // pixels from an edge at which more is asked for
const log = document.getElementById("log");
const groups = document.getElementById("groups");
const button = document.getElementById("log-new");

let waiting = []; // batches that came and were not added
let following = true;
let unseen = 0;
let last; // row that came
let top = 0; // where the log was
let ours = 0; // until when scrolling is our own, or the browser's after our changes
let touched = -Infinity; // when the reader last did something that scrolls

export function startTrace({ seq }) {
  startEdges(Number(seq), still);
  for (const input of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    log.addEventListener(input, () => { touched = performance.now(); }, { passive: true });
  }
  log.addEventListener("scroll", scrolled, { passive: true });
  log.addEventListener("rows", () => follow(following && atNewest() || atEnd()));
  button.addEventListener("click", () => { follow(true); toEnd(); log.focus(); });
  // Groups out of view have a guessed height. Scrolling makes it the true one, and then the end is elsewhere.
  new ResizeObserver(() => { if (following && performance.now() < ours) toLast(); }).observe(groups);
  document.addEventListener("moment", () => { begin(); lookAround(); follow(atNewest()); });
  follow(atNewest());
  if (following) toEnd();
}

// logShown is told that the dialogue can be seen again, after another view.
export function logShown() {
  if (following) toEnd();
}

export function addRows(html) {
  if (waiting.push(html) === 1) requestAnimationFrame(insertAll);
  // A page in the background gets no frames: it must not hoard.
  if (document.hidden && waiting.length > 20) insertAll();
}

// begin forgets what came and is not shown.
function begin() {
  waiting = [];
  last = undefined;
}

export function clearRows() {
  begin();
  clear();
  follow(true);
}

// showRows puts other rows in the place of all, of events up to `last`. earlier and later lead to what is beyond them; end
// says whether what comes live follows them.
export function showRows(rows, { last: seen, earlier, later, end = true }) {
  begin();
  ours = performance.now() + 150;
  showOnly(rows, { last: seen, earlier, later, end });
  follow(end);
  if (end) toEnd();
}

function insertAll() {
  if (!waiting.length || !atNewest()) return begin();
  const html = waiting.join("");
  waiting = [];
  let shown;
  still(() => {
    shown = addNew(fragment(html), following).filter((row) => row.offsetParent);
    unseen += following ? 0 : shown.length;
  });
  if (!shown.length) return;
  last = shown.at(-1);
  if (following) toLast();
  else announce();
}

// still changes the rows. What the reader looks at stays where it is, unless that is the newest.
function still(change) {
  ours = performance.now() + 150;
  if (following) change();
  else keepPlace(log, ".row", ".group", change); // not a heading: rows may come between it and its own
  top = log.scrollTop;
}

function scrolled() {
  const way = Math.sign(log.scrollTop - top);
  top = log.scrollTop;
  if (way <= 0 && top < near) more("before"); // 0: where we have put it while the reader scrolled
  if (way >= 0 && below() < near) more("from");
  const now = performance.now();
  if (atEnd() || now >= ours || now - touched <= 1000) follow(atEnd());
}

const below = () => log.scrollHeight - log.scrollTop - log.clientHeight;
const atEnd = () => atNewest() && below() < 48;

function follow(on) {
  following = on;
  if (on) unseen = 0;
  announce();
}

// stay stops following the newest row: the reader is led to another.
export function stay() {
  ours = 0;
  follow(false);
}

function announce() {
  button.hidden = following || unseen === 0 || !atNewest(); // there is another button for who is not there
  button.textContent = `${unseen} new ↓`;
}

function toEnd() {
  ours = performance.now() + 150;
  log.scrollTop = log.scrollHeight;
}

// toLast keeps the newest row in view. It may be in a group above the last, when two conversations go on at once.
function toLast() {
  if (!last?.isConnected || last.closest(".group") === groups.lastElementChild) return toEnd();
  last.scrollIntoView({ block: "nearest" });
}
