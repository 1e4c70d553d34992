// Envelopes that are held back until their replies were predicted, with their rows as elements.
import { fragment, source } from "./fragment.js";

const panel = document.getElementById("trace");

export function envelopeOf({ wire = [], html = "" }) {
  return { wire, rows: fragment(html) };
}

// plain is an envelope as it came, without its replies being told by what flies: one at a time is.
export function plain({ wire, rows }, predicting) {
  const words = (w) => (predicting && w.side === "server" && w.label ? { ...w, label: w.label.split(" · ")[0] } : w);
  return { wire: wire.map(words), html: source(rows) };
}

// nextReply is the first row of a reply after an event; of a protocol that is not shown, none is.
export function nextReply(rows, after) {
  const shown = panel.dataset.show.split(" ");
  return [...rows.querySelectorAll(".row--reply")]
    .filter(({ dataset: { seq, proto } }) => seq > after && shown.includes(proto))
    .sort((a, b) => a.dataset.seq - b.dataset.seq)[0];
}

// carrier is the event from which on a reply would give itself away: the segment that carries it, else the reply.
export function carrier(reply, after) {
  const seq = Number(reply.dataset.seq);
  const segments = [...reply.closest(".group").querySelectorAll(".row--segment.row--server")].map((row) => Number(row.dataset.seq));
  return Math.max(...segments.filter((n) => n < seq && n > after), 0) || seq;
}

// split takes what was before an event out of an envelope. How a conversation went stays behind, and so does the state
// of the world; but not that of the page's own controls.
export function split(envelope, from) {
  const before = envelope.rows.cloneNode(true);
  for (const row of before.querySelectorAll(".row")) if (row.dataset.seq >= from) row.remove();
  for (const row of envelope.rows.querySelectorAll(".row")) if (row.dataset.seq < from) row.remove();
  for (const group of before.querySelectorAll(".group")) {
    if (!group.querySelector(".row")) group.remove();
    const outcome = group.querySelector(".outcome");
    if (outcome) [outcome.textContent, outcome.dataset.tone] = ["in progress", "open"];
    for (const mail of group.querySelectorAll(".group__mail")) mail.remove();
  }
  for (const group of envelope.rows.querySelectorAll(".group--lone")) if (!group.querySelector(".row")) group.remove();
  const now = (w) => (w.seq ? w.seq < from : ["clock", "notes", "join"].includes(w.kind));
  const wire = envelope.wire.filter(now);
  envelope.wire = envelope.wire.filter((w) => !now(w));
  return { wire, rows: before };
}

// replyOf is what there is to predict of a reply: its class and its code, and what it says.
export function replyOf(row) {
  const { proto, verb, re, seq } = row.dataset;
  const code = row.querySelector(".code")?.textContent ?? "";
  const lines = [...row.querySelectorAll(".line")].map((line) => [...line.childNodes].filter((n) => !n.matches?.(".eol")).map((n) => n.textContent).join(""));
  return {
    proto, verb, re, code, seq: Number(seq),
    class: proto === "smtp" ? code[0] : { "+OK": "ok", "-ERR": "err" }[code] ?? "more",
    line: lines[0], gist: row.querySelector(".row__gist")?.textContent.trim() ?? "",
  };
}
