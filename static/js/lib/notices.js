/**
 * Lines for the candidate, above the question and in the screen reader's ear.  One line a name: saying it again
 * replaces it.
 */

/**
 * @param {{say: (key: string) => string}} paper
 * @param {string} name
 * @param {string} text
 * @param {{tone?: "info" | "warning" | "danger" | "success", urgent?: boolean, stay?: number, closable?: boolean}} [options]
 *   stay: milliseconds after which the line goes by itself, 0 = until dismissed
 * @returns {HTMLElement}
 */
export function notify(paper, name, text, { tone = "info", urgent = false, stay = 0, closable = false } = {}) {
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
  if (closable) line.append(closeButton(line, paper.say("close")));
  shelf.append(line);
  announce(text, urgent);
  if (stay) setTimeout(() => line?.remove(), stay);
  return line;
}

/** @param {string} name */
export function dismiss(name) {
  document.querySelector(`[data-notices] [data-name="${name}"]`)?.remove();
}

/** Say something to screen readers only. @param {string} text @param {boolean} urgent */
export function announce(text, urgent = false) {
  const region = document.querySelector(urgent ? "[data-say-now]" : "[data-say]");
  if (region) region.textContent = text;
}

/** @param {HTMLElement} line @param {string} label */
function closeButton(line, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet";
  button.textContent = label;
  button.addEventListener("click", () => line.remove());
  return button;
}
