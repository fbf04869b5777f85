/** Pictures by button, by pasting or by dropping them on a text: kept in the bank at once, named in the text.
 * @param {HTMLFormElement} form */

import { insert } from "../lib/writing-form.js";

export default function addPicture(form) {
  let last = "stem";
  form.addEventListener("focusin", (event) => {
    if (event.target instanceof HTMLTextAreaElement && event.target.id !== "pasted") last = event.target.id;
  });
  form.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-picture-button]")) document.getElementById("picture_file")?.click();
  });
  form.addEventListener("change", async (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.id !== "picture_file") return;
    await addAll([...(input.files ?? [])], document.getElementById(last));
    input.value = "";
  });
  form.addEventListener("paste", (event) => take(event, event.clipboardData));
  form.addEventListener("drop", (event) => take(event, event.dataTransfer));

  /** @param {Event} event @param {DataTransfer | null} held */
  function take(event, held) {
    const files = [...(held?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (!files.length || !(event.target instanceof HTMLTextAreaElement)) return;
    event.preventDefault();
    addAll(files, event.target);
  }

  /** @param {File[]} files @param {Element | null} field */
  async function addAll(files, field) {
    for (const file of files) {
      const data = new FormData();
      data.set("csrf_token", String(new FormData(form).get("csrf_token")));
      data.set("picture_file", file, file.name || "图.png");
      let body = { text: "", message: "" };
      try {
        const response = await fetch(form.dataset.pictures ?? "", { method: "POST", body: data, headers: { Accept: "application/json" }, credentials: "same-origin" });
        body = await response.json();
      } catch {
        body = { text: "", message: form.dataset.unsent ?? "" };
      }
      say(body.text ? "" : body.message);
      if (body.text && field instanceof HTMLTextAreaElement) insert(field, body.text);
    }
  }

  /** @param {string} words */
  function say(words) {
    const line = form.querySelector("[data-picture-status]");
    if (line) line.textContent = words;
  }
}
