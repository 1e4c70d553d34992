// What a terminal's line is typed into: with a history, and with room for several lines when there are such.
const win = document.getElementById("window");
const most = 100; // lines of the history

let at = -1; // which line of the history is in the field; -1 for none
let draft = ""; // what was typed before

export function startTyping() {
  win.addEventListener("keydown", keys);
  win.addEventListener("paste", paste);
  win.addEventListener("click", click);
}

function keys(event) {
  const field = event.target;
  if (field.id !== "term-text" || event.isComposing) return;
  if (event.key === "Enter" && field.matches("textarea") && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    field.form.requestSubmit();
  } else if (field.matches("input") && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    recall(field, event.key === "ArrowUp" ? 1 : -1);
  }
}

// recall puts an older or newer line into the field; after the newest what was being typed.
function recall(field, step) {
  const past = lately(field);
  if (at < 0) draft = field.value;
  at = Math.max(-1, Math.min(past.length - 1, at + step));
  field.value = at < 0 ? draft : past[at];
  field.setSelectionRange(field.value.length, field.value.length);
}

// A history belongs to its connection. A new one begins with that of the PC.
function lately(field) {
  const [own, common] = keysOf(field).map((key) => kept(sessionStorage, key));
  return own ?? common ?? [];
}

function keysOf(field) {
  const { url, base } = field.closest("[data-term]").dataset;
  return [`said:${url}`, `said:${base}`];
}

// take takes what was typed out of the field, to be said, and keeps it in the history.
export function take(field) {
  const text = field.value;
  field.value = "";
  at = -1;
  if (text && !text.includes("\n")) {
    const past = [text, ...lately(field).filter((other) => other !== text)].slice(0, most);
    for (const key of keysOf(field)) keep(sessionStorage, key, past);
  }
  several(field, false);
  return text;
}

// paste of several lines makes room for them: they are sent together.
function paste(event) {
  const field = event.target;
  if (field.id !== "term-text" || !field.matches("input")) return;
  const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
  if (!text.includes("\n")) return;
  event.preventDefault();
  const { value, selectionStart, selectionEnd } = field;
  write(field, value.slice(0, selectionStart) + text + value.slice(selectionEnd));
}

function click(event) {
  const plain = !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  const link = plain && event.target.closest("[data-fill], [data-several]");
  const field = link && win.querySelector("#term-text");
  if (!field) return;
  event.preventDefault();
  event.stopPropagation(); // or the window would be loaded anew
  if (link.matches("[data-fill]")) write(field, link.dataset.fill);
  else several(field, field.matches("input")).focus();
}

// write puts a text into the field, which becomes one for several lines if need be.
export function write(field, text) {
  const into = several(field, text.includes("\n"));
  into.value = text;
  into.focus();
  into.setSelectionRange(text.length, text.length);
}

// several makes the field one for several lines, or for one, and returns it.
function several(field, many) {
  if (many === field.matches("textarea")) return field;
  field.form.querySelector("[data-several]").textContent = many ? "One line" : "Several lines";
  const other = document.createElement(many ? "textarea" : "input");
  for (const name of ["id", "name", "class", "autocomplete", "autocapitalize", "spellcheck"]) other.setAttribute(name, field.getAttribute(name));
  if (many) other.rows = 6;
  other.value = many ? field.value : field.value.split("\n")[0];
  const focused = field === document.activeElement;
  field.replaceWith(other);
  if (focused) other.focus();
  return other;
}

// complain says what is wrong with a line, at its field.
export function complain(form, words) {
  const field = form.elements.text;
  const box = form.querySelector(".say__problem");
  box.replaceChildren();
  field.removeAttribute("aria-invalid");
  field.removeAttribute("aria-describedby");
  if (!words) return;
  const problem = Object.assign(document.createElement("span"), { className: "field__problem", id: "p-text", textContent: words });
  problem.setAttribute("role", "alert");
  box.append(problem);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", problem.id);
}

// What is kept is a convenience: where a browser forbids it, it is forgotten.
export function kept(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null;
  }
}

export function keep(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch { /* full, or forbidden */ }
}
