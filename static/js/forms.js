// Forms without leaving the page. data-act: what the server did is seen on the live channel, the answer itself is
// of no interest. data-enhance: the answer is the next content of the window; data-leaves:
// which is another part of it. Plain forms do both by redirects. A refusal leaves the window as it is, unless it
// brings the form again with what is wrong in it.
import { complain, fits } from "./compose.js";
import { load } from "./fragment.js";
import { closeWindow, mayLeave, show } from "./dialog.js";
import { showMessage } from "./toast.js";

export function startForms() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const acts = form.matches("[data-act]");
    if (!acts && !form.matches("#window form[data-enhance]")) return;
    event.preventDefault();
    const button = event.submitter;
    if (button?.ariaDisabled === "true" || !fits(form)) return;
    if (form.dataset.sending) {
      if (!button) form.dataset.again = "true"; // a slider that moves on: where it ends up counts
      return;
    }
    if (form.matches("[data-leaves]") && !(await mayLeave())) return;
    form.dataset.sending = "true";
    try {
      await send(form, button, acts || form.matches("[data-unsent]"));
    } catch {
      showMessage("There is no connection to the lab. Nothing was done.");
    } finally {
      delete form.dataset.sending;
    }
    if (form.dataset.again) {
      delete form.dataset.again;
      form.requestSubmit();
    }
  });
}

// send posts a form. away says that success is a redirect nobody follows. By the time of the answer the window may
// have been renewed around the form, or left.
async function send(form, button, away) {
  const win = document.getElementById("window");
  const from = win.contains(form) && win.dataset.url;
  const data = new FormData(form, button);
  const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
  const answer = await load(form.action, { method: "POST", body, redirect: away ? "manual" : "follow" });
  const there = from && win.open && win.dataset.url === from;
  if (away && (answer.moved || answer.ok)) {
    if (there) await closeWindow(true);
  } else if (there && (answer.ok || answer.content.querySelector("[data-window] .win__body form"))) {
    if (answer.ok && answer.url) history.replaceState({ window: answer.url }, "", answer.url);
    show(answer, answer.ok ? answer.url : from, answer.ok);
  } else if (!answer.ok) {
    const words = wordsOf(answer.content);
    if (there && form.isConnected && form.matches("[data-unsent]")) complain(form, answer.status, words);
    else showMessage(words);
  }
}

// wordsOf is what an error page says. A proxy's own page has no words of ours.
export function wordsOf(content) {
  const words = [...content.querySelectorAll(".win__title, .error > p:first-child")].map((e) => e.textContent.trim());
  return words.join(" ") || "That did not work.";
}
