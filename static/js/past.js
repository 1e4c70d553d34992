// Going back and forth in time: the slider and the steps under the map. What depends on the moment is marked with
// data-moment; it is taken from the page of that moment, which the server draws. "Back to now" loads the page anew.
import { load } from "./fragment.js";
import { showMessage } from "./toast.js";

const lab = document.getElementById("lab");

let wanted; // the address of the moment that is to be shown next
let steps = []; // that were asked for while one was on its way: each goes on from where the one before has led
let busy = false;

// inPast reports whether the page shows the past, so that what happens now is not for it.
export function inPast() { return lab.dataset.past === "true"; }

export function startPast() {
  document.addEventListener("input", (event) => {
    if (event.target.id !== "moment") return;
    steps = [];
    goTo(addressOf(event.target.form));
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-time]")) return;
    event.preventDefault();
    goTo(addressOf(event.target));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-time-step]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.href) step(link);
  });
  addEventListener("popstate", () => { // by Back out of the past
    if (inPast() && !/[?&]at=|\/at\//.test(location.href)) location.reload();
  });
}

// step goes to the next stop.
function step(link) {
  if (!busy) goTo(stepOf(link));
  else if (steps.length < 100) steps.push(link.dataset.timeStep);
}

// stepOf is where a step leads, at the pace that is chosen now.
function stepOf(link) {
  const url = new URL(link.href);
  url.searchParams.set("by", document.getElementById("pace").value);
  if (!inPast()) url.searchParams.delete("from"); // the newest, which this link may not know
  return withFilters(url);
}

// addressOf is the page of the moment that the form asks for.
function addressOf(form) {
  const url = new URL(form.action);
  url.searchParams.set("at", form.elements.at.value);
  url.searchParams.set("by", form.elements.by.value);
  return withFilters(url);
}

function withFilters(url) {
  for (const name of ["show", "q", "mode"]) {
    const kept = new URL(location.href).searchParams.get(name);
    if (kept !== null) url.searchParams.set(name, kept);
  }
  return url.href;
}

// goTo shows the moment at an address. While one is on its way, only the last that was asked for comes after it.
export async function goTo(url) {
  wanted = url;
  if (busy) return;
  busy = true;
  while (wanted) {
    const next = wanted;
    wanted = undefined;
    const answer = await load(next).catch(() => null);
    if (answer?.ok) show(answer.content, answer.url);
    else showMessage(answer?.status === 404 ? "The lab has no such moment any more." : "There is no connection to the lab.");
    const link = !wanted && steps.length && document.querySelector(`[data-time-step=${steps.shift()}]`);
    if (link?.href) wanted = stepOf(link);
  }
  busy = false;
}

// show puts the parts of another moment in their places.
function show(content, url) {
  const already = inPast();
  lab.dataset.past = content.querySelector("#lab").dataset.past;
  for (const fresh of content.querySelectorAll("[data-moment]")) {
    const old = document.getElementById(fresh.id);
    if (fresh.id === "time") renewTime(old, fresh);
    else if (old) renew(old, fresh);
  }
  history[already ? "replaceState" : "pushState"]({}, "", url);
  toEnd();
  requestAnimationFrame(toEnd); // once more: groups that were out of view had a guessed height
  document.dispatchEvent(new CustomEvent("moment"));
}

function toEnd() {
  const log = document.getElementById("log");
  log.scrollTop = log.scrollHeight;
}

// renew makes an element what another is, and leaves it where it stands.
export function renew(old, fresh) {
  copyAttributes(fresh, old);
  old.replaceChildren(...fresh.childNodes);
}

function copyAttributes(from, to) {
  for (const { name, value } of from.attributes) to.setAttribute(name, value);
  for (const { name } of [...to.attributes]) if (!from.hasAttribute(name)) to.removeAttribute(name);
}

// renewTime leaves the elements of the bar where they are: one of them has the focus, or is under the finger.
function renewTime(old, fresh) {
  for (const link of fresh.querySelectorAll("[data-time-step]")) {
    copyAttributes(link, old.querySelector(`[data-time-step=${link.dataset.timeStep}]`));
  }
  const [slider, at] = [old, fresh].map((time) => time.querySelector("#moment"));
  for (const name of ["min", "max", "aria-valuetext"]) slider.setAttribute(name, at.getAttribute(name));
  if (!wanted) slider.value = at.getAttribute("value");
  const [what, words] = [old, fresh].map((time) => time.querySelector(".time__what"));
  what.replaceChildren(...words.childNodes);
  old.dataset.past = fresh.dataset.past;
}

// showNow says how far the lab has come. A slider that is at the end stays there.
export function showNow(seq) {
  const slider = document.getElementById("moment");
  slider.max = seq;
  for (const last of document.querySelectorAll("[data-time-last]")) last.textContent = seq;
  if (inPast()) return;
  slider.value = seq;
  slider.setAttribute("aria-valuetext", `now, at event ${seq}`);
  const back = document.querySelector("[data-time-step=back]");
  if (back.href || seq <= slider.min) return;
  back.href = document.getElementById("time").dataset.step + "?way=back";
  back.removeAttribute("aria-disabled");
}
