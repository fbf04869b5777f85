/** What the modules of the writing form share: its rows, its fields in order, text at the caret, and being changed by the
 * server, which alone knows what each kind's fields are. */

/** @param {Element} group @returns {HTMLElement[]} */
export const rowsOf = (group) => /** @type {HTMLElement[]} */ ([...group.querySelectorAll(":scope > [data-row]")]);

/** The text field of a row.  @param {Element} row @returns {HTMLInputElement | HTMLTextAreaElement} */
export const textOf = (row) => /** @type {HTMLInputElement} */ (row.querySelector("textarea, input:not([type=radio], [type=checkbox])"));

/** @param {HTMLElement} group */
export function renumber(group) {
  const prefix = group.dataset.prefix ?? "";
  const kind = group.dataset.rows ?? "";
  rowsOf(group).forEach((row, place) => {
    const field = textOf(row);
    field.name = field.id = `${prefix}${kind}-${place}`;
    for (const label of row.querySelectorAll("label[for]")) label.setAttribute("for", field.id);
    for (const letter of row.querySelectorAll("[data-letter]")) letter.textContent = "ABCDEFGH"[place];
    for (const number of row.querySelectorAll("[data-number]")) number.textContent = String(place + 1);
    const mark = row.querySelector("input[type=radio], input[type=checkbox]");
    if (mark instanceof HTMLInputElement) { mark.value = String(place); mark.id = `${prefix}right-${place}`; }
    for (const button of row.querySelectorAll("[data-act]")) {
      if (button instanceof HTMLButtonElement) button.value = `${prefix}${kind}-${place}-${button.dataset.act}`;
    }
  });
}

/** A new empty row behind the last.  @param {HTMLElement} group @returns {HTMLElement} */
export function addRow(group) {
  const last = rowsOf(group).at(-1);
  if (!last) throw new Error("a group of rows has at least one");
  const row = /** @type {HTMLElement} */ (last.cloneNode(true));
  // Two marked radio buttons of one name: the browser would take the mark from the first.
  for (const mark of row.querySelectorAll("input[type=radio], input[type=checkbox]")) {
    mark.removeAttribute("checked");
    /** @type {HTMLInputElement} */ (mark).checked = false;
  }
  textOf(row).value = textOf(row).defaultValue = "";
  last.after(row);
  renumber(group);
  return row;
}

/** Tell the other modules that something was typed.  @param {HTMLElement} form */
export const typed = (form) => form.dispatchEvent(new Event("input", { bubbles: true }));

/** The field after this one, as Tab goes.  @param {HTMLFormElement} form @param {Element} from */
export function focusNext(form, from) {
  const fields = [...form.elements].filter((one) => one instanceof HTMLElement && !one.matches("fieldset, output, [type=hidden], [tabindex='-1']") && one.offsetParent);
  const next = fields.find((one) => from.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING && !from.contains(one));
  if (next instanceof HTMLElement) next.focus();
}

/** Put text where the caret is, so that Ctrl+Z takes it back; `select` is the part to be selected then.
 * @param {HTMLTextAreaElement | HTMLInputElement} field @param {string} text @param {string} [select] */
export function insert(field, text, select = "") {
  field.focus();
  const start = field.selectionStart ?? field.value.length;
  if (!document.execCommand("insertText", false, text)) {
    field.setRangeText(text, start, field.selectionEnd ?? start, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const at = select ? start + text.indexOf(select) : -1;
  if (at >= start) field.setSelectionRange(at, at + select.length);
}

/** Have the server change the form as its button of this value would, and show what it answers.  False where it could not.
 * @param {HTMLFormElement} form @param {string} command @param {FormData} [data] */
export async function reshape(form, command, data = new FormData(form)) {
  data.set("change", command);
  data.delete("picture_file");
  form.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.action || location.href, { method: "POST", body: data, credentials: "same-origin", redirect: "error" });
    if (!response.ok) return false;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("#writing .writing-fields");
    const here = form.querySelector(".writing-fields");
    if (!fresh || !here) return false;
    here.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
    form.dispatchEvent(new CustomEvent("reshaped", { detail: { command } }));
    typed(form);
    return true;
  } catch {
    return false;
  } finally {
    form.removeAttribute("aria-busy");
  }
}
