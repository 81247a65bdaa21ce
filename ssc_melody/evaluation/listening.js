
/* The listening test: plays pairs, keeps the answers, adds them up. Needs synth.js. */
(() => {
  const element = (id) => document.getElementById(id);
  const test = JSON.parse(atob(JSON.parse(element("test").textContent)));
  const place = `ssc_melody listening ${test.digest}`;
  const takes = [0, 1].map((i) => ({card: element(`take${i}`), play: element(`play${i}`), choose: element(`choose${i}`)}));
  const letters = ["A", "B"];
  let answers = load();
  let playing = null;
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
    playing = {i, frame: 0};
    takes[i].card.classList.add("on");
    takes[i].play.textContent = `Stop ${letters[i]}`;
    const bar = takes[i].card.querySelector("i");
    const follow = () => {
      const share = (context.currentTime - start) / (end - start);
      bar.style.width = `${100 * Math.min(1, Math.max(0, share))}%`;
      if (share >= 1) stop();
      else playing.frame = requestAnimationFrame(follow);
    };
    follow();
  }

  function choose(i) {
    if (answers.length >= test.pairs.length) return;
    stop();
    const pair = test.pairs[answers.length];
    answers.push({pair: answers.length, model: pair.model, choice: letters[i], right: i === pair.human});
    keep();
    show();
    if (answers.length < test.pairs.length) takes[0].play.focus();
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
      const right = part.filter((a) => a.right).length;
      const [share, low, high] = wilson(right, part.length).map((v) => `${(100 * v).toFixed(1)} %`);
      const row = table.insertRow();
      for (const cell of [name, `${right} of ${part.length}`, share, `${low} to ${high}`]) row.insertCell().textContent = cell;
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
    if (done) score();
  }

  function save() {
    const content = {format: "ssc_melody listening answers", version: 1, test: test.digest, answers};
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
  element("save").addEventListener("click", save);
  element("again").addEventListener("click", () => {
    answers = [];
    keep();
    show();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || element("ask").hidden) return;
    const key = event.key.toLowerCase();
    if (key === "a" || key === "b") play(letters.indexOf(key.toUpperCase()));
    else if (key === "1" || key === "2") choose(Number(key) - 1);
    else if (key === " " && playing && event.target.tagName !== "BUTTON") stop();
    else return;
    event.preventDefault();
  });
  show();
})();
