/* The state of the studio, with undo. A state is never changed, only replaced, so that keeping the
   states before it costs next to nothing. */

const MOST_KEPT = 200;

export class Store {
  #past = [];
  #future = [];
  #listeners = [];
  saved = null;

  constructor(state) {
    this.state = this.saved = state;
  }

  listen(listener) {
    this.#listeners.push(listener);
  }

  /* Replaces parts of the state; what is done can be undone, under these words. */
  change(words, parts) {
    this.#past.push({state: this.state, words});
    if (this.#past.length > MOST_KEPT) this.#past.shift();
    this.#future = [];
    this.#set({...this.state, ...parts});
  }

  /* The same for what is not worth a step of its own, such as a letter of a title. */
  amend(parts) {
    this.#set({...this.state, ...parts});
  }

  /* Each returns what was undone or done again, in words; null where there is nothing. */
  undo() {
    return this.#move(this.#past, this.#future);
  }

  redo() {
    return this.#move(this.#future, this.#past);
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  #move(from, to) {
    const step = from.pop();
    if (!step) return null;
    to.push({state: this.state, words: step.words});
    this.#set(step.state);
    return step.words;
  }

  #set(state) {
    const before = this.state;
    this.state = state;
    for (const listener of this.#listeners) listener(state, before);
  }
}
