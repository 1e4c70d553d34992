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

const lab = document.getElementById("lab");
if (lab) {
  startExplain(document.getElementById("log"));
  startMapKeys(document.getElementById("map"));
  const { startLab } = await import("./lab-page.js");
  startLab(lab);
}
