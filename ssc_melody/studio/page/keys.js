/* Notes by keys: the piano on the page, the computer's keyboard, a MIDI keyboard. */
import {noteName} from "./melody.js";

const TYPED = "awsedftgyhujkolp"; // from C on, as they lie on most keyboards
const BLACK = new Set([1, 3, 6, 8, 10]);
const SHOWN = 13;

export class Keys {
  octave = 60; // the C that the keys begin with
  typing = false;
  #access = null;

  /* enter(pitch) is called for a note, enter(null) for a rest, back() to take one away. */
  constructor(piano, {enter, back, say}) {
    Object.assign(this, {piano, enter, back, say});
    this.#build();
    piano.addEventListener("keydown", (event) => this.#walk(event));
    document.addEventListener("keydown", (event) => this.#typed(event));
  }

  move(by) {
    this.octave = Math.min(84, Math.max(24, this.octave + by));
    this.#build();
    this.say(`The keys begin with ${noteName(this.octave)}`);
  }

  #build() {
    this.piano.replaceChildren(...Array.from({length: SHOWN}, (_, index) => {
      const button = document.createElement("button");
      const pitch = this.octave + index;
      button.type = "button";
      button.className = BLACK.has(index % 12) ? "black" : "";
      button.textContent = index % 12 ? "" : noteName(pitch);
      button.setAttribute("aria-label", noteName(pitch));
      button.tabIndex = index ? -1 : 0;
      button.addEventListener("click", () => this.enter(pitch));
      return button;
    }));
  }

  /* Arrows go from key to key: one stop for Tab. */
  #walk(event) {
    const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    const buttons = [...this.piano.children];
    const at = buttons.indexOf(event.target);
    if (!by || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = buttons[(at + by + buttons.length) % buttons.length];
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  #typed(event) {
    if (!this.typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("input:not([type=range]):not([type=radio]):not([type=checkbox]), select, textarea")) return;
    const key = event.key.toLowerCase();
    const index = key.length === 1 ? TYPED.indexOf(key) : -1;
    if (index >= 0) this.enter(this.octave + index);
    else if (key === "r") this.enter(null);
    else if (key === "z") this.move(-12);
    else if (key === "x") this.move(12);
    else if (key === "backspace") this.back();
    else if (key === "escape") document.getElementById("typing").click();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /* Listens to all MIDI keyboards, or no longer; returns whether it does. */
  async midi() {
    if (this.#access) {
      for (const input of this.#access.inputs.values()) input.onmidimessage = null;
      this.#access.onstatechange = null;
      this.#access = null;
      this.say("MIDI keyboards are not heard any more");
      return false;
    }
    if (!navigator.requestMIDIAccess) {
      this.say("This browser knows no MIDI keyboards", true);
      return false;
    }
    try {
      this.#access = await navigator.requestMIDIAccess();
    } catch {
      this.say("The browser does not allow MIDI keyboards", true);
      return false;
    }
    const listen = () => {
      for (const input of this.#access.inputs.values()) {
        input.onmidimessage = ({data: [status, pitch, velocity]}) => {
          if ((status & 0xf0) === 0x90 && velocity) this.enter(pitch);
        };
      }
    };
    listen();
    this.#access.onstatechange = listen;
    const count = this.#access.inputs.size;
    this.say(count ? `${count} MIDI keyboard${count === 1 ? "" : "s"} heard` : "No MIDI keyboard yet: one that is plugged in is heard", !count);
    return true;
  }
}
