/* The page's buttons, keys and playhead; transport.js plays. */
import {attribute, clip, minutes, noteShape, saveAs, text, wavOf} from "./helpers.js";
import {Synth} from "./synth.js";
import {prepared, Transport} from "./transport.js";

(() => {
  const tape = JSON.parse(document.getElementById("tape").textContent);
  const byId = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll(".song")];
  const songs = tape.songs.map(prepared);
  const transport = new Transport({ended, changed: show, moved: draw});
  let number = 0; // of the song
  let light = null; // colours the notes of a score, where the page has scores

  const say = (text, seen = false) => {
    byId("status").textContent = text;
    byId("status").classList.toggle("unseen", !seen);
  };

  // Playing

  function ended() {
    if (number + 1 < songs.length) return choose(number + 1, true);
    transport.pause();
    transport.seek(0);
    say("End of the tape");
  }

  function play() {
    transport.play();
    say(`Playing ${songs[number].title}`);
  }

  const toggle = () => (transport.playing ? (transport.pause(), say("Paused")) : play());

  /* Goes to a song's beginning. */
  function choose(to, playing = transport.playing) {
    number = (to + songs.length) % songs.length;
    transport.load(songs[number], playing);
    if (playing) say(`Playing ${songs[number].title}`);
    const box = rows[number].getBoundingClientRect();
    const bottom = window.innerHeight - document.querySelector(".deck").offsetHeight;
    if (box.top < 0 || box.bottom > bottom) {
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      rows[number].scrollIntoView({block: "center", behavior: still ? "auto" : "smooth"});
    }
  }

  /* Back to the beginning, or to the song before if we are there. */
  function previous() {
    if (transport.seconds > 2) transport.seek(0);
    else choose(number - 1);
  }

  // Showing

  /* The playhead, the sounding notes, the clock and the reels. */
  function draw() {
    const {song, quarters} = transport;
    const row = rows[number];
    const part = song.quarters ? quarters / song.quarters : 0;
    const track = row.querySelector(".track");
    row.querySelector(".head-line").style.transform = `translateX(${part * track.clientWidth}px)`;
    const scroll = row.querySelector(".scroll");
    if (transport.playing && scroll.scrollWidth > scroll.clientWidth + 1) {
      const x = part * track.clientWidth - scroll.scrollLeft;
      if (x < 0 || x > 0.8 * scroll.clientWidth) scroll.scrollLeft += x - 0.2 * scroll.clientWidth;
    }
    const lit = song.notes.filter(
      (note) => transport.playing && !note.unseen && note.start <= quarters && quarters < note.end);
    attribute(row.querySelector(".lit"), "d", lit.map((note) => noteShape(note, song.high)).join(""));
    if (light) light(number, transport.playing ? quarters : -1);
    const bar = song.bars.findLastIndex((start) => start <= quarters + 1e-6) + 1;
    attribute(track, "aria-valuenow", bar);
    attribute(track, "aria-valuetext", `bar ${bar} of ${song.bars.length}`);
    const {seconds, speed} = transport;
    text(byId("now-time"), `${minutes(seconds / speed)} / ${minutes(song.seconds / speed)}`);
    byId("pack-left").setAttribute("r", 48 - 24 * part);
    byId("pack-right").setAttribute("r", 24 + 24 * part);
  }

  function show() {
    const {song, percent, playing, speed} = transport;
    document.body.classList.toggle("playing", playing);
    text(byId("now-title"), song.title);
    attribute(byId("play"), "aria-label", playing ? "Pause" : "Play");
    text(byId("play-all").querySelector("span"), playing ? "Pause" : "Play the tape");
    attribute(byId("loop"), "aria-pressed", transport.loop);
    const bpm = Math.round(song.qpm * speed);
    byId("tempo").value = percent;
    text(byId("tempo-text"), `${bpm} bpm`);
    attribute(byId("tempo"), "aria-valuetext", `${percent} percent, ${bpm} beats a minute`);
    rows.forEach((row, i) => {
      const here = i === number;
      row.classList.toggle("current", here);
      row.classList.toggle("sounding", here && playing);
      if (here) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
      const verb = here && playing ? "Pause" : "Play";
      attribute(row.querySelector(".play"), "aria-label", `${verb} ${songs[i].title}`);
      if (!here) row.querySelector(".lit").setAttribute("d", "");
      if (!here && light) light(i, -1);
    });
    draw();
  }

  // Downloads

  async function downloadWav(index) {
    const song = songs[index];
    const button = rows[index].querySelector(".wav");
    if (button.disabled) return;
    button.disabled = true;
    text(button, "…");
    say(`Rendering ${song.title}`);
    try {
      const name = song.file.replace(/\.midi?$/i, "") + ".wav";
      saveAs(await wavOf(song, transport.speed, transport.voice), name);
      say(`Saved ${name}`);
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

  const seek = (quarters) => transport.seek(quarters);
  const bar = (by) => transport.bar(by);
  const faster = (percent) => { transport.percent = percent; };

  rows.forEach((row, index) => {
    const playThis = () => (index === number ? toggle() : choose(index, true));
    row.querySelector(".play").addEventListener("click", playThis);
    row.querySelector(".wav").addEventListener("click", () => downloadWav(index));
    const track = row.querySelector(".track");
    const place = (event) => {
      const box = track.getBoundingClientRect();
      if (index !== number) choose(index);
      transport.seek(((event.clientX - box.left) / box.width) * songs[index].quarters);
    };
    track.addEventListener("click", place);
    track.addEventListener("pointermove", (event) => {
      if (event.buttons === 1 && event.pointerType === "mouse") place(event);
    });
    track.addEventListener("keydown", (event) => {
      const {bars, quarters} = songs[index];
      const ways = {
        ArrowRight: () => seek(transport.quarters + 1), ArrowLeft: () => seek(transport.quarters - 1),
        ArrowUp: () => bar(1), ArrowDown: () => bar(-1), PageUp: () => bar(4), PageDown: () => bar(-4),
        Home: () => seek(0), End: () => seek(bars[bars.length - 1] ?? quarters),
      };
      const plays = event.key === " " || event.key === "Enter";
      if (!(ways[event.key] || plays) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (plays) return playThis();
      if (index !== number) choose(index);
      ways[event.key]();
    });
  });
  byId("play").addEventListener("click", toggle);
  byId("play-all").addEventListener("click", toggle);
  byId("previous").addEventListener("click", previous);
  byId("next").addEventListener("click", () => choose(number + 1));
  byId("tempo").addEventListener("input", (event) => faster(Number(event.target.value)));
  byId("volume").addEventListener("input", (event) => { transport.volume = event.target.value / 100; });
  byId("voice").addEventListener("change", (event) => { transport.voice = event.target.value; });
  const loop = () => {
    transport.loop = !transport.loop;
    say(transport.loop ? "Loop on" : "Loop off");
    show();
  };
  byId("loop").addEventListener("click", loop);
  document.querySelectorAll(".copy").forEach((button) =>
    button.addEventListener("click", () => copy(button)));

  const KEYS = {
    " ": toggle, ArrowRight: () => choose(number + 1), ArrowLeft: previous,
    n: () => choose(number + 1), p: previous, l: loop,
    ",": () => bar(-1), ".": () => bar(1),
    "-": () => faster(transport.percent - 5), "+": () => faster(transport.percent + 5),
    "=": () => faster(transport.percent + 5),
    m: () => rows[number].querySelector("a[download]").click(),
    w: () => downloadWav(number),
  };
  document.addEventListener("keydown", (event) => {
    const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || !byId("keys").checked || event.ctrlKey || event.metaKey || event.altKey) return;
    const on = event.target.closest("input, select, textarea, pre");
    if (on && !(on.type === "range" && event.key.length === 1)) return;
    if (event.key === " " && event.target.closest("button, summary")) return; // presses that one
    event.preventDefault();
    action();
  });
  document.addEventListener("click", (event) => { // so that Space plays after a click on "next"
    if (event.detail) event.target.closest("button")?.blur();
  });
  window.addEventListener("resize", draw);

  for (const [name, voice] of Object.entries(Synth.VOICES)) {
    byId("voice").add(new Option(voice.title, name));
  }
  if (typeof Notation !== "undefined") {
    light = Notation(rows, songs, (index, quarters) => {
      if (index !== number) choose(index);
      seek(quarters);
    });
  }
  songs.forEach((song, index) => {
    [number, transport.song] = [index, song];
    draw();
  });
  number = 0;
  transport.load(songs[0]);
})();
