/** The waiting page: counts down by the server's clock, and opens the paper by itself; a server that is busy or out of
 * reach at that moment is asked again.  @param {HTMLElement} card */

import { Unreachable, getJson } from "../lib/http.js";
import { backOff } from "../lib/sender.js";
import { ServerClock, clockText, pageTravel } from "../lib/server-time.js";

/** Rooms open within this many milliseconds, every attempt at a moment of its own. */
const SPREAD = 3000;
/** How often the page asks whether the start was moved, with up to half as much again. */
const ASK_EVERY = 40_000;
/** Where a person has to do something first, the page tries again after this time. */
const REFUSED_EVERY = 8000;
/** An invigilator's consent may come, and a sitting may become ready. */
const MAY_CHANGE = ["takeover-needs-consent", "not-open"];

export default function waiting(card) {
  document.documentElement.dataset.enhanced = "";
  const { attempt = "", serverTime, standing = "", busy = "", offline = "" } = /** @type {Record<string, string>} */ (card.dataset);
  let opens = Number(card.dataset.opens);
  const left = card.querySelector("[data-left]");
  const said = /** @type {HTMLElement} */ (card.querySelector("[data-said]"));
  const form = /** @type {HTMLFormElement} */ (card.querySelector("[data-open]"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  const clock = new ServerClock(Number(serverTime), pageTravel());
  const spread = (parseInt(attempt.slice(0, 8), 16) / 2 ** 32) * SPREAD || 0;
  let opening = false;
  let refused = false;

  const say = (/** @type {string} */ text) => { if (said.textContent !== text) said.textContent = text; };
  const open = async (/** @type {number} */ failures) => {
    opening = true;
    button.disabled = true;
    let wait = backOff(failures + 1);
    try {
      const { status, body, retryAfter } = await post(form);
      if (status === 200 && body.url) return location.assign(body.url);
      if (status === 401 || status === 400 || status === 404) return form.submit(); // the page it leads to says what to do
      say(status === 409 ? body.message ?? "" : busy);
      if (status === 409) ask();
      if (status === 409 && !MAY_CHANGE.includes(body.code)) {
        button.disabled = false;
        opening = false;
        refused = true; // for this machine: the candidate tries again when somebody has seen to it
        return;
      }
      if (status === 409) wait = REFUSED_EVERY;
      wait = Math.max(wait, retryAfter);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      say(offline);
    }
    setTimeout(() => open(failures + 1), wait);
  };
  const tick = () => {
    if (card.dataset.phase !== "not_open") return;
    const remaining = opens - clock.now();
    if (left) left.textContent = clockText(remaining);
    button.disabled = opening || remaining > 0;
    if (remaining > 0 || opening || refused) return;
    opening = true;
    setTimeout(() => open(0), spread);
  };
  const ask = async () => {
    try {
      const { status, body, sent, received } = await getJson(standing);
      if (status !== 200) return;
      clock.learn(body.server_time, sent, received);
      if (body.phase === "closed" || body.opens !== opens) location.reload(); // put off, brought forward or cancelled
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error; // the countdown goes on without it
    }
  };
  const again = () => setTimeout(async () => { await ask(); again(); }, ASK_EVERY * (1 + Math.random() / 2));

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!opening) open(0);
  });
  if (card.dataset.phase !== "not_open") return;
  setInterval(tick, 250);
  again();
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") ask(); });
  tick();
}

/** @param {HTMLFormElement} form */
async function post(form) {
  let response;
  try {
    response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "error", cache: "no-store" });
  } catch (error) {
    throw new Unreachable(String(error));
  }
  const retryAfter = (Number(response.headers.get("Retry-After")) || 0) * 1000;
  return { status: response.status, body: await response.json().catch(() => ({})), retryAfter };
}
