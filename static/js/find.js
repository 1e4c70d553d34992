// The box in which people say what they look for. A filter shows the lines that match, and asks for more of them when
// there is news; find marks them among all lines. What matches is the server's to say.
import { mark, point, replace, step, unmark } from "./hits.js";
import { ask, keepInAddress, numbers, say, search, wrong } from "./search.js";
import { addRows } from "./trace.js";
import { heardOf } from "./edges.js";
import { source } from "./fragment.js";
import { keeps, later, startTurns } from "./turns.js";

const bench = document.getElementById("bench");
const panel = document.getElementById("trace");
const log = document.getElementById("log");
const nowButton = document.getElementById("log-now");
const form = document.querySelector("[data-find]");
const field = document.getElementById("find-text");
const pinned = form?.querySelector("[data-look-for]");

export function startFind() {
  const mistaken = field.getAttribute("aria-invalid") === "true";
  for (const key of ["matched", "total", "hidden", "last", "at"]) search[key] = Number(form.dataset[key]);
  search.text = mistaken ? "" : field.value.trim();
  search.marks = form.querySelector('[value="find"]').getAttribute("aria-pressed") === "true";
  search.filtered = bench.dataset.filtering === "true";
  nowButton.hidden = search.atEnd = form.dataset.end === "true";
  if (search.at) point();

  startTurns(takeRows, () => say("There is no connection to the lab."));
  form.addEventListener("submit", submitted);
  field.addEventListener("input", () => later(refresh));
  field.addEventListener("keydown", keyPressed);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-look-for]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    field.value = field.value.trim() === link.dataset.lookFor ? "" : link.dataset.lookFor;
    setMarks(false);
    later(refresh, 0);
  });
  nowButton.addEventListener("click", () => { later(backToNow, 0); log.focus(); });
  new MutationObserver(() => { if (search.text) later(refresh, 0); }).observe(panel, { attributeFilter: ["data-show"] });
  addEventListener("popstate", keepInAddress);
  log.addEventListener("rows", moreRows);
  document.addEventListener("moment", () => { // the panel has all rows of another moment
    Object.assign(search, { filtered: false, atEnd: true, at: 0, number: 0 });
    nowButton.hidden = true;
    if (search.text) later(refresh, 0);
  });
}

// takeRows shows rows that came live, as far as that is wanted.
export function takeRows(html) {
  if (keeps(html)) return;
  if (!search.atEnd) return heardOf(html);
  if (search.filtered) return later(more, 150, true);
  addRows(html);
  if (search.text) later(refreshMarks, 150, true);
}

// moreRows is told when the reader has scrolled to other rows, up to the newest or not.
function moreRows({ detail: { last, end } }) {
  const back = search.filtered && end && !search.atEnd;
  if (back) search.last = last;
  nowButton.hidden = search.atEnd = end;
  if (back || search.text && search.marks) later(back ? more : refreshMarks, 150, true);
}

// forgetRows is the beginning of a new trace, after a reset.
export function forgetRows() {
  Object.assign(search, { matched: 0, total: 0, hidden: 0, last: 0, at: 0, number: 0, atEnd: true });
  nowButton.hidden = true;
  say();
}

// notesChanged looks again: what people write beside the lines can be looked for.
export function notesChanged() {
  if (search.text) later(search.filtered ? refresh : refreshMarks, 150, true);
}

function submitted(event) {
  event.preventDefault();
  const { name, value } = event.submitter ?? {};
  const byEnter = document.activeElement === field; // the first button is pressed then, and nobody chose it
  if (name === "mode" && !byEnter) setMarks(value === "find");
  later(search.marks ? () => go(name === "before" ? name : "after") : refresh, 0);
}

function keyPressed(event) {
  if (event.key === "Enter" && event.shiftKey && search.marks) {
    event.preventDefault();
    later(() => go("before"), 0);
  }
  if (event.key !== "Escape") return;
  event.stopPropagation();
  if (!field.value) log.focus();
}

function setMarks(on) {
  search.marks = on;
  for (const button of form.querySelectorAll("[name=mode]")) button.setAttribute("aria-pressed", (button.value === "find") === on);
  form.querySelector("[data-steps]").hidden = !on;
}

// refresh looks for what the box says now.
async function refresh() {
  const text = field.value.trim();
  const filters = Boolean(text) && !search.marks;
  const rows = await ask({ q: text, mode: search.marks ? "find" : "filter", after: 0 });
  if (wrong(rows)) return;
  if (text !== search.text) Object.assign(search, { text, at: 0, number: 0 });
  bench.dataset.filtering = filters;
  if (filters && text === pinned.dataset.lookFor) pinned.setAttribute("aria-current", "page");
  else pinned.removeAttribute("aria-current");
  keepInAddress();
  if (filters || search.filtered) replace(rows, filters);
  if (text && search.marks) await mark();
  else unmark();
  say();
}

async function refreshMarks() {
  if (search.text && search.marks) await mark();
  say();
}

// more adds to a filter's rows those that match and came since.
async function more() {
  if (!search.filtered) return;
  const rows = await ask({ q: search.text, mode: "filter", after: search.last });
  if (wrong(rows)) return;
  const { matched, total, hidden, last } = numbers(rows);
  if (matched > rows.querySelectorAll(".row").length) return refresh();
  Object.assign(search, { matched: search.matched + matched, total: search.total + total, hidden: search.hidden + hidden, last });
  if (rows.childElementCount) addRows(source(...rows.children));
  say();
}

// go goes to a match of what the box says now.
async function go(way) {
  if (search.text !== field.value.trim() || search.filtered) await refresh();
  if (!search.text) return;
  const wrapped = await step(way);
  say(wrapped ? (way === "after" ? "from the beginning: " : "from the end: ") : "");
}

async function backToNow() {
  const { text, marks } = search;
  Object.assign(search, { at: 0, number: 0 });
  replace(await ask({ q: text, mode: marks ? "find" : "filter", after: 0 }), Boolean(text) && !marks);
  say();
}
