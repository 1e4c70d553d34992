// Pop-ups. Good news goes by itself after ten seconds, unless it is pointed at or has the focus; anything else stays
// until it is dismissed. All of them are kept under Notices.
import { fragment } from "./fragment.js";

const box = document.getElementById("toasts");
const most = 3;

export function showToast(html) {
  add(fragment(html).firstElementChild);
}

// showMessage is a pop-up of the page itself, not of the lab.
export function showMessage(words) {
  const toast = Object.assign(document.createElement("div"), { className: "toast", textContent: words });
  const close = Object.assign(document.createElement("button"), { type: "button", className: "toast__close", textContent: "✕" });
  close.setAttribute("aria-label", "Dismiss");
  toast.dataset.tone = "bad";
  toast.append(close);
  add(toast);
  expire(toast);
}

function add(toast) {
  if (toast.id && document.getElementById(toast.id)) return;
  toast.querySelector("button").addEventListener("click", () => leave(toast));
  box.append(toast);
  while (box.children.length > most) box.firstElementChild.remove();
  if (toast.dataset.tone === "good") expire(toast);
}

function expire(toast) {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) expire(toast);
    else leave(toast);
  }, 10000);
}

function leave(toast) {
  toast.setAttribute("data-leaving", "");
  setTimeout(() => toast.remove(), 250);
}
