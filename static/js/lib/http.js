/**
 * Requests to our own server, and what can come back.  A reply of any status is a Reply; only a request that got no
 * reply at all (cable, server down, time out) throws Unreachable.
 */

export class Unreachable extends Error {}

/**
 * @typedef {object} Reply
 * @property {number} status
 * @property {any} body  the JSON of the reply, or {} when it was not JSON
 * @property {number} sent  performance.now() when the request left
 * @property {number} received  performance.now() when the reply had come
 * @property {number} retryAfter  milliseconds the server asks us to wait, 0 when it asks nothing
 */

const TIMEOUT = 15_000;

/**
 * @param {string} url
 * @param {object} payload
 * @param {{lease?: string, keepalive?: boolean}} [options]
 * @returns {Promise<Reply>}
 */
export function postJson(url, payload, { lease = "", keepalive = false } = {}) {
  return request(url, lease, {
    method: "POST",
    body: JSON.stringify(payload),
    keepalive,
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
  });
}

/**
 * @param {string} url
 * @param {{lease?: string}} [options]
 * @returns {Promise<Reply>}
 */
export function getJson(url, { lease = "" } = {}) {
  return request(url, lease, { method: "GET", headers: {} });
}

/** @param {string} url @param {string} lease @param {RequestInit & {headers: Record<string, string>}} init */
async function request(url, lease, init) {
  const headers = { Accept: "application/json", ...init.headers };
  if (lease) headers["X-Lease"] = lease;
  const sent = performance.now();
  let response;
  let text;
  try {
    response = await fetch(url, {
      ...init,
      headers,
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: init.keepalive ? undefined : AbortSignal.timeout?.(TIMEOUT), // browsers before 2022 wait for the network
    });
    text = await response.text();
  } catch (error) {
    throw new Unreachable(String(error));
  }
  return {
    status: response.status,
    body: parsed(text),
    sent,
    received: performance.now(),
    retryAfter: seconds(response.headers.get("Retry-After")) * 1000,
  };
}

/** @param {string} text */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" ? value : {};
  } catch {
    return {};
  }
}

/** @param {string | null} header */
function seconds(header) {
  const value = Number(header);
  return Number.isFinite(value) && value > 0 ? Math.min(value, 120) : 0;
}

function csrfToken() {
  const field = document.querySelector('input[name="csrf_token"]');
  return field instanceof HTMLInputElement ? field.value : "";
}
