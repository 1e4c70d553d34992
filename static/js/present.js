// Presenting and following. A presenter's page says which moment it shows; the pages of those who follow go there. Who may
// only look follows by itself, others when they ask for it. A presenter who is not heard of any more has left.
import { load } from "./fragment.js";
import { goTo, inPast } from "./past.js";

const lab = document.getElementById("lab");
const bar = document.getElementById("presenting");
const button = document.querySelector("[data-present]");
const page = document.getElementById("time")?.dataset.page;
const every = 8000;

let presenting = false;
let mine = false; // what the channel tells of a presenter is about this page
let following = !button; // there is a button for those who may act
let stage; // where the presenter is; undefined when there is none
let said;

export function startPresent() {
  button?.addEventListener("click", () => present(!presenting));
  bar.querySelector("button").addEventListener("click", () => {
    if (presenting) return present(false);
    following = !following;
    show();
    follow();
  });
  document.addEventListener("moment", () => { if (presenting) say(); });
  addEventListener("pagehide", () => { if (presenting) post({ do: "end" }, true); });
  if (sessionStorage.getItem("presenting") === lab.dataset.live) present(true);
}

function present(on) {
  presenting = on;
  mine ||= on;
  button.setAttribute("aria-pressed", on);
  if (on) sessionStorage.setItem("presenting", lab.dataset.live);
  else sessionStorage.removeItem("presenting");
  clearInterval(said);
  if (on) said = setInterval(say, every);
  on ? say() : post({ do: "end" });
  show();
}

// say says which moment is shown.
function say() { post({ at: inPast() ? document.getElementById("moment").value : 0 }); }

function post(fields, leaving = false) {
  const body = new URLSearchParams(fields);
  if (leaving) return fetch(bar.dataset.url, { method: "POST", body, keepalive: true, headers: { "X-Fragment": "1" } });
  return load(bar.dataset.url, { method: "POST", body }).catch(() => null);
}

// heard is called with what the live channel says of a presenter.
export function heard({ up = false, seq = 0 }) {
  const was = stage;
  stage = up ? seq : undefined;
  if (presenting) return;
  if (!mine) show(was !== undefined && !up);
  if (!mine && stage !== was) follow(was);
  mine &&= up;
}

// follow goes where the presenter is. When he has left, the page goes back to now from where he had led it.
function follow(was) {
  if (!following || presenting) return;
  const at = stage ?? (was === undefined ? undefined : 0);
  if (at === undefined) return;
  if (at > 0) goTo(`${page}?at=${at}`);
  else if (inPast()) location.assign(page);
}

function show(left = false) {
  const there = presenting || stage !== undefined && !mine;
  bar.hidden = !there && !left;
  bar.querySelector("p").textContent = left ? "The presenter has left."
    : presenting ? "You present. Whoever opens the link to look, under Share, is led to what you see."
    : following ? "You follow the presenter." : "Somebody is presenting.";
  const ask = bar.querySelector("button");
  ask.hidden = left;
  ask.textContent = presenting ? "Stop presenting" : following ? "Stop following" : "Follow";
}
