/** Questions to practise with: they answer to mouse, keyboard and mark as the paper's do, and nothing is kept.
 * @param {HTMLElement} card */

import { isAnswered } from "../lib/paper.js";
import { questions, readResponse, writeResponse } from "../lib/question-fields.js";
import { listen } from "../lib/shortcuts.js";

export default function practice(card) {
  const { answered = "", unanswered = "", marked = "", said = "" } = card.dataset;
  const all = questions();
  const links = [...card.querySelectorAll("a[data-to]")].map((link) => /** @type {HTMLAnchorElement} */ (link));
  const [previous, next, mark] = ["previous", "next", "mark"].map((name) => /** @type {HTMLButtonElement} */ (card.querySelector(`[data-${name}]`)));
  const box = (/** @type {HTMLElement} */ fields) => /** @type {HTMLInputElement} */ (fields.querySelector(".mark input"));
  let here = 0;

  const paint = (/** @type {number} */ index) => {
    const [fields, link] = [all[index], links[index]];
    const done = isAnswered(readResponse(fields));
    link.classList.toggle("is-answered", done);
    link.classList.toggle("is-marked", box(fields).checked);
    if (index === here) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    link.setAttribute("aria-label", [link.dataset.name, done ? answered : unanswered, ...(box(fields).checked ? [marked] : [])].join(" "));
    /** @type {HTMLElement} */ (fields.querySelector("[data-state]")).textContent = done ? said : "";
    if (index === here) mark.setAttribute("aria-pressed", String(box(fields).checked));
  };
  const show = (/** @type {number} */ index, moveFocus = true) => {
    here = Math.min(Math.max(index, 0), all.length - 1);
    all.forEach((fields, other) => { fields.hidden = other !== here; });
    previous.disabled = here === 0;
    next.disabled = here === all.length - 1;
    links.forEach((_, other) => paint(other));
    if (moveFocus) all[here].focus({ preventScroll: true });
  };

  all.forEach((fields, index) => {
    for (const type of ["input", "change"]) fields.addEventListener(type, () => paint(index));
    fields.querySelector("[data-clear]")?.addEventListener("click", () => { writeResponse(fields, null); paint(index); });
    for (const area of fields.querySelectorAll("textarea")) {
      const count = fields.querySelector(`[data-count-for="${area.id}"]`);
      area.addEventListener("input", () => { if (count) count.textContent = String(area.value.length); });
    }
  });
  links.forEach((link, index) => link.addEventListener("click", (event) => {
    event.preventDefault();
    show(index);
  }));
  previous.addEventListener("click", () => show(here - 1));
  next.addEventListener("click", () => show(here + 1));
  mark.addEventListener("click", () => box(all[here]).click());
  listen(card, {
    on: () => true,
    writable: () => true,
    current: () => all[here],
    step: (by) => show(here + by),
    mark: () => mark.click(),
  });
  show(0, false);
}
