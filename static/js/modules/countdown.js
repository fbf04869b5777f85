/** Time left, from the server's clock carried forward by performance.now().  @param {HTMLElement} line */

import { announce, notify } from "../lib/notices.js";
import { openPaper } from "../lib/paper.js";
import { clockText } from "../lib/server-time.js";
import { senderOf } from "../lib/sender.js";

const WARNINGS = [30, 10, 5, 1]; // minutes; the last three are also shown
const SHOWN = 10;
/** The wall clock running this far (ms) from ours in a second: the machine slept, or was set; ask the server. */
const JUMP = 3000;
/** Shortly before zero (ms) the page asks once more: time given in the last moment must reach it. */
const BEFORE_ZERO = 12_000;

export default async function countdown(line) {
  const paper = await openPaper();
  const clock = /** @type {HTMLElement} */ (line.querySelector("[data-clock]"));
  const left = () => paper.left();
  let said = WARNINGS.filter((minutes) => left() <= minutes * 60_000);
  let wall = Date.now() - performance.now();
  let asked = false;

  const tick = () => {
    const remaining = left();
    clock.textContent = clockText(remaining);
    line.dataset.near = remaining <= 60_000 ? "1" : remaining <= 300_000 ? "5" : remaining <= 600_000 ? "10" : "";
    const due = WARNINGS.filter((minutes) => remaining <= minutes * 60_000 && !said.includes(minutes));
    if (due.length && remaining > 0) warn(paper, Math.min(...due));
    said = said.concat(due);
    line.toggleAttribute("data-stands", paper.paused);
    if (remaining <= 0 && !paper.locked) paper.lock("time-up");
    if (remaining <= BEFORE_ZERO && remaining > 0 && !asked) {
      asked = true;
      senderOf(paper).wake(Math.random() * BEFORE_ZERO * 0.75);
    }
    const drift = Date.now() - performance.now() - wall;
    if (Math.abs(drift) > JUMP) {
      wall += drift;
      senderOf(paper).wake(0);
    }
  };
  const fresh = () => {
    said = WARNINGS.filter((minutes) => left() <= minutes * 60_000);
    asked = false;
  };
  paper.on("pause", () => { fresh(); tick(); });
  paper.on("time", ({ before }) => {
    fresh();
    if (Math.abs(paper.deadline - before) >= 1000) {
      notify(paper, "time-changed", paper.say("time_changed", { time: clockText(left()) }), { tone: "info", urgent: true, closable: true });
    }
    tick();
  });
  setInterval(() => {
    tick();
    if (left() < 1000) setTimeout(tick, Math.max(0, left())); // input stops at zero, not a quarter of a second later
  }, 250);
  tick();
}

/** @param {Awaited<ReturnType<typeof openPaper>>} paper @param {number} minutes */
function warn(paper, minutes) {
  const text = minutes === 1 ? paper.say("time_left_one") : paper.say("time_left", { n: minutes });
  if (minutes <= SHOWN) notify(paper, "time", text, { tone: "warning", urgent: true, stay: 10_000 });
  else announce(text, true);
}
