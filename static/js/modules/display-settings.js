/** Size of text, contrast, one question or a section, shortcuts, full screen; kept on the attempt, so they follow to another machine.
 * @param {HTMLElement} panel */

import { postJson } from "../lib/http.js";
import { dismiss, notify } from "../lib/notices.js";
import { saveOutbox } from "../lib/outbox-file.js";
import { openPaper } from "../lib/paper.js";

const AGAIN = 15_000;

export default async function displaySettings(panel) {
  const paper = await openPaper();
  const root = document.documentElement;
  const details = /** @type {HTMLDetailsElement} */ (panel.querySelector("details"));

  for (const input of panel.querySelectorAll("input")) {
    const name = /** @type {"font" | "contrast" | "view" | "shortcuts"} */ (input.name);
    input.checked = name === "shortcuts" ? paper.settings.shortcuts : paper.settings[name] === input.value;
    input.addEventListener("change", () => {
      paper.settings = { ...paper.settings, [name]: name === "shortcuts" ? input.checked : input.value };
      root.dataset.font = paper.settings.font;
      root.dataset.contrast = paper.settings.contrast;
      root.dataset.view = paper.settings.view;
      if (name === "view") paper.emit("view");
      keep();
    });
  }
  // A setting that did not arrive is in force here all the same, and is sent again.
  let again = 0;
  const keep = async () => {
    clearTimeout(again);
    const { settings } = paper;
    const arrived = await postJson(paper.urls.settings, { lease: paper.lease, settings }, { lease: paper.lease }).then(({ status }) => status < 500, () => false);
    if (!arrived && settings === paper.settings) again = setTimeout(keep, AGAIN);
  };

  /** @type {HTMLButtonElement} */ (panel.querySelector("[data-save]")).addEventListener("click", () => {
    paper.collect();
    if (paper.outbox.size) saveOutbox(paper.outbox);
    else notify(paper, "nothing-to-save", paper.say("nothing_to_save"), { stay: 10_000, closable: true });
    details.open = false;
  });

  const full = /** @type {HTMLButtonElement} */ (panel.querySelector("[data-full-screen]"));
  full.hidden = !document.fullscreenEnabled;
  const fill = () => root.requestFullscreen().catch(() => { full.hidden = true; });
  full.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : fill()));
  if (document.fullscreenEnabled && !paper.locked && matchMedia("(min-width: 60rem)").matches) offerFullScreen(paper, fill);

  paper.on("lock", () => dismiss("full-screen"));

  document.addEventListener("click", (event) => { if (!details.contains(/** @type {Node} */ (event.target))) details.open = false; });
  details.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && details.open) {
      details.open = false;
      details.querySelector("summary")?.focus();
    }
  });
}

/** Once a tab; the candidate may say no.
 * @param {Awaited<ReturnType<typeof openPaper>>} paper @param {() => void} fill */
function offerFullScreen(paper, fill) {
  const key = `full-screen-${paper.attempt}`;
  if (document.fullscreenElement || sessionStorage.getItem(key)) return;
  sessionStorage.setItem(key, "offered");
  const line = notify(paper, "full-screen", paper.say("full_screen"), { stay: 20_000, closable: true });
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = paper.say("full_screen_go");
  button.addEventListener("click", () => { fill(); dismiss("full-screen"); });
  line.querySelector("p")?.after(button);
}
