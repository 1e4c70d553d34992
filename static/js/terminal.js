// Terminals: lines are sent one after the other while the next is typed, and what the wire carries appears as it
// comes. The server draws all of it; here the parts of the window that have changed take the place of the old ones,
// and what somebody types into is left alone.
import { show } from "./dialog.js";
import { wordsOf } from "./forms.js";
import { load } from "./fragment.js";
import { showMessage } from "./toast.js";
import { complain, keep, kept, startTyping, take, write } from "./typing.js";

const win = document.getElementById("window");
const later = 120; // ms from news to asking for it

let sending = Promise.resolve(); // what is typed arrives in the order in which it was typed
let timer;
let shown; // the terminal that was there last

export function startTerminal() {
  startTyping();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("#window form[data-term-form]")) return;
    event.preventDefault();
    submit(form, event.submitter);
  });
  win.addEventListener("toggle", ({ target }) => { if (target.dataset?.remember) keep(localStorage, `open:${target.dataset.remember}`, target.open); }, true);
  new MutationObserver(arrive).observe(win, { childList: true });
  arrive();
}

// refreshTerminal renews an open terminal of a host, a moment after the news of it.
export function refreshTerminal(host) {
  if (terminal()?.dataset.host !== host) return;
  timer ??= setTimeout(async () => {
    timer = undefined;
    const url = terminal()?.dataset.url;
    const answer = url && await load(url).catch(() => null);
    if (!answer || terminal()?.dataset.url !== url) return;
    if (answer.ok) return renew(answer.content);
    if (answer.status === 404) open(terminal().dataset.base); // the lab was reset
  }, later);
}

function terminal() {
  return win.open ? win.querySelector("[data-term]") : null;
}

async function open(url) {
  const answer = await load(url).catch(() => null);
  if (!answer?.ok) return;
  history.replaceState({ window: url }, "", url);
  show(answer, url);
}

// arrive prepares a terminal that has just come into the window.
function arrive() {
  const term = terminal();
  if (term) {
    settle(term);
    win.querySelector(".tab[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (shown !== term.dataset.url) term.querySelector("#term-text")?.focus();
  }
  shown = term?.dataset.url;
}

// settle brings back what was opened before.
function settle(part) {
  for (const box of part.querySelectorAll("[data-remember]")) box.open = kept(localStorage, `open:${box.dataset.remember}`) ?? false;
}

// renew puts the parts of a new window in the place of the old ones. On the tabs other numbers may stand.
function renew(content) {
  const tabs = win.querySelectorAll(".tab");
  content.querySelectorAll(".tab").forEach((tab, i) => tabs[i]?.replaceChildren(...tab.childNodes));
  const old = terminal();
  const fresh = content.querySelector("[data-term]");
  if (!old || !fresh) return;
  const parts = (term) => [...term.querySelectorAll("[data-part]")].filter((part) => !part.parentElement.closest("[data-part]"));
  const names = (term) => parts(term).map((part) => part.dataset.part).join();
  if (names(old) === names(fresh)) {
    const by = parts(fresh);
    for (const [i, part] of parts(old).entries()) swap(part, by[i]);
  } else { // another sort of window: a connection has come
    const focused = old.contains(document.activeElement);
    settle(fresh);
    old.replaceWith(fresh);
    if (focused) (fresh.querySelector("#term-text") ?? win.querySelector(".win__title")).focus();
    shown = fresh.dataset.url;
  }
}

// swap renews one part. A form that is still there stays, with what is in it; of a screen the lines that have changed.
function swap(part, by) {
  if (part.dataset.keep === "true" && by.dataset.keep === "true") return;
  if (part.dataset.part === "screen") return lines(part, by);
  settle(by);
  for (const box of part.querySelectorAll("[data-remember]")) { // which may have been opened this very moment
    const other = by.querySelector(`[data-remember="${box.dataset.remember}"]`);
    if (other) other.open = box.open;
  }
  if (part.isEqualNode(by)) return;
  const ends = part.querySelector("[data-ends]");
  if (ends) by.querySelector("[data-ends]").checked = ends.checked;
  const focused = part.contains(document.activeElement);
  part.replaceWith(by);
  if (focused) (win.querySelector("#term-text") ?? by.querySelector("button, a, summary") ?? win.querySelector(".win__title")).focus();
}

function lines(list, by) {
  const fresh = [...by.children];
  let same = 0;
  while (same < fresh.length && list.children[same]?.isEqualNode(fresh[same])) same++;
  while (list.children.length > same) list.lastElementChild.remove();
  list.append(...fresh.slice(same));
}

function submit(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  let undo;
  if (form.matches("[data-say]")) {
    complain(form, "");
    const text = take(form.elements.text);
    form.elements.text.focus(); // also when Send was clicked: there is more to say
    undo = () => { // it was not said, so it is there again to be mended
      const field = win.querySelector("#term-text");
      if (field && !field.value) write(field, text);
    };
  }
  sending = sending.then(() => post(form.action, body, undo));
}

async function post(url, body, undo) {
  const answer = await load(url, { method: "POST", body }).catch(() => null);
  if (answer?.ok) return renew(answer.content);
  undo?.();
  if (!answer) return showMessage("There is no connection to the lab. Nothing was said.");
  const problem = answer.content.querySelector("[data-term] .field__problem");
  const form = win.querySelector("form[data-say]");
  if (problem && form) return complain(form, problem.textContent);
  const alert = answer.content.querySelector("[data-term] > .alert");
  if (alert) renew(answer.content);
  showMessage(alert?.textContent ?? wordsOf(answer.content));
}
