// The task beside a lab: what changes in it comes over the live channel; hints that were opened, whether it is folded away,
// and that it was seen are remembered in the tab. Answers are given without leaving the page.
import { fragment, load } from "./fragment.js";
import { wordsOf } from "./forms.js";
import { goTo, renew } from "./past.js";
import { showMessage } from "./toast.js";

const strip = document.getElementById("task");
const wide = matchMedia("(min-width: 1280px)");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const every = 1500;

export function startTask() {
  if (!strip) return;
  startFold();
  startHints();
  startUnfolding();
  startAnswers();
  startPlay();
}

// showTask puts new parts in the place of old ones. A check that has just been met is lit up for a moment.
export function showTask(html) {
  let ticked = false;
  for (const fresh of [...fragment(html).children]) {
    const old = document.getElementById(fresh.id);
    if (!old || old.isEqualNode(fresh)) continue;
    const done = fresh.dataset.met === "true" && old.dataset.met === "false";
    const finished = fresh.id === "task-done" && !old.childElementCount && fresh.childElementCount;
    renew(old, fresh);
    old.toggleAttribute("data-fresh", done);
    ticked ||= done;
    if (finished) old.parentElement.scrollTop = 0;
  }
  if (ticked) strip.querySelector(".check__text")?.closest(".check").scrollIntoView({ block: "nearest" });
}

// startFold lets people fold the column away; where it is a bar they open a sheet instead. When they come to the lab it is
// open: the task is what they have to read first.
function startFold() {
  const button = strip.querySelector("[data-task-fold]");
  const say = () => button.setAttribute("aria-expanded", wide.matches ? !strip.hasAttribute("data-folded") : strip.hasAttribute("data-open"));
  const close = () => { strip.removeAttribute("data-open"); say(); };
  strip.toggleAttribute("data-folded", sessionStorage.getItem("task-folded") === "true");
  const seen = `task-seen ${strip.dataset.lab}`;
  if (!wide.matches && !sessionStorage.getItem(seen)) {
    sessionStorage.setItem(seen, true);
    strip.toggleAttribute("data-open", true);
  }
  button.addEventListener("click", () => {
    const state = wide.matches ? "data-folded" : "data-open";
    const on = strip.toggleAttribute(state);
    if (wide.matches) sessionStorage.setItem("task-folded", on);
    say();
  });
  strip.querySelector("[data-task-close]").addEventListener("click", () => {
    close();
    button.focus();
  });
  document.body.addEventListener("keydown", (event) => { // a sheet that opened by itself does not have the focus
    if (event.key !== "Escape" || wide.matches || !strip.hasAttribute("data-open")) return;
    if (event.target !== document.body && !strip.contains(event.target)) return;
    event.stopPropagation();
    close();
    button.focus();
  });
  document.addEventListener("click", (event) => { // whoever goes to the lab wants to see it
    const inside = strip.contains(event.target);
    if (!inside || event.target.closest("a[data-event], a[data-dialog], .steps a, [data-play]")) close();
  });
  wide.addEventListener("change", say);
  say();
}

// startUnfolding brings into view what was just opened: it may be below what is seen.
function startUnfolding() {
  strip.addEventListener("click", (event) => {
    const part = event.target.closest("summary")?.parentElement;
    if (part) requestAnimationFrame(() => part.open && bring(part));
  });
}

// bring scrolls as little as need be; of what is larger than its place the beginning is shown.
function bring(part) { part.scrollIntoView({ block: "nearest", behavior: still.matches ? "auto" : "smooth" }); }

function startHints() {
  const key = `hints ${strip.dataset.lab}`;
  const opened = new Set(JSON.parse(sessionStorage.getItem(key) ?? "[]"));
  for (const hint of strip.querySelectorAll("[data-hint]")) {
    hint.open = opened.has(hint.dataset.hint);
    hint.addEventListener("toggle", () => {
      if (hint.open) opened.add(hint.dataset.hint);
      sessionStorage.setItem(key, JSON.stringify([...opened]));
    });
  }
}

// startAnswers sends an answer, and shows the question again with it, or with what is wrong with it.
function startAnswers() {
  strip.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-say]");
    if (!form) return;
    event.preventDefault();
    const part = form.parentElement;
    const answer = await load(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => null);
    const fresh = answer?.content.getElementById(part.id);
    const here = [document.body, ...part.querySelectorAll("*")].includes(document.activeElement); // and not at the next question
    if (fresh) {
      renew(part, fresh);
      if (!here) return;
      part.querySelector("[aria-invalid] input, input[aria-invalid], input:checked, input:not([type=hidden])")?.focus();
      part.querySelector(".ask__said")?.scrollIntoView({ block: "nearest" });
    } else {
      showMessage(answer ? wordsOf(answer.content) : "There is no connection to the lab. Nothing was done.");
    }
  });
}

// startPlay goes through a solution that is shown, at a pace at which one can read.
function startPlay() {
  const button = strip.querySelector("[data-play]");
  if (!button) return;
  let playing;
  const stop = () => {
    clearInterval(playing);
    playing = undefined;
    button.textContent = "Play";
    button.setAttribute("aria-pressed", false);
  };
  button.addEventListener("click", () => {
    if (playing) return stop();
    button.textContent = "Pause";
    button.setAttribute("aria-pressed", true);
    playing = setInterval(() => {
      const forth = document.querySelector("[data-time-step=forth]");
      forth.href ? forth.click() : stop();
    }, every);
  });
  strip.querySelector(".steps")?.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    goTo(link.href);
  });
}
