/**
 * The outbox as a file, for when the server stays out of reach or the machine is given up: the invigilator carries it
 * to another machine and hands it to the server.  It holds the same revisions, so taking it in twice changes nothing.
 */

import { sha256 } from "./sha256.js";

/** @param {import("./outbox.js").Outbox} outbox @returns {string} the file's text */
export function outboxText(outbox) {
  const records = outbox.entries().map(({ position, revision, response, marked, made_at }) => ({ position, revision, response, marked, made_at }));
  const file = { format: "examsite-outbox-1", attempt: outbox.attempt, saved_at: Date.now(), records, digest: sha256(canonical(records)) };
  return JSON.stringify(file, null, 1);
}

/** Offer the file as a download. @param {import("./outbox.js").Outbox} outbox */
export function saveOutbox(outbox) {
  const time = new Date().toLocaleTimeString("sv").replaceAll(":", "");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([outboxText(outbox)], { type: "application/json" }));
  link.download = `outbox-${outbox.attempt.slice(0, 8)}-${time}.json`;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A button that saves the file. @param {import("./outbox.js").Outbox} outbox @param {string} label */
export function saveButton(outbox, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.dataset.saveFile = "";
  button.textContent = label;
  button.addEventListener("click", () => saveOutbox(outbox));
  return button;
}

/** One spelling of a JSON value: sorted keys, no spaces; what the server hashes too.
 * @param {any} value @returns {string} */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}
