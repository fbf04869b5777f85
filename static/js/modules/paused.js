/** While the invigilator has stopped the clock: the paper is covered, nothing can be entered, and the page goes on
 * asking; it opens again by itself.  @param {HTMLDialogElement} cover */

import { announce, notify } from "../lib/notices.js";
import { openPaper } from "../lib/paper.js";
import { senderOf } from "../lib/sender.js";
import { clockText } from "../lib/server-time.js";

export default async function paused(cover) {
  const paper = await openPaper();
  const left = /** @type {HTMLElement} */ (cover.querySelector("[data-left]"));

  const show = () => {
    const covered = paper.paused && (!paper.locked || paper.locked === "time-up");
    document.documentElement.toggleAttribute("data-paused", covered);
    left.textContent = clockText(paper.left());
    if (covered && !cover.open) cover.showModal();
    if (!covered && cover.open) cover.close();
  };
  cover.addEventListener("cancel", (event) => event.preventDefault());
  cover.addEventListener("close", show); // a second Escape closes any dialog
  paper.on("pause", ({ paused }) => {
    show();
    senderOf(paper).wake(0);
    if (paused) announce(paper.say("paused"), true);
    else notify(paper, "resumed", paper.say("resumed", { time: clockText(paper.left()) }), { tone: "success", urgent: true, stay: 15_000 });
  });
  for (const type of ["lock", "unlock", "saved"]) paper.on(type, show);
  show();
}
