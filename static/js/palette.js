// The command palette: everything that can be done on the page now, found by its name. It is read off the page when it
// opens, so it lists nothing that is not there.
import { fit } from "./fuzzy.js";
import { press, perform, shortcuts, usable } from "./shortcuts.js";

const places = ".top a, .top button, .bar a, .bar button, .trace__filters button, .controls a, .controls button, .bench a, .bench button, #palette-more a, [data-command]";
const left = ".top__brand, .skip, [data-palette], [data-speed-set]";
const memory = "palette";
const remembered = 6;
const caps = { ArrowLeft: "←", ArrowRight: "→" };

const dialog = document.getElementById("palette");
const field = dialog.querySelector("input");
const list = dialog.querySelector("[role=listbox]");
let commands = []; // { name, key, run }
let shown = [];
let chosen = 0;

field.addEventListener("input", show);
dialog.addEventListener("keydown", keyPressed);
dialog.addEventListener("click", ({ target }) => { if (target === dialog) dialog.close(); });
list.addEventListener("click", ({ target }) => {
  const option = target.closest("[role=option]");
  if (option) run(shown[[...list.children].indexOf(option)]);
});

// fill lists what there is now.
export function fill() {
  commands = gather();
  show();
}

// gather reads the commands off the page. What was used last comes first.
function gather() {
  const all = new Map();
  const add = (name, run, key = "") => { if (name && !all.has(name)) all.set(name, { name, run, key }); };
  const taken = new Set();
  for (const s of shortcuts) {
    const element = !s.counted && usable(s);
    if (!element) continue;
    taken.add(element);
    add(s.name, () => perform(s), s.key);
  }
  document.querySelectorAll("#map .node").forEach((node, i) => add(`Open ${node.dataset.label}`, () => press(node), i < 9 ? `g ${i + 1}` : ""));
  for (const element of document.querySelectorAll(places)) {
    const off = element.disabled || element.ariaDisabled === "true" || element.matches(left) || taken.has(element);
    if (!off && !element.closest("[hidden]:not(#palette-more)")) add(nameOf(element), () => press(element));
  }
  const last = recent();
  const rank = ({ name }) => (last.indexOf(name) + 1 || remembered + 1);
  return [...all.values()].sort((a, b) => rank(a) - rank(b));
}

// nameOf is what an element is called, behind the name of the group or the menu that it is in.
function nameOf(element) {
  const text = [...element.childNodes].filter((n) => !n.matches?.("small")).map((n) => n.textContent).join(" ");
  const own = (element.dataset.command || element.ariaLabel || text).trim().replace(/\s+/g, " ");
  if (element.matches("summary")) return "";
  const group = element.closest("[role=group][aria-label]")?.ariaLabel ?? element.closest("[data-menu]")?.querySelector("summary").textContent.trim();
  return group ? `${group}: ${own}` : own;
}

// show lists what fits the words, the best first, and "go to event" for a number.
function show() {
  const words = field.value.trim().toLowerCase();
  shown = commands.map((c, i) => ({ ...c, fit: fit(c.name.toLowerCase(), words), i })).filter((c) => c.fit > -Infinity)
    .sort((a, b) => b.fit - a.fit || a.i - b.i);
  const number = /^(?:go to (?:event )?|event |#)?([1-9][0-9]{0,14})$/.exec(words)?.[1];
  if (number) shown.unshift({ name: `Go to event ${number}`, key: "", run: () => goTo(number) });
  list.replaceChildren(...shown.map(option));
  dialog.querySelector("[data-none]").textContent = shown.length ? "" : "There is no such command here.";
  choose(0);
}

function option({ name, key }, i) {
  const item = Object.assign(document.createElement("li"), { id: `command-${i}`, role: "option" });
  item.append(Object.assign(document.createElement("span"), { textContent: name }));
  for (const k of key.split(" ").filter(Boolean)) item.append(Object.assign(document.createElement("kbd"), { textContent: caps[k] ?? k }));
  return item;
}

function choose(i) {
  chosen = Math.max(0, Math.min(i, shown.length - 1));
  [...list.children].forEach((item, n) => item.setAttribute("aria-selected", n === chosen));
  const item = list.children[chosen];
  if (item) field.setAttribute("aria-activedescendant", item.id);
  else field.removeAttribute("aria-activedescendant");
  item?.scrollIntoView({ block: "nearest" });
}

function keyPressed(event) {
  const moves = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, PageDown: chosen + 8, PageUp: chosen - 8 };
  if (event.key in moves) choose(moves[event.key]);
  else if (event.key === "Enter" && !event.isComposing) run(shown[chosen]);
  else if (event.key === "Escape") dialog.close();
  else return;
  event.preventDefault();
  event.stopPropagation(); // a window under it stays open
}

// run closes first, so that the focus is back where it was.
function run(command) {
  if (!command) return;
  dialog.close();
  try {
    localStorage.setItem(memory, JSON.stringify([command.name, ...recent().filter((name) => name !== command.name)].slice(0, remembered)));
  } catch { /* then it is not remembered */ }
  setTimeout(command.run);
}

function recent() {
  try {
    return JSON.parse(localStorage.getItem(memory)) ?? [];
  } catch {
    return [];
  }
}

async function goTo(number) {
  if (!document.getElementById("lab")) location.href = dialog.dataset.events + number;
  else (await import("./hits.js")).goTo(Number(number));
}
