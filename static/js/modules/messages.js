/** What the invigilator says, once each.  @param {HTMLElement} bar */

import { notify } from "../lib/notices.js";
import { openPaper } from "../lib/paper.js";

export default async function messages(bar) {
  const paper = await openPaper();
  /** @type {Set<number>} */
  const seen = new Set();
  paper.on("message", ({ id, text }) => {
    if (seen.has(id)) return;
    seen.add(id);
    notify(paper, `message-${id}`, `${paper.say("message_from")}${paper.say("colon")}${text}`, { tone: "info", urgent: true, closable: true });
  });
}
