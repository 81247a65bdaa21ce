/* The grid on which a beginning is written, by the mouse or a finger, or note after note by keys. */
import {clip} from "./helpers.js";
import {eventsOf, noteName, notesOf} from "./melody.js";
import {lanes, path, svg} from "./roll.js";

const [LOW, HIGH] = [36, 96];
const [STEP, ROW] = [10, 10]; // units
const MOST_STEPS = 512;

export class Primer {
  events = [];
  length = 2; // steps of the next note
  bar = 16; // steps

  /* host: an element; changed(events) is called; struck(pitch) makes a note heard. */
  constructor(host, {changed, struck}) {
    this.host = host;
    this.changed = changed;
    this.struck = struck;
    this.rests = 0; // after the last note, before the next one that is entered
    this.#listen();
    this.show([]);
    host.parentElement.scrollTop = (HIGH - 76) * ROW;
  }

  /* Shows events, in bars of so many steps. */
  show(events, bar = this.bar) {
    this.events = events;
    this.bar = bar;
    this.rests = 0;
    this.#draw();
  }

  get notes() {
    return notesOf(this.events);
  }

  /* Adds a note, or silence, after the last one. */
  enter(pitch) {
    const at = this.events.length + this.rests;
    if (at + this.length > MOST_STEPS) return;
    if (pitch === null) {
      this.rests += this.length;
      return this.#draw();
    }
    this.struck(pitch);
    this.#set([...this.notes, {pitch, start: at, end: at + this.length}]);
    this.#reveal(at + this.length, pitch);
  }

  /* Scrolls so far that a place is seen. */
  #reveal(step, pitch) {
    const box = this.host.parentElement;
    const [x, y] = [(step / this.#steps) * box.scrollWidth, (HIGH - pitch) * ROW];
    if (x > box.scrollLeft + box.clientWidth) box.scrollLeft = x - box.clientWidth + 4 * STEP;
    if (y < box.scrollTop || y + ROW > box.scrollTop + box.clientHeight) box.scrollTop = y - box.clientHeight / 2;
  }

  /* Takes away what was entered last. */
  back() {
    if (this.rests) {
      this.rests = 0;
      return this.#draw();
    }
    if (this.events.length) this.#set(this.notes.slice(0, -1));
  }

  clear() {
    this.rests = 0;
    this.#set([]);
  }

  #set(notes) {
    this.events = eventsOf(notes);
    this.rests = 0;
    this.#draw();
    this.changed(this.events);
  }

  get #steps() {
    return Math.max(Math.ceil(32 / this.bar), Math.ceil((this.events.length + this.rests + 1) / this.bar)) * this.bar;
  }

  #draw() {
    const steps = this.#steps;
    const [width, height] = [steps * STEP, (HIGH - LOW + 1) * ROW];
    const [fine, beats, bars] = [[], [], []];
    for (let step = 0; step < steps; step++) {
      (step % this.bar === 0 ? bars : step % 4 === 0 ? beats : fine).push(`M${step * STEP} 0v${height}`);
    }
    let octaves = "";
    for (let pitch = LOW; pitch <= HIGH; pitch += 12) octaves += `M0 ${(HIGH - pitch + 1) * ROW}h${width}`;
    const notes = this.notes.map(({pitch, start, end}) => `M${start * STEP + 0.7} ${(HIGH - pitch) * ROW + 1}h${(end - start) * STEP - 1.4}v${ROW - 2}h${1.4 - (end - start) * STEP}z`);
    const at = (this.events.length + this.rests) * STEP;
    const labels = [];
    for (let pitch = LOW; pitch <= HIGH; pitch += 12) {
      const label = svg("text", {x: 2, y: (HIGH - pitch + 1) * ROW - 2});
      label.textContent = noteName(pitch);
      labels.push(label);
    }
    const picture = svg("svg", {viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false"},
      path("keys", lanes(LOW, HIGH, width)), path("steps", fine.join("")), path("c", octaves),
      path("beats", beats.join("")), path("bars", bars.join("")),
      path("notes", notes.join("")), ...labels, svg("rect", {class: "caret", x: at, width: 1.5, height}));
    picture.style.height = `${height}px`;
    picture.style.minWidth = `${width}px`;
    this.host.replaceChildren(picture);
    const names = this.notes.map(({pitch}) => noteName(pitch));
    document.getElementById("primer-words").textContent = names.length
      ? `${names.slice(-12).join(" ")} (${names.length} note${names.length === 1 ? "" : "s"}, ${this.events.length} steps)` : "";
  }

  #listen() {
    let held = null; // {pitch, start, others, fresh}
    const cell = (event) => {
      const box = this.host.firstElementChild.getBoundingClientRect();
      const steps = this.#steps;
      return {
        step: clip(Math.floor(((event.clientX - box.left) / box.width) * steps), 0, steps - 1),
        pitch: clip(HIGH - Math.floor(((event.clientY - box.top) / box.height) * (HIGH - LOW + 1)), LOW, HIGH),
      };
    };
    this.host.addEventListener("pointerdown", (event) => {
      if (event.button || event.pointerType === "touch") return; // a finger scrolls; its click writes
      held = this.#begin(cell(event));
      this.host.setPointerCapture(event.pointerId);
    });
    this.host.addEventListener("pointermove", (event) => {
      if (!held) return;
      const {step} = cell(event);
      if (step >= held.start && step + 1 !== held.end) {
        held.end = step + 1;
        this.#put(held);
      }
    });
    this.host.addEventListener("pointerup", () => {
      if (held) this.#settle(held);
      held = null;
    });
    this.host.addEventListener("pointercancel", () => { held = null; });
    this.host.addEventListener("click", (event) => {
      if (event.pointerType === "touch") this.#settle(this.#begin(cell(event)));
    });
  }

  /* A press on a note takes it away, elsewhere it begins one. */
  #begin({step, pitch}) {
    const notes = this.notes;
    const on = notes.find((note) => note.start <= step && step < note.end && note.pitch === pitch);
    if (on) return {gone: notes.filter((note) => note !== on)};
    const others = notes.filter((note) => note.start !== step).map((note) =>
      (note.start < step && note.end > step ? {...note, end: step} : note));
    const following = Math.min(MOST_STEPS, ...others.filter((note) => note.start > step).map((note) => note.start));
    const held = {pitch, start: step, end: Math.min(step + this.length, following), following, others};
    this.struck(pitch);
    this.#put(held);
    return held;
  }

  #put({pitch, start, end, following, others}) {
    if (!others) return;
    this.events = eventsOf([...others, {pitch, start, end: Math.min(end, following)}]);
    this.rests = 0;
    this.#draw();
  }

  #settle(held) {
    if (held.gone) this.#set(held.gone);
    else this.changed(this.events);
  }
}
