/* Notation, drawn by abcjs. Times are in quarter notes, as in the player: of a song's first note, and
   on from there by the written lengths. */

/* Draws a song's score into an element and returns its width and what lights its notes.

   song: {title, abc, notes: [{start, ...}]}; go(quarters) is called for a note that is clicked. */
export function scoreIn(box, song, go) {
  const width = box.clientWidth;
  let signs = [];
  const [tune] = ABCJS.renderAbc(box, song.abc.replace(/^T:.*\n/m, ""), {
    add_classes: true, ariaLabel: `Score of ${song.title}`, staffwidth: width - 24,
    paddingtop: 4, paddingbottom: 4, paddingleft: 8, paddingright: 8,
    wrap: {minSpacing: 1.6, maxSpacing: 2.6, preferredMeasuresPerLine: width > 600 ? 4 : 2},
    selectTypes: ["note"], selectionColor: "currentColor",
    clickListener: (item) => {
      const sign = signs.find(({from}) => from === item.startChar);
      if (sign) go(sign.start);
    },
  });
  signs = signsOf(tune, song);
  return {
    width,
    light(quarters) {
      for (const sign of signs) {
        const on = sign.start <= quarters + 1e-6 && quarters < sign.end - 1e-6;
        sign.elements.forEach((element) => element.classList.toggle("lit", on));
      }
    },
  };
}

/* Returns abcjs's tune as times and the shapes that stand for them. */
function signsOf(tune, song) {
  const signs = [];
  let at = 0;
  let first = null;
  for (const line of tune.lines) {
    for (const item of (line.staff ? line.staff[0].voices[0] : [])) {
      if (item.el_type !== "note") continue;
      const end = at + 4 * item.duration;
      if (!item.rest) {
        first ??= at;
        signs.push({start: at, end, elements: item.abselem.elemset, from: item.startChar});
      }
      at = end;
    }
  }
  const offset = (song.notes.length ? song.notes[0].start : 0) - (first ?? 0);
  signs.forEach((sign) => { sign.start += offset; sign.end += offset; });
  return signs;
}

/* The mixtape's switch between rolls and scores, which are drawn when they are first asked for.
   Returns what colours the notes that sound in a song. */
export function Notation(rows, songs, go) {
  const drawn = new Map(); // by number
  const buttons = ["show-roll", "show-score"].map((id) => document.getElementById(id));
  const isShown = () => document.body.classList.contains("as-score");

  function draw(index) {
    const box = rows[index].querySelector(".score");
    if (!box?.clientWidth || drawn.get(index)?.width === box.clientWidth) return;
    drawn.set(index, scoreIn(box, songs[index], (quarters) => go(index, quarters)));
  }

  const drawAll = () => { if (isShown()) rows.forEach((_, index) => draw(index)); };

  function show(score) {
    document.body.classList.toggle("as-score", score);
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", Boolean(i) === score));
    drawAll();
  }

  buttons.forEach((button, i) => button.addEventListener("click", () => show(Boolean(i))));
  let waiting = 0;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 150);
  });
  return (index, quarters) => drawn.get(index)?.light(quarters);
}
