/**
 * The live board: asks the server every few seconds, and is told nothing (304) while nothing changed.  Ages and times
 * left run in the page.  Only what newly calls for a look is spoken.
 */

import { alertsOf, factsOf, remaining, silence, stateOf } from "../lib/board-states.js";
import { ServerClock, clockText, pageTravel } from "../lib/server-time.js";

const EVERY = 4_000;
const TIMEOUT = 10_000;
const STALE_AFTER = 20_000;
const MOST_ALERTS = 20;
const MARKS = ["misconducts", "quarantined", "leaves", "takeovers", "messages"];

/** @param {HTMLElement} board */
export default function board(board) {
  const data = JSON.parse(document.getElementById("board-data")?.textContent ?? "{}");
  new Board(board, data).start();
}

class Board {
  /** @param {HTMLElement} element @param {any} data */
  constructor(element, data) {
    this.element = element;
    this.data = data;
    this.clock = new ServerClock(data.serverTime, pageTravel());
    this.etag = "";
    /** @type {import("../lib/board-states.js").Facts[]} */
    this.facts = [];
    this.heardAt = performance.now();
    this.spoken = new Set([...element.querySelectorAll("[data-alert]")].map((item) => item.getAttribute("data-alert")));
    /** @type {Map<number, Candidate>} */
    this.candidates = new Map();
    for (const part of element.querySelectorAll("[data-candidate]")) {
      if (part instanceof HTMLElement) this.candidates.set(Number(part.dataset.candidate), new Candidate(part, element));
    }
  }

  start() {
    this.read();
    setInterval(() => this.draw(), 1_000);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.read();
    });
  }

  /** Ask, and ask again a little later whatever came of it. */
  async read() {
    clearTimeout(this.next);
    const turn = (this.turn = (this.turn ?? 0) + 1);
    try {
      await this.ask();
    } catch (error) {
      console.warn("the board was not refreshed", error);
    }
    if (turn !== this.turn) return;
    this.next = setTimeout(() => this.read(), document.hidden ? EVERY * 5 : EVERY);
  }

  async ask() {
    const sent = performance.now();
    const response = await fetch(this.data.url, {
      headers: { Accept: "application/json", ...(this.etag ? { "If-None-Match": this.etag } : {}) },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout?.(TIMEOUT),
    });
    if (response.status === 401 || response.status === 404) window.location.reload();
    if (response.status !== 200 && response.status !== 304) throw new Error(String(response.status));
    this.clock.learn(Number(response.headers.get("X-Server-Time")), sent, performance.now());
    this.heardAt = performance.now();
    if (response.status === 304) return;
    this.facts = factsOf(await response.json());
    this.etag = response.headers.get("ETag") ?? "";
    this.draw();
  }

  /** Everything that depends on the time or on what was told. */
  draw() {
    const now = this.clock.now();
    this.drawStale();
    const shown = document.getElementById("board-clock");
    if (shown) setText(shown, localTime(now));
    if (!this.facts.length) return;
    /** @type {Record<string, number>} */
    const totals = {};
    const alerts = [];
    let moved = false;
    for (const facts of this.facts) {
      const candidate = this.candidates.get(facts.id);
      if (!candidate) continue; // of another room than the one that is shown
      moved ||= candidate.seat !== facts.seat;
      const state = stateOf(facts, now, this.data.limits);
      totals[state] = (totals[state] ?? 0) + 1;
      candidate.show(facts, state, now, this.data.texts);
      for (const code of alertsOf(facts, now, this.data.limits)) {
        alerts.push({ key: `${code}-${facts.id}`, code, candidate });
      }
    }
    this.moved = moved || (this.data.room === null && this.facts.length !== this.candidates.size);
    for (const item of this.element.querySelectorAll("[data-total]")) {
      const count = totals[item.getAttribute("data-total") ?? ""] ?? 0;
      setText(item.querySelector("[data-count]"), String(count));
      item.classList.toggle("is-zero", count === 0);
    }
    this.drawAlerts(alerts);
  }

  drawStale() {
    const note = document.getElementById("board-stale");
    if (!note) return;
    const stale = performance.now() - this.heardAt > STALE_AFTER;
    const text = stale ? this.data.texts.stale : this.moved ? this.data.texts.moved : "";
    setText(note.querySelector("[data-text]"), text);
    note.hidden = !text;
  }

  /** @param {{key: string, code: string, candidate: Candidate}[]} alerts */
  drawAlerts(alerts) {
    const list = document.getElementById("board-alerts");
    const look = this.element.querySelector("template[data-alert-look]");
    if (!list || !(look instanceof HTMLTemplateElement)) return;
    const keys = alerts.map((alert) => alert.key);
    const there = [...list.children].map((item) => item.getAttribute("data-alert"));
    const shown = keys.slice(0, MOST_ALERTS);
    if (shown.join() !== there.join()) {
      list.replaceChildren(
        ...alerts.slice(0, MOST_ALERTS).map((alert) => {
          const item = /** @type {HTMLElement} */ (look.content.firstElementChild?.cloneNode(true));
          item.dataset.alert = alert.key;
          const link = item.querySelector("a");
          if (link) {
            link.textContent = this.sentence(alert);
            link.href = alert.candidate.url;
          }
          return item;
        }),
      );
    }
    const none = document.getElementById("no-alerts");
    if (none) none.hidden = alerts.length > 0;
    const fresh = alerts.filter((alert) => !this.spoken.has(alert.key));
    this.spoken = new Set(keys);
    const live = document.getElementById("board-live");
    if (live && fresh.length) live.textContent = fresh.slice(0, 5).map((alert) => this.sentence(alert)).join(" ");
  }

  /** @param {{code: string, candidate: Candidate}} alert */
  sentence({ code, candidate }) {
    return String(this.data.alerts[code]).replace("{who}", candidate.who);
  }
}

class Candidate {
  /** @param {HTMLElement} element  a row of the list or a seat of the plan @param {HTMLElement} board */
  constructor(element, board) {
    this.element = element;
    this.board = board;
    this.who = element.dataset.who ?? "";
    this.seat = element.dataset.seat ?? "";
    this.state = element.dataset.state ?? "";
    this.url = element.querySelector("a")?.href ?? "";
    /** @type {Record<string, HTMLElement>} */
    this.fields = {};
    for (const field of element.querySelectorAll("[data-field]")) {
      if (field instanceof HTMLElement) this.fields[field.dataset.field ?? ""] = field;
    }
  }

  /** @param {any} facts @param {string} state @param {number} now @param {Record<string, string>} texts */
  show(facts, state, now, texts) {
    if (state !== this.state) this.changeState(state);
    const left = remaining(facts, now);
    setText(this.fields.answered, String(facts.answered));
    setText(this.fields.remaining, left === null ? texts.never : clockText(left));
    setText(this.fields.given, facts.given ? `+${Math.ceil(facts.given / 60)}` : "");
    const running = facts.started !== null && facts.closed === null;
    setText(this.fields.age, running ? ageText(silence(facts, now), texts) : texts.never);
    for (const name of MARKS) this.mark(name, facts[name]);
    this.mark("incident", facts.incident ? 1 : 0);
    this.filter(facts);
  }

  /** @param {string} state */
  changeState(state) {
    this.state = state;
    this.element.dataset.state = state;
    const look = this.board.querySelector(`template[data-state-look="${state}"]`);
    if (look instanceof HTMLTemplateElement) this.fields.state?.replaceChildren(look.content.cloneNode(true));
  }

  /** @param {string} name @param {number} count */
  mark(name, count) {
    const mark = this.element.querySelector(`[data-mark="${name}"]`);
    if (!(mark instanceof HTMLElement)) return;
    if (mark.hidden !== !count) mark.hidden = !count;
    setText(mark.querySelector("[data-count]"), String(count));
  }

  /** @param {any} facts */
  filter(facts) {
    const wanted = this.board.dataset.wanted;
    const out = Boolean(wanted) && (wanted === "misconduct" ? !facts.misconducts : wanted !== this.state);
    if (this.element instanceof HTMLTableRowElement) this.element.hidden = out;
    else this.element.classList.toggle("is-dim", out);
  }
}

/** @param {number} ms @param {Record<string, string>} texts */
function ageText(ms, texts) {
  const seconds = Math.floor(ms / 1000);
  return seconds < 100
    ? texts.seconds.replace("{n}", String(seconds))
    : texts.minutes.replace("{n}", String(Math.floor(seconds / 60)));
}

/** 09:00:05 where the server's page says the zone. @param {number} ms */
function localTime(ms) {
  const zone = document.getElementById("board-clock")?.dataset.zone || undefined;
  return new Date(ms).toLocaleTimeString("en-GB", { hour12: false, timeZone: zone });
}

/** Only what changed touches the page. @param {Element | null | undefined} element @param {string} text */
function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}
