/** The fields of one question in the form, read and written as a response. */

/** @returns {HTMLElement[]} every question of the page, in order */
export function questions() {
  return [...document.querySelectorAll("[data-position]")].filter((element) => element instanceof HTMLElement);
}

/** @param {number} position @returns {HTMLElement} */
export function question(position) {
  return /** @type {HTMLElement} */ (document.getElementById(`q${position}`));
}

/** The parts of a question, each a set of fields of its own.  @param {HTMLElement} fields @returns {HTMLElement[]} */
export function partsOf(fields) {
  return [...fields.querySelectorAll("[data-part]")].filter((element) => element instanceof HTMLElement);
}

/** @param {HTMLElement} fields of a question or of a part @returns {object | null} null where nothing is entered */
export function readResponse(fields) {
  if (fields.dataset.shape === "parts") {
    const parts = partsOf(fields).map(readResponse);
    return parts.some(Boolean) ? { parts } : null;
  }
  const chosen = choices(fields).filter((input) => input.checked).map((input) => input.value);
  switch (fields.dataset.shape) {
    case "options":
      return chosen.length ? { options: chosen } : null;
    case "truth":
      return chosen.length ? { truth: chosen[0] === "true" } : null;
    case "blanks": {
      const blanks = blankInputs(fields).map((input) => input.value);
      return blanks.some(Boolean) ? { blanks } : null;
    }
    case "number": {
      const { value } = numberInput(fields);
      return value ? { number: value } : null;
    }
    default: {
      const { value } = /** @type {HTMLTextAreaElement} */ (fields.querySelector("textarea"));
      return value ? { text: value } : null;
    }
  }
}

/** @param {HTMLElement} fields @param {any} response */
export function writeResponse(fields, response) {
  switch (fields.dataset.shape) {
    case "parts":
      partsOf(fields).forEach((part, index) => writeResponse(part, response?.parts?.[index] ?? null));
      break;
    case "number":
      numberInput(fields).value = response?.number ?? "";
      break;
    case "options":
      for (const input of choices(fields)) input.checked = Boolean(response?.options?.includes(input.value));
      break;
    case "truth":
      for (const input of choices(fields)) input.checked = response ? input.value === String(response.truth) : false;
      break;
    case "blanks":
      blankInputs(fields).forEach((input, index) => { input.value = response?.blanks?.[index] ?? ""; });
      break;
    default:
      /** @type {HTMLTextAreaElement} */ (fields.querySelector("textarea")).value = response?.text ?? "";
  }
}

/** @param {HTMLElement} fields @returns {HTMLInputElement[]} */
export function choices(fields) {
  return [...fields.querySelectorAll(".option input")].filter((input) => input instanceof HTMLInputElement);
}

/** @param {HTMLElement} fields @returns {HTMLInputElement} */
function numberInput(fields) {
  return /** @type {HTMLInputElement} */ (fields.querySelector("input.number-answer"));
}

/** @param {HTMLElement} fields @returns {HTMLInputElement[]} */
function blankInputs(fields) {
  return [...fields.querySelectorAll("input.blank")].filter((input) => input instanceof HTMLInputElement);
}
