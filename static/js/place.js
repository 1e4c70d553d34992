// Keeping the reader's place while what is around it changes.

// keepPlace changes what is in a scrolling element. The first of some kind of thing that is in sight stays where it is
// seen, and what has the focus keeps it. Things that are not drawn yet are not found: then the end of what is around them
// stays.
export function keepPlace(scroller, things, around, change) {
  const anchor = inSight(scroller, things) ?? inSight(scroller, around);
  const edge = anchor?.matches(around) ? "bottom" : "top";
  const from = anchor?.getBoundingClientRect()[edge];
  const focus = document.activeElement;
  scroller.toggleAttribute("data-still", true); // or the browser would do the same, and both together too much
  change();
  if (anchor?.isConnected) scroller.scrollTop += anchor.getBoundingClientRect()[edge] - from;
  if (focus !== document.activeElement && scroller.contains(focus)) focus.focus({ preventScroll: true }); // it moved
  requestAnimationFrame(() => scroller.removeAttribute("data-still"));
}

function inSight(scroller, things) {
  const box = scroller.getBoundingClientRect();
  for (let y = box.top + 4; y < box.bottom; y += 12) {
    const seen = document.elementFromPoint(box.left + box.width / 3, y)?.closest(things);
    if (seen && scroller.contains(seen)) return seen;
  }
  return null;
}
