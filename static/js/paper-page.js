/**
 * The paper's modules, imported statically: the browser runs all of them or, where one cannot be fetched, none.  Half a
 * paper that takes answers and does not send them cannot happen; without this script the form and its Save button work.
 */

import answerSheet from "./modules/answer-sheet.js";
import answers from "./modules/answers.js";
import countdown from "./modules/countdown.js";
import displaySettings from "./modules/display-settings.js";
import handIn from "./modules/hand-in.js";
import keyboard from "./modules/keyboard.js";
import leaveWatch from "./modules/leave-watch.js";
import messages from "./modules/messages.js";
import oneTab from "./modules/one-tab.js";
import paused from "./modules/paused.js";
import progress from "./modules/progress.js";
import saving from "./modules/saving.js";
import turn from "./modules/turn.js";

/** @type {Record<string, (element: any) => Promise<void>>} */
const modules = {
  "answer-sheet": answerSheet, answers, countdown, "display-settings": displaySettings, "hand-in": handIn, keyboard,
  "leave-watch": leaveWatch, messages, "one-tab": oneTab, paused, progress, saving, turn,
};

for (const element of document.querySelectorAll("[data-module]")) {
  for (const name of (element.getAttribute("data-module") ?? "").split(/\s+/)) modules[name](element);
}
