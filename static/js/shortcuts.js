// Single keys. This table is what they do, and the palette lists it; the sheet in ui/keys.go says the same, and a test
// compares the two. A key presses what is on the page: where that is missing, hidden or off, there is no such key.
//
// Each entry presses an element, or needs one and runs something.
import { showDialogue } from "./tabs.js";

export const shortcuts = [
  { key: "k", name: "Step", press: "#controls [data-do=step]" },
  { key: "r", name: "Run or pause", press: "#controls[data-paused=true] [data-do=run], #controls[data-paused=false] [data-do=pause]" },
  { key: "s", name: "Skip ahead", press: "#controls [data-do=skip]" },
  { key: "ArrowLeft", name: "Back in time", press: "[data-time-step=back][href]" },
  { key: "ArrowRight", name: "Forward in time", press: "[data-time-step=forth][href]" },
  { key: "b", name: "Back to now", press: "[data-time-now]" },
  { key: "/", name: "Look for lines", press: "#find-text" },
  { key: "n", name: "Next match", press: "[data-steps] [name=after]" },
  { key: "N", name: "Previous match", press: "[data-steps] [name=before]" },
  { key: "]", name: "Next conversation", needs: "#groups .group__title", run: () => conversation(1) },
  { key: "[", name: "Previous conversation", needs: "#groups .group__title", run: () => conversation(-1) },
  { key: "e", name: "Explanations on or off", press: "[data-show-word=explain][aria-pressed=false]" },
  { key: "m", name: "Pin or unpin the line", needs: "#controls", run: async () => (await import("./annotations.js")).turnPin() },
  { key: "t", name: "Projector on or off", press: ".bar [data-projector]" },
  { key: "p", name: "Predict first on or off", press: "[data-predict]" },
  { key: "2", name: "Answer: success", needs: answering("2"), run: () => answer("2") },
  { key: "3", name: "Answer: go on", needs: answering("3"), run: () => answer("3") },
  { key: "4", name: "Answer: try later", needs: answering("4"), run: () => answer("4") },
  { key: "5", name: "Answer: no", needs: answering("5"), run: () => answer("5") },
  { key: "g 1", name: "Open a host", needs: "#map .node", run: openHost, counted: true },
  { key: "c", name: "Write a mail", needs: "#controls", run: () => press(document.querySelector("#map .node:not(.node--server, .node--outside)")) },
  { key: "?", name: "Keyboard shortcuts", press: "[data-key-sheet]" },
];

const memory = "single keys";
const writable = "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]";
const patience = 1500; // between the two keys of a pair, in milliseconds

let first = ""; // of two keys
let since = 0;

export function startShortcuts() {
  document.addEventListener("keydown", keyPressed);
  document.addEventListener("click", ({ target }) => { if (target.closest("[data-palette]")) togglePalette(); });
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-single-keys]")) remember(target.checked);
  });
  showSwitch();
  new MutationObserver(showSwitch).observe(document.getElementById("window"), { childList: true });
}

// usable is the element that a shortcut is about; undefined while there is none that could be pressed.
export function usable({ press, needs }) {
  return [...document.querySelectorAll(press ?? needs)].find((e) => !e.closest("[hidden]") && !e.disabled && e.ariaDisabled !== "true");
}

// perform does what a shortcut does.
export function perform(shortcut) {
  const element = usable(shortcut);
  if (!element) return;
  if (shortcut.run) shortcut.run();
  else press(element);
}

// press is a click, also on a drawing; a field gets the focus.
export function press(element) {
  if (element.closest(".log, .bench, .trace__filters")) showDialogue(); // it may be behind another view
  if (element.matches("input")) return setTimeout(() => element.select()); // not yet, or the key is typed there as well
  element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, view: window }));
}

function keyPressed(event) {
  const { key, target } = event;
  if (key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && document.getElementById("palette")) {
    event.preventDefault();
    return togglePalette();
  }
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
  if (target.closest?.(key.startsWith("Arrow") ? "input, " + writable : writable) || document.querySelector("dialog:modal") || !singleKeys()) return;
  const pair = first && performance.now() - since < patience ? `${first} ${key}` : "";
  [first, since] = ["", performance.now()];
  if (/^g [1-9]$/.test(pair)) {
    event.preventDefault();
    return openHost(Number(key));
  }
  if (key === "g") first = key;
  const shortcut = shortcuts.find((s) => s.key === key && usable(s));
  if (!shortcut) return;
  event.preventDefault();
  perform(shortcut);
}

// answering is a question of Predict that a digit answers, or that asks for a code.
function answering(digit) {
  return `[data-question] [data-digit="${digit}"], [data-question] [data-exact]`;
}

// togglePalette opens at once, so that what is typed goes there; the rest is loaded.
async function togglePalette() {
  const dialog = document.getElementById("palette");
  if (dialog.open) return dialog.close();
  if (document.querySelector(".ask[open]")) return;
  dialog.querySelector("input").value = "";
  dialog.showModal();
  (await import("./palette.js")).fill();
}

async function answer(digit) {
  (await import("./question.js")).offerDigit(digit);
}

function openHost(n) {
  const host = document.querySelectorAll("#map .node")[n - 1];
  if (host) press(host);
}

// conversation goes to the next one below the top of the log, or to the one before.
function conversation(way) {
  const log = document.getElementById("log");
  const edge = log.getBoundingClientRect().top + parseFloat(getComputedStyle(log).scrollPaddingTop);
  const heads = [...log.querySelectorAll(".group__head")].filter((head) => head.offsetParent);
  const top = (head) => head.getBoundingClientRect().top;
  const head = way > 0 ? heads.find((h) => top(h) > edge + 4) : heads.findLast((h) => top(h) < edge - 4);
  if (!head) return;
  head.scrollIntoView({ block: "start" });
  head.querySelector("a").focus({ preventScroll: true });
}

function singleKeys() {
  try {
    return localStorage.getItem(memory) !== "off";
  } catch {
    return true;
  }
}

function remember(on) {
  try {
    localStorage.setItem(memory, on ? "on" : "off");
  } catch { /* then it lasts as long as the page */ }
}

// showSwitch sets the switch on the sheet, if that is what is in the window.
function showSwitch() {
  const box = document.querySelector("[data-single-keys]");
  if (box) box.checked = singleKeys();
}
