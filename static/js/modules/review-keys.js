/** A, B, C and D choose an opinion; the same key again, or Enter, signs it.  Never while typing or with a modifier.
 * @param {HTMLFormElement} form */
export default function reviewKeys(form) {
  form.querySelector("[data-keys]")?.removeAttribute("hidden");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat || isTyping(event.target)) return;
    const code = event.key.toUpperCase();
    const button = /^[A-D]$/.test(code) && form.querySelector(`button[name="code"][value="${code}"]`);
    if (!(button instanceof HTMLButtonElement)) return;
    event.preventDefault();
    const comment = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("comment"));
    if (code !== "A" && !comment.value.trim()) comment.focus();
    else if (document.activeElement === button) button.click();
    else button.focus();
  });
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["radio", "checkbox", "button", "submit"].includes(target.type);
}
