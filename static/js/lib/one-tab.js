/**
 * One paper, one tab.  A second tab of the same attempt says so instead of writing into the same outbox.  Web Locks
 * where the browser has them (secure pages); elsewhere the tabs ask one another over a BroadcastChannel.
 */

const PATIENCE = 1200; // a reloaded page may start before the old one has let go
const QUESTION = 400;

/**
 * @param {string} attempt
 * @param {() => void} onTaken  another tab has asked for the paper and gets it
 * @returns {Promise<boolean>} whether this tab may write
 */
export async function becomeOnlyTab(attempt, onTaken) {
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(`paper-${attempt}`) : null;
  const letGo = navigator.locks ? await lock(attempt) : await ask(channel);
  if (!letGo) return false;
  channel?.addEventListener("message", ({ data }) => {
    if (data.who) channel.postMessage({ here: true });
    if (data.give) {
      onTaken();
      letGo();
      channel.close();
    }
  });
  return true;
}

/** Ask the tab that has the paper to let go, then load it here. @param {string} attempt */
export function takeOver(attempt) {
  new BroadcastChannel(`paper-${attempt}`).postMessage({ give: true });
  setTimeout(() => location.reload(), QUESTION);
}

/** @param {string} attempt @returns {Promise<(() => void) | null>} how to let go; null where another tab holds it */
function lock(attempt) {
  const given = new AbortController();
  setTimeout(() => given.abort(), PATIENCE); // once granted, this changes nothing
  return new Promise((resolve) => {
    navigator.locks
      .request(`paper-${attempt}`, { signal: given.signal }, () => new Promise((release) => resolve(() => release(undefined))))
      .catch(() => resolve(null));
  });
}

/** @param {BroadcastChannel | null} channel @returns {Promise<(() => void) | null>} */
function ask(channel) {
  if (!channel) return Promise.resolve(() => {});
  const mine = Math.random();
  return new Promise((resolve) => {
    /** @param {MessageEvent} event */
    const hear = ({ data }) => {
      if (data.here) resolve(null);
      // Two tabs that ask in the same moment, as after a restored session: the smaller number has it.
      if (data.who > mine) channel.postMessage({ here: true });
    };
    channel.addEventListener("message", hear);
    setTimeout(() => {
      channel.removeEventListener("message", hear);
      resolve(() => {});
    }, QUESTION);
    channel.postMessage({ who: mine });
  });
}
