/**
 * The two-phase hand-in: declare the last revision of every question, send what is not acknowledged, and repeat until
 * the server says that it has all of them.  Nothing but the server's word ends it.
 */

import { Unreachable, postJson } from "./http.js";
import { backOff, senderOf } from "./sender.js";
import { timeText } from "./server-time.js";

/** At zero, what the server said within this time (ms) is fresh enough to hand in by. */
const FRESH = 20_000;

export class HandIn {
  /** @param {Awaited<ReturnType<typeof import("./paper.js").openPaper>>} paper */
  constructor(paper) {
    this.paper = paper;
    this._run = 0;
    this.running = false;
  }

  /** Give up a hand-in that the candidate asked for. */
  cancel() {
    this._run += 1;
    this.running = false;
  }

  /**
   * @param {"candidate" | "clock"} by
   * @param {(text: string, failing?: boolean) => void} tell
   * @returns {Promise<string | null>} the address of the receipt; null when refused, cancelled, or when time was given
   */
  async run(by, tell) {
    const run = ++this._run;
    this.running = true;
    tell(this.paper.say("handing_in"));
    try {
      for (let failures = 0; run === this._run; ) {
        const outcome = await senderOf(this.paper).alone(() => this._once(by));
        if (run !== this._run) return null;
        if (outcome.url) return outcome.url;
        if (outcome.goOn) {
          this.paper.unlock();
          return null;
        }
        if (outcome.refused && by === "candidate") {
          tell(outcome.refused);
          return null;
        }
        if (outcome.again) continue;
        failures += 1;
        tell(this._waiting(), true);
        await rest(Math.max(outcome.wait ?? 0, backOff(failures)));
      }
      return null;
    } finally {
      if (run === this._run) this.running = false;
    }
  }

  /** @param {"candidate" | "clock"} by  @returns {Promise<{url?: string, refused?: string, again?: boolean, goOn?: boolean, wait?: number}>} */
  async _once(by) {
    const { paper } = this;
    if (by === "clock" && (paper.left() > 0 || !(await this._heardLately()))) {
      return paper.left() > 0 ? { goOn: true } : {};
    }
    const records = paper.outbox.newest();
    const payload = { lease: paper.lease, held: Object.fromEntries(this._held()), records, by, seen_message: paper.seenMessage };
    let reply;
    try {
      reply = await postJson(paper.urls.hand_in, payload, { lease: paper.lease });
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      senderOf(paper).failed("offline", 0);
      return {};
    }
    const { status, body } = reply;
    const left = paper.outbox.size;
    if (status === 200 && body.handed_in) {
      await senderOf(paper).settle(body);
      return { url: body.url ?? paper.urls.receipt };
    }
    if (status === 409 && body.code === "handed-in") return { url: body.url ?? paper.urls.receipt };
    if (status === 409 && body.code === "missing-revisions") {
      paper.learn(reply);
      await senderOf(paper).settle(body);
      const resent = await this._resend(body.missing ?? []);
      return { again: resent > 0 && paper.outbox.size !== left, wait: 1000 };
    }
    if (status === 409 && body.code === "too-early") {
      paper.learn(reply);
      return { refused: paper.say("too_early", { time: timeText(body.earliest) }), wait: 1000 };
    }
    if (status === 409 && body.code === "paused") {
      paper.learn(reply);
      await senderOf(paper).settle(body);
      return by === "clock" ? { goOn: true } : { refused: body.message ?? "" };
    }
    await senderOf(paper).take(reply, records);
    if (status === 409 || status === 404) return { refused: paper.say("hand_in_failed", { message: body.message ?? "" }), wait: 30_000 };
    return { wait: reply.retryAfter };
  }

  /**
   * Whether what the page knows of its deadline is fresh.  One that was cut off asks first: time may have been given, or
   * the clock stopped, meanwhile.
   */
  async _heardLately() {
    const sender = senderOf(this.paper);
    const isFresh = () => !sender.failures && performance.now() - sender.lastHeard < FRESH;
    if (isFresh()) return true;
    await sender.ask();
    return isFresh() && this.paper.left() <= 0;
  }

  /** Revisions this page answers for; what the server refused for good is not among them. */
  _held() {
    const { paper } = this;
    const refused = new Map(paper.outbox.refused.map((/** @type {any} */ refusal) => [refusal.position, refusal.revision]));
    return [...paper.answers]
      .filter(([position, { revision }]) => revision > 0 && (refused.get(position) ?? 0) < revision)
      .map(([position, { revision }]) => [position, revision]);
  }

  /** Put back what the server says it lacks, with the revision that it had. @param {number[]} missing */
  async _resend(missing) {
    const { paper } = this;
    const waiting = new Set(paper.outbox.newest(Infinity).map(({ position }) => position));
    let resent = 0;
    for (const position of missing) {
      const held = paper.answers.get(position);
      if (!held || !held.revision || waiting.has(position)) continue;
      const { revision, response, marked, made_at = paper.data.server_time } = held; // no time of ours: it came with the page
      await paper.outbox.add({ position, revision, response, marked, made_at, wall: Date.now() });
      resent += 1;
    }
    return resent;
  }

  _waiting() {
    const unsent = this.paper.outbox.newest(Infinity).length;
    const left = unsent ? ` ${this.paper.say("hand_in_left", { n: unsent })}` : "";
    return this.paper.say("hand_in_wait") + left;
  }
}

/** @param {number} ms */
function rest(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
