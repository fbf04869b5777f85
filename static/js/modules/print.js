/** A button that prints the page. @param {HTMLElement} button */
export default function print(button) {
  button.addEventListener("click", () => window.print());
}
