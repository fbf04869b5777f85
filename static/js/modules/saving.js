/** Sends the outbox, and says truthfully how far it is: unsaved, saving, saved, and how old that knowledge is.
 * @param {HTMLElement} line */

import { dismiss, notify } from "../lib/notices.js";
import { saveButton } from "../lib/outbox-file.js";
import { openPaper } from "../lib/paper.js";
import { senderOf } from "../lib/sender.js";

/** Age of the last confirmation (ms) at which the candidate gets advice. */
const OLD = 45_000;
const VERY_OLD = 60_000;

export default async function saving(line) {
  const paper = await openPaper();
  const sender = senderOf(paper);
  const word = /** @type {HTMLElement} */ (line.querySelector("[data-word]"));
  const age = /** @type {HTMLElement} */ (line.querySelector("[data-age]"));
  let left = paper.outbox.size ? paper.outbox.newest(Infinity).length : 0;

  const show = () => {
    const unsent = new Set(paper.outbox.newest(Infinity).map(({ position }) => position)).size;
    const silence = performance.now() - sender.lastHeard;
    const down = sender.line !== "connected";
    const state = unsent ? (paper.sending.size && !down ? "saving" : "unsaved") : [...paper.acknowledged.values()].some(Boolean) ? "saved" : "connected";
    line.dataset.state = down ? "offline" : state;
    word.textContent = paper.say(state, { n: unsent });
    age.textContent = ageText(paper, silence);
    showGlyph(line, down ? "offline" : state === "connected" ? "saved" : state);
    advise(paper, sender, silence, unsent);
    if (left && !unsent) {
      left = 0;
      dismiss("restored");
      notify(paper, "restored-done", paper.say("restored_done"), { tone: "success", stay: 8000 });
    }
  };

  if (left) notify(paper, "restored", paper.say("restored", { n: left }), { tone: "warning" });
  const warn = () => {
    if (paper.outbox.kind !== "disk") notify(paper, "memory", paper.say(paper.outbox.durable ? "page_storage" : "memory_only"), { tone: "warning", urgent: true, closable: paper.outbox.durable });
  };
  if (!paper.locked) warn();
  paper.outbox.addEventListener("moved", warn);

  paper.on("answer", () => sender.changed());
  paper.on("saved", show);
  addEventListener("online", () => sender.hurry());
  addEventListener("offline", show);
  document.addEventListener("visibilitychange", () => { paper.collect(); sender.hurry(); });
  addEventListener("pagehide", () => { paper.collect(); sender.farewell(); });

  if (!paper.locked) sender.start();
  paper.on("lock", ({ reason }) => { if (!["time-up", "handed-in"].includes(reason)) sender.stop(); });
  setInterval(show, 1000);
  show();
}

/** @param {Awaited<ReturnType<typeof openPaper>>} paper @param {number} silence */
function ageText(paper, silence) {
  const seconds = Math.floor(silence / 1000);
  if (seconds < 5) return paper.say("confirmed_now");
  if (seconds < 120) return paper.say("confirmed_seconds", { n: seconds });
  return paper.say("confirmed_minutes", { n: Math.floor(seconds / 60) });
}

/** @param {HTMLElement} line @param {string} name */
function showGlyph(line, name) {
  for (const glyph of line.querySelectorAll("[data-glyph]")) {
    /** @type {HTMLElement} */ (glyph).hidden = /** @type {HTMLElement} */ (glyph).dataset.glyph !== name;
  }
}

/** @param {Awaited<ReturnType<typeof openPaper>>} paper @param {ReturnType<typeof senderOf>} sender @param {number} silence @param {number} unsent */
function advise(paper, sender, silence, unsent) {
  if (paper.locked && paper.locked !== "time-up") {
    for (const name of ["line", "restored"]) dismiss(name);
  } else if (sender.line === "signed-out") {
    const line = notify(paper, "line", paper.say("signed_out"), { tone: "danger", urgent: true });
    if (!line.querySelector("a")) {
      const link = document.createElement("a");
      link.href = paper.urls.sign_in;
      link.textContent = paper.say("sign_in");
      line.append(link);
    }
  } else if (silence > VERY_OLD) {
    const line = notify(paper, "line", paper.say(paper.outbox.durable ? "advice_very_old" : "offline_memory"), { tone: "danger", urgent: true });
    if (unsent && !line.querySelector("[data-save-file]")) line.append(saveButton(paper.outbox, paper.say("save_file")));
  } else if (sender.line === "offline") {
    notify(paper, "line", paper.say(paper.outbox.durable ? "offline" : "offline_memory"), { tone: "warning", urgent: true });
  } else if (sender.line === "busy") {
    notify(paper, "line", paper.say("busy"), { tone: "warning" });
  } else if (silence > OLD && unsent) {
    notify(paper, "line", paper.say("advice_old"), { tone: "warning" });
  } else {
    dismiss("line");
  }
}
