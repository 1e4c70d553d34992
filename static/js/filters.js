// The filters: what is shown of the trace, without asking the server. The address keeps it, as the plain form would.
const panel = document.getElementById("trace");

export function startFilters() {
  const form = panel.querySelector("[data-filters]");
  form.addEventListener("submit", (event) => {
    const chip = event.submitter;
    if (!chip) return;
    event.preventDefault();
    const shown = new Set(panel.dataset.show.split(" ").filter(Boolean));
    const on = chip.dataset.showOn ? chip.dataset.showOn === "true" : !shown.has(chip.dataset.showWord);
    if (on) shown.add(chip.dataset.showWord);
    else shown.delete(chip.dataset.showWord);
    show(form, shown);
  });
  document.querySelector("[data-show-all]").addEventListener("click", (event) => {
    event.preventDefault();
    show(form, new Set([...panel.dataset.show.split(" ").filter(Boolean), "smtp", "pop3", "tls", "tcp"]));
    panel.querySelector("#log").focus();
  });
}

function show(form, shown) {
  panel.dataset.show = [...shown].join(" ");
  for (const chip of form.querySelectorAll("[data-show-word]")) {
    const wanted = chip.dataset.showOn !== "false";
    chip.setAttribute("aria-pressed", shown.has(chip.dataset.showWord) === wanted);
  }
  const url = new URL(location.href);
  url.searchParams.set("show", panel.dataset.show);
  history.replaceState(history.state, "", url);
}
