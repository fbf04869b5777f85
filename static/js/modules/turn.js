/** One question or one section at a time: previous, next, mark.  @param {HTMLElement} row */

import { openPaper } from "../lib/paper.js";
import { announce } from "../lib/notices.js";
import { question, questions } from "../lib/question-fields.js";

/** After a jump, the list may still scroll for so long (ms); where it comes to rest is not the candidate's choice. */
const SETTLE = 600;

export default async function turn(row) {
  const paper = await openPaper();
  const order = paper.positions.map(({ position }) => position);
  const section = new Map(paper.positions.map((one) => [one.position, one.section]));
  const [previous, next, mark] = ["previous", "next", "mark"].map((name) => /** @type {HTMLButtonElement} */ (row.querySelector(`[data-${name}]`)));
  const bySection = () => paper.settings.view === "section";
  let settled = 0;

  /** Take this question for the one that keys, marks and the answer sheet mean. @param {number} position */
  const become = (position) => {
    paper.current = position;
    previous.disabled = position === order[0];
    next.disabled = position === order.at(-1);
    history.replaceState(null, "", `#q${position}`);
    for (const fields of questions()) fields.classList.toggle("is-here", Number(fields.dataset.position) === position);
    paper.emit("current", { position });
  };
  const show = (/** @type {number} */ position, moveFocus = true) => {
    if (!order.includes(position)) return;
    paper.collect();
    const shown = (/** @type {number} */ other) => (bySection() ? section.get(other) === section.get(position) : other === position);
    for (const fields of questions()) fields.hidden = !shown(Number(fields.dataset.position));
    for (const part of document.querySelectorAll(".part")) {
      /** @type {HTMLElement} */ (part).hidden = !part.querySelector(`#q${position}`);
    }
    settled = performance.now() + SETTLE;
    become(position);
    const first = !bySection() || section.get(order[order.indexOf(position) - 1]) !== section.get(position);
    if (first) document.querySelector(".questions")?.scrollTo(0, 0);
    if (moveFocus) question(position).focus({ preventScroll: true });
    if (bySection() && !first) question(position).scrollIntoView({ block: "start" });
    else if (moveFocus && scrollY > 0) document.querySelector(".questions")?.scrollIntoView({ block: "start" });
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
  paper.on("view", () => show(paper.current, false));
  for (const type of ["current", "answer", "lock", "unlock"]) paper.on(type, showMark);
  addEventListener("hashchange", () => show(Number(location.hash.slice(2))));

  // Where a section is shown, the question one reads or touches is the current one.
  const touched = (/** @type {Event} */ { target }) => {
    const fields = target instanceof Element ? target.closest("[data-position]") : null;
    const position = fields instanceof HTMLElement ? Number(fields.dataset.position) : paper.current;
    if (bySection() && position !== paper.current) become(position);
  };
  document.querySelector(".questions")?.addEventListener("focusin", touched);
  document.querySelector(".questions")?.addEventListener("pointerdown", touched);
  const reading = new IntersectionObserver((entries) => {
    const crossing = entries.find((entry) => entry.isIntersecting);
    if (bySection() && crossing && performance.now() > settled) become(Number(/** @type {HTMLElement} */ (crossing.target).dataset.position));
  }, { rootMargin: "-30% 0px -69% 0px" });
  for (const fields of questions()) reading.observe(fields);

  const asked = Number(location.hash.replace(/^#q/, ""));
  show(order.includes(asked) ? asked : order[0], false);
}
