/* Notation of the songs that have one, drawn by abcjs when it is first asked for. Times are in
   quarter notes, as in the player: of a song's first note, and on from there by the written lengths. */
function Notation(rows, songs, go) {
  const drawn = new Map(); // by number: {width, signs: [{start, end, elements}]}
  const buttons = ["show-roll", "show-score"].map((id) => document.getElementById(id));
  const isShown = () => document.body.classList.contains("as-score");

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

  function draw(index) {
    const song = songs[index];
    const box = rows[index].querySelector(".score");
    const width = box?.clientWidth;
    if (!width || drawn.get(index)?.width === width) return;
    const [tune] = ABCJS.renderAbc(box, song.abc.replace(/^T:.*\n/m, ""), {
      add_classes: true, ariaLabel: `Score of ${song.title}`, staffwidth: width - 24,
      paddingtop: 4, paddingbottom: 4, paddingleft: 8, paddingright: 8,
      wrap: {minSpacing: 1.6, maxSpacing: 2.6, preferredMeasuresPerLine: width > 600 ? 4 : 2},
      selectTypes: ["note"], selectionColor: "currentColor",
      clickListener: (item) => {
        const sign = drawn.get(index).signs.find(({from}) => from === item.startChar);
        if (sign) go(index, sign.start);
      },
    });
    drawn.set(index, {width, signs: signsOf(tune, song)});
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

  /* Colours the notes that sound in a song. */
  return function light(index, quarters) {
    for (const sign of drawn.get(index)?.signs ?? []) {
      const on = sign.start <= quarters + 1e-6 && quarters < sign.end - 1e-6;
      sign.elements.forEach((element) => element.classList.toggle("lit", on));
    }
  };
}
