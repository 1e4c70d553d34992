// The tabs of the trace. What shows another view than the dialogue is loaded when the first one is opened.
const panel = document.getElementById("trace");

let views; // the module, once it is there

export function startTabs() {
  if (panel.dataset.view !== "dialogue") loaded();
  panel.addEventListener("click", async (event) => {
    const tab = event.target.closest("a[data-view]");
    const early = !views && event.target.closest("#view a:is([data-card], [data-view-link])"); // the module is on its way
    if (!(tab || early) || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const { showView } = await loaded();
    if (tab) showView(new URL(tab.href).searchParams);
    else early.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  });
}

async function loaded() {
  const [module] = await Promise.all([import("./views.js"), styled()]);
  if (!views) module.startViews();
  return views = module;
}

// styled waits until the style sheet of the views is there.
function styled() {
  const { style } = document.getElementById("views").dataset;
  if (document.querySelector(`link[href="${CSS.escape(style)}"]`)) return;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: style });
  document.head.append(link);
  return new Promise((done) => { link.onload = link.onerror = done; });
}

// renewView is told that something happened.
export function renewView() {
  views?.renewView();
}

// showDialogue brings the dialogue back from behind another view.
export function showDialogue() {
  views?.showDialogue();
}
