/**
 * Lines for the candidate, above the question and in the screen reader's ear.  One line a name: saying it again
 * replaces it.
 */

/**
 * @param {{say: (key: string) => string}} paper
 * @param {string} name
 * @param {string} text
 * @param {{tone?: "info" | "warning" | "danger" | "success", urgent?: boolean, stay?: number, closable?: boolean | string, onClose?: () => void}} [options]
 *   stay: milliseconds after which the line goes by itself, 0 = until dismissed; closable: may name the button's text
 * @returns {HTMLElement}
 */
export function notify(paper, name, text, { tone = "info", urgent = false, stay = 0, closable = false, onClose = () => {} } = {}) {
  const shelf = /** @type {HTMLElement} */ (document.querySelector("[data-notices]"));
  let line = /** @type {HTMLElement | null} */ (shelf.querySelector(`[data-name="${name}"]`));
  if (line?.dataset.text === text) return line;
  line?.remove();
  line = document.createElement("div");
  line.className = `notice notice-${tone}`;
  line.dataset.name = name;
  line.dataset.text = text;
  const words = document.createElement("p");
  words.textContent = text;
  line.append(words);
  if (closable) line.append(closeButton(line, paper.say(closable === true ? "close" : closable), onClose));
  shelf.append(line);
  announce(text, urgent);
  if (stay) setTimeout(() => line?.remove(), stay);
  return line;
}

/** @param {string} name */
export function dismiss(name) {
  document.querySelector(`[data-notices] [data-name="${name}"]`)?.remove();
}

/** Say something to screen readers only: one after the other, and again where it was said before.
 * @param {string} text @param {boolean} urgent */
export function announce(text, urgent = false) {
  const region = document.querySelector(urgent ? "[data-say-now]" : "[data-say]");
  if (!region) return;
  const line = document.createElement("p");
  line.textContent = text;
  region.append(line);
  while (region.children.length > MOST_SAID) region.firstElementChild?.remove();
}

/** Lines that a region for screen readers keeps; it speaks what is added, not what goes. */
const MOST_SAID = 5;

/** @param {HTMLElement} line @param {string} label @param {() => void} onClose */
function closeButton(line, label, onClose) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet";
  button.textContent = label;
  button.addEventListener("click", () => {
    line.remove();
    onClose();
  });
  return button;
}
