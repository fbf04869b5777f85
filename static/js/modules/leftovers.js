/** Says when this machine still holds answers that never arrived, and offers them as a file.  @param {HTMLElement} card */

import { saveButton } from "../lib/outbox-file.js";
import { Outbox } from "../lib/outbox.js";

export default async function leftovers(card) {
  const { attempt = "", left = "", save = "" } = card.dataset;
  const outbox = await Outbox.open(attempt);
  const place = card.querySelector("[data-left-over]");
  const count = outbox.newest(Infinity).length;
  if (!place || !count) return;
  place.textContent = left.replace("{n}", String(count));
  place.after(saveButton(outbox, save));
}
