// Windows over the map: the pages that links with data-dialog lead to, fetched as fragments. The address and the
// Back button go along; focus goes in, and back to where it was.
import { load } from "./fragment.js";
import { showMessage } from "./toast.js";

const dialog = document.getElementById("window");
const phone = matchMedia("(max-width: 899px)");
const fields = "input:not([type=hidden]), textarea, select";
const questions = {
  unsent: ["Throw this mail away?", "What you have written has not been sent.", "Keep writing"],
  unsaved: ["Leave without saving?", "What you have changed is not in force yet.", "Stay"],
};

let opener; // a selector or the element that has the focus back
let timer;
let closing = false; // going back is our own doing, and was asked about

export function startWindows() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog], #window a[data-swap], #window a[data-close]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const url = link.getAttribute("href");
    if (link.matches("[data-close]")) closeWindow();
    else openWindow(url, link.closest("#window") ? undefined : link);
  });
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); closeWindow(); });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !dialog.open || document.querySelector("#unsent[open]")) return;
    event.preventDefault(); // or this very key would close the question that it brings up
    closeWindow();
  });
  addEventListener("popstate", (event) => moved(event.state?.window));
  addEventListener("beforeunload", (event) => { if (unsent()) event.preventDefault(); });
  const here = new URL(location.href);
  const open = here.searchParams.get("open");
  if (!open) return;
  here.searchParams.delete("open");
  history.replaceState(null, "", here);
  if (open.startsWith(`${here.pathname}/`)) openWindow(open);
}

// moved follows the browser's own Back and Forward. A mail that was begun holds it up.
async function moved(url) {
  const asked = closing;
  closing = false;
  if (!asked && !(await mayLeave())) history.pushState({ window: dialog.dataset.url }, "", dialog.dataset.url);
  else if (url) show(await load(url), url);
  else shut();
}

// openWindow shows the window at url. from is the element to return the focus to, if it comes from outside.
export async function openWindow(url, from) {
  if (!(await mayLeave())) return;
  const answer = await load(url).catch(() => null);
  if (!answer) return showMessage("There is no connection to the lab.");
  if (!answer.content.querySelector("[data-window]")) {
    location.href = url; // the browser explains better what is wrong
    return;
  }
  if (from) opener = from;
  history[dialog.open ? "replaceState" : "pushState"]({ window: url }, "", url);
  show(answer, url);
}

// closeWindow closes by going back, so that the address is the lab's again. It answers whether it could.
export async function closeWindow(force = false) {
  if (!dialog.open || (!force && !(await mayLeave()))) return false;
  closing = true;
  if (history.state?.window) history.back();
  else shut();
  return true;
}

// show puts a window's content in the dialog. What had the focus keeps it when its like is still there.
export function show(answer, url, keepFocus = false) {
  const index = keepFocus ? focusables().indexOf(document.activeElement) : -1;
  const inside = keepFocus && dialog.contains(document.activeElement);
  const scroll = keepFocus ? dialog.querySelector(".win__body")?.scrollTop : 0;
  dialog.replaceChildren(answer.content);
  dialog.dataset.url = url;
  if (!dialog.open) phone.matches ? dialog.showModal() : dialog.show();
  if (keepFocus) {
    dialog.querySelector(".win__body").scrollTop = scroll ?? 0;
    if (inside) (focusables()[index] ?? focusable(".win__title")).focus({ preventScroll: true });
    return;
  }
  const first = dialog.querySelector("[autofocus], [aria-invalid]") ?? focusable(".field__problem") ?? dialog.querySelector(fields) ?? focusable(".win__title");
  first.focus();
}

// refreshWindow renews an open window that shows a host's changing state, a moment after the last news of it.
export function refreshWindow(host) {
  const win = dialog.querySelector("[data-window]");
  if (!dialog.open || win?.dataset.host !== host || !win.querySelector("[data-refresh]")) return;
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const url = dialog.dataset.url;
    const answer = await load(url).catch(() => null);
    if (answer?.ok && dialog.open && dialog.dataset.url === url) show(answer, url, true);
  }, 200);
}

function shut() {
  closing = false;
  dialog.close();
  dialog.replaceChildren();
  if (opener?.isConnected) opener.focus();
  opener = undefined;
}

function focusables() {
  return [...dialog.querySelectorAll("a, button:enabled, input, textarea, select, summary, [tabindex='0']")];
}

// focusable is an element of the window, made so that it can have the focus.
function focusable(css) {
  const element = dialog.querySelector(css);
  if (element) element.tabIndex = -1;
  return element;
}

// unsent is the form that holds a mail that was begun, or settings that were changed.
function unsent() {
  const form = dialog.querySelector("form:is([data-unsent], [data-unsaved])");
  return form && [...form.querySelectorAll(fields)].some(changed) ? form : null;
}

function changed(field) {
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return field.value !== field.defaultValue;
}

// mayLeave asks, if need be, before a mail that was begun or what was changed is thrown away.
export async function mayLeave() {
  const form = unsent();
  if (!form) return true;
  const ask = document.getElementById("unsent");
  const words = questions[form.matches("[data-unsaved]") ? "unsaved" : "unsent"];
  ask.querySelectorAll("h2, p, [value=keep]").forEach((e, i) => { e.textContent = words[i]; });
  ask.returnValue = "keep";
  ask.showModal();
  await new Promise((done) => ask.addEventListener("close", done, { once: true }));
  return ask.returnValue === "discard";
}
