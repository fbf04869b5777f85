/** Answered n of N.  @param {HTMLElement} line */

import { openPaper } from "../lib/paper.js";

export default async function progress(line) {
  const paper = await openPaper();
  const number = /** @type {HTMLElement} */ (line.querySelector("[data-answered]"));
  const meter = /** @type {HTMLProgressElement} */ (line.querySelector("progress"));
  const show = () => {
    const done = paper.positions.length - paper.unanswered().length;
    number.textContent = String(done);
    meter.value = done;
  };
  show();
  paper.on("answer", show);
}
