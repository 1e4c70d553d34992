// Finding a name by some of its letters.
const none = -Infinity;

// fit is how well words are found in a name, letter by letter in their order; -Infinity when they are not. A letter that
// follows the one before counts 3, one that begins a word 2; of all ways to find them it is the best.
export function fit(name, words) {
  let ends; // the best points so far, for each place where the last letter may be
  for (const letter of words.replaceAll(" ", "")) {
    let best = ends ? none : 0; // of those that end somewhere before
    const next = [];
    for (let i = 0; i < name.length; i++) {
      const alone = best + (begins(name, i) ? 2 : 0);
      const joined = (ends?.[i - 1] ?? none) + 3;
      next.push(name[i] === letter ? Math.max(alone, joined) : none);
      if (ends) best = Math.max(best, ends[i]);
    }
    ends = next;
  }
  return ends ? Math.max(none, ...ends) : 0;
}

function begins(name, i) {
  return /[a-z0-9]/.test(name[i]) && !/[a-z0-9]/.test(name[i - 1] ?? " ");
}
