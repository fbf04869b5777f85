/**
 * The outbox: what the candidate did and the server has not yet acknowledged.  An append-only journal on this machine,
 * so it outlives a reload, a crash and a power cut.  A record leaves when the server has answered for that revision
 * or a later one of the same question, and in no other way.
 *
 * It lies in IndexedDB; where that is refused (private window, full disk) in the browser's page storage; where that is
 * refused too, in memory.  `kind` says which: the page tells the candidate, and never pretends.
 */

import { openDisk, openPageStorage } from "./shelves.js";

/**
 * @typedef {object} Entry
 * @property {number} position
 * @property {number} revision  one counter an attempt
 * @property {object | null} response
 * @property {boolean} marked
 * @property {number} made_at  server time in ms, as estimated when it was made
 * @property {number} wall  wall clock of this machine, evidence only
 */

/** Unsent records kept of one question; older ones are superseded many times over. */
const HISTORY = 20;

export class Outbox extends EventTarget {
  /** @param {string} attempt @param {import("./shelves.js").Shelf | null} shelf */
  constructor(attempt, shelf) {
    super();
    this.attempt = attempt;
    this.refused = shelf?.refused ?? [];
    this._shelf = shelf;
    /** @type {Map<number, Entry>} by revision */
    this._entries = new Map(shelf?.records.map((entry) => [entry.revision, entry]));
  }

  /** Open the journal of this attempt, with what earlier pages left in it, wherever they had to keep it.
   * @param {string} attempt */
  static async open(attempt) {
    const disk = await orNull(() => openDisk(attempt));
    const page = await orNull(async () => openPageStorage(attempt));
    const outbox = new Outbox(attempt, disk ?? page);
    if (disk && page && page.records.length + page.refused.length) await outbox._takeIn(page);
    return outbox;
  }

  /** @returns {"disk" | "page" | "memory"} where records lie now */
  get kind() {
    return this._shelf?.kind ?? "memory";
  }

  /** Whether records outlive this page. */
  get durable() {
    return this._shelf !== null;
  }

  get size() {
    return this._entries.size;
  }

  get highestRevision() {
    return Math.max(0, ...this._entries.keys());
  }

  /** Everything unacknowledged, oldest first. @returns {Entry[]} */
  entries() {
    return [...this._entries.values()].sort((a, b) => a.revision - b.revision);
  }

  /** The newest record of every question, oldest first. @param {number} [limit] @returns {Entry[]} */
  newest(limit = 200) {
    const byPosition = new Map(this.entries().map((entry) => [entry.position, entry]));
    return [...byPosition.values()].sort((a, b) => a.revision - b.revision).slice(0, limit);
  }

  /** @param {Entry} entry  @returns {Promise<void>} settled when the record is kept (or memory is all we have) */
  async add(entry) {
    this._entries.set(entry.revision, entry);
    const stale = this.entries().filter((other) => other.position === entry.position).slice(0, -HISTORY);
    for (const other of stale) this._entries.delete(other.revision);
    await this._write({ put: [entry], drop: stale.map(({ revision }) => revision) });
  }

  /** The server has answered for this revision. @param {{position: number, revision: number}} answered */
  async settle({ position, revision }) {
    const gone = this._upTo(position, revision);
    if (gone.length) await this._write({ drop: gone.map((entry) => entry.revision) });
  }

  /** The server will never take this one: keep it aside with the reason.
   * @param {{position: number, revision: number, code: string, message: string}} refusal */
  async refuse(refusal) {
    const gone = this._upTo(refusal.position, refusal.revision);
    const record = { ...refusal, entry: gone.at(-1) ?? null };
    this.refused.push(record);
    await this._write({ drop: gone.map((entry) => entry.revision), refuse: [record] });
  }

  /** @param {number} position @param {number} revision */
  _upTo(position, revision) {
    const gone = this.entries().filter((entry) => entry.position === position && entry.revision <= revision);
    for (const entry of gone) this._entries.delete(entry.revision);
    return gone;
  }

  /** What a page without a disk left behind comes to the disk. @param {import("./shelves.js").Shelf} page */
  async _takeIn(page) {
    for (const entry of page.records) this._entries.set(entry.revision, entry);
    this.refused.push(...page.refused);
    await this._write({ put: page.records, refuse: page.refused });
    if (this.kind === "disk") page.clear?.();
  }

  /** @param {import("./shelves.js").Changes} changes */
  async _write(changes) {
    const shelf = this._shelf;
    try {
      await shelf?.write(changes);
    } catch (error) {
      console.warn(`the outbox cannot stay on ${this.kind}:`, String(error));
      if (shelf !== this._shelf) return; // another write found out first, and took everything along
      this._shelf = shelf?.kind === "disk" ? await orNull(async () => openPageStorage(this.attempt)) : null;
      this.dispatchEvent(new Event("moved"));
      await this._write({ put: this.entries(), refuse: this.refused });
    }
  }
}

/** @template T @param {() => Promise<T>} work @returns {Promise<T | null>} */
async function orNull(work) {
  try {
    return await work();
  } catch (error) {
    console.warn("not available on this machine:", String(error));
    return null;
  }
}
