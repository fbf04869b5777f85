/** One button that ticks every box of its form.  @param {HTMLFormElement} form */

export default function chooseAll(form) {
  const button = form.querySelector("[data-choose]");
  if (!(button instanceof HTMLButtonElement)) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const box of form.querySelectorAll("input[type=checkbox]")) /** @type {HTMLInputElement} */ (box).checked = true;
  });
}
