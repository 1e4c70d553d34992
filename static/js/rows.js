// The rows that the page holds: a window of at most so many, in the order of their numbers. They stand in groups, one for
// each conversation, in the order in which those first appear.
const most = 2000;

const groups = document.getElementById("groups");
const rows = groups?.getElementsByClassName("row");

// held are the numbers of the first and of the last row, both 0 when there are none; and the number up to which events are
// here, or were left out on purpose.
export const held = { first: 0, last: 0, seen: 0 };

// count finds out what is held, when it was drawn by others.
export function count() {
  held.first = held.last = held.seen = 0;
  measure(rows);
  draw(groups.children);
}

// show puts groups of rows in the place of all, of events up to a number.
export function show(fresh, seen) {
  groups.replaceChildren(...fresh);
  count();
  held.seen = seen;
}

// draw has groups drawn once, wherever they are, so that their heights are known.
function draw(some) {
  const all = [...some];
  for (const group of all) group.toggleAttribute("data-fresh", true);
  requestAnimationFrame(() => requestAnimationFrame(() => { for (const group of all) group.removeAttribute("data-fresh"); }));
}

function measure(some) {
  for (const row of some) {
    const seq = Number(row.dataset.seq);
    held.first = held.first ? Math.min(held.first, seq) : seq;
    held.last = Math.max(held.last, seq);
  }
  held.seen = Math.max(held.seen, held.last);
}

// addLater puts groups of rows that come after the others in their places. It returns the rows that were not there.
export function addLater(content) {
  const { seen } = held;
  return add(content, (row) => Number(row.dataset.seq) > seen, (group, fresh) => {
    const there = document.getElementById(group.id);
    const head = group.querySelector(".group__head");
    if (there && head) there.querySelector(".group__head").replaceWith(head);
    if (there) there.querySelector(".rows").append(...fresh);
    else if (fresh.length) groups.append(only(group, fresh));
  });
}

// addEarlier puts groups of rows that come before the others in their places. A conversation that began there moves up, as
// its first row is there now.
export function addEarlier(content) {
  const { first } = held;
  let next = groups.firstElementChild;
  return add(content, (row) => !first || Number(row.dataset.seq) < first, (group, fresh) => {
    if (!fresh.length) return;
    const there = document.getElementById(group.id);
    if (there) there.querySelector(".rows").prepend(...fresh);
    if (there && there === next) next = next.nextElementSibling;
    else groups.insertBefore(there ?? only(group, fresh), next);
  });
}

function add(content, isNew, place) {
  const added = [];
  for (const group of content.querySelectorAll(".group")) {
    const fresh = [...group.querySelectorAll(".row")].filter(isNew);
    place(group, fresh);
    added.push(...fresh);
  }
  measure(added);
  draw(new Set(added.map((row) => row.closest(".group"))));
  return added;
}

// only is a group without the rows that are there already.
function only(group, rows) {
  group.querySelector(".rows").replaceChildren(...rows);
  return group;
}

// dropFirst and dropLast keep the window small. They answer whether anything went.
export function dropFirst() {
  const many = rows.length - most;
  for (let n = many; n > 0; held.first++) n -= drop(held.first);
  while (many > 0 && !document.getElementById(`e${held.first}`)) held.first++;
  return many > 0;
}

export function dropLast() {
  const many = rows.length - most;
  for (let n = many; n > 0; held.last--) n -= drop(held.last);
  while (many > 0 && !document.getElementById(`e${held.last}`)) held.last--;
  if (many > 0) held.seen = held.last;
  return many > 0;
}

function drop(seq) {
  const row = document.getElementById(`e${seq}`);
  if (!row) return 0;
  const group = row.closest(".group");
  row.remove();
  if (!group.querySelector(".row")) group.remove();
  return 1;
}
