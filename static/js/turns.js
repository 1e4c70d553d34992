// One thing at a time: what shows other rows of the trace is done a moment after it was asked for last, and never while
// another is being done. Rows that come meanwhile wait.
let kept; // rows that wait
let next; // what is to be done
let timer;
let take; // what takes the rows
let fail; // what says that something could not be done

export function startTurns(taking, failing) {
  [take, fail] = [taking, failing];
}

// keeps reports whether rows have to wait, and keeps them if so.
export function keeps(html) {
  return Boolean(kept?.push(html));
}

// later does something after a moment, instead of what was to be done. What gives way does not replace anything.
export function later(what, ms = 150, gives = false) {
  if (gives && next && next !== what) return;
  clearTimeout(timer);
  next = what;
  timer = setTimeout(() => {
    if (kept) return; // its end comes back to this
    next = undefined;
    alone(what).catch(fail);
  }, ms);
}

// alone does something when nothing else is being done.
export async function alone(what) {
  while (kept) await new Promise((done) => setTimeout(done, 20));
  kept = [];
  try {
    await what();
  } finally {
    const rows = kept;
    kept = undefined;
    rows.forEach(take);
    if (next) later(next, 0);
  }
}
