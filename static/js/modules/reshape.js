/** Buttons that the server answers (parts, pasted texts) work in place; without an answer the form is sent as it is.
 * @param {HTMLFormElement} form */

import { reshape } from "../lib/writing-form.js";

export default function reshapeInPlace(form) {
  form.dataset.live = "";
  form.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[data-server]") : null;
    if (!(button instanceof HTMLButtonElement) || button.dataset.sent) return;
    event.preventDefault();
    if (await reshape(form, button.value)) show(button.value);
    else { button.dataset.sent = "1"; button.click(); }
  });
  form.addEventListener("change", async (event) => {
    const select = event.target;
    if (!(select instanceof HTMLSelectElement) || !("reshape" in select.dataset)) return;
    const { id } = select;
    if (await reshape(form, "show")) document.getElementById(id)?.focus();
  });

  /** @param {string} command */
  function show(command) {
    const parts = [...form.querySelectorAll("[data-part]")];
    const [, place, how] = /^part-(\d+)-(up|down|remove)$/.exec(command) ?? [];
    let target = form.querySelector("#stem");
    if (command.startsWith("part+")) target = parts.at(-1)?.querySelector("textarea") ?? target;
    else if (command === "textbook") target = form.querySelector("#sources") ?? target;
    else if (how) {
      const at = Number(place) + (how === "up" ? -1 : how === "down" ? 1 : 0);
      target = parts[Math.min(Math.max(at, 0), parts.length - 1)] ?? form.querySelector("#parts") ?? target;
    }
    if (target instanceof HTMLElement) target.focus();
  }
}
