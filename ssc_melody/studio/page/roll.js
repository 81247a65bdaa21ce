/* A song's piano roll, as ssc_melody/mixtape/roll.py draws it: the same units, classes and colours. */
const QUARTER = 24;
const SEMITONE = 10;
const GAP = 2.5;
const BLACK = new Set([1, 3, 6, 8, 10]);

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export const path = (name, d) => svg("path", {class: name, d});

const frame = (name, width, height, ...children) => svg("svg", {
  class: name, viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none",
  "aria-hidden": "true", focusable: "false",
}, ...children);

const lines = (places, height) => places.map((at) => `M${at * QUARTER} 0v${height}`).join("");

const shapes = (notes, high) => notes.map(({start, end, pitch}) => {
  const width = Math.max(1, (end - start) * QUARTER - 2 * GAP);
  return `M${start * QUARTER + GAP} ${(high - pitch) * SEMITONE + 2}h${width}v6h${-width}z`;
}).join("");

export function lanes(low, high, width) {
  let d = "";
  for (let pitch = low; pitch <= high; pitch++) {
    if (BLACK.has(pitch % 12)) d += `M0 ${(high - pitch) * SEMITONE}h${width}v${SEMITONE}H0z`;
  }
  return d;
}

/* Returns the roll, and over it the one for what sounds. */
export function drawn(song) {
  const {low, high, quarters, bars, beats, barLength, primer} = song;
  const notes = song.notes.filter((note) => !note.unseen);
  const [width, height] = [quarters * QUARTER, (high - low + 1) * SEMITONE];
  const within = [];
  for (const bar of bars) {
    for (let beat = 1; beat < beats; beat++) within.push(bar + (beat * barLength) / beats);
  }
  const isGiven = (note) => note.start < primer - 1e-6;
  const zone = Math.min(primer, quarters) * QUARTER;
  return [
    frame("roll", width, height,
      path("keys", lanes(low, high, width)),
      svg("rect", {class: "given-zone", width: zone, height}),
      path("beats", lines(within, height)),
      path("bars", lines(bars, height)),
      path("notes", shapes(notes.filter((note) => !isGiven(note)), high)),
      path("notes given", shapes(notes.filter(isGiven), high)),
      svg("rect", {class: "chosen", width: 0, height})),
    frame("roll over", width, height, path("notes lit", "")),
  ];
}

/* Marks bars of a roll; none where first is null. */
export function mark(card, song, first, last) {
  const zone = card.querySelector(".chosen");
  const from = first === null ? 0 : (first - 1) * song.barLength;
  const to = first === null ? 0 : last * song.barLength;
  zone.setAttribute("x", from * QUARTER);
  zone.setAttribute("width", (to - from) * QUARTER);
}
