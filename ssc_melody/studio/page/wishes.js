/* What is asked for when one melody is made of another: flags of ssc_melody_generate, and the melody
   of which something is kept. Settings that speak of a whole melody are left out. */

const text = (events) => `[${events.join(", ")}]`;

function without(flags, ...names) {
  return Object.fromEntries(Object.entries(flags).filter(([name]) => !names.includes(name)));
}

const plain = (wish) => ({
  ...wish, flags: {...without(wish.flags, "primer_melody", "form", "phrase_bars", "seed", "include_primer"), num_outputs: 1},
});

const fileName = (melody) => `${melody.name.replace(/[^\w]+/g, "_").toLowerCase()}.mid`;

export const wishes = {
  /* Bars are made anew between what stands before and after them. */
  rewrite(wish, melody, {bars: [first, last]}) {
    const asked = plain(wish);
    asked.flags = {...without(asked.flags, "num_steps", "end", "continue_at"), qpm: melody.qpm, primer_melody: text(melody.events), rewrite_bars: `${first}-${last}`};
    return asked;
  },
  /* As many bars more as the form says. */
  continue(wish, melody) {
    const asked = plain(wish);
    const steps = melody.events.length + (wish.flags.num_steps ?? 128);
    asked.flags = {...asked.flags, qpm: melody.qpm, primer_melody: text(melody.events), num_steps: steps};
    return asked;
  },
  /* Notes begin and end where they do, the pitches are new. */
  pitches(wish, melody) {
    const asked = plain(wish);
    asked.flags = {...without(asked.flags, "num_steps"), qpm: melody.qpm};
    return {...asked, rhythm_of: melody.events, names: {rhythm_of: fileName(melody)}};
  },
  /* The pitches come in their order, the rhythm is new. */
  rhythm(wish, melody) {
    const asked = plain(wish);
    asked.flags = {...asked.flags, qpm: melody.qpm, num_steps: melody.events.length};
    return {...asked, pitches_of: melody.events, names: {pitches_of: fileName(melody)}};
  },
};
