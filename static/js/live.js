// The live channel: a websocket that is resumed after the last envelope seen, or polling where there can be none.
const light = document.getElementById("live");
const text = light?.querySelector("[data-live-text]");
const words = { live: "Live", reconnecting: "Reconnecting…", polling: "Polling", offline: "Offline" };

let seq = 0;
let urls;
let deliver;
let failures = 0;
let everOpen = false;

export function startLive({ live, poll, seq: first }, onEnvelope) {
  urls = { live, poll };
  seq = Number(first);
  deliver = onEnvelope;
  addEventListener("offline", () => say("offline"));
  connect();
}

// say shows the honest state of the channel. Only what is not as it should be is spelt out on a small screen.
function say(state) {
  if (!light || light.dataset.state === state) return;
  light.dataset.state = state;
  text.textContent = words[state];
  text.toggleAttribute("data-say", state !== "live");
}

function connect() {
  const url = new URL(urls.live, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("after", seq);
  const socket = new WebSocket(url);
  // A proxy that swallows websockets leaves them connecting for ever.
  const patience = setTimeout(() => socket.close(), 8000);
  socket.onopen = () => {
    clearTimeout(patience);
    failures = 0;
    everOpen = true;
    say("live");
  };
  socket.onmessage = (message) => receive(JSON.parse(message.data));
  socket.onclose = () => {
    clearTimeout(patience);
    failures++;
    if (!everOpen && failures >= 2) return pollOnce();
    say(navigator.onLine && failures < 6 ? "reconnecting" : "offline");
    setTimeout(connect, backoff());
  };
}

// backoff is half a second, doubled for each failure up to fifteen, and somewhat by chance so that a whole class
// does not come back at the same moment.
function backoff() {
  return Math.min(15000, 500 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random() / 2);
}

async function pollOnce() {
  try {
    const url = new URL(urls.poll, location.href);
    url.searchParams.set("after", seq);
    const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!response.ok) throw new Error(response.statusText);
    receive(await response.json());
    failures = 0;
    say("polling");
  } catch {
    failures++;
    say("offline");
  }
  setTimeout(pollOnce, failures ? backoff() : 1000);
}

function receive(message) {
  for (const envelope of [].concat(message ?? [])) {
    if (envelope.resync) return location.reload();
    deliver(envelope);
    seq = Math.max(seq, envelope.seq);
  }
}
