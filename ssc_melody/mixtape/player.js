/* The page's buttons, keys and playhead. Positions are in quarter notes ("quarters"), as the rolls
   are drawn; a song's clock turns them into seconds. */
(() => {
  const AHEAD = 0.25; // seconds of notes handed to the synth beforehand
  const AHEAD_HIDDEN = 2.5; // the same for a page in the background, whose timers are slow
  const tape = JSON.parse(document.getElementById("tape").textContent);
  const byId = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll(".song")];
  const state = {song: 0, playing: false, quarters: 0, loop: false, speed: 1, next: 0};
  let context = null;
  let synth = null;
  let anchor = {at: 0, seconds: 0}; // on the context's clock, in the song at speed 1
  let again = null; // the same for the next time round, whose notes are handed over already
  let timer = 0;
  let light = null; // colours the notes of a score, where the page has scores

  const toSeconds = (song, quarters) => between(song.clock, quarters, 0, 1);
  const toQuarters = (song, seconds) => between(song.clock, seconds, 1, 0);

  for (const song of tape.songs) {
    [song.quarters, song.seconds] = song.clock[song.clock.length - 1];
    song.notes = song.notes.map(([start, end, pitch, velocity, drum]) => ({
      start, end, pitch, velocity, drum: Boolean(drum),
      startSeconds: toSeconds(song, start), endSeconds: toSeconds(song, end),
    }));
    song.qpm = (60 * song.quarters) / song.seconds;
  }
  const current = () => tape.songs[state.song];
  const say = (text, seen = false) => {
    byId("status").textContent = text;
    byId("status").classList.toggle("unseen", !seen);
  };

  // Playing

  function now() {
    const heard = context.currentTime - (context.outputLatency || 0);
    if (again && heard >= again.at) [anchor, again] = [again, null];
    return anchor.seconds + Math.max(0, heard - anchor.at) * state.speed;
  }

  /* Hands the notes of the next moment to the synth. */
  function schedule() {
    const song = current();
    const over = now() >= song.seconds;
    const horizon = context.currentTime + (document.hidden ? AHEAD_HIDDEN : AHEAD);
    const end = anchor.at + (song.seconds - anchor.seconds) / state.speed;
    if (state.loop && !again && horizon > end) { // exactly in time
      handOver(song, anchor, end);
      again = {at: end, seconds: 0};
      state.next = 0;
    }
    handOver(song, again || anchor, horizon);
    if (over && !state.loop && !again) ended();
  }

  /* Hands the notes until a time on the context's clock to the synth. */
  function handOver(song, from, horizon) {
    const until = from.seconds + (horizon - from.at) * state.speed;
    while (state.next < song.notes.length && song.notes[state.next].startSeconds < until) {
      const note = song.notes[state.next++];
      const start = Math.max(note.startSeconds, from.seconds);
      if (note.endSeconds - start < 0.02) continue;
      synth.note({
        pitch: note.pitch, velocity: note.velocity, drum: note.drum,
        start: from.at + (start - from.seconds) / state.speed,
        seconds: (note.endSeconds - start) / state.speed,
      });
    }
  }

  function ended() {
    if (state.song + 1 < tape.songs.length) return choose(state.song + 1, true);
    pause();
    seek(0);
    say("End of the tape");
  }

  /* Sets the clock to a place in the song; a note that sounds there is struck again. */
  function begin(quarters) {
    const song = current();
    anchor = {at: context.currentTime + 0.05, seconds: toSeconds(song, quarters)};
    again = null;
    state.quarters = quarters;
    state.next = song.notes.findIndex((note) => note.endSeconds > anchor.seconds + 0.1);
    if (state.next < 0) state.next = song.notes.length;
    schedule();
  }

  function play() {
    if (!context) {
      context = new (window.AudioContext || window.webkitAudioContext)();
      if (navigator.audioSession) navigator.audioSession.type = "playback"; // heard on a mute phone
      synth = new Synth(context, byId("voice").value);
    }
    context.resume();
    if (state.quarters >= current().quarters - 0.01) state.quarters = 0;
    state.playing = true;
    begin(state.quarters);
    clearInterval(timer);
    timer = setInterval(schedule, 60);
    say(`Playing ${current().title}`);
    requestAnimationFrame(follow);
    show();
  }

  function pause() {
    state.playing = false;
    clearInterval(timer);
    synth.silence();
    show();
  }

  const toggle = () => (state.playing ? (pause(), say("Paused")) : play());

  function seek(quarters) {
    state.quarters = clip(quarters, 0, current().quarters);
    if (state.playing) {
      synth.silence();
      begin(Math.min(state.quarters, current().quarters - 0.01));
    }
    show();
  }

  /* Goes to a song's beginning. */
  function choose(number, playing = state.playing) {
    if (synth) synth.silence();
    state.song = (number + tape.songs.length) % tape.songs.length;
    state.quarters = 0;
    if (playing) play();
    show();
    const box = rows[state.song].getBoundingClientRect();
    const bottom = window.innerHeight - document.querySelector(".deck").offsetHeight;
    if (box.top < 0 || box.bottom > bottom) {
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      rows[state.song].scrollIntoView({block: "center", behavior: still ? "auto" : "smooth"});
    }
  }

  /* Back to the beginning, or to the song before if we are there. */
  function previous() {
    const played = toSeconds(current(), state.quarters);
    if (played > 2) seek(0);
    else choose(state.song - 1);
  }

  function changeSpeed(percent) {
    const value = clip(Math.round(percent / 5) * 5, 40, 200);
    const quarters = state.quarters;
    state.speed = value / 100;
    byId("tempo").value = value;
    if (state.playing) {
      synth.silence();
      begin(quarters);
    }
    show();
  }

  function bar(by) {
    const {bars} = current();
    const index = bars.findLastIndex((start) => start <= state.quarters + 0.01);
    const within = state.quarters - bars[index] > 0.8 && by < 0;
    seek(bars[clip(index + by + (within ? 1 : 0), 0, bars.length - 1)]);
  }

  // Showing

  function follow() {
    if (!state.playing) return;
    state.quarters = clip(toQuarters(current(), now()), 0, current().quarters);
    draw();
    requestAnimationFrame(follow);
  }

  /* The playhead, the sounding notes, the clock and the reels. */
  function draw() {
    const song = current();
    const row = rows[state.song];
    const part = song.quarters ? state.quarters / song.quarters : 0;
    const track = row.querySelector(".track");
    row.querySelector(".head-line").style.transform = `translateX(${part * track.clientWidth}px)`;
    const scroll = row.querySelector(".scroll");
    if (state.playing && scroll.scrollWidth > scroll.clientWidth + 1) {
      const x = part * track.clientWidth - scroll.scrollLeft;
      if (x < 0 || x > 0.8 * scroll.clientWidth) scroll.scrollLeft += x - 0.2 * scroll.clientWidth;
    }
    const lit = song.notes.filter(
      (note) => state.playing && note.start <= state.quarters && state.quarters < note.end);
    attribute(row.querySelector(".lit"), "d", lit.map((note) => {
      const width = Math.max(1, (note.end - note.start) * 24 - 5);
      return `M${note.start * 24 + 2.5} ${(song.high - note.pitch) * 10 + 2}h${width}v6h${-width}z`;
    }).join(""));
    if (light) light(state.song, state.playing ? state.quarters : -1);
    const number = song.bars.findLastIndex((start) => start <= state.quarters + 1e-6) + 1;
    attribute(track, "aria-valuenow", number);
    attribute(track, "aria-valuetext", `bar ${number} of ${song.bars.length}`);
    const seconds = toSeconds(song, state.quarters) / state.speed;
    text(byId("now-time"), `${minutes(seconds)} / ${minutes(song.seconds / state.speed)}`);
    byId("pack-left").setAttribute("r", 48 - 24 * part);
    byId("pack-right").setAttribute("r", 24 + 24 * part);
  }

  function show() {
    const song = current();
    const percent = Math.round(state.speed * 100);
    document.body.classList.toggle("playing", state.playing);
    text(byId("now-title"), song.title);
    attribute(byId("play"), "aria-label", state.playing ? "Pause" : "Play");
    text(byId("play-all").querySelector("span"), state.playing ? "Pause" : "Play the tape");
    attribute(byId("loop"), "aria-pressed", state.loop);
    text(byId("tempo-text"), `${Math.round(song.qpm * state.speed)} bpm`);
    attribute(byId("tempo"), "aria-valuetext",
      `${percent} percent, ${Math.round(song.qpm * state.speed)} beats a minute`);
    rows.forEach((row, i) => {
      const here = i === state.song;
      row.classList.toggle("current", here);
      row.classList.toggle("sounding", here && state.playing);
      if (here) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
      const verb = here && state.playing ? "Pause" : "Play";
      attribute(row.querySelector(".play"), "aria-label", `${verb} ${tape.songs[i].title}`);
      if (!here) row.querySelector(".lit").setAttribute("d", "");
      if (!here && light) light(i, -1);
    });
    draw();
  }

  // Downloads

  async function downloadWav(index) {
    const song = tape.songs[index];
    const button = rows[index].querySelector(".wav");
    if (button.disabled) return;
    button.disabled = true;
    text(button, "…");
    say(`Rendering ${song.title}`);
    try {
      const wav = await Synth.wav(song.notes.map((note) => ({
        ...note,
        start: note.startSeconds / state.speed,
        seconds: (note.endSeconds - note.startSeconds) / state.speed,
      })), byId("voice").value);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(wav);
      link.download = song.file.replace(/\.midi?$/i, "") + ".wav";
      document.body.append(link);
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
      say(`Saved ${link.download}`);
    } catch (error) {
      say(`${song.title} is too long for a WAV file in this browser: ${error.message}`, true);
    }
    button.disabled = false;
    text(button, "WAV");
  }

  async function copy(button) {
    const code = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      text(button, "Copied");
      say("Command copied");
    } catch {
      getSelection().selectAllChildren(code); // not allowed: at least it is marked
      text(button, "Press Ctrl+C");
    }
    setTimeout(() => text(button, "Copy"), 2000);
  }

  // Hands

  rows.forEach((row, index) => {
    const playThis = () => (index === state.song ? toggle() : choose(index, true));
    row.querySelector(".play").addEventListener("click", playThis);
    row.querySelector(".wav").addEventListener("click", () => downloadWav(index));
    const track = row.querySelector(".track");
    const place = (event) => {
      const box = track.getBoundingClientRect();
      if (index !== state.song) choose(index);
      seek(((event.clientX - box.left) / box.width) * tape.songs[index].quarters);
    };
    track.addEventListener("click", place);
    track.addEventListener("pointermove", (event) => {
      if (event.buttons === 1 && event.pointerType === "mouse") place(event);
    });
    track.addEventListener("keydown", (event) => {
      const {bars, quarters} = tape.songs[index];
      const ways = {
        ArrowRight: () => seek(state.quarters + 1), ArrowLeft: () => seek(state.quarters - 1),
        ArrowUp: () => bar(1), ArrowDown: () => bar(-1), PageUp: () => bar(4), PageDown: () => bar(-4),
        Home: () => seek(0), End: () => seek(bars[bars.length - 1] ?? quarters),
      };
      const plays = event.key === " " || event.key === "Enter";
      if (!(ways[event.key] || plays) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (plays) return playThis();
      if (index !== state.song) choose(index);
      ways[event.key]();
    });
  });
  byId("play").addEventListener("click", toggle);
  byId("play-all").addEventListener("click", toggle);
  byId("previous").addEventListener("click", previous);
  byId("next").addEventListener("click", () => choose(state.song + 1));
  byId("tempo").addEventListener("input", (event) => changeSpeed(Number(event.target.value)));
  byId("voice").addEventListener("change", (event) => { if (synth) synth.voice = event.target.value; });
  const loop = () => {
    state.loop = !state.loop;
    say(state.loop ? "Loop on" : "Loop off");
    show();
  };
  byId("loop").addEventListener("click", loop);
  document.querySelectorAll(".copy").forEach((button) =>
    button.addEventListener("click", () => copy(button)));

  const KEYS = {
    " ": toggle, ArrowRight: () => choose(state.song + 1), ArrowLeft: previous,
    n: () => choose(state.song + 1), p: previous, l: loop,
    ",": () => bar(-1), ".": () => bar(1),
    "-": () => changeSpeed(100 * state.speed - 5), "+": () => changeSpeed(100 * state.speed + 5),
    "=": () => changeSpeed(100 * state.speed + 5),
    m: () => rows[state.song].querySelector("a[download]").click(),
    w: () => downloadWav(state.song),
  };
  document.addEventListener("keydown", (event) => {
    const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || !byId("keys").checked || event.ctrlKey || event.metaKey || event.altKey) return;
    const on = event.target.closest("input, select, textarea, pre");
    if (on && !(on.type === "range" && event.key.length === 1)) return;
    if (event.key === " " && event.target.closest("button, a, input")) return; // presses that one
    event.preventDefault();
    action();
  });
  document.addEventListener("click", (event) => { // so that Space plays after a click on "next"
    if (event.detail) event.target.closest("button")?.blur();
  });
  window.addEventListener("resize", draw);
  document.addEventListener("visibilitychange", () => { if (state.playing) schedule(); });

  for (const [name, voice] of Object.entries(Synth.VOICES)) {
    byId("voice").add(new Option(voice.title, name));
  }
  if (typeof Notation !== "undefined") {
    light = Notation(rows, tape.songs, (index, quarters) => {
      if (index !== state.song) choose(index);
      seek(quarters);
    });
  }
  rows.forEach((_, index) => { state.song = index; draw(); });
  state.song = 0;
  show();
})();
