/**
 * A form that was sent is not sent again while its answer is awaited: an impatient second click would do the act twice.
 * The answer replaces the page; where it is a file to keep, the form is free again after a while.
 */

const RELEASED_AFTER_MS = 5000;

/** @param {HTMLElement} root */
export default function once(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") {
      return;
    }
    if ("sent" in form.dataset) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "";
    setTimeout(() => release(form), RELEASED_AFTER_MS);
  });
  // Back to a page that the browser kept: its forms may be sent once more.
  window.addEventListener("pageshow", () => root.querySelectorAll("form[data-sent]").forEach(release));
}

/** @param {HTMLFormElement} form */
function release(form) {
  delete form.dataset.sent;
}
