/** The question was saved: its typing need not be kept on this machine any more.  @param {HTMLElement} element */

import { forget } from "../lib/kept-drafts.js";

export default function forgetDraft(element) {
  forget(element.dataset.draft ?? "");
}
