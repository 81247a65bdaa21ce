/* The form: fields to flags of ssc_melody_generate and back. A field names its flag (data-flag); one
   that is empty or at its default says nothing, as on the command line. */
import {noteName} from "./melody.js";

const KEYS = ["C", "G", "D", "A", "E", "B", "F#", "F", "Bb", "Eb", "Ab", "Db",
  "Am", "Em", "Bm", "F#m", "C#m", "G#m", "Dm", "Gm", "Cm", "Fm", "Bbm", "Ebm"];
const fields = () => [...document.querySelectorAll("[data-flag]")];

/* Fills the lists of choices with what the server knows. */
export function fillLists({scales, styles}) {
  const lists = {
    keys: KEYS.map((key) => [key, key.replace("b", "♭").replace("#", "♯")
      .replace(/m$/, " minor").replace(/^([A-G][♭♯]?)$/, "$1 major")]),
    scales: scales.map((name) => [name, name.replace("_", " ")]),
    styles: Object.keys(styles).map((name) => [name, name]),
    pitches: Array.from({length: 73}, (_, i) => [24 + i, noteName(24 + i)]),
  };
  for (const field of document.querySelectorAll("[data-list]")) {
    for (const [value, text] of lists[field.dataset.list]) field.add(new Option(text, value));
  }
}

function valueOf(field) {
  if (field.closest("[hidden]")) return null; // not for this model
  const {default: usual, times, on, off} = field.dataset;
  if (field.type === "checkbox") {
    if (on) return field.checked ? on === "true" || on : null;
    return field.checked ? null : off !== "false";
  }
  const text = field.value.trim();
  if (text === "" || text === usual) return null;
  const number = field.type === "number" || field.type === "range";
  if (!number) return text;
  return Number.isFinite(Number(text)) ? Number(text) * Number(times || 1) : text;
}

/* Returns the flags that the form asks for. */
export function flagsOfForm() {
  const flags = {};
  for (const field of fields()) {
    const value = valueOf(field);
    if (value !== null) flags[field.dataset.flag] = value;
  }
  return flags;
}

/* Tells the field of bars how many steps a bar has; its default is that of the command in 4/4. */
export function setBar(steps) {
  const field = document.querySelector("[data-flag=num_steps]");
  field.dataset.times = steps;
  field.dataset.default = steps === 16 ? "8" : "";
  if (steps !== 16 && !field.value) field.value = 8;
}

/* Shows flags in the form. */
export function showFlags(flags) {
  for (const field of fields()) {
    const {default: usual = "", times, on, flag} = field.dataset;
    const value = flags[flag];
    if (field.type === "checkbox") field.checked = on ? String(value) === on : value !== false;
    else if (value === undefined) field.value = flag === "num_steps" ? usual || 8 : usual;
    else field.value = times ? value / Number(times) : value;
    showOutput(field);
  }
}

/* A slider says its number. */
export function showOutput(field) {
  const output = field.parentElement.querySelector("output");
  if (output) output.textContent = field.value;
}

/* Returns a message in which flags stand as their fields are called. */
export function inPlainWords(message) {
  const named = message.replace(/--(\w+)/g, (whole, flag) => {
    const field = fields().find((each) => each.dataset.flag === flag);
    const label = field?.closest("label");
    if (!label) return whole;
    const words = [...label.childNodes].find((node) => node.textContent.trim());
    return `“${(words?.firstChild ?? words).textContent.trim()}”`;
  });
  return /^[a-z]+ /.test(named) ? named[0].toUpperCase() + named.slice(1) : named; // not "a.mag: "
}
