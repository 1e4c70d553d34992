// The lab page: hands what comes over the live channel to the parts of the page that show it.
import { startLive } from "./live.js";
import { clearRows, startTrace } from "./trace.js";
import { forgetRows, startFind, takeRows } from "./find.js";
import { gate, startGate } from "./gate.js";
import { showNotes, startNotes } from "./annotations.js";
import { startFilters } from "./filters.js";
import { addHost, dropGuests, showHost, startHostList } from "./map.js";
import { fly, hold, sever } from "./flight.js";
import { showClock, showIdle, startControls } from "./controls.js";
import { refreshWindow, startWindows } from "./dialog.js";
import { startForms } from "./forms.js";
import { startCompose } from "./compose.js";
import { startJumps } from "./jump.js";
import { clearToasts, showToast } from "./toast.js";
import { renewView, startTabs } from "./tabs.js";
import { fragment } from "./fragment.js";
import { refreshTerminal, startTerminal } from "./terminal.js";
import { inPast, showNow, startPast } from "./past.js";
import { heard, startPresent } from "./present.js";
import { startProjector } from "./projector.js";

const shows = {
  segment: fly,
  lost: fly,
  join: addHost,
  condition: (w) => { showHost({ up: false, ...w }); if (!w.up) sever(w.host); },
  host: (w) => { showHost({ up: false, busy: false, unread: 0, ...w }); refreshWindow(w.host); refreshTerminal(w.host); },
  notice: (w) => showToast(w.html),
  wait: (w) => { document.getElementById("waiting").replaceWith(fragment(w.html)); showIdle(); },
  task: async (w) => (await import("./course.js")).showTask(w.html),
  clock: (w) => { showClock(w); hold(w.paused ?? false); },
  notes: (w) => showNotes(w.n ?? 0),
};

// clear takes away what told of the lab before a reset.
function clear() {
  clearRows();
  forgetRows();
  clearToasts();
  dropGuests();
}

export function startLab(lab) {
  startTrace(lab.dataset);
  startFilters();
  startHostList();
  startControls();
  startWindows();
  startForms();
  startCompose(document.getElementById("window"));
  startJumps();
  startTerminal();
  startPast();
  startPresent();
  startProjector();
  if (document.getElementById("task")) import("./course.js").then(({ startTask }) => startTask());
  startTabs();
  startFind();
  startNotes();
  const show = gate((envelope) => {
    // A reset in the batch comes before the rows that follow it.
    for (const w of envelope.wire ?? []) if (w.kind === "reset") clear();
    if (envelope.html) takeRows(envelope.html);
    if (envelope.html) renewView();
    for (const w of envelope.wire ?? []) if (w.kind !== "reset") shows[w.kind]?.(w);
  });
  startGate();
  startLive(lab.dataset, (envelope) => {
    showNow(envelope.seq);
    for (const w of envelope.wire ?? []) if (w.kind === "present") heard(w);
    if (!inPast()) show(envelope);
  });
}
