/** 答题卡: where the candidate is, what is answered, what is marked.  @param {HTMLElement} sheet */

import { isAnswered, isComplete, openPaper } from "../lib/paper.js";

export default async function answerSheet(sheet) {
  const paper = await openPaper();
  /** @type {Map<number, HTMLAnchorElement>} */
  const links = new Map(
    [...sheet.querySelectorAll("a[data-to]")].map((link) => [Number(/** @type {HTMLElement} */ (link).dataset.to), /** @type {HTMLAnchorElement} */ (link)]),
  );
  const toggle = /** @type {HTMLButtonElement} */ (document.querySelector("[data-show-sheet]"));
  const narrow = matchMedia("(max-width: 60rem)");

  const paint = (/** @type {number} */ position) => {
    const link = links.get(position);
    if (!link) return;
    const { response, marked } = paper.held(position);
    const answered = isAnswered(response);
    const partly = answered && !isComplete(response);
    link.classList.toggle("is-answered", answered);
    link.classList.toggle("is-partly", partly);
    link.classList.toggle("is-marked", marked);
    if (position === paper.current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    const words = [paper.say("number", { n: position }), paper.say(partly ? "number_partly" : answered ? "number_answered" : "number_unanswered"), ...(marked ? [paper.say("number_marked")] : [])];
    link.setAttribute("aria-label", words.join(" "));
  };
  const count = () => {
    for (const group of sheet.querySelectorAll(".sheet-kind")) {
      const all = [...group.querySelectorAll("a[data-to]")];
      const done = all.filter((link) => link.classList.contains("is-answered")).length;
      const place = group.querySelector("[data-kind-done]");
      if (place) place.textContent = `${done}/${all.length}`;
    }
  };
  const open = (/** @type {boolean} */ shown) => {
    document.documentElement.toggleAttribute("data-sheet-hidden", !shown);
    toggle.setAttribute("aria-expanded", String(shown));
  };

  for (const position of links.keys()) paint(position);
  count();
  open(!narrow.matches);
  narrow.addEventListener("change", () => open(!narrow.matches));

  let here = paper.current;
  paper.on("current", ({ position }) => {
    const before = here;
    here = position;
    paint(before);
    paint(position);
    const link = links.get(position);
    const group = link?.closest("details");
    if (group) group.open = true;
    if (!document.documentElement.hasAttribute("data-sheet-hidden")) link?.scrollIntoView({ block: "nearest" });
  });
  paper.on("answer", ({ position }) => { paint(position); count(); });

  sheet.addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest("a[data-to]");
    if (!(link instanceof HTMLElement)) return;
    event.preventDefault();
    if (narrow.matches) open(false);
    paper.emit("go", { position: Number(link.dataset.to) });
  });
  toggle.addEventListener("click", () => {
    const shown = document.documentElement.hasAttribute("data-sheet-hidden");
    open(shown);
    if (shown) (links.get(paper.current) ?? sheet).focus();
  });
  sheet.querySelector("[data-hide-sheet]")?.addEventListener("click", () => { open(false); toggle.focus(); });
  sheet.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && narrow.matches) { open(false); toggle.focus(); }
  });
}
