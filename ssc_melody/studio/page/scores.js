/* The melodies as notation, drawn by abcjs, which is loaded when notation is first asked for. */
import {api} from "./api.js";
import {only} from "./files.js";
import {songOf} from "./melody.js";
import {scoreIn} from "./notation.js";

const tunes = new WeakMap(); // a melody's tune in ABC, by its events

let library = null;
const loaded = () => {
  library ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = "abcjs-basic-min.js";
    script.onload = done;
    script.onerror = () => failed(new Error("The notation cannot be loaded"));
    document.head.append(script);
  });
  return library;
};

export class Scores {
  #shown = false;
  #drawn = new WeakMap(); // by the element
  #waiting = 0;

  /* card(melody) returns where one is shown; go(melody, quarters) is called for a note. */
  constructor(card, go) {
    this.card = card;
    this.go = go;
  }

  async show(score, melodies) {
    this.#shown = score;
    document.body.classList.toggle("as-score", score);
    await this.draw(melodies);
  }

  /* Draws what is not drawn yet. */
  async draw(melodies) {
    if (!this.#shown) return;
    const unknown = melodies.filter((melody) => !tunes.has(melody.events));
    const [, found] = await Promise.all([loaded(), unknown.length ? api.notation(unknown.map(only)) : []]);
    unknown.forEach((melody, index) => tunes.set(melody.events, found[index]));
    for (const melody of melodies) {
      const box = this.card(melody)?.querySelector(".score");
      if (!box?.clientWidth) continue;
      const before = this.#drawn.get(box);
      if (before?.events === melody.events && before.width === box.clientWidth) continue;
      const abc = tunes.get(melody.events);
      if (!abc) {
        box.textContent = "This melody cannot be written as notation.";
        continue;
      }
      const song = {...songOf(melody), abc};
      song.notes = song.notes.filter((note) => !note.unseen);
      this.#drawn.set(box, {
        events: melody.events, ...scoreIn(box, song, (quarters) => this.go(melody, quarters)),
      });
    }
  }

  resized(melodies) {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => this.draw(melodies), 150);
  }

  light(melody, quarters) {
    const box = this.#shown && this.card(melody)?.querySelector(".score");
    if (box) this.#drawn.get(box)?.light(quarters);
  }
}
