// Segments on the map: an envelope, or a small packet when it carries no octets, travels over the two cables. While
// the lab is paused nothing moves: what is on its way stays there until the next step shows that it has arrived.
const chart = document.getElementById("map");
const sky = document.getElementById("flights");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const aloft = new Map(); // what is in the air: since when, between which hosts, and its drawing

let held = document.getElementById("controls")?.dataset.paused === "true";

const most = 8; // more at once is only a flicker: then the cables light up and nothing flies

export function fly({ kind, from, to, label = "", ms = 0, proto, side, secure }) {
  const hub = point(chart.dataset.hubX, chart.dataset.hubY);
  const start = place(from, hub);
  const end = place(to, hub);
  if (!start || !end) return;
  const cut = [from, to].find((host) => cable(host).dataset.up === "false");
  if (cut !== from) glow(from, ms);
  if (!cut) glow(to, ms);
  if (ms < 80 || still.matches || document.hidden || sky.childElementCount >= most) return;

  const lost = kind === "lost" || cut !== undefined;
  const flight = draw(proto === "tcp", secure, label);
  flight.classList.add(`flight--${side || "client"}`);
  if (secure) flight.classList.add("flight--secure");
  if (proto === "tcp") flight.classList.add("flight--tcp");
  if (lost) flight.classList.add("flight--lost");
  sky.append(flight);

  if (held) release(performance.now() - 200); // what was sent before this has arrived
  const flown = flight.animate(way(start, hub, end, from, to, cut, lost), { duration: ms, easing: "linear", fill: "both" });
  flown.finished.catch(() => {}).finally(() => { flight.remove(); aloft.delete(flown); });
  aloft.set(flown, { since: performance.now(), hosts: [from, to], flight });
  if (held && !lost) setTimeout(() => held && aloft.has(flown) && flown.pause(), ms / 2);
}

// way is the frames of a flight: to its end, or to where it is lost, at a cut or else at the switch.
function way(start, hub, end, from, to, cut, lost) {
  const at = ({ x, y }, opacity = 1) => ({ transform: `translate(${x}px, ${y}px)`, opacity });
  if (!lost) return [at(start), at(hub), at(end)];
  const goal = cut ? point(cable(cut).dataset.x, cable(cut).dataset.y) : hub;
  const points = cut && cut === to ? [at(start), at(hub), at(goal)] : [at(start), at(goal)];
  return [...points, at(goal, 0)];
}

// sever loses what is in the air from or to a host whose cable was cut.
export function sever(host) {
  for (const [flown, { hosts, flight }] of aloft) {
    if (!hosts.includes(host) || flight.classList.contains("flight--lost")) continue;
    flight.classList.add("flight--lost", "flight--severed");
    flown.pause();
    flight.animate({ opacity: [1, 0] }, 800).finished.finally(() => flown.cancel());
  }
}

// hold stops or releases what is in the air, as the lab's clock is stopped or released.
export function hold(paused) {
  if (paused && !held) for (const flown of aloft.keys()) flown.pause();
  held = paused;
  if (!held) release(Infinity);
}

// release lets go on what took off before a moment of the page's clock.
function release(before) {
  for (const [flown, { since, flight }] of aloft) {
    if (since < before && !flight.classList.contains("flight--severed")) flown.play();
  }
}

// place is where a host's cable comes out: beside the host, so that nothing that flies covers its name.
function place(host, hub) {
  const node = document.getElementById(`host-${host}`);
  if (!node) return null;
  const { x, y } = point(node.dataset.x, node.dataset.y);
  const edge = 72 / Math.hypot(hub.x - x, hub.y - y);
  return { x: x + (hub.x - x) * edge, y: y + (hub.y - y) * edge };
}

function point(x, y) {
  return { x: Number(x), y: Number(y) };
}

function cable(host) {
  return chart.querySelector(`[data-cable="${CSS.escape(host)}"]`);
}

// glow lights a cable for as long as something is on it.
function glow(host, ms) {
  const lit = cable(host);
  lit.classList.add("cable--lit");
  clearTimeout(lit.timer);
  lit.timer = setTimeout(() => lit.classList.remove("cable--lit"), Math.max(ms, 350));
}

const flap = "m-13-7 13 10 13-10";
const padlock = "M-5.5-1v-3a5.5 5.5 0 0 1 11 0v3h-2.5v-3a3 3 0 0 0-6 0v3zM-7-1H7V8H-7z"; // in place of the flap: what is inside cannot be read

function draw(small, secure, label) {
  const flight = element("g", { class: "flight" });
  if (small) flight.append(element("rect", { x: -6, y: -6, width: 12, height: 12, rx: 3 }));
  else flight.append(element("rect", { x: -18, y: -12, width: 36, height: 24, rx: 5 }), element("path", { d: secure ? padlock : flap }));
  const text = element("text", { y: small ? -13 : -20 });
  text.textContent = label.length > 36 ? label.slice(0, 35) + "…" : label;
  flight.append(text);
  return flight;
}

function element(name, attributes) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  return e;
}
