/**
 * The list of questions by keyboard: / to the search, j and k down and up, x ticks, Enter opens the question in focus.
 * Single keys do something only while they are switched on (WCAG 2.1.4); the choice stays on this machine.  One more
 * box at the head ticks all of the page.  Without this module every box and link works as it stands.
 * @param {HTMLElement} list
 */

const KEPT = "question-list-keys";

export default function questionList(list) {
  const boxes = [...list.querySelectorAll('input[name="version"]')];
  const links = [...list.querySelectorAll("tbody th[scope=row] > a")];
  tickAll(list, boxes);
  const keys = list.querySelector("[data-keys]");
  if (!keys) return;
  keys.closest("p").hidden = false;
  keys.checked = remembered();
  keys.addEventListener("change", () => remember(keys.checked));
  document.addEventListener("keydown", (event) => {
    if (!keys.checked || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
    const here = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
    if (event.key === "/") {
      document.getElementById(list.dataset.search)?.focus();
    } else if (event.key === "j") {
      links[Math.min(here + 1, links.length - 1)]?.focus();
    } else if (event.key === "k") {
      links[Math.max(here - 1, 0)]?.focus();
    } else if (event.key === "x" && here >= 0) {
      links[here].closest("tr").querySelector('input[name="version"]')?.click();
    } else {
      return;
    }
    event.preventDefault();
  });
}

/** @param {HTMLElement} list @param {HTMLInputElement[]} boxes */
function tickAll(list, boxes) {
  const head = list.querySelector("thead th");
  const page = list.querySelector("#scope-page");
  if (!boxes.length || !head || !page) return;
  const all = document.createElement("input");
  all.type = "checkbox";
  all.className = "form-check-input";
  all.setAttribute("aria-label", page.labels[0].textContent.trim());
  head.append(all);
  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
  });
  for (const box of boxes) box.addEventListener("change", show);
  show();
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio])"));
}

function remembered() {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
}

/** @param {boolean} on */
function remember(on) {
  try {
    localStorage.setItem(KEPT, on ? "on" : "off");
  } catch {
    // A browser that keeps nothing still has the keys for this page.
  }
}
