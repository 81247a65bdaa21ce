/* The list of melodies: a card each, with its roll, what can be done with it, and chosen bars. */
import {attribute, clip, minutes, text} from "./helpers.js";
import {noteName, songOf} from "./melody.js";
import {drawn, mark} from "./roll.js";

const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

export class Takes {
  #cards = new Map(); // by the melody's id: {card, melody}

  /* list: an element; does: functions by the names in data-do, called with the melody and bars;
     formats: the endings by the names of files a melody can be saved as. */
  constructor(list, does, formats) {
    this.list = list;
    this.does = does;
    this.formats = formats;
    list.addEventListener("click", (event) => this.#clicked(event));
  }

  card(melody) {
    return this.#cards.get(melody.id)?.card ?? null;
  }

  /* Shows melodies, in their order; cards of those that are there already stay. */
  show(melodies) {
    const there = new Set(melodies.map((melody) => melody.id));
    for (const [id, {card}] of this.#cards) {
      if (there.has(id)) continue;
      card.remove();
      this.#cards.delete(id);
    }
    melodies.forEach((melody, index) => {
      let row = this.#cards.get(melody.id);
      if (!row) {
        row = {card: this.#made(), melody: null};
        this.#cards.set(melody.id, row);
        row.card.dataset.id = melody.id;
        this.#follow(row);
      }
      if (row.melody !== melody) this.#fill(row, melody);
      if (this.list.children[index] !== row.card) this.list.insertBefore(row.card, this.list.children[index]);
    });
  }

  #made() {
    const card = document.getElementById("card").content.cloneNode(true).firstElementChild;
    for (const [name, ending] of Object.entries(this.formats)) {
      const button = document.createElement("button");
      Object.assign(button, {type: "button", className: "button"});
      button.dataset.do = "save";
      button.dataset.format = name;
      button.textContent = {midi: "MIDI", wav: "WAV", abc: "ABC", musicxml: "MusicXML"}[name] ?? ending;
      card.querySelector(".files").append(button);
    }
    return card;
  }

  #fill(row, melody) {
    const {card} = row;
    const same = row.melody && row.melody.events === melody.events;
    row.melody = melody;
    text(card.querySelector("h3"), melody.name);
    const keep = card.querySelector('[data-do="keep"]');
    attribute(keep, "aria-pressed", melody.kept);
    text(keep, melody.kept ? "Kept" : "Keep");
    card.classList.toggle("kept", melody.kept);
    const track = card.querySelector(".track");
    attribute(track, "aria-label", `Position in ${melody.name}`);
    for (const button of card.querySelectorAll(".actions button, .more button, .menu summary")) {
      attribute(button, "aria-label", `${button.textContent} ${melody.name}`);
    }
    if (same) return;
    const song = songOf(melody);
    this.choose(row, null);
    attribute(card.querySelector(".score"), "aria-label", `Notation of ${melody.name}`);
    const pitches = song.notes.filter((note) => !note.unseen).map((note) => note.pitch);
    const facts = [plural(song.bars.length, "bar"), plural(pitches.length, "note")];
    if (pitches.length) facts.push(`${noteName(Math.min(...pitches))} to ${noteName(Math.max(...pitches))}`);
    facts.push(minutes(song.seconds));
    card.querySelector(".facts").replaceChildren(...facts.flatMap((fact) => {
      const span = document.createElement("span");
      span.textContent = fact;
      return [span, " "];
    }));
    card.querySelector(".drawn").replaceChildren(...drawn(song));
    track.style.minWidth = `${Math.round(song.quarters * 9)}px`;
    attribute(track, "aria-valuemax", song.bars.length);
    attribute(track, "aria-valuenow", 1);
    this.#label(card, song);
    for (const input of card.querySelectorAll(".rewrite input")) {
      input.max = song.bars.length;
      input.setAttribute("aria-label", `${input.className === "from" ? "From" : "To"} bar of ${melody.name}`);
    }
    card.querySelector(".to").value = Math.min(2, song.bars.length);
  }

  #label(card, song) {
    const step = song.bars.length <= 16 ? 1 : 4;
    const numbers = song.bars.map((start, index) => {
      const span = document.createElement("span");
      span.textContent = index % step ? "" : index + 1;
      span.style.left = `${(100 * start) / song.quarters}%`;
      return span;
    });
    card.querySelector(".numbers").replaceChildren(...numbers);
    card.querySelector(".symbols").replaceChildren(...song.symbols.map(({symbol, start}) => {
      const span = document.createElement("span");
      span.textContent = symbol;
      span.style.left = `${(100 * start) / song.quarters}%`;
      return span;
    }));
    const rows = song.high - song.low + 1;
    const named = [];
    for (let pitch = song.low; pitch <= song.high; pitch++) if (pitch % 12 === 0) named.push(pitch);
    card.querySelector(".names").replaceChildren(...named.map((pitch) => {
      const span = document.createElement("span");
      span.textContent = noteName(pitch);
      span.style.top = `${(100 * (song.high - pitch + 0.5)) / rows}%`;
      return span;
    }));
  }

  /* Chooses bars to be rewritten; null for none. */
  choose(row, bars) {
    const song = songOf(row.melody);
    if (row.card.querySelector(".chosen")) mark(row.card, song, ...(bars ?? [null, null]));
    if (!bars) return;
    row.card.querySelector(".from").value = bars[0];
    row.card.querySelector(".to").value = bars[1];
  }

  /* Pointers and keys on a card's roll. */
  #follow(row) {
    const {card} = row;
    const track = card.querySelector(".track");
    const numbers = card.querySelector(".numbers");
    const part = (event) => {
      const box = track.getBoundingClientRect();
      return (event.clientX - box.left) / box.width;
    };
    const barAt = (event) => {
      const {bars, barLength, quarters} = songOf(row.melody);
      return clip(Math.floor((part(event) * quarters) / barLength) + 1, 1, bars.length);
    };
    let first = null;
    numbers.addEventListener("pointerdown", (event) => {
      first = barAt(event);
      numbers.setPointerCapture(event.pointerId);
      this.choose(row, [first, first]);
      card.querySelector(".menu").open = true;
    });
    numbers.addEventListener("pointermove", (event) => {
      if (first === null) return;
      const last = barAt(event);
      this.choose(row, [Math.min(first, last), Math.max(first, last)]);
    });
    for (const end of ["pointerup", "pointercancel"]) numbers.addEventListener(end, () => { first = null; });
    track.addEventListener("click", (event) => {
      if (!numbers.contains(event.target)) this.does.place(row.melody, part(event));
    });
    track.addEventListener("pointermove", (event) => {
      if (event.buttons === 1 && event.pointerType === "mouse" && !numbers.contains(event.target)) {
        this.does.place(row.melody, part(event));
      }
    });
    track.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (!this.does.key(row.melody, event.key)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    card.querySelector(".rewrite").addEventListener("input", () => mark(card, songOf(row.melody), ...this.#bars(row)));
  }

  /* The bars that the fields say, as far as there are so many. */
  #bars({card, melody}) {
    const most = songOf(melody).bars.length;
    const [from, to] = [".from", ".to"].map((name) =>
      clip(Math.round(Number(card.querySelector(name).value)) || 1, 1, most));
    return [from, Math.max(from, to)];
  }

  #clicked(event) {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    const row = this.#cards.get(Number(button.closest(".song").dataset.id));
    this.does[button.dataset.do](row.melody, {
      bars: this.#bars(row), format: button.dataset.format, button,
    });
  }
}
