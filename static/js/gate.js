// What comes over the live channel passes here. Whoever wants to predict it first has it held back by predict.js, which is
// loaded when it is wanted.
const button = document.querySelector("[data-predict]");

let predict; // the module, once it is there
let show; // what shows an envelope

// gate is what takes envelopes in the place of what shows them.
export function gate(showing) {
  show = showing;
  return (envelope) => (predict ? predict.receive(envelope) : show(envelope));
}

// held is the event from which on everything is held back; 0 when nothing is.
export function held() {
  return predict?.held() ?? 0;
}

export function startGate() {
  button.addEventListener("click", async () => { (await loaded()).turn(); });
  if (remembered()) loaded();
}

async function loaded() {
  const module = await import("./predict.js");
  if (!predict) module.start(show);
  return predict = module;
}

// remembered reports whether the page was left, or loaded again, while predicting.
function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(`predict ${document.getElementById("time").dataset.page}`))?.on;
  } catch {
    return false;
  }
}
