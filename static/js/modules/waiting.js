/** The waiting page: counts down by the server's clock and opens the paper by itself.  @param {HTMLElement} card */

import { Unreachable, getJson } from "../lib/http.js";
import { ServerClock, clockText, pageTravel } from "../lib/server-time.js";

/** Rooms open within this many milliseconds, not all in the same one. */
const SPREAD = 2500;
const ASK_EVERY = 20_000;

export default function waiting(card) {
  document.documentElement.dataset.enhanced = "";
  const { opens, serverTime, phase, pulse } = /** @type {Record<string, string>} */ (card.dataset);
  if (phase !== "not_open") return;
  const clock = new ServerClock(Number(serverTime), pageTravel());
  const left = card.querySelector("[data-left]");
  const form = /** @type {HTMLFormElement} */ (card.querySelector("[data-open]"));
  const spread = Math.random() * SPREAD;
  let opening = false;

  const tick = () => {
    const remaining = Number(opens) - clock.now();
    if (left) left.textContent = clockText(remaining);
    if (remaining > 0 || opening) return;
    opening = true;
    /** @type {HTMLButtonElement} */ (form.querySelector("button")).disabled = false;
    setTimeout(() => form.submit(), spread);
  };
  const ask = async () => {
    try {
      const { body, sent, received } = await getJson(pulse);
      clock.learn(body.server_time, sent, received);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error; // the countdown goes on without it
    }
  };
  setInterval(tick, 250);
  setInterval(ask, ASK_EVERY);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") ask(); });
  tick();
}
