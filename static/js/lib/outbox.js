/**
 * The outbox: what the candidate did and the server has not yet acknowledged.  An append-only journal in IndexedDB,
 * so it outlives a reload, a crash and a power cut.  A record leaves when the server has answered for that revision
 * or a later one of the same question, and in no other way.
 *
 * Where IndexedDB is refused (private window, full disk) the journal lives in memory and `durable` is false: the page
 * then says so, and never pretends.
 */

/**
 * @typedef {object} Entry
 * @property {number} position
 * @property {number} revision  one counter an attempt
 * @property {object | null} response
 * @property {boolean} marked
 * @property {number} made_at  server time in ms, as estimated when it was made
 * @property {number} wall  wall clock of this machine, evidence only
 */

const DATABASE = "examsite-outbox";
const OPEN_TIMEOUT = 3000;
/** Unsent records kept of one question; older ones are superseded many times over. */
const HISTORY = 20;

export class Outbox extends EventTarget {
  /** @param {string} attempt @param {IDBDatabase | null} database @param {Entry[]} entries @param {object[]} refused */
  constructor(attempt, database, entries, refused) {
    super();
    this.attempt = attempt;
    this.refused = refused;
    this._database = database;
    /** @type {Map<number, Entry>} by revision */
    this._entries = new Map(entries.map((entry) => [entry.revision, entry]));
  }

  /** Open the journal of this attempt, with what an earlier page left in it. @param {string} attempt */
  static async open(attempt) {
    try {
      const database = await openDatabase();
      const range = IDBKeyRange.bound([attempt, 0], [attempt, Infinity]);
      const transaction = database.transaction(["records", "refused"]);
      const [records, refused] = await Promise.all([
        result(transaction.objectStore("records").getAll(range)),
        result(transaction.objectStore("refused").getAll(range)),
      ]);
      return new Outbox(attempt, database, records.map(withoutAttempt), refused.map(withoutAttempt));
    } catch (error) {
      console.warn("the outbox is in memory only:", String(error));
      return new Outbox(attempt, null, [], []);
    }
  }

  /** Whether records outlive this page. */
  get durable() {
    return this._database !== null;
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

  /** @param {Entry} entry  @returns {Promise<void>} settled when the record is on disk (or memory is all we have) */
  async add(entry) {
    this._entries.set(entry.revision, entry);
    const stale = this.entries().filter((other) => other.position === entry.position).slice(0, -HISTORY);
    for (const other of stale) this._entries.delete(other.revision);
    await this._write((store) => {
      store("records").put({ attempt: this.attempt, ...entry });
      for (const other of stale) store("records").delete([this.attempt, other.revision]);
    });
  }

  /** The server has answered for this revision. @param {{position: number, revision: number}} answered */
  async settle({ position, revision }) {
    const gone = this._upTo(position, revision);
    await this._write((store) => {
      for (const entry of gone) store("records").delete([this.attempt, entry.revision]);
    });
  }

  /** The server will never take this one: keep it aside with the reason.
   * @param {{position: number, revision: number, code: string, message: string}} refusal */
  async refuse(refusal) {
    const gone = this._upTo(refusal.position, refusal.revision);
    const record = { ...refusal, entry: gone.at(-1) ?? null };
    this.refused.push(record);
    await this._write((store) => {
      for (const entry of gone) store("records").delete([this.attempt, entry.revision]);
      store("refused").put({ attempt: this.attempt, ...record });
    });
  }

  /** @param {number} position @param {number} revision */
  _upTo(position, revision) {
    const gone = this.entries().filter((entry) => entry.position === position && entry.revision <= revision);
    for (const entry of gone) this._entries.delete(entry.revision);
    return gone;
  }

  /** @param {(store: (name: string) => IDBObjectStore) => void} work */
  async _write(work) {
    if (!this._database) return;
    try {
      const transaction = this._database.transaction(["records", "refused"], "readwrite");
      work((name) => transaction.objectStore(name));
      await done(transaction);
    } catch (error) {
      console.warn("the outbox fell back to memory:", String(error));
      this._database = null;
      this.dispatchEvent(new Event("memory-only"));
    }
  }
}

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("IndexedDB did not open in time")), OPEN_TIMEOUT);
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("records", { keyPath: ["attempt", "revision"] });
      request.result.createObjectStore("refused", { keyPath: ["attempt", "revision"] });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("IndexedDB is blocked by another page"));
  });
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function done(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

/** @param {any} record */
function withoutAttempt({ attempt, ...entry }) {
  return entry;
}
