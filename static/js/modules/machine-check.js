/** Checks of this machine before the start: browser, storage, connection, clock, window.  Each says what it found and,
 * where it is not in order, what to do.  @param {HTMLElement} card */

import { Unreachable, getJson } from "../lib/http.js";
import { Outbox } from "../lib/outbox.js";
import { ServerClock, pageTravel } from "../lib/server-time.js";

const CLOCK_TOLERANCE = 60; // seconds
const TRIPS = 3;
const SLOW = 1500; // ms
const AGAIN = 5000; // ms, while the server cannot be reached

export default async function machineCheck(card) {
  const text = JSON.parse(card.querySelector("[data-texts]")?.textContent ?? "{}");
  /** @param {string} name @param {"good" | "fair" | "bad"} verdict @param {string} found @param {string} [advice] */
  const say = (name, verdict, found, advice = "") => {
    const line = /** @type {HTMLElement} */ (card.querySelector(`[data-check="${name}"]`));
    line.dataset.verdict = verdict;
    /** @type {HTMLElement} */ (line.querySelector("[data-found]")).textContent = found;
    /** @type {HTMLElement} */ (line.querySelector("[data-advice]")).textContent = advice;
  };
  const fill = (/** @type {string} */ key, /** @type {string | number} */ n) => text[key].replace("{n}", String(n));

  const length = (/** @type {number} */ seconds) => {
    if (seconds < 120) return fill("seconds", seconds);
    return seconds < 7200 ? fill("minutes", Math.round(seconds / 60)) : fill("hours", Math.round(seconds / 3600));
  };

  const lacks = missing();
  say("browser", lacks.length ? "bad" : "good", lacks.length ? fill("lacks", lacks.join(", ")) : text.good, lacks.length ? text.browser_advice : "");
  const size = `${innerWidth} × ${innerHeight}`;
  say("window", innerWidth >= 320 && innerHeight >= 400 ? "good" : "fair", size, innerWidth >= 320 && innerHeight >= 400 ? "" : text.window_advice);

  const kind = await storage();
  if (kind === "disk") say("storage", "good", text.good);
  else if (kind === "page") say("storage", "fair", text.storage_page, text.storage_page_advice);
  else say("storage", "bad", text.storage_none, text.storage_none_advice);

  const measure = async () => {
    try {
      const { trips, clock } = await reach(String(card.dataset.pulse), Number(card.dataset.serverTime));
      const median = Math.round(trips.sort((a, b) => a - b)[Math.floor(trips.length / 2)]);
      say("line", median <= SLOW ? "good" : "fair", fill("line_good", median), median <= SLOW ? "" : text.line_slow);
      const off = Math.round((Date.now() - clock.now()) / 1000);
      const apart = Math.abs(off) > CLOCK_TOLERANCE;
      const found = off ? text[off < 0 ? "clock_behind" : "clock_ahead"].replace("{t}", length(Math.abs(off))) : text.clock_same;
      say("clock", apart ? "fair" : "good", found, apart ? text.clock_advice : "");
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      say("line", "bad", text.line_bad, text.line_advice);
      setTimeout(measure, AGAIN);
    }
  };
  await measure();
}

/** Round trips in ms, and the server's clock as they tell it. @param {string} pulse @param {number} serverTime */
async function reach(pulse, serverTime) {
  const clock = new ServerClock(serverTime, pageTravel());
  const trips = [];
  for (let i = 0; i < TRIPS; i += 1) {
    const { status, body, sent, received } = await getJson(pulse);
    if (status >= 500) throw new Unreachable(String(status));
    clock.learn(body.server_time, sent, received);
    trips.push(received - sent);
  }
  return { trips, clock };
}

/** What the paper's page needs of a browser and this one lacks. @returns {string[]} */
function missing() {
  const needed = {
    fetch: "fetch" in window && "AbortController" in window,
    dialog: "HTMLDialogElement" in window && "showModal" in HTMLDialogElement.prototype,
    "CSS :has": CSS.supports("selector(:has(*))"),
    BroadcastChannel: "BroadcastChannel" in window,
    cookies: navigator.cookieEnabled,
  };
  return Object.entries(needed).filter(([, there]) => !there).map(([name]) => name);
}

/** Where a record really can be written and taken back. @returns {Promise<"disk" | "page" | "memory">} */
async function storage() {
  const outbox = await Outbox.open("machine-check");
  await outbox.add({ position: 1, revision: 1, response: null, marked: false, made_at: 0, wall: 0 });
  await outbox.settle({ position: 1, revision: 1 });
  return outbox.kind;
}
