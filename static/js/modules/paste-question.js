/** A whole question pasted into an empty stem (or over all of it) is split into the fields.  @param {HTMLFormElement} form */

import { reshape } from "../lib/writing-form.js";

const OPTIONS = /(?:^|\s)[（(【]?[AＡ][)）】]?\s*[.．、:：)）][\s\S]*\s[（(【]?[BＢ][)）】]?\s*[.．、:：)）]/;
const ANSWER = /^[ \t　【[]*(?:正确|标准|参考)?答案/m;

export default function pasteQuestion(form) {
  form.addEventListener("paste", async (event) => {
    const stem = event.target;
    if (!(stem instanceof HTMLTextAreaElement) || stem.id !== "stem") return;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const kept = stem.value.slice(0, stem.selectionStart) + stem.value.slice(stem.selectionEnd);
    if (kept.trim() || !(OPTIONS.test(text) || ANSWER.test(text))) return;
    event.preventDefault();
    const data = new FormData(form);
    data.set("pasted", text);
    if (await reshape(form, "paste", data)) document.getElementById("stem")?.focus();
    else stem.setRangeText(text, 0, stem.value.length, "end");
  });
}
