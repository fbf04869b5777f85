/** Buttons that put a formula, a table or a blank into the text that was last typed in.  @param {HTMLFormElement} form */

import { insert } from "../lib/writing-form.js";

export default function insertMarkup(form) {
  let last = "stem";
  show();
  form.addEventListener("reshaped", show);
  form.addEventListener("focusin", (event) => {
    if (event.target instanceof HTMLTextAreaElement && event.target.id !== "pasted" && event.target.id !== "sources") last = event.target.id;
  });
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-insert]") : null;
    const field = document.getElementById(last) ?? document.getElementById("stem");
    if (!(button instanceof HTMLElement) || !(field instanceof HTMLTextAreaElement)) return;
    const chosen = field.value.slice(field.selectionStart, field.selectionEnd);
    if (button.dataset.insert === "formula") insert(field, `$${chosen || "x^2"}$`, chosen || "x^2");
    else if (button.dataset.insert === "blank") insert(field, "____");
    else insert(field, `${before(field)}| 项目 | 数值 |\n|---|---|\n| 一 | 1 |\n`, "项目");
  });

  function show() {
    const bar = form.querySelector("[data-toolbar]");
    if (bar instanceof HTMLElement) bar.hidden = false;
  }
}

/** A table begins on a line of its own.  @param {HTMLTextAreaElement} field */
function before(field) {
  const text = field.value.slice(0, field.selectionStart);
  return !text || text.endsWith("\n\n") ? "" : text.endsWith("\n") ? "\n" : "\n\n";
}
