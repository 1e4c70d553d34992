// The controls under the map: which button is down, and a slider in place of the list of speeds.
const bar = document.getElementById("controls");

let slider;
let list;

export function startControls() {
  if (!bar) return;
  list = bar.querySelector("[data-speed-list]");
  slider = Object.assign(document.createElement("input"), { type: "range", min: 0, max: list.options.length - 1, step: 1 });
  const output = document.createElement("output");
  list.hidden = true;
  list.after(slider, output);
  list.removeAttribute("id");
  slider.id = "speed";
  slider.addEventListener("input", label);
  slider.addEventListener("change", () => {
    list.selectedIndex = slider.valueAsNumber;
    list.form.requestSubmit();
  });
  slider.value = list.selectedIndex;
  label();
  showIdle();
}

function label() {
  const words = list.options[slider.valueAsNumber].text;
  slider.nextElementSibling.textContent = words;
  slider.setAttribute("aria-valuetext", words);
}

// showIdle says whether there is nothing to step or skip to. The buttons keep the focus if they have it.
export function showIdle() {
  if (!bar) return;
  const idle = document.getElementById("waiting").dataset.idle === "true";
  for (const button of bar.querySelectorAll("[data-do=step], [data-do=skip]")) button.setAttribute("aria-disabled", idle);
}

// showClock shows the state of the lab's clock, which somebody else may have changed.
export function showClock({ paused = false, speed }) {
  if (!bar) return;
  bar.dataset.paused = paused;
  bar.querySelector("[data-do=run]").setAttribute("aria-pressed", !paused);
  bar.querySelector("[data-do=pause]").setAttribute("aria-pressed", paused);
  const index = [...list.options].findIndex((option) => option.value === speed);
  if (index < 0 || slider === document.activeElement) return;
  list.selectedIndex = index;
  slider.value = index;
  label();
}
