/* What is asked for when one melody is made of another: flags of ssc_melody_generate, and the melody
   of which something is kept. Settings that speak of a whole melody are left out. */

export const isCommon = ([beats, unit]) => beats === 4 && unit === 4;
const text = (events) => `[${events.join(", ")}]`;

function without(flags, ...names) {
  return Object.fromEntries(Object.entries(flags).filter(([name]) => !names.includes(name)));
}

const plain = (wish) => ({
  bundle: wish.bundle, flags: {...without(wish.flags, "primer_melody", "form", "phrase_bars", "seed", "include_primer"), num_outputs: 1},
});

/* A melody to go on from: as events; or, where it has a metre of its own, as a file. */
export function from(asked, {events, metre, qpm, name}) {
  if (isCommon(metre)) return {...asked, flags: {...asked.flags, qpm, primer_melody: text(events)}};
  return {
    ...asked, flags: {...without(asked.flags, "qpm", "primer_melody"), continue_at: "bar"},
    primer: {events, metre, qpm}, names: {...asked.names, primer: fileName({name})},
  };
}

const fileName = (melody) => `${melody.name.replace(/[^\w]+/g, "_").toLowerCase()}.mid`;

export const wishes = {
  /* Bars are made anew between what stands before and after them. */
  rewrite(wish, melody, {bars: [first, last]}) {
    const asked = plain(wish);
    asked.flags = {...without(asked.flags, "num_steps", "end", "continue_at"), rewrite_bars: `${first}-${last}`};
    return from(asked, melody);
  },
  /* As many bars more as the form says. */
  continue(wish, melody) {
    const asked = plain(wish);
    const steps = melody.events.length + (wish.flags.num_steps ?? 128);
    asked.flags = {...asked.flags, num_steps: steps};
    return from(asked, melody);
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
