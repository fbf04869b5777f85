/** Blanks: as many rows of answers as the stem has blanks, counted while it is typed.  A row with an answer is never taken away.
 * @param {HTMLFormElement} form */

import { addRow, focusNext, renumber, rowsOf, textOf } from "../lib/writing-form.js";

const BLANK = /[_＿]{2,}|[（(][\s_＿]*[)）]|【\s*】/g;
const MOST = 20;

export default function blankRows(form) {
  form.addEventListener("input", (event) => {
    const stem = event.target;
    if (!(stem instanceof HTMLTextAreaElement) || !/(^|-)stem$/.test(stem.id)) return;
    const group = form.querySelector(`[data-rows='blank'][data-prefix='${stem.id.slice(0, -"stem".length)}']`);
    if (group instanceof HTMLElement) fit(group, (stem.value.match(BLANK) ?? []).length);
  });
  form.addEventListener("keydown", (event) => {
    const row = event.target instanceof Element ? event.target.closest("[data-rows='blank'] > [data-row]") : null;
    if (!row || event.key !== "Enter" || event.isComposing || event.ctrlKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    const next = row.nextElementSibling;
    if (next?.matches("[data-row]")) textOf(next).focus();
    else focusNext(form, /** @type {Element} */ (row.parentElement));
  });
}

/** @param {HTMLElement} group @param {number} count */
function fit(group, count) {
  const shown = group.querySelector("[data-blanks]");
  if (shown) shown.textContent = String(count);
  while (rowsOf(group).length < Math.min(count, MOST)) addRow(group);
  for (const row of rowsOf(group).slice(Math.max(count, 1)).reverse()) {
    if (textOf(row).value.trim()) break;
    row.remove();
  }
  renumber(group);
}
