// The rows of the trace: added to their groups once per frame, the oldest dropped when there are too many, and
// followed to the newest unless the reader has scrolled away.
import { fragment } from "./fragment.js";

const most = 2000;
const log = document.getElementById("log");
const groups = document.getElementById("groups");
const button = document.getElementById("log-new");

let waiting = [];
let following = true;
let unseen = 0;
let newest; // row that came
let ours = 0; // until when scrolling is our own, or the browser's after our changes
let touched = -Infinity; // when the reader last did something that scrolls
let floor = 0; // rows up to here are there, or were left out on purpose

export function startTrace() {
  for (const input of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    log.addEventListener(input, () => { touched = performance.now(); }, { passive: true });
  }
  log.addEventListener("scroll", () => {
    const now = performance.now();
    if (now < ours && now - touched > 1000) return;
    follow(log.scrollHeight - log.scrollTop - log.clientHeight < 48);
  }, { passive: true });
  button.addEventListener("click", () => { follow(true); toEnd(); log.focus(); });
  // Groups out of view have a guessed height. Scrolling makes it the true one, and then the end is elsewhere.
  new ResizeObserver(() => { if (following && performance.now() < ours) toNewest(); }).observe(groups);
  toEnd();
}

export function addRows(html) {
  if (waiting.push(html) === 1) requestAnimationFrame(insertAll);
  // A page in the background gets no frames: it must not hoard.
  if (document.hidden && waiting.length > 20) insertAll();
}

export function clearRows() {
  waiting = [];
  newest = undefined;
  floor = 0;
  groups.replaceChildren();
  follow(true);
}

// showRows puts other rows in the place of all, of events up to `last`. end says whether what comes live follows them.
export function showRows(rows, { last, earlier, end = true }) {
  waiting = [];
  newest = undefined;
  floor = last;
  ours = performance.now() + 150;
  groups.replaceChildren(...rows);
  showEarlier(earlier);
  follow(end);
  if (end) toEnd();
}

// showEarlier leads to what was before the rows; to nowhere when there is nothing.
function showEarlier(url) {
  const link = Object.assign(document.createElement("a"), { textContent: "Show earlier events" });
  if (url) link.href = url;
  const line = document.getElementById("log-earlier");
  line.replaceChildren(link);
  line.hidden = !url;
}

function insertAll() {
  if (!waiting.length) return;
  const batch = fragment(waiting.join(""));
  waiting = [];
  ours = performance.now() + 150;
  let shown;
  for (const group of batch.querySelectorAll(".group")) shown = insert(group) ?? shown;
  trim();
  if (!shown) return;
  newest = shown;
  if (following) toNewest();
  else announce();
}

// insert puts one group of a batch in its place, and returns its newest row that was not there yet and is shown.
function insert(group) {
  const rows = [...group.querySelectorAll(".row")].filter((row) => row.dataset.seq > floor && !document.getElementById(row.id));
  const there = document.getElementById(group.id);
  if (there) {
    const head = group.querySelector(".group__head");
    if (head) there.querySelector(".group__head").replaceWith(head);
    there.querySelector(".rows").append(...rows);
  } else {
    groups.append(group);
  }
  const shown = rows.filter((row) => row.offsetParent);
  unseen += following ? 0 : shown.length;
  return shown.at(-1);
}

// trim keeps the page small. What it drops is still in the transcript.
function trim() {
  const rows = groups.getElementsByClassName("row");
  if (rows.length <= most) return;
  while (rows.length > most) {
    const group = rows[0].closest(".group");
    rows[0].remove();
    if (!group.querySelector(".row")) group.remove();
  }
  document.getElementById("log-earlier").hidden = false;
}

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
  button.hidden = following || unseen === 0;
  button.textContent = `${unseen} new ↓`;
}

function toEnd() {
  ours = performance.now() + 150;
  log.scrollTop = log.scrollHeight;
}

// toNewest keeps the newest row in view. It may be in a group above the last, when two conversations go on at once.
function toNewest() {
  if (!newest || newest.closest(".group") === groups.lastElementChild) return toEnd();
  newest.scrollIntoView({ block: "nearest" });
}
