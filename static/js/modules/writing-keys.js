/** The keys of the writing form; the page lists them.  @param {HTMLFormElement} form */

import { focusNext } from "../lib/writing-form.js";

const TOOLS = { KeyF: "[data-insert='formula']", KeyT: "[data-insert='table']", KeyU: "[data-insert='blank']", KeyP: "[data-picture-button]" };

export default function writingKeys(form) {
  document.getElementById("error-summary")?.focus();
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  window.addEventListener("pageshow", () => { sent = false; });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented || event.metaKey) return;
    const act = event.ctrlKey && !event.altKey ? saving(event) : event.altKey && !event.ctrlKey ? marking(event) : plain(event);
    if (!act) return;
    event.preventDefault();
    act();
  });

  /** @param {KeyboardEvent} event */
  function saving(event) {
    if (event.key === "Enter") return press(event.shiftKey ? "submit_for_review" : form.querySelector("[name='save_next']") ? "save_next" : "draft");
    return event.key.toLowerCase() === "s" && !event.shiftKey ? press("draft") : null;
  }

  /** @param {string} name */
  const press = (name) => () => {
    const button = form.querySelector(`button[name='${name}']`);
    if (button instanceof HTMLButtonElement) form.requestSubmit(button);
  };

  /** @param {KeyboardEvent} event */
  function marking(event) {
    if (event.code === "KeyH") return help;
    const tool = TOOLS[event.code];
    if (tool) return () => click(form.querySelector(tool));
    const digit = /^(?:Digit|Numpad)([1-8])$/.exec(event.code)?.[1];
    if (!digit) return null;
    if (event.shiftKey) return () => click(document.getElementById(`difficulty-${digit}`));
    const here = document.activeElement?.closest("[data-part]") ?? form;
    const marks = here.querySelectorAll("[data-rows='option'] .option-mark input, input[type=radio][id$='right-true'], input[type=radio][id$='right-false']");
    return () => click(marks[Number(digit) - 1]);
  }

  /** Enter goes on instead of sending the form.  @param {KeyboardEvent} event */
  function plain(event) {
    const field = event.target;
    if (event.key !== "Enter" || !(field instanceof HTMLInputElement) || field.form !== form) return null;
    return () => focusNext(form, field);
  }

  function help() {
    const list = document.getElementById("shortcuts");
    if (!(list instanceof HTMLDetailsElement)) return;
    list.open = !list.open;
    if (list.open) list.querySelector("summary")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Element | null | undefined} element */
  function click(element) {
    if (element instanceof HTMLElement) element.click();
  }
}
