// The entrance: starts what the page has a place for. Everything works without it, only not by itself.
import { startTheme } from "./theme.js";
import { startCopy } from "./copy.js";
import { startExplain } from "./explain.js";
import { startMenus, startMapKeys } from "./keys.js";
import { startPrint } from "./print.js";
import { startShortcuts } from "./shortcuts.js";

startTheme();
startCopy();
startMenus();
startPrint();
startShortcuts();

// A window whose page is loaded anew, or come back to, belongs over its lab. Who was led to it sees it alone.
const win = document.querySelector(".sheet--window [data-window]:not([data-host=''])");
const back = win?.querySelector("a[data-close]");
if (back && performance.getEntriesByType("navigation")[0]?.type !== "navigate") {
  const url = new URL(back.href);
  url.searchParams.set("open", location.pathname + location.search);
  location.replace(url);
}

const lab = document.getElementById("lab");
if (lab) {
  startExplain(document.getElementById("log"));
  startMapKeys(document.getElementById("map"));
  const { startLab } = await import("./lab-page.js");
  startLab(lab);
}
