/**
 * Keys of a set of questions: 1–9 or A–F choose, arrows turn the page, M marks.  Never while typing, with a modifier, in
 * a dialog or switched off.
 */

import { choices } from "./question-fields.js";

/**
 * @typedef {object} Host
 * @property {() => boolean} on  whether keys may do anything now
 * @property {() => boolean} writable  whether answers may be changed
 * @property {() => HTMLElement | null} current  the question that keys mean
 * @property {(by: number) => void} step
 * @property {() => void} mark
 */

/** @param {EventTarget} target @param {Host} host */
export function listen(target, host) {
  target.addEventListener("keydown", (event) => {
    const press = /** @type {KeyboardEvent} */ (event);
    if (!host.on() || press.ctrlKey || press.altKey || press.metaKey || press.isComposing) return;
    if (press.defaultPrevented || document.querySelector("dialog[open]") || isTyping(press.target)) return;
    const act = action(press.key, host);
    if (!act) return;
    press.preventDefault();
    act();
  });
}

/** @param {string} key @param {Host} host @returns {(() => void) | null} */
function action(key, host) {
  if (key === "ArrowLeft") return () => host.step(-1);
  if (key === "ArrowRight") return () => host.step(1);
  if (!host.writable()) return null;
  if (/^m$/i.test(key)) return () => host.mark();
  const index = /^[1-9]$/.test(key) ? Number(key) - 1 : /^[a-f]$/i.test(key) ? key.toLowerCase().charCodeAt(0) - 97 : -1;
  const here = host.current();
  const fields = here && inReach(here);
  const input = fields ? choices(fields)[index] : undefined;
  return input ? () => { input.focus(); input.click(); } : null;
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
