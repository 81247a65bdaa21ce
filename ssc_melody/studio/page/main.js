/* The studio: puts form, grid, melodies, player and files together. */
import {api} from "./api.js";
import {Deck} from "./deck.js";
import {Files} from "./files.js";
import {text} from "./helpers.js";
import {Keys} from "./keys.js";
import {songOf} from "./melody.js";
import {fillLists, flagsOfForm, inPlainWords, setBar, showFlags, showOutput} from "./order.js";
import {Primer} from "./primer.js";
import {Scores} from "./scores.js";
import {Store} from "./store.js";
import {Takes} from "./takes.js";
import {from, isCommon, wishes} from "./wishes.js";

const byId = (id) => document.getElementById(id);
const start = await api.start();
const store = new Store({title: "Untitled", bundle: start.models[0]?.name ?? "", flags: {}, primer: [], metre: [4, 4], melodies: []});
let nextId = 1;
let made = 0; // melodies so far, for their names
let busy = false;

function say(words, seen = false) {
  byId("status").textContent = words;
  byId("status").classList.toggle("unseen", !seen);
}

/* Runs what may fail; what went wrong is said where one looks. */
async function attempt(work) {
  text(byId("failed"), "");
  try {
    return await work();
  } catch (error) {
    text(byId("failed"), inPlainWords(error.message));
    return null;
  }
}

// The form

/* What is asked for. A beginning in another metre than 4/4 goes as a file, which can say so. */
function wish() {
  const {bundle, metre} = store.state;
  const flags = flagsOfForm();
  const plain = {bundle, flags};
  if (isCommon(metre) || !primer.events.length) return plain;
  return from(plain, {events: primer.events, metre, qpm: Number(flags.qpm ?? 120), name: "beginning"});
}
const stepsOf = ([beats, unit]) => (16 * beats) / unit;
let asking = 0;

async function showCommand() {
  const number = ++asking;
  try {
    const {command, problem} = await api.command(wish());
    if (number !== asking) return;
    showWords(byId("command"), command);
    text(byId("problem"), problem ? inPlainWords(problem) : "");
  } catch (error) {
    if (number === asking) text(byId("problem"), inPlainWords(error.message));
  }
}
/* A command line breaks at its spaces only, not after the dashes of a flag. */
function showWords(element, command) {
  if (element.textContent === command) return;
  element.replaceChildren(...command.split(" ").flatMap((word, index) => {
    const span = document.createElement("span");
    span.textContent = word;
    return index ? [" ", span] : [span];
  }));
}

let later = 0;
function formChanged() {
  clearTimeout(later);
  later = setTimeout(showCommand, 120);
}

const primer = new Primer(byId("primer-roll"), {
  changed: (events) => {
    byId("primer-melody").value = events.length ? `[${events.join(", ")}]` : "";
    store.change("the beginning", {primer: events, flags: flagsOfForm()});
  },
  struck: (pitch) => deck.transport.strike(pitch),
});
/* The beginning as a melody, to be heard and saved. */
const primerMelody = () => ({
  ...sound, name: "beginning", kept: false, command: "", events: primer.events,
  metre: store.state.metre, qpm: Number(flagsOfForm().qpm ?? 120),
});
const keys = new Keys(byId("piano"), {enter: (pitch) => primer.enter(pitch), back: () => primer.back(), say});

function eventsOfText(words) {
  const events = words.replace(/[[\]()\s]/g, "").split(",").filter(Boolean).map(Number);
  return events.every((event) => Number.isInteger(event) && event >= -2 && event <= 127) ? events : null;
}

byId("order").addEventListener("input", (event) => {
  showOutput(event.target);
  formChanged();
});
byId("order").addEventListener("change", (event) => {
  if (event.target.name === "length") primer.length = Number(event.target.value);
  if (!event.target.dataset.flag) return;
  const parts = {flags: flagsOfForm()};
  if (event.target.id === "primer-melody") {
    const events = eventsOfText(event.target.value);
    if (events) parts.primer = events;
  }
  store.change("a setting", parts);
});
byId("bundle").addEventListener("change", (event) => {
  store.change("the model", {bundle: event.target.value});
  warm();
});
byId("order").addEventListener("submit", (event) => {
  event.preventDefault();
  generate();
});
byId("rest").addEventListener("click", () => primer.enter(null));
byId("back").addEventListener("click", () => primer.back());
byId("clear").addEventListener("click", () => primer.clear());
byId("octave-down").addEventListener("click", () => keys.move(-12));
byId("octave-up").addEventListener("click", () => keys.move(12));
byId("typing").addEventListener("click", (event) => {
  keys.typing = !keys.typing;
  event.target.setAttribute("aria-pressed", keys.typing);
  say(keys.typing ? "A to K and the row above are piano keys, R is a rest, Z and X change the octave, Escape ends" : "Keys do what they did before", keys.typing);
});
byId("midi-in").addEventListener("click", async (event) => {
  event.target.setAttribute("aria-pressed", await keys.midi());
});
byId("hear-primer").addEventListener("click", () => {
  if (!primer.events.length) return;
  const melody = primerMelody();
  deck.transport.wake();
  const {synth, context} = deck.transport;
  for (const note of songOf(melody).notes) {
    synth.note({pitch: note.pitch, velocity: note.velocity, start: context.currentTime + 0.05 + note.startSeconds, seconds: note.endSeconds - note.startSeconds});
  }
});
byId("save-primer").addEventListener("click", () => {
  if (primer.events.length) attempt(() => files.save(primerMelody(), "midi"));
});
byId("metre").addEventListener("change", (event) => {
  store.change("the metre", {metre: event.target.value.split("/").map(Number)});
});
byId("copy").addEventListener("click", async (event) => {
  const code = byId("command");
  try {
    await navigator.clipboard.writeText(code.textContent);
    text(event.target, "Copied");
  } catch {
    getSelection().selectAllChildren(code);
    text(event.target, "Press Ctrl+C");
  }
  setTimeout(() => text(event.target, "Copy"), 2000);
});

// Models

function listModels() {
  byId("bundle").replaceChildren(...start.models.map(({name}) => new Option(name, name)));
  byId("bundle").value = store.state.bundle;
}

/* Loads the model, so that the first click is as fast as the second. */
async function warm() {
  const {bundle} = store.state;
  const facts = await attempt(() => api.model(bundle));
  if (!facts || bundle !== store.state.bundle) return;
  byId("chord-fields").hidden = !facts.chords;
  formChanged();
  text(byId("model-facts"), `${facts.config}, layers of ${facts.layers.join(" and ")}, ${facts.max_note - facts.min_note} notes. A .mag file can also be dropped on this page.`);
}

async function addBundle(file) {
  const facts = await attempt(() => api.bundle(file));
  if (!facts) return;
  if (!start.models.some(({name}) => name === facts.name)) start.models.push(facts);
  store.change("the model", {bundle: facts.name});
  listModels();
  warm();
  say(`${facts.name} is here`, true);
}

// Melodies

const sound = {start_step: 0, steps_per_quarter: 4, steps_per_bar: 16, primer_steps: 0, velocity: 100, program: 0, metre: [4, 4], chords: [], render_chords: false};

/* Asks for melodies; put(melodies) says where they go. */
async function order(asked, names, put, words) {
  if (busy) return;
  busy = true;
  byId("generate").disabled = true;
  const began = performance.now();
  const answer = await attempt(() => api.generate(asked));
  busy = false;
  byId("generate").disabled = false;
  if (!answer) return;
  const melodies = answer.melodies.map((melody, index) => ({
    ...melody, id: nextId++, kept: false, name: names(index), command: answer.command, seed: answer.seed,
  }));
  store.change(words, {melodies: put(melodies)});
  performance.measure("from click to notes", {start: began});
  const milliseconds = Math.round(performance.now() - began);
  const count = `${melodies.length} melod${melodies.length === 1 ? "y" : "ies"}`;
  text(byId("took"), `${count} in ${milliseconds} ms, seed ${answer.seed}`);
  say(`${count} made`);
  if (melodies.length) deck.choose(melodies[0], false);
}

const generate = () => {
  const first = made + 1;
  return order(wish(), (index) => `Melody ${first + index}`, (melodies) => {
    made += melodies.length;
    return [...store.state.melodies.filter((melody) => melody.kept), ...melodies];
  }, "new melodies");
};

/* Makes one of another, which then stands below it. */
const derive = (name, word) => async (melody, more) => order(
  await wishes[name](wish(), melody, more), () => `${melody.name}, ${word}`,
  (melodies) => store.state.melodies.flatMap((each) => (each.id === melody.id ? [each, ...melodies] : [each])),
  `“${melody.name}, ${word}”`);

const replaced = (melody, parts) =>
  store.state.melodies.map((each) => (each.id === melody.id ? {...each, ...parts} : each));

const takes = new Takes(byId("songs"), {
  play: (melody) => deck.toggle(melody),
  keep: (melody) => store.change(melody.kept ? "not keeping" : "keeping", {melodies: replaced(melody, {kept: !melody.kept})}),
  drop: (melody) => {
    const {melodies} = store.state;
    const next = melodies[melodies.indexOf(melody) + 1] ?? melodies[melodies.indexOf(melody) - 1];
    store.change(`dropping ${melody.name}`, {melodies: melodies.filter((each) => each !== melody)});
    const card = next && takes.card(next);
    (card?.querySelector('[data-do="drop"]') ?? byId("generate")).focus();
    say(`${melody.name} dropped`);
  },
  rewrite: derive("rewrite", "rewritten"),
  continue: derive("continue", "continued"),
  pitches: derive("pitches", "new notes"),
  rhythm: derive("rhythm", "new rhythm"),
  begin: (melody) => {
    byId("primer-melody").value = `[${melody.events.join(", ")}]`;
    store.change("the beginning", {primer: melody.events, metre: melody.metre, flags: flagsOfForm()});
    say(`${melody.name} is the beginning now`, true);
  },
  save: (melody, {format}) => attempt(() => files.save(melody, format)),
  place: (melody, part) => deck.place(melody, part),
  key: (melody, key) => deck.key(melody, key),
}, {...start.formats, wav: ".wav"});
const scores = new Scores((melody) => takes.card(melody), (melody, quarters) => {
  deck.place(melody, quarters / songOf(melody).quarters);
});
const deck = new Deck({
  melodies: () => store.state.melodies, card: (melody) => takes.card(melody), say,
  light: (melody, quarters) => scores.light(melody, quarters),
});
const files = new Files({store, deck, say, addBundle, attempt, primer: (read) => {
  byId("primer-melody").value = `[${read.events.join(", ")}]`;
  const qpm = document.querySelector('[data-flag="qpm"]');
  qpm.value = Math.round(read.qpm * 100) / 100;
  store.change("the beginning", {primer: read.events, metre: read.metre, flags: flagsOfForm()});
}, opened: (project) => {
  const melodies = project.melodies.map((melody) => ({...melody, id: nextId++}));
  const known = start.models.some(({name}) => name === project.bundle);
  store.change("opening", {...project, melodies, bundle: known ? project.bundle : store.state.bundle});
  made = Math.max(made, melodies.length);
  if (!known) say(`The model ${project.bundle} is not here: drop its file on this page`, true);
}});

["show-roll", "show-score"].forEach((id, score) => byId(id).addEventListener("click", () => {
  byId("show-roll").setAttribute("aria-pressed", !score);
  byId("show-score").setAttribute("aria-pressed", Boolean(score));
  attempt(() => scores.show(Boolean(score), store.state.melodies));
}));
byId("drop-rest").addEventListener("click", () => {
  store.change("dropping the rest", {melodies: store.state.melodies.filter((melody) => melody.kept)});
});
function showMetre(metre) {
  const name = metre.join("/");
  const list = byId("metre");
  if (![...list.options].some((option) => option.value === name)) list.add(new Option(name, name));
  list.value = name;
  setBar(stepsOf(metre));
}

const undo = () => say(`Undone: ${store.undo() ?? "nothing"}`);
const redo = () => say(`Done again: ${store.redo() ?? "nothing"}`);
byId("undo").addEventListener("click", undo);
byId("redo").addEventListener("click", redo);
byId("title").addEventListener("input", (event) => store.amend({title: event.target.value}));
document.addEventListener("keydown", (event) => {
  const writing = event.target.closest("input:not([type=range]):not([type=radio]):not([type=checkbox]), select, textarea, pre");
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key.toLowerCase() === "z" && !writing) {
    event.preventDefault();
    return event.shiftKey ? redo() : undo();
  }
  if (writing || command || event.altKey) return;
  if (event.key === " " && !event.target.closest("button, summary, [type=checkbox], [type=radio]")) {
    event.preventDefault();
    deck.toggle();
  }
});

store.listen((state, before) => {
  byId("undo").disabled = !store.canUndo;
  byId("redo").disabled = !store.canRedo;
  if (byId("title").value !== state.title) byId("title").value = state.title;
  if (state.metre !== before.metre) showMetre(state.metre);
  if (state.flags !== before.flags) showFlags(state.flags);
  if (state.metre !== before.metre || (state.primer !== before.primer && state.primer !== primer.events)) {
    primer.show(state.primer, stepsOf(state.metre));
  }
  if (state.bundle !== before.bundle) byId("bundle").value = state.bundle;
  if (["flags", "bundle", "metre"].some((name) => state[name] !== before[name])) showCommand();
  if (state.melodies === before.melodies) return;
  const {melodies} = state;
  takes.show(melodies);
  attempt(() => scores.draw(melodies));
  deck.follow(melodies);
  byId("empty").hidden = melodies.length > 0;
  byId("legend").hidden = !melodies.some((melody) => melody.primer_steps);
  byId("drop-rest").hidden = !melodies.some((melody) => melody.kept) || melodies.every((melody) => melody.kept);
});
window.addEventListener("resize", () => {
  deck.draw();
  scores.resized(store.state.melodies);
});
window.addEventListener("beforeunload", (event) => {
  if (store.state.melodies.some((melody) => melody.kept) && store.state.melodies !== store.saved.melodies) event.preventDefault();
});

fillLists(start);
listModels();
if (start.project) files.hooks.opened(start.project);
showFlags(store.state.flags);
showCommand();
warm();
document.documentElement.dataset.ready = "yes";
