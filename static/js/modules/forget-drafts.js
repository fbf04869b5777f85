/** Who signs out leaves no question on this machine.  @param {HTMLFormElement} form */

import { forgetOthers } from "../lib/kept-drafts.js";

export default function forgetDrafts(form) {
  form.addEventListener("submit", () => forgetOthers());
}
