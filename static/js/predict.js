// Predict first: what comes over the live channel is held back from the next reply on, until the reader has said what it
// will be. The lab goes on meanwhile, and nobody else is held up.
import { carrier, envelopeOf, nextReply, plain, replyOf, split } from "./held.js";
import { onAnswer, question, say, showScore, verdict } from "./question.js";

const bar = document.getElementById("predict");
const button = document.querySelector("[data-predict]");
const memory = `predict ${document.getElementById("time").dataset.page}`;
const most = 1000; // envelopes held back

const state = { on: false, level: "class", score: { class: [0, 0], code: [0, 0] } };
const queue = [];
let pass; // what shows an envelope
let asked; // the reply that is asked for
let from = 0; // the event from which on everything is held back; 0 when nothing is
let answered = 0; // the last reply that is not asked for any more

// start begins to predict what `show` shows, or goes on with it.
export function start(show) {
  pass = show;
  onAnswer(guess);
  bar.addEventListener("click", ({ target }) => {
    const { level, again, reveal } = target.closest("button")?.dataset ?? {};
    if (level) choose(level);
    if (again !== undefined) startAgain();
    if (reveal !== undefined) revealAll("Everything that was held back is shown.");
  });
  document.addEventListener("moment", forget); // back to now loads the page again
  const run = recall();
  if (!run?.on) return;
  Object.assign(state, { level: run.level, score: run.score });
  turn(run.held ? "The page was loaded again, with what was held back. It goes on with the next reply." : "It goes on with the next reply.");
}

// receive takes an envelope in the place of what shows it.
export function receive(envelope) {
  if (envelope.wire?.some((w) => w.kind === "reset")) forget();
  if (!state.on) return pass(envelope);
  queue.push(envelopeOf(envelope));
  if (queue.length > most) return revealAll("So much was waiting that it is shown. It goes on with the next reply.");
  flow();
}

// held is the event from which on everything is held back; 0 when nothing is.
export function held() {
  return from;
}

// turn begins to predict, or ends it.
export function turn(words = "From the next reply on, you say first what it will be.") {
  state.on = !state.on;
  button.setAttribute("aria-pressed", state.on);
  bar.hidden = !state.on;
  if (!state.on) return revealAll("");
  choose(state.level);
  say(words);
}

// flow shows what waits, up to the next reply.
function flow() {
  while (queue.length && !asked) {
    const row = nextReply(queue[0].rows, answered);
    if (row) {
      from = carrier(row, answered);
      asked = replyOf(row);
      pass(plain(split(queue[0], from), true));
    } else {
      pass(plain(queue.shift(), true));
    }
  }
  requestAnimationFrame(() => question(asked, state.level)); // when the rows are there that it is about
  remember();
}

function guess(answer) {
  if (!asked) return;
  const score = state.score[answer.length === 3 && asked.proto === "smtp" ? "code" : "class"];
  score[0] += answer === asked.class || answer === asked.code;
  score[1]++;
  verdict(answer, asked);
  showScore(state.score[state.level]);
  goOnAfter(asked.seq);
  flow();
}

function goOnAfter(seq) {
  answered = Math.max(answered, seq);
  [asked, from] = [undefined, 0];
}

// revealAll shows what is held back.
function revealAll(words) {
  while (queue.length) {
    const envelope = queue.shift();
    goOnAfter(Math.max(0, ...[...envelope.rows.querySelectorAll(".row--reply")].map((row) => Number(row.dataset.seq))));
    pass(plain(envelope, false));
  }
  question();
  say(words);
  remember();
}

// forget lets go of what is held back: a reset has taken it away.
function forget() {
  queue.length = 0;
  goOnAfter(0);
  question();
}

function choose(level) {
  state.level = level;
  for (const chip of bar.querySelectorAll("[data-level]")) chip.setAttribute("aria-pressed", chip.dataset.level === level);
  showScore(state.score[level]);
  question(asked, level);
  remember();
}

function startAgain() {
  state.score = { class: [0, 0], code: [0, 0] };
  say("");
  showScore(state.score[state.level]);
  remember();
}

// remember keeps the run for when the page is loaded again, as it is when it has missed too much.
function remember() {
  try {
    sessionStorage.setItem(memory, JSON.stringify({ ...state, held: Boolean(asked) }));
  } catch { /* then it begins anew */ }
}

function recall() {
  try {
    return JSON.parse(sessionStorage.getItem(memory));
  } catch {
    return null;
  }
}
