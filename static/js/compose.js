// The form of a new mail: Enter goes on to the next field, since a mail is easily sent too early, and Ctrl+Enter
// sends. What is wrong is said in the form, and nothing that was typed is lost.

const lines = "input:not([type=hidden], [type=file])";
const fields = "input:not([type=hidden]), textarea";

export function startCompose(win) {
  win.addEventListener("keydown", (event) => {
    const form = event.target.closest("form[data-unsent]");
    if (!form || event.key !== "Enter" || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      form.requestSubmit(form.querySelector(".compose__buttons button"));
    } else if (event.target.matches(lines)) {
      event.preventDefault();
      const shown = [...form.querySelectorAll(fields)].filter((field) => field.checkVisibility());
      shown[shown.indexOf(event.target) + 1]?.focus();
    }
  });
  win.addEventListener("change", (event) => { if (event.target.matches("[data-limit]")) fits(event.target.form); });
}

// fits reports whether the files of a form can be handed over, and says so at the field if not.
export function fits(form) {
  const input = form.querySelector("[data-limit]");
  if (!input) return true;
  const octets = [...input.files].reduce((sum, file) => sum + file.size, 0);
  if (octets <= Number(input.dataset.limit)) {
    clear(form);
    return true;
  }
  tooLarge(form, `These files have ${Math.round(octets / 1e6)} MB.`);
  return false;
}

// complain shows an error answer in the form that it is about.
export function complain(form, status, words) {
  if (status === 413 && form.querySelector("[data-limit]")) return tooLarge(form, "That is too large.");
  clear(form);
  const alert = Object.assign(document.createElement("p"), { className: "alert", textContent: words });
  alert.setAttribute("role", "alert");
  alert.dataset.said = "";
  form.prepend(alert);
  alert.scrollIntoView({ block: "nearest" });
}

function tooLarge(form, words) {
  clear(form);
  const input = form.querySelector("[data-limit]");
  const problem = Object.assign(document.createElement("span"), { className: "field__problem", id: "said-files" });
  problem.setAttribute("role", "alert");
  problem.dataset.said = "";
  problem.textContent = `${words} Take smaller ones, or fewer.`;
  input.parentElement.append(problem);
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", problem.id);
  input.focus();
}

// clear takes away what was said here before, not what the server wrote into the form.
function clear(form) {
  for (const said of form.querySelectorAll("[data-said]")) said.remove();
  const input = form.querySelector("[aria-describedby=said-files]");
  input?.removeAttribute("aria-invalid");
  input?.removeAttribute("aria-describedby");
}
