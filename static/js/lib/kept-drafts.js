/** Typing that was not saved yet, kept on this machine for the person who typed it. */

const PREFIX = "question-draft:";
const DAYS = 7;

/** @typedef {{at: number, entries: [string, string][]}} Draft */

/** @param {string} key @returns {Draft | null} */
export function read(key) {
  try {
    const value = JSON.parse(localStorage.getItem(PREFIX + key) ?? "null");
    return value && Array.isArray(value.entries) ? value : null;
  } catch {
    return null;
  }
}

/** @param {string} key @param {[string, string][]} entries */
export function write(key, entries) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify({ at: Date.now(), entries }));
  } catch {
    // A full or forbidden storage takes nothing; the form works without.
  }
}

/** @param {string} key */
export const forget = (key) => localStorage.removeItem(PREFIX + key);

/** Everything but the recent drafts of this person; of nobody = everything.  @param {string} [person] */
export function forgetOthers(person = "") {
  for (const name of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
    const key = name.slice(PREFIX.length);
    const old = Date.now() - (read(key)?.at ?? 0) > DAYS * 86_400_000;
    if (!person || !key.startsWith(`${person}:`) || old) localStorage.removeItem(name);
  }
}
