/** What the invigilator says: shown once, without a sound and without taking the focus; kept in a list to read again.
 * @param {HTMLDetailsElement} list */

import { notify } from "../lib/notices.js";
import { openPaper } from "../lib/paper.js";
import { timeText } from "../lib/server-time.js";

export default async function messages(list) {
  const paper = await openPaper();
  const key = `read-${paper.attempt}`;
  const items = /** @type {HTMLElement} */ (list.querySelector("[data-messages]"));
  let read = Number(remembered(key));

  paper.on("message", ({ id, text, sent_at }) => {
    items.prepend(item(text, timeText(sent_at)));
    /** @type {HTMLElement} */ (list.querySelector("[data-count]")).textContent = String(items.children.length);
    list.hidden = false;
    if (id <= read) return; // read before the page was loaded again
    const line = notify(paper, `message-${id}`, `${timeText(sent_at)} ${paper.say("message_from")}${paper.say("colon")}${text}`, {
      closable: "message_read",
      onClose: () => remember(key, String((read = Math.max(read, id)))),
    });
    line.classList.add("notice-message");
  });
}

/** @param {string} text @param {string} time */
function item(text, time) {
  const line = document.createElement("li");
  const when = document.createElement("time");
  when.textContent = time;
  line.append(when, " ", text);
  return line;
}

/** @param {string} key */
function remembered(key) {
  try {
    return localStorage.getItem(key) ?? 0;
  } catch {
    return 0;
  }
}

/** @param {string} key @param {string} value */
function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Then a page that is loaded again shows its messages again.
  }
}
