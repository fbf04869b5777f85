/** Handing in: counts what is missing, asks twice, and at zero does it by itself.  @param {HTMLAnchorElement} link */

import { openPaper } from "../lib/paper.js";
import { HandIn } from "../lib/hand-in.js";
import { saveButton } from "../lib/outbox-file.js";
import { timeText } from "../lib/server-time.js";

/** At zero, hand-ins that carry nothing are spread over this time (ms). */
const SPREAD = 1500;

export default async function handIn(link) {
  const paper = await openPaper();
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("hand-in"));
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (dialog.querySelector(`[data-${name}]`));
  const act = new HandIn(paper);

  const step = (/** @type {string} */ name) => {
    for (const section of dialog.querySelectorAll("[data-step]")) {
      /** @type {HTMLElement} */ (section).hidden = /** @type {HTMLElement} */ (section).dataset.step !== name;
    }
    const title = dialog.querySelector(`[data-step="${name}"] h2`);
    dialog.setAttribute("aria-labelledby", title?.id ?? "");
    /** @type {HTMLElement | null} */ (dialog.querySelector(`[data-step="${name}"] [autofocus], [data-step="${name}"] [data-stay], [data-step="${name}"] [tabindex]`))?.focus();
  };
  const count = () => {
    const missing = paper.unanswered();
    part("unanswered").textContent = missing.length ? paper.say("unanswered_some", { n: missing.length }) : paper.say("unanswered_none");
    part("jump").replaceChildren(...missing.slice(0, 60).map((position) => jump(position)));
    const partly = paper.partly().length;
    part("partly").textContent = partly ? paper.say("partly_some", { n: partly }) : "";
    const marked = paper.positions.filter(({ position }) => paper.held(position).marked).length;
    part("marked").textContent = marked ? paper.say("marked_some", { n: marked }) : "";
    part("again").textContent = ["unanswered", "partly", "marked"].map((name) => part(name).textContent).filter(Boolean).join(paper.say("comma"));
    const unsent = paper.outbox.newest(Infinity).length;
    part("unsent").textContent = unsent ? paper.say("unsent_some", { n: unsent }) : "";
    countEarly();
  };
  const countEarly = () => {
    const early = paper.data.earliest_hand_in && paper.clock.now() < paper.data.earliest_hand_in;
    part("early").hidden = !early;
    if (early) part("early").textContent = paper.say("too_early", { time: timeText(paper.data.earliest_hand_in) });
    /** @type {HTMLButtonElement} */ (part("on")).disabled = Boolean(early);
  };
  setInterval(() => { if (dialog.open) countEarly(); }, 1000);
  const jump = (/** @type {number} */ position) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-number";
    button.textContent = String(position);
    button.setAttribute("aria-label", paper.say("number", { n: position }));
    button.addEventListener("click", () => { dialog.close(); paper.emit("go", { position }); });
    return button;
  };
  const go = async (/** @type {"candidate" | "clock"} */ by) => {
    step("going");
    part("give-up").hidden = true;
    part("time-up").hidden = true;
    part("tools").replaceChildren();
    const finished = await act.run(by, (text, failing) => {
      part("going").textContent = text;
      if (failing) helpOut(by);
    });
    if (finished) location.replace(finished);
    else part("give-up").hidden = by === "clock";
  };

  /** The server cannot be reached: what that means, and the file. @param {"candidate" | "clock"} by */
  const helpOut = (by) => {
    part("time-up").hidden = by !== "clock" || !paper.outbox.durable;
    if (paper.outbox.size && !part("tools").firstChild) part("tools").append(saveButton(paper.outbox, paper.say("save_file")));
  };

  link.addEventListener("click", (event) => {
    event.preventDefault();
    if (paper.locked && paper.locked !== "time-up") return;
    paper.collect();
    count();
    step("count");
    dialog.showModal();
  });
  part("on").addEventListener("click", () => step("sure"));
  part("hand-in").addEventListener("click", () => go("candidate"));
  dialog.addEventListener("cancel", (event) => { if (act.running || paper.locked === "time-up") event.preventDefault(); });
  dialog.addEventListener("close", () => {
    if (paper.locked === "time-up") dialog.showModal(); // a second Escape closes any dialog
    else act.cancel();
  });

  const timeUp = () => {
    part("going-title").textContent = paper.say("time_up");
    if (!dialog.open) dialog.showModal();
    act.cancel();
    step("going");
    // Those with nothing left to send do not all knock in the same moment.
    setTimeout(() => go("clock"), paper.outbox.size ? 0 : Math.random() * SPREAD);
  };
  paper.on("unlock", () => {
    link.removeAttribute("aria-disabled");
    part("going-title").textContent = paper.say("handing_in");
    if (dialog.open) dialog.close();
  });
  paper.on("lock", ({ reason }) => {
    link.setAttribute("aria-disabled", "true");
    if (reason === "time-up") timeUp();
    else if (dialog.open) dialog.close();
  });
  if (paper.locked === "time-up") timeUp();
}
