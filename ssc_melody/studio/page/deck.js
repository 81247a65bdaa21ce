/* The player at the bottom: which melody, playing, position, tempo, loop, volume, sound. */
import {attribute, clip, minutes, noteShape, text} from "./helpers.js";
import {songOf} from "./melody.js";
import {Synth} from "./synth.js";
import {Transport} from "./transport.js";

const byId = (id) => document.getElementById(id);

export class Deck {
  current = null; // the melody

  /* hooks: melodies() lists them, card(melody) returns where one is shown, light(melody, quarters)
     colours what sounds of a score, say(words). */
  constructor(hooks) {
    this.hooks = hooks;
    this.transport = new Transport({
      ended: () => this.#ended(), changed: () => this.show(), moved: () => this.draw(),
    });
    for (const [name, voice] of Object.entries(Synth.VOICES)) {
      byId("voice").add(new Option(voice.title, name));
    }
    byId("play").addEventListener("click", () => this.toggle());
    byId("previous").addEventListener("click", () => this.previous());
    byId("next").addEventListener("click", () => this.step(1));
    byId("loop").addEventListener("click", () => this.loop());
    byId("tempo").addEventListener("input", (event) => { this.transport.percent = Number(event.target.value); });
    byId("volume").addEventListener("input", (event) => { this.transport.volume = event.target.value / 100; });
    byId("voice").addEventListener("change", (event) => { this.transport.voice = event.target.value; });
  }

  get playing() {
    return this.transport.playing;
  }

  /* Goes to a melody's beginning. */
  choose(melody, playing = this.playing) {
    this.current = melody;
    this.transport.load(melody && songOf(melody), playing);
    if (playing && melody) this.hooks.say(`Playing ${melody.name}`);
  }

  /* Keeps to what there is after melodies came, changed or went. */
  follow(melodies) {
    if (this.current && !melodies.includes(this.current)) {
      const same = melodies.find((melody) => melody.id === this.current.id);
      if (same && same.events === this.current.events) {
        this.current = same;
        this.transport.song = {...this.transport.song, title: same.name};
      } else this.choose(same ?? melodies[0] ?? null, false);
    } else if (!this.current && melodies.length) this.choose(melodies[0], false);
    this.show();
  }

  toggle(melody = this.current) {
    if (!melody) return;
    if (melody !== this.current) return this.choose(melody, true);
    if (this.playing) {
      this.transport.pause();
      this.hooks.say("Paused");
    } else {
      this.transport.play();
      this.hooks.say(`Playing ${melody.name}`);
    }
  }

  step(by) {
    const melodies = this.hooks.melodies();
    if (!melodies.length) return;
    const at = melodies.indexOf(this.current);
    this.choose(melodies[(at + by + melodies.length) % melodies.length]);
    this.hooks.card(this.current)?.scrollIntoView({block: "nearest"});
  }

  previous() {
    if (this.current && this.transport.seconds > 2) this.transport.seek(0);
    else this.step(-1);
  }

  loop() {
    this.transport.loop = !this.transport.loop;
    this.hooks.say(this.transport.loop ? "Loop on" : "Loop off");
    this.show();
  }

  #ended() {
    const melodies = this.hooks.melodies();
    const next = melodies[melodies.indexOf(this.current) + 1];
    if (next) return this.choose(next, true);
    this.transport.pause();
    this.transport.seek(0);
    this.hooks.say("End of the melodies");
  }

  /* The playhead, the sounding notes, and the clock. */
  draw() {
    const {song, quarters, playing, speed, seconds} = this.current ? this.transport : {};
    const card = this.current && this.hooks.card(this.current);
    if (!card) return;
    const part = song.quarters ? quarters / song.quarters : 0;
    const track = card.querySelector(".track");
    card.querySelector(".head-line").style.transform = `translateX(${part * track.clientWidth}px)`;
    const scroll = card.querySelector(".scroll");
    if (playing && scroll.scrollWidth > scroll.clientWidth + 1) {
      const x = part * track.clientWidth - scroll.scrollLeft;
      if (x < 0 || x > 0.8 * scroll.clientWidth) scroll.scrollLeft += x - 0.2 * scroll.clientWidth;
    }
    const lit = song.notes.filter(
      (note) => playing && !note.unseen && note.start <= quarters && quarters < note.end);
    this.hooks.light(this.current, playing ? quarters : -1);
    attribute(card.querySelector(".lit"), "d", lit.map((note) => noteShape(note, song.high)).join(""));
    const bar = song.bars.findLastIndex((start) => start <= quarters + 1e-6) + 1;
    attribute(track, "aria-valuenow", bar);
    attribute(track, "aria-valuetext", `bar ${bar} of ${song.bars.length}`);
    text(byId("now-time"), `${minutes(seconds / speed)} / ${minutes(song.seconds / speed)}`);
  }

  show() {
    const {song, percent, playing, speed} = this.transport;
    document.body.classList.toggle("playing", playing);
    text(byId("now-title"), this.current ? this.current.name : "Nothing yet");
    attribute(byId("play"), "aria-label", playing ? "Pause" : "Play");
    attribute(byId("loop"), "aria-pressed", this.transport.loop);
    const bpm = Math.round((song ? song.qpm : 120) * speed);
    byId("tempo").value = percent;
    text(byId("tempo-text"), `${bpm} bpm`);
    attribute(byId("tempo"), "aria-valuetext", `${percent} percent, ${bpm} beats a minute`);
    for (const melody of this.hooks.melodies()) {
      const card = this.hooks.card(melody);
      if (!card) continue;
      const here = melody === this.current;
      card.classList.toggle("current", here);
      card.classList.toggle("sounding", here && playing);
      const verb = here && playing ? "Pause" : "Play";
      attribute(card.querySelector(".play"), "aria-label", `${verb} ${melody.name}`);
      if (here) continue;
      attribute(card.querySelector(".lit"), "d", "");
      this.hooks.light(melody, -1);
    }
    if (!this.current) text(byId("now-time"), "");
    this.draw();
  }

  /* What a key on a melody's roll does; true if it does something. */
  key(melody, key) {
    const seek = (quarters) => this.transport.seek(quarters);
    const {bars, quarters} = songOf(melody);
    const ways = {
      ArrowRight: () => seek(this.transport.quarters + 1),
      ArrowLeft: () => seek(this.transport.quarters - 1),
      ArrowUp: () => this.transport.bar(1), ArrowDown: () => this.transport.bar(-1),
      PageUp: () => this.transport.bar(4), PageDown: () => this.transport.bar(-4),
      Home: () => seek(0), End: () => seek(bars[bars.length - 1] ?? quarters),
    };
    if (key === " " || key === "Enter") this.toggle(melody);
    else if (ways[key]) {
      if (melody !== this.current) this.choose(melody);
      ways[key]();
    } else return false;
    return true;
  }

  /* Goes to a part (0 to 1) of a melody. */
  place(melody, part) {
    if (melody !== this.current) this.choose(melody);
    this.transport.seek(clip(part, 0, 1) * songOf(melody).quarters);
  }
}
