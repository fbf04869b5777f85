/** Says when the paper cannot be written here, and why.  @param {HTMLElement} bar */

import { notify } from "../lib/notices.js";
import { saveButton } from "../lib/outbox-file.js";
import { takeOver } from "../lib/one-tab.js";
import { openPaper } from "../lib/paper.js";

export default async function oneTab(bar) {
  const paper = await openPaper();
  document.documentElement.dataset.enhanced = "";
  const show = (/** @type {string} */ reason) => {
    document.documentElement.dataset.locked = reason;
    if (reason === "time-up" || reason === "handed-in") return; // the hand-in dialog speaks
    const line = notify(paper, "lock", paper.say(`locked_${reason}`), { tone: "danger", urgent: true });
    if (reason === "other-tab") {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button";
      button.textContent = paper.say("take_over");
      button.addEventListener("click", () => takeOver(paper.attempt));
      line.append(button);
    } else if (paper.outbox.size) {
      line.append(saveButton(paper.outbox, paper.say("save_file")));
    }
  };
  if (paper.locked) show(paper.locked);
  paper.on("lock", ({ reason }) => show(reason));
  paper.on("unlock", () => {
    delete document.documentElement.dataset.locked;
    if (!paper.paused) notify(paper, "time-given", paper.say("time_given"), { tone: "success", urgent: true, stay: 20_000 });
  });
  paper.on("finished", ({ url }) => location.replace(url));
  // A page brought back from the browser's memory may be hours old.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
