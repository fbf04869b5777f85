/**
 * The paper on this page: what the server gave, what the candidate did since, and who may still write.  The one place
 * that modules share; each listens for what it shows:
 *
 *   answer   {position}   a response or a mark changed here
 *   saved                 what the server holds changed (see stateOf)
 *   current  {position}   another question is shown
 *   lock     {reason}     input stopped: other-tab, lease-lost, handed-in, time-up, not-yours
 *   unlock                input goes on: time was given while the page could not hear of it
 *   pause    {paused}     the invigilator stopped the clock of this attempt, or lets it run on
 *   time                  deadline or phase changed
 *   message  {id, text, sent_at}  the invigilator says something, each message once
 *   notice   {key, tone}  a line for the candidate
 */

import { Outbox } from "./outbox.js";
import { ServerClock, pageTravel } from "./server-time.js";
import { becomeOnlyTab } from "./one-tab.js";

/** @typedef {{revision: number, response: object | null, marked: boolean, made_at?: number}} Held */

class Paper extends EventTarget {
  /** @param {any} data */
  constructor(data) {
    super();
    this.data = data;
    this.attempt = /** @type {string} */ (data.attempt);
    this.lease = /** @type {string} */ (data.lease);
    this.urls = data.urls;
    this.clock = new ServerClock(data.server_time, pageTravel());
    this.deadline = /** @type {number} */ (data.deadline);
    this.phase = /** @type {string} */ (data.phase);
    this.positions = /** @type {{position: number, kind: string, section: number}[]} */ (data.positions);
    this.settings = { font: "medium", contrast: "normal", shortcuts: true, view: "question", ...data.settings };
    /** The clock of this attempt stands; `stands` is what it shows, in ms. */
    this.paused = Boolean(data.paused);
    this.stands = this.deadline - Number(data.server_time);
    /** The newest message that this page has, 0 = none. */
    this.seenMessage = 0;
    /** @type {Map<number, Held>} */
    this.answers = new Map(
      Object.entries(data.answers).map(([position, held]) => [Number(position), /** @type {Held} */ (held)]),
    );
    /** @type {Map<number, number>} revision acknowledged, by position */
    this.acknowledged = new Map([...this.answers].map(([position, held]) => [position, held.revision]));
    /** @type {Set<number>} kept by the server for a person to judge */
    this.quarantined = new Set();
    /** @type {Set<number>} in the request under way */
    this.sending = new Set();
    this.revision = /** @type {number} */ (data.revision);
    this.current = this.positions[0]?.position ?? 1;
    this.locked = "";
    /** Writes what was typed and not yet recorded; set by the module that reads the form. */
    this.collect = () => {};
    /** @type {Outbox} */
    this.outbox = /** @type {any} */ (null);
  }

  /** A sentence of the page in the reader's language. @param {string} key @param {Record<string, string | number>} [values] */
  say(key, values = {}) {
    const sentence = this.data.text[key] ?? key;
    return sentence.replace(/\{(\w+)\}/g, (/** @type {string} */ whole, /** @type {string} */ name) => String(values[name] ?? whole));
  }

  /** @param {string} type @param {object} [detail] */
  emit(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @param {string} type @param {(detail: any) => void} listener */
  on(type, listener) {
    this.addEventListener(type, (event) => listener(/** @type {CustomEvent} */ (event).detail));
  }

  /** @param {number} position @returns {Held} */
  held(position) {
    return this.answers.get(position) ?? { revision: 0, response: null, marked: false };
  }

  /** Note what the candidate did.  It counts as done here at once and as saved only when the server says so.
   * @param {number} position @param {object | null} response @param {boolean} marked
   * @param {number} [madeAt]  server time in ms of the last touch, where it was before this moment */
  record(position, response, marked, madeAt = this.clock.now()) {
    if (this.locked || this.paused) return;
    this.revision += 1;
    const entry = {
      position, revision: this.revision, response, marked,
      made_at: Math.round(madeAt), wall: Date.now(),
    };
    this.answers.set(position, entry);
    const written = this.outbox.add(entry);
    this.emit("answer", { position, written });
  }

  /** @param {number} position @returns {"" | "unsaved" | "saving" | "saved" | "pending" | "refused"} */
  stateOf(position) {
    const { revision } = this.held(position);
    if (!revision) return "";
    if (this.outbox.refused.some((refusal) => refusal.position === position && refusal.revision >= revision)) return "refused";
    if (this.quarantined.has(position)) return "pending";
    if ((this.acknowledged.get(position) ?? 0) >= revision) return "saved";
    return this.sending.has(position) ? "saving" : "unsaved";
  }

  /** Milliseconds that remain by the server's clock. */
  left() {
    return this.paused ? this.stands : this.deadline - this.clock.now();
  }

  /** Positions without an answer, in order. */
  unanswered() {
    return this.positions.map(({ position }) => position).filter((position) => !isAnswered(this.held(position).response));
  }

  /** Positions where something is entered and something is missing, in order. */
  partly() {
    return this.positions
      .map(({ position }) => position)
      .filter((position) => isAnswered(this.held(position).response) && !isComplete(this.held(position).response));
  }

  /** Stop all input, once; the first reason stays. @param {string} reason */
  lock(reason) {
    if (this.locked) return;
    this.collect();
    this.locked = reason;
    this.emit("lock", { reason });
  }

  /** Time was given: who was stopped by the clock goes on.  Other locks stay. */
  unlock() {
    if (this.locked !== "time-up") return;
    this.locked = "";
    this.emit("unlock");
  }

  /** Take what every reply carries: time, deadline, phase, messages. @param {import("./http.js").Reply} reply */
  learn({ body, sent, received }) {
    if (typeof body.server_time === "number") this.clock.learn(body.server_time, sent, received);
    const before = this.deadline;
    if (typeof body.deadline === "number") this.deadline = body.deadline;
    if (typeof body.phase === "string") this.phase = body.phase;
    if (typeof body.paused === "boolean" && body.paused !== this.paused) this._pause(body.paused);
    else if (before !== this.deadline && !this.paused) this.emit("time", { before });
    if (this.paused && typeof body.server_time === "number") this.stands = this.deadline - body.server_time;
    for (const message of [...(body.messages ?? [])].sort((a, b) => a.id - b.id)) {
      if (message.id <= this.seenMessage) continue;
      this.seenMessage = message.id;
      this.emit("message", message);
    }
  }

  /** @param {boolean} paused */
  _pause(paused) {
    if (paused) this.collect(); // typed before the page heard of it
    this.paused = paused;
    this.emit("pause", { paused });
  }
}

/** @param {any} response @returns {boolean} */
export function isAnswered(response) {
  if (!response) return false;
  if ("truth" in response) return response.truth !== null;
  if (response.parts) return response.parts.some(isAnswered);
  if (response.blanks) return response.blanks.some((/** @type {string} */ text) => text.trim() !== "");
  return Boolean(response.options?.length || response.text?.trim() || response.number?.trim());
}

/** Whether every part and every blank has something entered.  @param {any} response @returns {boolean} */
export function isComplete(response) {
  if (response?.parts) return response.parts.every(isComplete);
  if (response?.blanks) return response.blanks.every((/** @type {string} */ text) => text.trim() !== "");
  return isAnswered(response);
}

/** @type {Promise<Paper> | null} */
let opening = null;

/** The paper of this page, opened once.  Resolves when this is the only tab with it and the outbox has been read. */
export function openPaper() {
  opening ??= open();
  return opening;
}

/** @param {string} id of a JSON block in the page */
function json(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? "{}");
}

async function open() {
  const paper = new Paper({ ...json("paper-data"), text: json("paper-text") });
  if (!(await becomeOnlyTab(paper.attempt, () => paper.lock("other-tab")))) {
    paper.outbox = new Outbox(paper.attempt, null);
    paper.lock("other-tab");
    return paper;
  }
  paper.outbox = await Outbox.open(paper.attempt);
  navigator.storage?.persist?.().catch(() => {}); // ask the browser not to clear it when its disk runs full
  for (const entry of paper.outbox.entries()) {
    if (entry.revision > paper.held(entry.position).revision) paper.answers.set(entry.position, entry);
  }
  paper.revision = Math.max(paper.revision, paper.outbox.highestRevision, ...[...paper.answers.values()].map((held) => held.revision));
  return paper;
}
