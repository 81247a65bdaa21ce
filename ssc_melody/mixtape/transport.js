/* Plays a song in time, at any speed, from anywhere, round and round. It shows nothing itself.

   const transport = new Transport({ended: () => transport.load(next), moved: draw, changed: show});
   transport.load(prepared({notes: [[0, 1, 60, 100, 0]], clock: [[0, 0], [4, 2]], bars: [0]}));
   transport.play();

   Positions are in quarter notes ("quarters"); a song's clock, rows of [quarters, seconds], turns
   them into seconds. */
import {between, clip} from "./helpers.js";
import {Synth} from "./synth.js";

const AHEAD = 0.25; // seconds of notes handed to the synth beforehand
const AHEAD_HIDDEN = 2.5; // the same for a page in the background, whose timers are slow

/* Adds to a song what playing it needs; its notes are rows of [start, end, pitch, velocity, drum], and
   1 at the end if they are heard and not seen. */
export function prepared(song) {
  const [quarters, seconds] = song.clock[song.clock.length - 1];
  const at = (place) => between(song.clock, place, 0, 1);
  const notes = song.notes.map(([start, end, pitch, velocity, drum, unseen]) => ({
    start, end, pitch, velocity, drum: Boolean(drum), unseen: Boolean(unseen),
    startSeconds: at(start), endSeconds: at(end),
  }));
  return {...song, notes, quarters, seconds, qpm: (60 * quarters) / seconds};
}

export class Transport {
  song = null;
  playing = false;
  quarters = 0;
  loop = false;
  speed = 1;
  context = null;
  synth = null;
  #voice = "piano";
  #volume = 1;
  #anchor = {at: 0, seconds: 0}; // on the context's clock, in the song at speed 1
  #again = null; // the same for the next time round, whose notes are handed over already
  #next = 0;
  #timer = 0;

  /* hooks: ended() at a song's end; changed() when it starts or stops; moved() while it plays. */
  constructor(hooks) {
    this.hooks = hooks;
    document.addEventListener("visibilitychange", () => { if (this.playing) this.#schedule(); });
  }

  /* Seconds from the beginning of the song, at speed 1. */
  get seconds() {
    return between(this.song.clock, this.quarters, 0, 1);
  }

  set voice(name) {
    this.#voice = name;
    if (this.synth) this.synth.voice = name;
  }

  get voice() {
    return this.#voice;
  }

  /* From 0 to 1. */
  set volume(value) {
    this.#volume = value;
    if (this.synth) this.synth.volume = value;
  }

  get volume() {
    return this.#volume;
  }

  /* Makes the sound; browsers allow it after a click or a key only. */
  wake() {
    if (!this.context) {
      this.context = new (window.AudioContext || window.webkitAudioContext)();
      if (navigator.audioSession) navigator.audioSession.type = "playback"; // heard on a mute phone
      this.synth = new Synth(this.context, this.#voice);
      this.synth.volume = this.#volume;
    }
    this.context.resume();
  }

  /* Strikes a note at once. */
  strike(pitch, seconds = 0.3, velocity = 90) {
    this.wake();
    this.synth.note({pitch, seconds, velocity, start: this.context.currentTime + 0.01});
  }

  /* Goes to the beginning of a song. */
  load(song, playing = this.playing) {
    if (this.synth) this.synth.silence();
    this.song = song;
    this.quarters = 0;
    if (playing && song) this.play();
    else if (this.playing) this.pause();
    else this.hooks.changed();
  }

  play() {
    this.wake();
    if (this.quarters >= this.song.quarters - 0.01) this.quarters = 0;
    this.playing = true;
    this.#begin(this.quarters);
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#schedule(), 60);
    requestAnimationFrame(() => this.#follow());
    this.hooks.changed();
  }

  pause() {
    this.playing = false;
    clearInterval(this.#timer);
    if (this.synth) this.synth.silence();
    this.hooks.changed();
  }

  seek(quarters) {
    this.quarters = clip(quarters, 0, this.song.quarters);
    if (this.playing) {
      this.synth.silence();
      this.#begin(Math.min(this.quarters, this.song.quarters - 0.01));
    }
    this.hooks.changed();
  }

  /* Percent, in steps of five. */
  set percent(value) {
    this.speed = clip(Math.round(value / 5) * 5, 40, 200) / 100;
    if (this.playing) {
      this.synth.silence();
      this.#begin(this.quarters);
    }
    this.hooks.changed();
  }

  get percent() {
    return Math.round(this.speed * 100);
  }

  /* Goes so many bars on; back first to the beginning of this one. */
  bar(by) {
    const {bars} = this.song;
    const index = bars.findLastIndex((start) => start <= this.quarters + 0.01);
    const within = this.quarters - bars[index] > 0.8 && by < 0;
    this.seek(bars[clip(index + by + (within ? 1 : 0), 0, bars.length - 1)]);
  }

  #now() {
    const heard = this.context.currentTime - (this.context.outputLatency || 0);
    if (this.#again && heard >= this.#again.at) [this.#anchor, this.#again] = [this.#again, null];
    return this.#anchor.seconds + Math.max(0, heard - this.#anchor.at) * this.speed;
  }

  /* Sets the clock to a place in the song; a note that sounds there is struck again. */
  #begin(quarters) {
    const {song} = this;
    this.#anchor = {at: this.context.currentTime + 0.05, seconds: between(song.clock, quarters, 0, 1)};
    this.#again = null;
    this.quarters = quarters;
    this.#next = song.notes.findIndex((note) => note.endSeconds > this.#anchor.seconds + 0.1);
    if (this.#next < 0) this.#next = song.notes.length;
    this.#schedule();
  }

  /* Hands the notes of the next moment to the synth. */
  #schedule() {
    const over = this.#now() >= this.song.seconds;
    const horizon = this.context.currentTime + (document.hidden ? AHEAD_HIDDEN : AHEAD);
    const end = this.#anchor.at + (this.song.seconds - this.#anchor.seconds) / this.speed;
    if (this.loop && !this.#again && horizon > end) { // exactly in time
      this.#handOver(this.#anchor, end);
      this.#again = {at: end, seconds: 0};
      this.#next = 0;
    }
    this.#handOver(this.#again || this.#anchor, horizon);
    if (over && !this.loop && !this.#again) this.hooks.ended();
  }

  /* Hands the notes until a time on the context's clock to the synth. */
  #handOver(from, horizon) {
    const {notes} = this.song;
    const until = from.seconds + (horizon - from.at) * this.speed;
    while (this.#next < notes.length && notes[this.#next].startSeconds < until) {
      const note = notes[this.#next++];
      const start = Math.max(note.startSeconds, from.seconds);
      if (note.endSeconds - start < 0.02) continue;
      this.synth.note({
        pitch: note.pitch, velocity: note.velocity, drum: note.drum,
        start: from.at + (start - from.seconds) / this.speed,
        seconds: (note.endSeconds - start) / this.speed,
      });
    }
  }

  #follow() {
    if (!this.playing) return;
    this.quarters = clip(between(this.song.clock, this.#now(), 1, 0), 0, this.song.quarters);
    this.hooks.moved();
    requestAnimationFrame(() => this.#follow());
  }
}
