/** Checks of this machine before the start: disk, line, clock, window.  @param {HTMLElement} card */

import { Outbox } from "../lib/outbox.js";
import { getJson } from "../lib/http.js";

const CLOCK_TOLERANCE = 60; // seconds

export default async function machineCheck(card) {
  const { good, bad } = /** @type {Record<string, string>} */ (card.dataset);
  const say = (/** @type {string} */ name, /** @type {boolean} */ fine, detail = "") => {
    const place = /** @type {HTMLElement} */ (card.querySelector(`[data-check="${name}"]`));
    place.textContent = `${fine ? "✓" : "!"} ${detail || (fine ? good : bad)}`;
    place.className = fine ? "is-good" : "is-bad";
  };
  say("window", innerWidth >= 320 && innerHeight >= 400);

  const source = /** @type {HTMLElement | null} */ (document.querySelector("[data-server-time]"));
  const off = Math.round(Math.abs(Date.now() - Number(source?.dataset.serverTime)) / 1000);
  const clock = /** @type {HTMLElement} */ (card.querySelector('[data-check="clock"]'));
  say("clock", true, off <= CLOCK_TOLERANCE ? "" : (clock.dataset.off ?? "").replace("{n}", String(off)));

  say("storage", (await Outbox.open("machine-check")).durable);
  try {
    const { status, sent, received } = await getJson(String(source?.dataset.pulse));
    say("line", status < 500, status < 500 ? `${good} · ${Math.round(received - sent)} ms` : "");
  } catch {
    say("line", false);
  }
}
