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
  const mine = navigator.locks ? await lock(attempt) : await ask(channel);
  if (mine === null) return false;
  channel?.addEventListener("message", ({ data }) => {
    if (data === "who") channel.postMessage("here");
    if (data === "give") {
      onTaken();
      mine();
      channel.close();
    }
  });
  return true;
}

/** Ask the tab that has the paper to let go, then load it here. @param {string} attempt */
export function takeOver(attempt) {
  new BroadcastChannel(`paper-${attempt}`).postMessage("give");
  setTimeout(() => location.reload(), 500);
}

/** @param {string} attempt @param {BroadcastChannel | null} channel @returns {Promise<(() => void) | null>} how to let go */
function lock(attempt) {
  return new Promise((resolve) => {
    navigator.locks
      .request(`paper-${attempt}`, { signal: AbortSignal.timeout(PATIENCE) }, () => new Promise((release) => resolve(() => release(undefined))))
      .catch(() => resolve(null));
  });
}

/** @param {BroadcastChannel | null} channel @returns {Promise<(() => void) | null>} */
function ask(channel) {
  if (!channel) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    const answer = ({ data }) => { if (data === "here") resolve(null); };
    channel.addEventListener("message", answer);
    setTimeout(() => { channel.removeEventListener("message", answer); resolve(() => {}); }, QUESTION);
    channel.postMessage("who");
  });
}
