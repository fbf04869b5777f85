/**
 * A form that is typed in field by field: Enter leads to the next field instead of sending the form, from the last one to
 * its button.  In texts of many lines Enter stays a line break.
 *
 * @param {HTMLFormElement} form
 */
export default function start(form) {
  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLInputElement)) return;
    event.preventDefault();
    const fields = [...form.elements].filter((one) => one.type !== "hidden" && !one.disabled && one.tagName !== "FIELDSET");
    const next = fields[fields.indexOf(field) + 1];
    next?.focus();
    if (next instanceof HTMLInputElement && next.type === "text") next.select();
  });
}
