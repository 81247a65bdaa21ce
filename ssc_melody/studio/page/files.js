/* Files in and out: projects, melodies, the mixtape; by buttons, and dropped on the page. */
import {api} from "./api.js";
import {saveAs, wavOf} from "./helpers.js";
import {songOf} from "./melody.js";

const byId = (id) => document.getElementById(id);
const MELODY = ["name", "kept", "events", "primer_steps", "start_step", "steps_per_bar", "steps_per_quarter", "qpm", "velocity", "program", "metre", "chords", "render_chords", "command"];

const plainName = (name) => name.trim().replace(/[^\p{L}\p{N} _-]+/gu, "").replace(/\s+/g, "_") || "untitled";
/* A melody as the server knows it. */
export const only = (melody) => Object.fromEntries(MELODY.map((name) => [name, melody[name]]));

export class Files {
  /* hooks: store, deck, say, attempt, addBundle(file), primer(read), opened(project). */
  constructor(hooks) {
    this.hooks = hooks;
    byId("save").addEventListener("click", () => this.saveProject());
    byId("open").addEventListener("click", () => this.#pick(".json", (file) => this.open(file)));
    byId("add-bundle").addEventListener("click", () => this.#pick(".mag", (file) => hooks.addBundle(file)));
    byId("load-primer").addEventListener("click", () => this.#pick(".mid,.midi,.abc,.xml,.musicxml,.mxl", (file) => this.read(file)));
    byId("mixtape").addEventListener("click", () => hooks.attempt(() => this.mixtape()));
    byId("pick-file").addEventListener("change", (event) => {
      const [file] = event.target.files;
      event.target.value = "";
      if (file) this.picked(file);
    });
    const body = document.body;
    body.addEventListener("dragover", (event) => {
      event.preventDefault();
      body.classList.add("dropping");
    });
    for (const end of ["dragleave", "drop"]) body.addEventListener(end, () => body.classList.remove("dropping"));
    body.addEventListener("drop", (event) => {
      event.preventDefault();
      const [file] = event.dataTransfer.files;
      if (file) this.take(file);
    });
  }

  #pick(accept, picked) {
    this.picked = picked;
    byId("pick-file").accept = accept;
    byId("pick-file").click();
  }

  /* Does with a file what its name says. */
  take(file) {
    if (/\.mag$/i.test(file.name)) this.hooks.addBundle(file);
    else if (/\.json$/i.test(file.name)) this.open(file);
    else this.read(file);
  }

  async open(file) {
    const project = await this.hooks.attempt(() => api.project(file));
    if (!project) return;
    this.hooks.opened(project);
    this.hooks.store.saved = this.hooks.store.state;
    this.hooks.say(`${project.title} is open`, true);
  }

  async read(file) {
    const read = await this.hooks.attempt(() => api.music(file));
    if (!read) return;
    this.hooks.primer(read);
    this.hooks.say([`${file.name} is the beginning`, ...read.warnings].join("; "), true);
  }

  saveProject() {
    const {title, bundle, flags, primer, metre, melodies} = this.hooks.store.state;
    const project = {
      format: "ssc_melody studio", version: 1, title, bundle, flags, primer, metre, melodies: melodies.map(only),
    };
    saveAs(new Blob([JSON.stringify(project, null, 1)], {type: "application/json"}), `${plainName(title)}.studio.json`);
    this.hooks.store.saved = this.hooks.store.state;
    this.hooks.say("Project saved", true);
  }

  async save(melody, format) {
    const name = plainName(melody.name);
    if (format === "wav") {
      const {speed, voice} = this.hooks.deck.transport;
      saveAs(await wavOf(songOf(melody), speed, voice), `${name}.wav`);
    } else {
      const endings = {midi: ".mid", abc: ".abc", musicxml: ".musicxml"};
      saveAs(await api.file(format, only(melody)), `${name}${endings[format] ?? ""}`);
    }
    this.hooks.say(`${melody.name} saved`);
  }

  /* The kept melodies, or all where none is kept, as a page. */
  async mixtape() {
    const {title, melodies} = this.hooks.store.state;
    const kept = melodies.filter((melody) => melody.kept);
    const chosen = kept.length ? kept : melodies;
    saveAs(await api.mixtape(title, chosen.map(only)), `${plainName(title)}.html`);
    this.hooks.say("Mixtape saved", true);
  }
}
