/** The paper by keyboard.  @param {HTMLElement} form */

import { openPaper } from "../lib/paper.js";
import { question } from "../lib/question-fields.js";
import { listen } from "../lib/shortcuts.js";

export default async function keyboard(form) {
  const paper = await openPaper();
  listen(document, {
    on: () => paper.settings.shortcuts && !paper.paused,
    writable: () => !paper.locked,
    current: () => question(paper.current),
    step: (by) => paper.emit("step", { by }),
    mark: () => /** @type {HTMLElement | null} */ (document.querySelector("[data-mark]"))?.click(),
  });
}
