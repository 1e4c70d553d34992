// What a view shows: exchanged for newer without the reader losing the place or the focus, and gone through by the keys.
const content = document.getElementById("view-content");

// exchange puts what came in the place of what was there. Where one was reading, and what had the focus, stays; a list
// that is being chosen from is left alone. A view that is shown anew begins at its top.
export function exchange(fresh, anew, name) {
  const was = document.getElementById("view-body");
  const place = placeIn(scroller(was));
  const inner = [...content.querySelectorAll("[data-scroll]")].map((e) => [e.id, placeIn(e)]);
  const unfolded = [...content.querySelectorAll("details[open]")].map((e) => e.id);
  const open = content.querySelector("[data-card][data-open]")?.getAttribute("href");
  const focus = content.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  const choosing = !anew && document.activeElement?.closest("#view-choose form");
  if (choosing && fresh.querySelector("#view-choose")) exchangeAround(choosing, fresh);
  else content.replaceChildren(fresh);
  startArrows();
  if (open) content.querySelector(`[data-card][href="${CSS.escape(open)}"]`)?.setAttribute("data-open", "");
  if (focus && !content.contains(document.activeElement)) content.querySelector(focus)?.focus({ preventScroll: true });
  const scrolls = scroller(document.getElementById("view-body"));
  const follows = name === "ladder" && place.end && place.top > 0;
  if (anew) {
    scrolls.scrollTop = 0;
    return;
  }
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  for (const [id, { top, left }] of inner) document.getElementById(id)?.scrollTo({ top, left });
  scrolls.scrollTo({ top: follows ? scrolls.scrollHeight : place.top, left: place.left });
}

// exchangeAround leaves the form alone in which one is choosing, but for which conversation is the newest.
function exchangeAround(form, fresh) {
  for (const part of ["#view-body", ".choose__head", ".choose__links"]) content.querySelector(part).replaceWith(fresh.querySelector(part));
  form.querySelector("option").textContent = fresh.querySelector("option").textContent;
}

export function sayInView(textContent) {
  content.replaceChildren(Object.assign(document.createElement("p"), { className: "empty", textContent }));
}

// scroller is what scrolls a view: its body, or on a small screen all that is around it.
function scroller(body) {
  return !body || content.scrollHeight > content.clientHeight ? content : body;
}

function placeIn(e) {
  return { top: e.scrollTop, left: e.scrollLeft, end: e.scrollHeight - e.scrollTop - e.clientHeight < 24 };
}

// keyOf tells an element from the others in a way that holds for its successor.
function keyOf(e) {
  if (e.id) return `#${CSS.escape(e.id)}`;
  const href = e.getAttribute("href");
  return href && `[href="${CSS.escape(href)}"]`;
}

// startArrows makes one of the things in a list that is gone through by the arrow keys reachable by Tab.
export function startArrows() {
  for (const list of content.querySelectorAll("[data-arrows]")) {
    const all = [...list.querySelectorAll("a")];
    const first = all.find((a) => a.hasAttribute("aria-current")) ?? all[0];
    all.forEach((a) => a.setAttribute("tabindex", a === first ? 0 : -1));
    list.addEventListener("focusin", (event) => choose(list, event.target.closest("a")));
    list.addEventListener("keydown", move);
  }
}

function choose(list, link) {
  if (!link) return;
  for (const other of list.querySelectorAll("a[tabindex='0']")) other.setAttribute("tabindex", -1);
  link.setAttribute("tabindex", 0);
}

function move(event) {
  const link = event.target.closest("a");
  const all = [...event.currentTarget.querySelectorAll("a")];
  const at = all.indexOf(link);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (next === undefined || !all[next] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  all[next].focus({ preventScroll: true });
  all[next].scrollIntoView({ block: "nearest" });
}
