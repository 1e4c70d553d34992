// Keys: arrows move between the hosts of the map, of which one at a time is in the tab order; Escape closes menus.
export function startMapKeys(map) {
  const nodes = () => [...map.querySelectorAll(".node")]; // some join later
  const choose = (node) => nodes().forEach((other) => other.setAttribute("tabindex", other === node ? 0 : -1));
  choose(nodes()[0]);
  map.addEventListener("focusin", (event) => {
    const node = event.target.closest(".node");
    if (node) choose(node);
  });
  map.addEventListener("keydown", (event) => {
    const node = event.target.closest(".node");
    const next = node && neighbour(nodes(), node, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// neighbour is the nearest host in the direction of an arrow key; Home and End are the first and the last host.
function neighbour(nodes, from, key) {
  if (key === "Home") return nodes[0];
  if (key === "End") return nodes.at(-1);
  const direction = directions[key];
  if (!direction) return null;
  let best = null;
  let least = Infinity;
  for (const node of nodes) {
    const dx = node.dataset.x - from.dataset.x;
    const dy = node.dataset.y - from.dataset.y;
    const along = dx * direction[0] + dy * direction[1];
    const aside = Math.abs(dx * direction[1]) + Math.abs(dy * direction[0]);
    if (along > 0 && along + 2 * aside < least) [best, least] = [node, along + 2 * aside];
  }
  return best;
}

export function startMenus() {
  const shut = (except) => {
    for (const menu of document.querySelectorAll("[data-menu][open]")) if (menu !== except) menu.open = false;
  };
  // A button in a menu says there what became of it.
  document.addEventListener("click", (event) => shut(event.target.closest("summary, button")?.closest("[data-menu]")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  });
}
