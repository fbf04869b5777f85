/** What is typed, as the candidate will see it, and what the check says of it, half a second after the last key.
 * A finding stands beside its field once the field was left; the list has all of them.  @param {HTMLFormElement} form */

const QUIET = 450;

export default function livePreview(form) {
  let timer = 0;
  let asked = 0;
  let said = "";
  /** @type {Map<string, any[]>} */
  let found = new Map();
  const visited = new Set([...form.querySelectorAll("[data-notes] .finding")].map((one) => one.closest("[data-notes]")?.getAttribute("data-notes")));

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(ask, QUIET);
  });
  form.addEventListener("focusout", (event) => {
    const field = event.target instanceof Element ? event.target.closest(".field") : null;
    const notes = field?.querySelector("[data-notes]")?.getAttribute("data-notes");
    if (!notes || visited.has(notes)) return;
    visited.add(notes);
    place(notes);
  });

  // The server finds fault with every field; here only those that were left are told.
  form.addEventListener("reshaped", () => {
    for (const notes of form.querySelectorAll("[data-notes]")) {
      const anchor = notes.getAttribute("data-notes") ?? "";
      if (visited.has(anchor)) continue;
      notes.replaceChildren();
      document.getElementById(anchor)?.removeAttribute("aria-invalid");
    }
  });

  async function ask() {
    const turn = ++asked;
    const data = new FormData(form);
    data.delete("picture_file");
    let body;
    try {
      const response = await fetch(form.dataset.preview ?? "", { method: "POST", body: data, headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!response.ok) return;
      body = await response.json();
    } catch {
      return; // The next key asks again; what is typed is kept on this machine.
    }
    if (turn !== asked) return;
    fill("[data-preview-body]", body.preview);
    fill("[data-findings]", body.summary);
    found = new Map();
    for (const finding of body.findings) found.set(finding.anchor, [...(found.get(finding.anchor) ?? []), finding]);
    for (const notes of form.querySelectorAll("[data-notes]")) place(notes.getAttribute("data-notes") ?? "");
    const count = form.querySelector("[data-findings] .findings-count")?.textContent?.trim() ?? "";
    const status = form.querySelector("[data-said]");
    if (status && count !== said) status.textContent = said = count;
  }

  /** @param {string} selector @param {string} html  rendered and sanitised by the server */
  function fill(selector, html) {
    const target = form.querySelector(selector);
    if (target) target.innerHTML = html;
  }

  /** @param {string} anchor */
  function place(anchor) {
    const notes = document.getElementById(`${anchor}-notes`);
    if (!notes || !visited.has(anchor)) return;
    const own = found.get(anchor) ?? [];
    notes.replaceChildren(...own.map((finding) => {
      const line = document.createElement("p");
      line.className = `finding finding-${finding.severity}`;
      line.textContent = finding.message;
      return line;
    }));
    const control = document.getElementById(anchor);
    if (control instanceof HTMLFieldSetElement) return;
    if (own.some((finding) => finding.severity === "error")) control?.setAttribute("aria-invalid", "true");
    else control?.removeAttribute("aria-invalid");
  }
}
