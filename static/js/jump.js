// Links from a window or a pop-up to what is on the wire: they lead to it in the panel, or to its own page when the
// panel does not hold it any more. What is gone altogether, after a reset, is only said.
import { closeWindow } from "./dialog.js";
import { open } from "./explain.js";
import { load } from "./fragment.js";
import { showMessage } from "./toast.js";
import { showDialogue } from "./tabs.js";

export function startJumps() {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-conversation], a[data-event]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const number = new URL(link.href).pathname.split("/").pop();
    const isEvent = link.matches("[data-event]");
    const target = document.getElementById((isEvent ? "e" : "c") + number);
    event.preventDefault();
    if (target && !target.offsetParent) showDialogue(); // it may be there, behind another view
    if (!target?.offsetParent) return leaveFor(link.href);
    const inWindow = link.closest("#window");
    if (inWindow && !(await closeWindow())) return;
    // Closing gives the focus back to where the window was opened from, in its own time.
    setTimeout(() => goTo(target, isEvent), inWindow ? 60 : 0);
  });
}

// leaveFor goes to a page of its own, if it is there.
export async function leaveFor(url) {
  const answer = await load(url).catch(() => null);
  if (answer?.ok) location.href = url;
  else if (answer?.status === 404) showMessage("That is not on the wire any more: the lab was reset, or it was too long ago.");
  else showMessage("There is no connection to the lab.");
}

function goTo(target, isEvent) {
  target.scrollIntoView({ block: isEvent ? "center" : "start" });
  target.querySelector("a").focus({ preventScroll: true });
  if (isEvent) return open(target);
  target.setAttribute("data-flash", "");
  setTimeout(() => target.removeAttribute("data-flash"), 1600);
}
