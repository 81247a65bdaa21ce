/* Melodies: events to notes and back, and what the player plays. An event is -2 (go on), -1 (the
   note ends) or a pitch; see ssc_melody/melody/events.py. */
import {prepared} from "./transport.js";

const NAMES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
const FEWEST_ROWS = 14;

export const noteName = (pitch) => `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

/* Lists notes as {pitch, start, end}, in steps. */
export function notesOf(events) {
  const notes = [];
  let sounding = null;
  events.forEach((event, step) => {
    if (event === -2) return;
    if (sounding) notes.push({...sounding, end: step});
    sounding = event >= 0 ? {pitch: event, start: step} : null;
  });
  if (sounding) notes.push({...sounding, end: events.length});
  return notes;
}

/* The events of notes that do not overlap, up to the end of the last one. */
export function eventsOf(notes) {
  const sorted = [...notes].sort((a, b) => a.start - b.start);
  const events = new Array(sorted.length ? sorted[sorted.length - 1].end : 0).fill(-2);
  for (const {pitch, start, end} of sorted) {
    events[start] = pitch;
    if (end < events.length && events[end] === -2) events[end] = -1;
  }
  return events;
}

/* Whether a melody's first steps were given, and how many of them, in quarter notes. */
const given = (melody) =>
  melody.primer_steps ? (melody.start_step + melody.primer_steps) / melody.steps_per_quarter : 0;

/* The lowest and highest pitch that is drawn: some air, and at least 14 rows. */
function rows(pitches) {
  let [low, high] = [Math.min(...pitches) - 1, Math.max(...pitches) + 1];
  while (high - low + 1 < FEWEST_ROWS) (high - low) % 2 ? low-- : high++;
  return [Math.max(0, low), Math.min(127, high)];
}

const songs = new WeakMap();

/* What the player plays and the roll shows of a melody; worked out once. */
export function songOf(melody) {
  if (songs.has(melody)) return songs.get(melody);
  const rate = melody.steps_per_quarter;
  const [beats, unit] = melody.metre;
  const barLength = (4 * beats) / unit;
  const at = (step) => (step + melody.start_step) / rate;
  const notes = notesOf(melody.events);
  const count = Math.max(1, Math.ceil(at(melody.events.length) / barLength - 1e-9));
  const quarters = count * barLength;
  const pitches = notes.map((note) => note.pitch);
  const [low, high] = rows(pitches.length ? pitches : [60]);
  const song = prepared({
    title: melody.name, low, high, beats,
    barLength,
    primer: given(melody),
    bars: Array.from({length: count}, (_, bar) => bar * barLength),
    clock: [[0, 0], [quarters, (quarters * 60) / melody.qpm]],
    notes: [
      ...notes.map(({pitch, start, end}) => [at(start), at(end), pitch, melody.velocity, 0]),
      ...(melody.backing ?? []).map(([start, end, pitch]) => [at(start), at(end), pitch, 45, 0, 1]),
    ].sort((a, b) => a[0] - b[0]),
    symbols: (melody.chords ?? []).map((symbol, step) => ({symbol, start: at(step)}))
      .filter(({symbol}, step) => !step || melody.chords[step - 1] !== symbol),
  });
  songs.set(melody, song);
  return song;
}
