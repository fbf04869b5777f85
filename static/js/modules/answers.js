/** The form and the outbox: what is entered becomes a record, what was left from before is put back.
 * @param {HTMLFormElement} form */

import { openPaper } from "../lib/paper.js";
import { notify } from "../lib/notices.js";
import { question, questions, readResponse, writeResponse } from "../lib/question-fields.js";

/** Typing is written down after this pause (ms), or at this interval while it goes on. */
const PAUSE = 600;
const LONGEST = 3000;

export default async function answers(form) {
  const paper = await openPaper();
  /** @type {Map<number, {since: number, touched: number, timer: number}>} typed and not yet recorded */
  const typing = new Map();

  const note = (/** @type {number} */ position) => {
    const touched = typing.get(position)?.touched;
    clearTimeout(typing.get(position)?.timer);
    typing.delete(position);
    const fields = question(position);
    const response = readResponse(fields);
    const marked = /** @type {HTMLInputElement} */ (form.elements.namedItem(`m${position}`)).checked;
    const held = paper.held(position);
    if (marked === held.marked && same(response, held.response)) return;
    paper.record(position, response, marked, touched);
  };
  const later = (/** @type {number} */ position) => {
    const since = typing.get(position)?.since ?? performance.now();
    clearTimeout(typing.get(position)?.timer);
    const wait = Math.max(0, Math.min(PAUSE, since + LONGEST - performance.now()));
    typing.set(position, { since, touched: paper.clock.now(), timer: setTimeout(() => note(position), wait) });
  };
  paper.collect = () => { for (const position of [...typing.keys()]) note(position); };

  for (const fields of questions()) {
    const position = Number(fields.dataset.position);
    const held = paper.held(position);
    writeResponse(fields, held.response);
    const mark = /** @type {HTMLInputElement} */ (form.elements.namedItem(`m${position}`));
    mark.checked = held.marked;
    fields.addEventListener("input", ({ target }) => { if (isText(target)) later(position); });
    fields.addEventListener("change", () => note(position));
    fields.querySelector("[data-clear]")?.addEventListener("click", () => { writeResponse(fields, null); note(position); });
    showState(paper, position);
    countLetters(fields);
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  const stop = () => { for (const fields of questions()) freeze(fields); };
  if (paper.locked) stop();
  paper.on("lock", stop);
  paper.on("unlock", () => { for (const fields of questions()) freeze(fields, false); });
  paper.on("saved", () => { for (const { position } of paper.positions) showState(paper, position); });
  paper.on("refused", ({ position, message }) =>
    notify(paper, `refused-${position}`, paper.say("refused", { n: position, message }), { tone: "danger", urgent: true, closable: true }));
}

/** @param {any} a @param {any} b */
function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** @param {EventTarget | null} target */
function isText(target) {
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && target.type === "text");
}

/** @param {Awaited<ReturnType<typeof openPaper>>} paper @param {number} position */
function showState(paper, position) {
  const place = /** @type {HTMLElement} */ (question(position).querySelector("[data-state]"));
  const state = paper.stateOf(position);
  if (place.dataset.state === state) return;
  place.dataset.state = state;
  place.textContent = state ? paper.say(`state_${state}`) : "";
}

/** Text stays readable and selectable; choices cannot be changed. @param {HTMLElement} fields @param {boolean} frozen */
function freeze(fields, frozen = true) {
  for (const field of fields.querySelectorAll("input, textarea, button")) {
    if (isText(field)) /** @type {HTMLInputElement} */ (field).readOnly = frozen;
    else /** @type {HTMLInputElement} */ (field).disabled = frozen;
  }
}

/** @param {HTMLElement} fields */
function countLetters(fields) {
  for (const area of fields.querySelectorAll("textarea")) {
    const place = fields.querySelector(`[data-count-for="${area.id}"]`);
    if (!place) continue;
    const show = () => { place.textContent = String(area.value.length); };
    area.addEventListener("input", show);
    show();
  }
}
