// Pop-ups. Good news goes by itself after ten seconds, unless it is pointed at or has the focus, and when there is
// newer news. A failure stays until it is dismissed, but soon shrinks to its first line, so that it does not cover the
// map. All of them are kept under Notices.
import { fragment } from "./fragment.js";

const box = document.getElementById("toasts");
const phone = matchMedia("(max-width: 899px)");
const shrinkAfter = 12000;
const leaveAfter = 10000;

export function showToast(html) {
  add(fragment(html).firstElementChild);
}

// showMessage is a pop-up of the page itself, not of the lab.
export function showMessage(words) {
  const toast = Object.assign(document.createElement("div"), { className: "toast" });
  toast.append(Object.assign(document.createElement("p"), { className: "toast__text", textContent: words }));
  toast.append(button("toast__close", "✕", "Dismiss"));
  toast.dataset.tone = "bad";
  toast.dataset.passing = "";
  add(toast);
}

// clearToasts takes them all away: what they tell of is gone.
export function clearToasts() {
  box.replaceChildren();
}

function add(toast) {
  if (toast.id && document.getElementById(toast.id)) return;
  toast.querySelector(".toast__close").addEventListener("click", () => leave(toast));
  for (const other of box.querySelectorAll(".toast")) if (outdated(other, toast)) other.remove();
  const most = phone.matches ? 1 : 2;
  while (box.childElementCount >= most) worst().remove();
  for (const other of box.children) other.shrink?.(true);
  box.append(toast);
  if (passes(toast)) later(toast, leaveAfter, leave);
  else shrinkable(toast);
}

// outdated reports whether a pop-up has nothing to say beside a new one: it says the same, or is an older result.
function outdated(old, by) {
  return words(old) === words(by) || (by.id && passes(old));
}

function words(toast) {
  return toast.querySelector(".toast__text").textContent.trim();
}

// passes reports whether a pop-up goes by itself.
function passes(toast) {
  return toast.dataset.tone === "good" || "passing" in toast.dataset;
}

// worst is the pop-up that can best be done without: one that goes by itself, then one about a partial success; of
// several, the oldest.
function worst() {
  return [...box.children].find(passes) ?? box.querySelector("[data-tone=part]") ?? box.firstElementChild;
}

// shrinkable lets a pop-up with more than one line be reduced to its first, which happens by itself after a while.
function shrinkable(toast) {
  const toggle = button("toast__fold");
  const shrink = (small) => {
    toast.toggleAttribute("data-small", small);
    toggle.textContent = small ? "▴" : "▾";
    toggle.setAttribute("aria-label", small ? "Show all of it" : "Show its first line only");
    toggle.setAttribute("aria-expanded", !small);
  };
  shrink(false);
  toast.shrink = shrink;
  toast.querySelector(".toast__close").before(toggle);
  toast.addEventListener("click", (event) => {
    if (event.target.closest("a, .toast__close")) return;
    if (event.target === toggle || toast.hasAttribute("data-small")) shrink(!toast.hasAttribute("data-small"));
  });
  later(toast, shrinkAfter, () => shrink(true));
}

function button(name, text = "", label = "") {
  const b = Object.assign(document.createElement("button"), { type: "button", className: name, textContent: text });
  b.setAttribute("aria-label", label);
  return b;
}

// later does something to a pop-up after a time, but not while it is pointed at or has the focus.
function later(toast, ms, act) {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) later(toast, ms, act);
    else act(toast);
  }, ms);
}

function leave(toast) {
  toast.setAttribute("data-leaving", "");
  setTimeout(() => toast.remove(), 250);
}
