import {Synth} from "./synth.js";

/* Small functions of the player: numbers, and elements that are changed only where they must be. */

/* Reads y at x between rows of [x, y] (or of [y, x]), going straight on after the last. */
export function between(clock, x, from, to) {
  let i = 1;
  while (i < clock.length - 1 && clock[i][from] <= x) i++;
  const [a, b] = [clock[i - 1], clock[i]];
  const span = b[from] - a[from];
  return span > 0 ? a[to] + ((x - a[from]) * (b[to] - a[to])) / span : a[to];
}

export const clip = (x, low, high) => Math.min(high, Math.max(low, x));
export const minutes = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
export const text = (element, value) => { if (element.textContent !== value) element.textContent = value; };
export const attribute = (element, name, value) => {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
};

/* The part of a song's lit notes that the "over" path of a roll draws; see roll.py for the units. */
export const noteShape = (note, high) => {
  const width = Math.max(1, (note.end - note.start) * 24 - 5);
  return `M${note.start * 24 + 2.5} ${(high - note.pitch) * 10 + 2}h${width}v6h${-width}z`;
};

/* Saves a Blob under a name. */
export function saveAs(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

/* A song as a WAV file, at a speed and with a voice. */
export const wavOf = (song, speed, voice) => Synth.wav(song.notes.map((note) => ({
  ...note,
  start: note.startSeconds / speed,
  seconds: (note.endSeconds - note.startSeconds) / speed,
})), voice);
