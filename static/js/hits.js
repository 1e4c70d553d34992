// Going from match to match among all rows, and to any event by its number. Rows that are not on the page any more are
// fetched with those around them; then the panel shows the past, until somebody goes back to now.
import { open } from "./explain.js";
import { leaveFor } from "./jump.js";
import { ask, match, numbers, search } from "./search.js";
import { showDialogue } from "./tabs.js";
import { showRows, stay } from "./trace.js";
import { alone } from "./turns.js";

const log = document.getElementById("log");
const nowButton = document.getElementById("log-now");
const form = document.querySelector("[data-find]");

// replace shows other rows in the place of all.
export function replace(rows, filtered) {
  if (filtered || search.marks) Object.assign(search, numbers(rows));
  search.last = numbers(rows).last;
  search.filtered = filtered;
  nowButton.hidden = search.atEnd = rows.dataset.end === "true";
  showRows(rows.children, { last: search.last, earlier: rows.dataset.earlier, later: rows.dataset.later, end: search.atEnd });
}

// step goes to the next match, or to the one before. It answers whether it went round the end.
export async function step(way) {
  const from = search.at || firstInView() - (way === "after" ? 1 : 0);
  const found = await match({ [way]: Math.max(from, 0), from: firstRow() });
  if (!found.seq) return false;
  if (!visible(found.seq)) await around(found.seq);
  else showHits(found.hits);
  Object.assign(search, { at: found.seq, number: found.number, matched: found.of });
  point(form.contains(document.activeElement));
  return found.wrapped;
}

// mark marks what matches among the rows that are shown.
export async function mark() {
  const found = await match({ after: Math.max(search.at - 1, 0), from: firstRow() });
  showHits(found.hits);
  search.number = found.seq === search.at ? found.number : 0;
}

export function unmark() {
  for (const row of log.querySelectorAll(".row--hit, .row[aria-current]")) {
    row.classList.remove("row--hit");
    row.removeAttribute("aria-current");
  }
}

// point shows which match was gone to.
export function point(inBox = true) {
  for (const row of log.querySelectorAll(".row[aria-current]")) row.removeAttribute("aria-current");
  const row = document.getElementById(`e${search.at}`);
  if (!row) return;
  row.setAttribute("aria-current", "true");
  stay();
  row.scrollIntoView({ block: "center" });
  if (!inBox) row.querySelector("[data-explain]").focus({ preventScroll: true });
}

// goTo leads to an event: to its row and its explanation, or to its page when that is hidden.
export async function goTo(seq) {
  showDialogue();
  if (!visible(seq)) await alone(() => around(seq)).catch(() => {});
  if (!visible(seq)) return leaveFor(`${document.getElementById("palette").dataset.events}${seq}`);
  const row = document.getElementById(`e${seq}`);
  stay();
  row.scrollIntoView({ block: "center" });
  row.querySelector("[data-explain]").focus({ preventScroll: true });
  if (!row.hasAttribute("data-open")) open(row);
}

async function around(seq) {
  replace(await ask({ q: search.text, mode: "find", before: seq + 100 }), false);
}

function showHits(seqs) {
  const hits = new Set(seqs.map(String));
  for (const row of log.querySelectorAll(".row")) row.classList.toggle("row--hit", hits.has(row.dataset.seq));
}

function visible(seq) {
  return Boolean(document.getElementById(`e${seq}`)?.offsetParent);
}

function firstRow() {
  return log.querySelector(".row")?.dataset.seq ?? 0;
}

// firstInView is the number of the first row that can be seen.
function firstInView() {
  const top = log.getBoundingClientRect().top;
  const row = [...log.querySelectorAll(".row")].find((row) => row.offsetParent && row.getBoundingClientRect().bottom > top);
  return Number(row?.dataset.seq ?? 0);
}
