/** Options: added, moved and removed by button or key without asking the server.  @param {HTMLFormElement} form */

import { addRow, focusNext, renumber, rowsOf, textOf, typed } from "../lib/writing-form.js";

const MOST = 8;

export default function optionRows(form) {
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-rows='option'] [data-act]") : null;
    if (!(button instanceof HTMLElement)) return;
    event.preventDefault();
    const group = groupOf(button);
    if (button.dataset.act === "add") add(group);
    else act(group, /** @type {HTMLElement} */ (button.closest("[data-row]")), button.dataset.act ?? "");
  });
  form.addEventListener("keydown", (event) => {
    const row = event.target instanceof Element ? event.target.closest("[data-rows='option'] > [data-row]") : null;
    if (!(row instanceof HTMLElement) || event.isComposing || event.ctrlKey || event.metaKey) return;
    const group = groupOf(row);
    if (event.altKey && !event.shiftKey) {
      const how = { ArrowUp: "up", ArrowDown: "down", Delete: "remove" }[event.key];
      if (how) { event.preventDefault(); act(group, row, how); }
    } else if (event.key === "Enter" && !event.shiftKey && event.target === textOf(row)) {
      event.preventDefault();
      const rows = rowsOf(group);
      const next = rows[rows.indexOf(row) + 1];
      if (next) textOf(next).focus();
      else if (textOf(row).value.trim() && rows.length < MOST) add(group);
      else focusNext(form, group);
    }
  });

  /** @param {HTMLElement} group */
  function add(group) {
    if (rowsOf(group).length >= MOST) return;
    textOf(addRow(group)).focus();
    typed(form);
  }

  /** @param {HTMLElement} group @param {HTMLElement} row @param {string} how */
  function act(group, row, how) {
    const rows = rowsOf(group);
    const place = rows.indexOf(row);
    if (how === "remove") {
      if (rows.length === 1) return;
      row.remove();
      textOf(rows[place + 1] ?? rows[place - 1]).focus();
    } else {
      const other = rows[place + (how === "up" ? -1 : 1)];
      if (!other) return;
      if (how === "up") other.before(row);
      else other.after(row);
      textOf(row).focus();
    }
    renumber(group);
    typed(form);
  }
}

/** @param {Element} element */
const groupOf = (element) => /** @type {HTMLElement} */ (element.closest("[data-rows]"));
