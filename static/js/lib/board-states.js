/**
 * Where one candidate stands, of the facts the board was told and the server's time: the same rules as
 * examsite/invigilation/board/states.py.
 */

/**
 * @typedef {object} Facts  instants in epoch ms or null
 * @property {number} id
 * @property {string} seat
 * @property {number | null} checkedIn @property {boolean} signedIn @property {boolean} absent
 * @property {number | null} started @property {number | null} heard @property {number | null} paused
 * @property {number | null} deadline @property {number | null} closed @property {string} closedBy
 * @property {number} answered @property {number} given @property {number} leaves @property {number} takeovers
 * @property {number} misconducts @property {boolean} incident @property {number} quarantined @property {number} messages
 *
 * @typedef {{offlineAfter: number, alertAfter: number, manyLeaves: number}} Limits
 */

/** @param {{fields: string[], rows: any[][]}} body  @returns {Facts[]} */
export function factsOf(body) {
  return body.rows.map((row) => /** @type {any} */ (Object.fromEntries(body.fields.map((name, i) => [name, row[i]]))));
}

/** @param {Facts} facts @param {number} now @param {Limits} limits @returns {string} */
export function stateOf(facts, now, limits) {
  if (facts.closed !== null) return facts.closedBy === "candidate" ? "handed-in" : "closed";
  if (facts.started === null) {
    if (facts.absent) return "absent";
    if (facts.signedIn) return "waiting";
    return facts.checkedIn === null ? "not-arrived" : "checked-in";
  }
  if (facts.paused !== null) return "paused";
  return silence(facts, now) > limits.offlineAfter ? "offline" : "answering";
}

/** How long (ms) the page has not been heard of. @param {Facts} facts @param {number} now */
export function silence(facts, now) {
  const heard = facts.heard ?? facts.started;
  return heard === null ? 0 : Math.max(0, now - heard);
}

/** Time left in ms, standing still during a pause; null where none runs. @param {Facts} facts @param {number} now */
export function remaining(facts, now) {
  if (facts.deadline === null || facts.closed !== null) return null;
  return Math.max(0, facts.deadline - (facts.paused ?? now));
}

/** What calls for a look. @param {Facts} facts @param {number} now @param {Limits} limits @returns {string[]} */
export function alertsOf(facts, now, limits) {
  const found = [];
  if (stateOf(facts, now, limits) === "offline" && silence(facts, now) > limits.alertAfter) found.push("offline");
  if (facts.leaves >= limits.manyLeaves && facts.closed === null) found.push("leaves");
  if (facts.incident && facts.closed === null) found.push("incident");
  if (facts.quarantined) found.push("quarantined");
  return found;
}
