// What somebody looks for in the trace, and asking the server what matches.
import { load } from "./fragment.js";
import { inPast } from "./past.js";
import { held } from "./gate.js";

const panel = document.getElementById("trace");

export const search = {
  text: "", // what is looked for
  marks: false, // matches are marked; else the other lines are hidden
  matched: 0,
  total: 0,
  hidden: 0,
  last: 0, // the newest event that was looked at
  filtered: false, // the rows are those of a filter, not all there are
  atEnd: true, // the rows are the newest
  at: 0, // the match that was gone to
  number: 0, // which one it is; 0 for none
};

// ask fetches the last rows after an event, or before one: those that match, or all when nothing is looked for.
export async function ask(query) {
  const got = await load(address("/wire", query));
  const rows = got.content.querySelector("[data-rows]");
  if (!rows) throw new Error(`status ${got.status}`);
  return rows;
}

// match fetches the match after or before an event, and the numbers of all from another event on.
export async function match(query) {
  const response = await fetch(address("/find", { q: search.text, ...query }), { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) throw new Error(response.statusText);
  const found = await response.json();
  search.matched = found.of;
  return found;
}

// address is where to ask: the lab, as it is at the moment that the page shows. What is held back until it was predicted
// cannot be found.
function address(path, query) {
  const moment = inPast() ? `/at/${document.getElementById("moment").value}` : "";
  const url = new URL(document.getElementById("time").dataset.page + moment + path, location.href);
  const upto = held() ? { upto: held() - 1 } : {};
  for (const [name, value] of Object.entries({ show: panel.dataset.show, ...upto, ...query })) url.searchParams.set(name, value);
  return url;
}

// numbers are the counts that came with rows.
export function numbers({ dataset: d }) {
  return { matched: Number(d.matched), total: Number(d.total), hidden: Number(d.hidden), last: Number(d.last) };
}

// keepInAddress keeps what is looked for in the address, as the plain form would, unless that is a window's.
export function keepInAddress() {
  if (history.state?.window) return;
  const url = new URL(location.href);
  const { text, marks } = search;
  for (const [name, value] of Object.entries({ q: text, mode: text && marks ? "find" : "" })) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

// wrong says what is wrong with the query, if anything is.
export function wrong({ dataset: { mistake } }) {
  document.getElementById("find-mistake").textContent = mistake;
  document.getElementById("find-text").setAttribute("aria-invalid", Boolean(mistake));
  return Boolean(mistake);
}

// say says what was found, as ui.Find does.
export function say(before = "") {
  const { text, marks, number, matched, total, hidden } = search;
  let words = "";
  if (text && marks) words = number ? `match ${number} of ${matched}` : `${matched} ${matched === 1 ? "match" : "matches"}`;
  else if (text) words = `${matched} of ${total} lines${hidden ? `, ${hidden} more hidden` : ""}`;
  document.getElementById("find-said").textContent = before + words;
}
