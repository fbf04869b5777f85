/** 1–9 or A–F choose, arrows turn the page, M marks.  Never while typing, with a modifier, in a dialog or switched off.
 * @param {HTMLElement} form */

import { openPaper } from "../lib/paper.js";
import { choices, question } from "../lib/question-fields.js";

export default async function keyboard(form) {
  const paper = await openPaper();
  document.addEventListener("keydown", (event) => {
    if (!paper.settings.shortcuts || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.defaultPrevented || document.querySelector("dialog[open]") || isTyping(event.target)) return;
    const act = action(event.key);
    if (!act) return;
    event.preventDefault();
    act();
  });

  /** @param {string} key @returns {(() => void) | null} */
  function action(key) {
    if (key === "ArrowLeft") return () => paper.emit("step", { by: -1 });
    if (key === "ArrowRight") return () => paper.emit("step", { by: 1 });
    if (paper.locked) return null;
    if (/^m$/i.test(key)) return () => /** @type {HTMLElement | null} */ (document.querySelector("[data-mark]"))?.click();
    const index = /^[1-9]$/.test(key) ? Number(key) - 1 : /^[a-f]$/i.test(key) ? key.toLowerCase().charCodeAt(0) - 97 : -1;
    const fields = inReach(question(paper.current));
    const input = fields ? choices(fields)[index] : undefined;
    return input ? () => { input.focus(); input.click(); } : null;
  }
}

/** The fields that a letter chooses in: of a question with parts, the part that has the focus.
 * @param {HTMLElement} fields @returns {HTMLElement | null} */
function inReach(fields) {
  if (fields.dataset.shape !== "parts") return fields;
  const part = document.activeElement?.closest("[data-part]");
  return part instanceof HTMLElement && fields.contains(part) ? part : null;
}

/** Up and down stay with radio buttons; left and right turn the page there too.  @param {EventTarget | null} target */
function isTyping(target) {
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  if (target instanceof HTMLElement && target.closest(".display-panel")) return true;
  return target instanceof HTMLInputElement && !["radio", "checkbox", "button"].includes(target.type);
}
