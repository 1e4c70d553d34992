// The question of Predict: what will the server answer? Its choices, and what became of the last one.
const bar = document.getElementById("predict");

// onAnswer has f called with each answer: a class, or a code of three digits.
export function onAnswer(f) {
  bar.addEventListener("click", ({ target }) => {
    const choice = target.closest("[data-answer]");
    if (choice) f(choice.dataset.answer);
  });
  bar.querySelector("[data-other]").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = event.target.querySelector("input");
    f(field.value);
    field.value = "";
  });
}

// question asks for a reply, by its class or its code; undefined takes the question away.
export function question(reply, level) {
  const box = bar.querySelector("[data-question]");
  const inside = box.contains(document.activeElement);
  box.hidden = !reply;
  if (reply) {
    bar.querySelector("[data-ask]").textContent = wording(reply);
    const exact = level === "code" && reply.proto === "smtp";
    for (const choices of bar.querySelectorAll("[data-classes]")) choices.hidden = exact || choices.dataset.classes !== reply.proto;
    bar.querySelector("[data-exact]").hidden = !exact;
    bar.querySelector("[data-offered]").replaceChildren(...codesFor(reply.verb).map(codeButton));
  }
  if (inside && !visible(document.activeElement)) ([...box.querySelectorAll("[data-answer]")].find(visible) ?? bar).focus();
}

function visible(element) {
  return Boolean(element.offsetParent) && bar.contains(element);
}

// codesFor are the codes that the standards allow as an answer.
function codesFor(verb) {
  const entry = [...bar.querySelectorAll("[data-codes] li")].find((li) => li.dataset.verb === verb);
  return entry?.textContent.split(" ") ?? [];
}

function codeButton(code) {
  const choice = Object.assign(document.createElement("button"), { type: "button", className: "chip predict__class mono", textContent: code });
  choice.dataset.answer = code;
  return choice;
}

// wording is the question: what is answered, in its own words if it is still on the page.
function wording({ verb, re }) {
  if (!verb) return "A connection has opened. What does the server say first?";
  if (verb === "EOD") return "The message has ended. What does the server answer?";
  const said = document.getElementById(`e${re}`);
  const line = said?.querySelector(".line")?.firstChild?.textContent.trim() || verb;
  const who = said?.querySelector(".row__who")?.title || "The client";
  return `${who} says “${line.length > 80 ? line.slice(0, 79) + "…" : line}”. What does the server answer?`;
}

// verdict says whether an answer was right, and why it was that reply if not.
export function verdict(answer, reply) {
  if (answer === reply.class || answer === reply.code) return say(`Right: ${reply.line}`);
  const almost = answer.length === 3 && answer[0] === reply.class;
  say(`${almost ? "Almost: the class is right." : "Not this time."} It is ${reply.line.replace(/\.?$/, ".")} ${reply.gist}`);
}

export function say(words) {
  bar.querySelector("[data-said]").textContent = words;
}

export function showScore([right, all]) {
  bar.querySelector("[data-score]").textContent = `${right} of ${all} right`;
}

// offerDigit is what a digit key does: it answers, or begins a code.
export function offerDigit(digit) {
  const choice = [...bar.querySelectorAll(`[data-digit="${digit}"]`)].find(visible);
  if (choice) return choice.click();
  const field = bar.querySelector("[data-other] input");
  field.value = digit;
  field.focus();
}
