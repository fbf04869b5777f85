/** Asks before the page is closed while something is not saved, and counts absences as evidence only: input methods
 * and dialogs blur the page too, so short absences are nothing.  @param {HTMLElement} form */

import { openPaper } from "../lib/paper.js";
import { senderOf } from "../lib/sender.js";

const GRACE = 3000;

export default async function leaveWatch(form) {
  const paper = await openPaper();
  const { leaves } = senderOf(paper);
  let since = 0;

  addEventListener("beforeunload", (event) => {
    paper.collect();
    if (paper.outbox.size && paper.locked !== "handed-in") event.preventDefault();
  });
  // Who has nothing to answer, because the clock stands or the paper is closed, leaves nothing.
  const away = () => { if (!paper.paused && !paper.locked) since ||= performance.now(); };
  const back = () => {
    const absent = since ? performance.now() - since : 0;
    since = 0;
    if (absent <= GRACE) return;
    leaves.count += 1;
    leaves.away += absent;
  };
  addEventListener("blur", away);
  addEventListener("focus", back);
  document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? away() : back()));
}
