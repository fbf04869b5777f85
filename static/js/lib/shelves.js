/**
 * Where the outbox keeps its records on this machine.  Two shelves with one face: `disk` (IndexedDB), and `page` (the
 * browser's small page storage) for browsers that refuse the first.  Both outlive a reload, a crash and a power cut.
 *
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {{put?: Entry[], drop?: number[], refuse?: any[]}} Changes  drop: revisions
 * @typedef {object} Shelf
 * @property {"disk" | "page"} kind
 * @property {Entry[]} records  as they were when it was opened
 * @property {any[]} refused
 * @property {(changes: Changes) => Promise<void>} write  rejects where the shelf does not take them
 * @property {() => void} [clear]  forget all of it, where another shelf has it now
 */

const DATABASE = "examsite-outbox";
const OPEN_TIMEOUT = 3000;

/** @param {string} attempt @returns {Promise<Shelf>} rejects where the browser refuses IndexedDB */
export async function openDisk(attempt) {
  const database = await openDatabase();
  const range = IDBKeyRange.bound([attempt, 0], [attempt, Infinity]);
  const reading = database.transaction(["records", "refused"]);
  const [records, refused] = await Promise.all([
    result(reading.objectStore("records").getAll(range)),
    result(reading.objectStore("refused").getAll(range)),
  ]);
  return {
    kind: "disk",
    records: records.map(withoutAttempt),
    refused: refused.map(withoutAttempt),
    async write({ put = [], drop = [], refuse = [] }) {
      // Strict: on the disk, not in the system's cache, when it is done; a power cut must not take it.
      const writing = database.transaction(["records", "refused"], "readwrite", { durability: "strict" });
      for (const entry of put) writing.objectStore("records").put({ attempt, ...entry });
      for (const revision of drop) writing.objectStore("records").delete([attempt, revision]);
      for (const refusal of refuse) writing.objectStore("refused").put({ attempt, ...refusal });
      await done(writing);
    },
  };
}

/** @param {string} attempt @returns {Shelf} throws where the browser refuses page storage too */
export function openPageStorage(attempt) {
  const [records, refused] = [`outbox:${attempt}:record:`, `outbox:${attempt}:refused:`];
  localStorage.setItem(`outbox:${attempt}:probe`, "1");
  localStorage.removeItem(`outbox:${attempt}:probe`);
  const read = (/** @type {string} */ prefix) =>
    Object.keys(localStorage).filter((key) => key.startsWith(prefix)).map((key) => JSON.parse(localStorage.getItem(key) ?? "null")).filter(Boolean);
  return {
    kind: "page",
    records: read(records),
    refused: read(refused),
    async write({ put = [], drop = [], refuse = [] }) {
      for (const revision of drop) localStorage.removeItem(records + revision);
      for (const entry of put) localStorage.setItem(records + entry.revision, JSON.stringify(entry));
      for (const refusal of refuse) localStorage.setItem(refused + refusal.revision, JSON.stringify(refusal));
    },
    clear() {
      for (const key of Object.keys(localStorage)) if (key.startsWith(`outbox:${attempt}:`)) localStorage.removeItem(key);
    },
  };
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
