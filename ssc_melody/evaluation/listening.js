
/* The listening test: plays pairs, keeps the answers, adds them up. Needs synth.js. */
(() => {
  const element = (id) => document.getElementById(id);
  const test = JSON.parse(atob(JSON.parse(element("test").textContent)));
  const place = `ssc_melody listening ${test.digest}`;
  const takes = [0, 1].map((i) => ({card: element(`take${i}`), play: element(`play${i}`), choose: element(`choose${i}`)}));
  const letters = ["A", "B"];
  const ENOUGH = 0.5; // of a melody: its given bar, and some of what comes then
  let answers = load();
  let playing = null;
  let heard = [0, 0]; // how much of each, at most, from 0 to 1
  let plays = [0, 0];
  let began = performance.now();
  let synth = null;

  function load() {
    try {
      const kept = JSON.parse(localStorage.getItem(place));
      return Array.isArray(kept) && kept.length <= test.pairs.length ? kept : [];
    } catch {
      return [];
    }
  }

  function keep() {
    try {
      localStorage.setItem(place, JSON.stringify(answers));
    } catch {
      element("problem").textContent = "The browser keeps nothing: save the answers before you close the page.";
    }
  }

  function stop() {
    if (!playing) return;
    synth.silence();
    cancelAnimationFrame(playing.frame);
    takes[playing.i].card.classList.remove("on");
    takes[playing.i].play.textContent = `Play ${letters[playing.i]}`;
    takes[playing.i].card.querySelector("i").style.width = "0";
    playing = null;
  }

  async function play(i) {
    const again = playing && playing.i === i;
    stop();
    if (again) return;
    synth = synth || new Synth(new AudioContext(), "piano");
    const {context} = synth;
    await context.resume();
    stop();
    const notes = test.pairs[answers.length].takes[i];
    const start = context.currentTime + 0.1;
    for (const [pitch, at, seconds] of notes) synth.note({pitch, start: start + at, seconds, velocity: 90});
    const end = start + Math.max(...notes.map(([, at, seconds]) => at + seconds));
    plays[i] += 1;
    playing = {i, frame: 0};
    takes[i].card.classList.add("on");
    takes[i].play.textContent = `Stop ${letters[i]}`;
    const bar = takes[i].card.querySelector("i");
    const follow = () => {
      const share = (context.currentTime - start) / (end - start);
      bar.style.width = `${100 * Math.min(1, Math.max(0, share))}%`;
      if (heard[i] < ENOUGH && share >= ENOUGH) unlock(i);
      if (share >= 1) stop();
      else playing.frame = requestAnimationFrame(follow);
    };
    follow();
  }

  function unlock(i) {
    heard[i] = ENOUGH;
    showChoice();
  }

  /* Once both have been heard, one can be chosen. */
  function showChoice() {
    const both = heard.every((share) => share >= ENOUGH);
    for (const button of [takes[0].choose, takes[1].choose, element("unsure")]) button.disabled = !both;
    element("first").hidden = both;
  }

  /* 0 or 1; null for "cannot tell". */
  function choose(i) {
    if (answers.length >= test.pairs.length || takes[0].choose.disabled) return;
    stop();
    const pair = test.pairs[answers.length];
    answers.push({
      pair: answers.length, model: pair.model, choice: i === null ? null : letters[i],
      right: i === null ? null : i === pair.human,
      plays, seconds: Math.round((performance.now() - began) / 100) / 10,
    });
    keep();
    next();
    if (answers.length < test.pairs.length) takes[0].play.focus();
  }

  /* Shows the pair that comes; nothing of it has been heard. */
  function next() {
    [heard, plays, began] = [[0, 0], [0, 0], performance.now()];
    show();
  }

  /* Takes the last answer back: its pair can be answered anew, and counts its plays and time on. */
  function back() {
    if (!answers.length) return;
    stop();
    const last = answers.pop();
    keep();
    [heard, plays] = [[ENOUGH, ENOUGH], last.plays ?? [0, 0]];
    began = performance.now() - 1000 * (last.seconds ?? 0);
    show();
    takes[0].play.focus();
  }

  /* Wilson's interval, as ssc_melody.evaluation.intervals.binomial. */
  function wilson(right, asked) {
    const z = 1.959963984540054;
    const share = right / asked;
    const middle = (share + (z * z) / (2 * asked)) / (1 + (z * z) / asked);
    const half = (z / (1 + (z * z) / asked)) * Math.sqrt((share * (1 - share)) / asked + (z * z) / (4 * asked * asked));
    return [share, middle - half, middle + half];
  }

  function score() {
    const rows = [...new Set(answers.map((a) => a.model))].sort().map((name) => [name, answers.filter((a) => a.model === name)]);
    const table = document.createElement("table");
    for (const [name, part] of [...rows, ["all", answers]]) {
      const told = part.filter((a) => a.right !== null);
      const right = told.filter((a) => a.right).length;
      const unsure = part.length - told.length;
      const [share, low, high] = told.length
        ? wilson(right, told.length).map((v) => `${(100 * v).toFixed(1)} %`) : ["–", "–", "–"];
      const cells = [name, `${right} of ${told.length}`, share, told.length ? `${low} to ${high}` : "–"];
      if (unsure) cells.push(`${unsure} not told`);
      const row = table.insertRow();
      for (const cell of cells) row.insertCell().textContent = cell;
    }
    const words = document.createElement("p");
    words.textContent = "How often you knew the person, with the 95 % interval. Half of the times is what chance does.";
    element("score").replaceChildren(words, table);
  }

  function show() {
    const done = answers.length >= test.pairs.length;
    element("ask").hidden = done;
    element("end").hidden = !done;
    element("number").textContent = `${Math.min(answers.length + 1, test.pairs.length)} of ${test.pairs.length}`;
    element("progress").max = test.pairs.length;
    element("progress").value = answers.length;
    element("back").hidden = !answers.length;
    showChoice();
    if (done) score();
  }

  function save() {
    const content = {format: "ssc_melody listening answers", version: 2, test: test.digest, answers};
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(content, null, 1)], {type: "application/json"}));
    link.download = `answers_${test.digest}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  takes.forEach((take, i) => {
    take.play.addEventListener("click", () => play(i));
    take.choose.addEventListener("click", () => choose(i));
  });
  element("unsure").addEventListener("click", () => choose(null));
  element("back").addEventListener("click", back);
  element("back-at-end").addEventListener("click", back);
  element("save").addEventListener("click", save);
  element("again").addEventListener("click", () => {
    answers = [];
    keep();
    next();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Backspace" && answers.length) {
      event.preventDefault();
      return back();
    }
    if (element("ask").hidden) return;
    const key = event.key.toLowerCase();
    if (key === "a" || key === "b") play(letters.indexOf(key.toUpperCase()));
    else if (key === "1" || key === "2") choose(Number(key) - 1);
    else if (key === "0") choose(null);
    else if (key === " " && playing && event.target.tagName !== "BUTTON") stop();
    else return;
    event.preventDefault();
  });
  show();
})();
