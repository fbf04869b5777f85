/** Unsaved typing survives a reload: kept while typing, brought back through the server, forgotten once it was saved.
 * @param {HTMLFormElement} form */

import { forget, forgetOthers, read, write } from "../lib/kept-drafts.js";
import { reshape } from "../lib/writing-form.js";

const LEFT_OUT = new Set(["csrf_token", "picture_file", "pasted", "change"]);

export default async function keepTyping(form) {
  const key = form.dataset.draft ?? "";
  const [person] = key.split(":");
  let timer = 0;
  let changed = "typed" in form.dataset;
  forgetOthers(person);
  if ("saved" in form.dataset) {
    forget(key);
    // The next reload of this address is not a save.
    const address = new URL(location.href);
    address.searchParams.delete("saved");
    history.replaceState(null, "", address);
  }
  const draft = read(key);
  if (draft && !changed && JSON.stringify(draft.entries) !== JSON.stringify(entries())) await restore(draft.entries);

  form.addEventListener("input", () => {
    changed = true;
    clearTimeout(timer);
    timer = window.setTimeout(keep, 250);
  });
  // A quick hand typed before this module was there.
  if (isTyped()) {
    changed = true;
    keep();
  }
  window.addEventListener("pagehide", keep);
  form.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-forget]")) return;
    changed = false;
    clearTimeout(timer);
    forget(key);
    location.replace(location.href);
  });

  function keep() {
    if (changed) write(key, entries());
  }

  function isTyped() {
    return [...form.elements].some(
      (field) => (field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && field.type === "text")) && !LEFT_OUT.has(field.name) && field.value !== field.defaultValue,
    );
  }

  /** @returns {[string, string][]} */
  function entries() {
    return [...new FormData(form)].flatMap(([name, value]) => (typeof value === "string" && !LEFT_OUT.has(name) ? [[name, value]] : []));
  }

  /** @param {[string, string][]} kept */
  async function restore(kept) {
    const data = new FormData();
    data.set("csrf_token", String(new FormData(form).get("csrf_token")));
    for (const [name, value] of kept) data.append(name, value);
    if (!(await reshape(form, "show", data))) return;
    changed = true;
    const line = document.getElementById("restored");
    if (line) line.hidden = false;
    document.getElementById("stem")?.focus();
  }
}
