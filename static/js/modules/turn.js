/** One question at a time: previous, next, mark.  @param {HTMLElement} row */

import { openPaper } from "../lib/paper.js";
import { announce } from "../lib/notices.js";
import { question, questions } from "../lib/question-fields.js";

export default async function turn(row) {
  const paper = await openPaper();
  const order = paper.positions.map(({ position }) => position);
  const [previous, next, mark] = ["previous", "next", "mark"].map((name) => /** @type {HTMLButtonElement} */ (row.querySelector(`[data-${name}]`)));

  const show = (/** @type {number} */ position, moveFocus = true) => {
    if (!order.includes(position)) return;
    paper.collect();
    paper.current = position;
    for (const fields of questions()) fields.hidden = Number(fields.dataset.position) !== position;
    for (const part of document.querySelectorAll(".part")) {
      /** @type {HTMLElement} */ (part).hidden = !part.querySelector(`#q${position}`);
    }
    previous.disabled = position === order[0];
    next.disabled = position === order.at(-1);
    history.replaceState(null, "", `#q${position}`);
    document.querySelector(".questions")?.scrollTo(0, 0);
    if (moveFocus) question(position).focus({ preventScroll: true });
    paper.emit("current", { position });
  };
  const step = (/** @type {number} */ by) => show(order[order.indexOf(paper.current) + by] ?? paper.current);
  const showMark = () => {
    const { marked } = paper.held(paper.current);
    mark.setAttribute("aria-pressed", String(marked));
    mark.disabled = Boolean(paper.locked);
  };

  previous.addEventListener("click", () => step(-1));
  next.addEventListener("click", () => step(1));
  mark.addEventListener("click", () => {
    const box = /** @type {HTMLInputElement} */ (question(paper.current).querySelector(".mark input"));
    box.click();
    announce(`${paper.say("number", { n: paper.current })} ${box.checked ? paper.say("number_marked") : paper.say("number_unmarked")}`);
  });
  paper.on("go", ({ position }) => show(position));
  paper.on("step", ({ by }) => step(by));
  for (const type of ["current", "answer", "lock"]) paper.on(type, showMark);
  addEventListener("hashchange", () => show(Number(location.hash.slice(2))));

  const asked = Number(location.hash.replace(/^#q/, ""));
  show(order.includes(asked) ? asked : order[0], false);
}
