/**
 * What time it is at the server.  Only performance.now() carries it forward: the wall clock of the machine may be
 * wrong or be set during the examination, and is sent along as evidence only.
 */

/** A sample this much slower than the best one (ms) tells less than the clock already knows. */
const SLACK = 250;

export class ServerClock {
  /**
   * @param {number} serverTime  epoch ms written into the page
   * @param {{sent: number, received: number}} travel  performance.now() around the page's own request
   */
  constructor(serverTime, { sent, received }) {
    this._set(serverTime, sent, received);
  }

  /** Epoch ms at the server, as well as we know it. */
  now() {
    return this._base + performance.now();
  }

  /**
   * Take the server's time from a reply.  A slow round trip is used only when it contradicts what we have, as after
   * the machine slept.
   *
   * @param {number} serverTime @param {number} sent @param {number} received
   */
  learn(serverTime, sent, received) {
    if (!Number.isFinite(serverTime)) return;
    const trip = received - sent;
    const off = Math.abs(serverTime + trip / 2 - received - this._base);
    if (trip <= this._trip + SLACK || off > trip / 2 + this._trip / 2) this._set(serverTime, sent, received);
  }

  /** @param {number} serverTime @param {number} sent @param {number} received */
  _set(serverTime, sent, received) {
    this._trip = Math.max(0, received - sent);
    this._base = serverTime + this._trip / 2 - received;
  }
}

/** When the page's own request left and came, for the first reading. */
export function pageTravel() {
  const [navigation] = performance.getEntriesByType("navigation");
  if (navigation instanceof PerformanceNavigationTiming && navigation.responseStart > 0) {
    return { sent: navigation.requestStart, received: navigation.responseStart };
  }
  return { sent: performance.now(), received: performance.now() };
}

/** @param {number} instant  epoch ms @returns {string} the time of day on this machine's zone, 09:05 */
export function timeText(instant) {
  return new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false }).format(instant);
}

/** @param {number} ms  @returns {string} 1:05:09, or 05:09 below an hour; never below zero */
export function clockText(ms) {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const hours = Math.floor(total / 3600);
  const rest = [Math.floor((total % 3600) / 60), total % 60].map((part) => String(part).padStart(2, "0")).join(":");
  return hours ? `${hours}:${rest}` : rest;
}
