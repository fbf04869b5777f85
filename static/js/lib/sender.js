/**
 * Brings the outbox to the server: at most one request at a time, about a second after a change, at once when the
 * line comes back, with jittered exponential back-off after a failure.  Knows nothing of the page.
 */

import { Unreachable, getJson, postJson } from "./http.js";

const AFTER_CHANGE = 800;
const FIRST_DELAY = 1000;
const LONGEST_DELAY = 30_000;
const PULSE = 15_000;
/** While the clock stands the page asks oftener, so that its candidate loses nothing when it runs on. */
const PULSE_PAUSED = 3000;
const KEEPALIVE_BYTES = 60_000; // browsers refuse keepalive bodies over 64 KiB

export class Sender {
  /** @param {Awaited<ReturnType<typeof import("./paper.js").openPaper>>} paper */
  constructor(paper) {
    this.paper = paper;
    /** "connected" | "offline" | "busy" | "signed-out" */
    this.line = "connected";
    this.lastHeard = performance.now();
    this.failures = 0;
    this.batch = 200;
    /** @type {Promise<void> | null} */
    this._underWay = null;
    this._stopped = false;
    this._timer = 0;
    this._due = Infinity;
    this._notBefore = 0;
    this.leaves = { count: 0, away: 0 };
  }

  /** Start: what an earlier page left goes first. */
  start() {
    this._stopped = false;
    // Pages of a room open in one moment; one that was open before may have missed something meanwhile.
    const first = this.paper.revision ? 1000 + Math.random() * 3000 : PULSE * (0.5 + Math.random() / 2);
    this.wake(this.paper.outbox.size ? 0 : first);
  }

  stop() {
    this._stopped = true;
    clearTimeout(this._timer);
  }

  changed() {
    if (this.failures === 0) this.wake(AFTER_CHANGE);
    this.paper.emit("saved");
  }

  /** Send no later than in this many milliseconds. @param {number} delay */
  wake(delay) {
    const due = performance.now() + delay;
    if (this._stopped || due >= this._due) return;
    clearTimeout(this._timer);
    this._due = due;
    this._timer = setTimeout(() => {
      this._due = Infinity; // also where now() only joins a request under way
      this.now();
    }, delay);
  }

  /** The line may be back: forget the back-off, but not what a busy server asked for. */
  hurry() {
    this.failures = 0;
    this.wake(Math.max(0, this._notBefore - performance.now()));
  }

  /** Send now; while a request is under way, wait for that one. @returns {Promise<void>} */
  now() {
    if (this._underWay) return this._underWay;
    clearTimeout(this._timer);
    this._due = Infinity;
    this._underWay = this._once().finally(() => {
      this._underWay = null;
      this._next();
    });
    return this._underWay;
  }

  /** Nothing else may be in flight while a hand-in is. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async alone(work) {
    while (this._underWay) await this._underWay;
    let release = () => {};
    this._underWay = new Promise((resolve) => { release = () => resolve(undefined); });
    try {
      return await work();
    } finally {
      this._underWay = null;
      release();
      this._next();
    }
  }

  /** The page goes away: a last packet that outlives it. */
  farewell() {
    const { paper } = this;
    const records = [];
    let bytes = 0;
    for (const entry of paper.outbox.newest()) {
      bytes += new Blob([JSON.stringify(entry)]).size + 1;
      if (bytes > KEEPALIVE_BYTES) break;
      records.push(entry);
    }
    if (!records.length || this._stopped) return;
    const payload = { lease: paper.lease, records, seen_message: paper.seenMessage };
    postJson(paper.urls.answers, payload, { lease: paper.lease, keepalive: true }).catch(() => {});
  }

  async _once() {
    const { paper } = this;
    const records = paper.outbox.newest(this.batch);
    try {
      if (records.length) {
        paper.sending = new Set(records.map((entry) => entry.position));
        paper.emit("saved");
        const payload = { lease: paper.lease, records, seen_message: paper.seenMessage };
        await this.take(await postJson(paper.urls.answers, payload, { lease: paper.lease }), records);
      } else {
        await this.take(await this._pulse(), []);
      }
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      this.failed("offline", 0);
    } finally {
      paper.sending = new Set();
      paper.emit("saved");
    }
  }

  /** Ask for the time and whatever is new, and say what the board shows of this page. */
  _pulse() {
    const { paper } = this;
    const answered = paper.positions.length - paper.unanswered().length;
    const said = { leaves: this.leaves.count, away: Math.round(this.leaves.away), a: answered, m: paper.seenMessage };
    const query = Object.entries(said).map(([name, value]) => `${name}=${value}`).join("&");
    return getJson(`${paper.urls.pulse}?${query}`, { lease: paper.lease });
  }

  /** A pulse of one's own, where nothing else is in flight. */
  async ask() {
    try {
      await this.take(await this._pulse(), []);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      this.failed("offline", 0);
    }
  }

  /** Act on a reply to a save, pulse or hand-in. @param {import("./http.js").Reply} reply @param {import("./outbox.js").Entry[]} records */
  async take(reply, records) {
    const { paper } = this;
    const { status, body } = reply;
    paper.learn(reply);
    await this.settle(body);
    if (status === 200) {
      this.failures = 0;
      this.batch = 200;
      this.line = "connected";
      this.lastHeard = performance.now();
      if (body.lease_live === false) this._end("lease-lost");
      else if (body.handed_in) this._closed(body.url);
    } else if (status === 401 || status === 400 || status === 403) {
      this.failed("signed-out", LONGEST_DELAY);
    } else if (status === 404) {
      this._end("not-yours");
    } else if (status === 409 && body.code === "lease-lost") {
      this._end("lease-lost");
    } else if (status === 409 && body.code === "handed-in") {
      this._end("handed-in", body.url);
    } else if ((status === 422 || status === 413) && records.length > 1) {
      this.batch = 1; // find the one that is bad, let the others through
    } else if (status === 422 || status === 413) {
      this.batch = 200;
      for (const { position, revision } of records) {
        await paper.outbox.refuse({ position, revision, code: body.code ?? "malformed", message: body.message ?? "" });
        paper.emit("refused", { position, message: body.message ?? "" });
      }
    } else {
      this._notBefore = performance.now() + reply.retryAfter;
      this.failed("busy", reply.retryAfter);
    }
  }

  /** Forget what the server answered for. @param {any} body */
  async settle(body) {
    const { paper } = this;
    for (const { position, revision } of body.acknowledged ?? []) {
      paper.acknowledged.set(position, Math.max(revision, paper.acknowledged.get(position) ?? 0));
      paper.quarantined.delete(position);
      await paper.outbox.settle({ position, revision });
    }
    for (const { position, revision } of body.quarantined ?? []) {
      paper.quarantined.add(position);
      await paper.outbox.settle({ position, revision });
    }
    for (const refusal of body.refused ?? []) {
      await paper.outbox.refuse(refusal);
      paper.emit("refused", refusal);
    }
  }

  /** @param {string} line @param {number} atLeast  milliseconds */
  failed(line, atLeast) {
    this.failures += 1;
    this.line = line;
    this._wait = Math.max(atLeast, backOff(this.failures));
  }

  /** The server has closed the attempt: what is still here goes to it all the same, to be judged by a person.
   * @param {string} [url] */
  _closed(url) {
    if (this.paper.outbox.size) this.paper.lock("handed-in");
    else this._end("handed-in", url);
  }

  /** @param {string} reason @param {string} [url] */
  _end(reason, url) {
    this.stop();
    this.paper.lock(reason);
    if (reason === "handed-in") this.paper.emit("finished", { url: url ?? this.paper.urls.receipt });
  }

  _next() {
    if (this.failures) this.wake(this._wait ?? FIRST_DELAY);
    else this.wake(this.paper.outbox.size ? AFTER_CHANGE : this.paper.paused ? PULSE_PAUSED : PULSE);
  }
}

/** Half of the delay is random, so that a room does not come back in one moment. @param {number} failures */
export function backOff(failures) {
  const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failures - 1));
  return longest / 2 + (Math.random() * longest) / 2;
}

/** @type {WeakMap<object, Sender>} */
const senders = new WeakMap();

/** The one sender of this paper. @param {Awaited<ReturnType<typeof import("./paper.js").openPaper>>} paper @returns {Sender} */
export function senderOf(paper) {
  let sender = senders.get(paper);
  if (!sender) senders.set(paper, (sender = new Sender(paper)));
  return sender;
}
