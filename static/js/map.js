// The state of the hosts on the map and in the list: unread mails, links, who is busy.
import { fragment } from "./fragment.js";

export function showHost({ host, unread, up, busy }) {
  const node = document.getElementById(`host-${host}`);
  if (!node) return;
  const cable = document.querySelector(`[data-cable="${CSS.escape(host)}"]`);
  const item = document.querySelector(`[data-list-host="${CSS.escape(host)}"]`);
  if (up !== undefined) {
    node.dataset.up = cable.dataset.up = up;
    item.querySelector("[data-link-words]").textContent = up ? "connected" : "link cut";
  }
  if (busy !== undefined) node.dataset.busy = cable.dataset.busy = busy;
  if (unread !== undefined) showUnread(node, item, unread);
  const mails = node.querySelector("[data-unread]").dataset.unread;
  node.setAttribute("aria-label", node.dataset.label +
    (mails > 0 ? `, ${mails} unread` : "") + (node.dataset.up === "true" ? "" : ", link cut"));
}

function showUnread(node, item, unread) {
  const badge = node.querySelector("[data-unread]");
  badge.dataset.unread = unread;
  badge.querySelector("text").textContent = unread > 99 ? "99+" : unread;
  item.querySelector("[data-unread-words]").textContent = unread > 0 ? `${unread} unread` : "";
}

// addHost puts a host on the map and in the list that has joined the network. Who is there already is left alone.
export function addHost({ host, html }) {
  if (document.getElementById(`host-${host}`)) return;
  const parts = fragment(html);
  const node = parts.querySelector(".node");
  node.setAttribute("tabindex", -1); // the arrow keys lead there
  document.querySelector("#map .cables").append(parts.querySelector(".cable"));
  document.getElementById("flights").before(node);
  document.getElementById("host-list").append(parts.querySelector("li"));
}

// dropGuests takes away the hosts that a reset lab does not have.
export function dropGuests() {
  for (const node of document.querySelectorAll("#map .node[data-guest]")) {
    const { host } = node.dataset;
    document.querySelector(`[data-cable="${CSS.escape(host)}"]`).remove();
    document.querySelector(`[data-list-host="${CSS.escape(host)}"]`).closest("li").remove();
    if (node.tabIndex === 0) document.querySelector("#map .node").setAttribute("tabindex", 0);
    node.remove();
  }
}

// startHostList lets people choose between the drawing and the list.
export function startHostList() {
  const button = document.querySelector("[data-list-toggle]");
  const net = button.closest(".net");
  button.addEventListener("click", () => {
    const list = net.toggleAttribute("data-list");
    button.setAttribute("aria-pressed", list);
  });
}
