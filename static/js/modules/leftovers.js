/** On the receipt: says when this machine still holds answers that never arrived.  @param {HTMLElement} card */

import { Outbox } from "../lib/outbox.js";

export default async function leftovers(card) {
  const { attempt = "", left = "" } = card.dataset;
  const outbox = await Outbox.open(attempt);
  const place = card.querySelector("[data-said]");
  const count = outbox.newest(Infinity).length;
  if (place && count) place.textContent = left.replace("{n}", String(count));
}
