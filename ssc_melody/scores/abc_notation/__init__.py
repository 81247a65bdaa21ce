"""A reader of ABC tune books, as far as they decide which notes sound when.

Follows the ABC standard 2.1 (Chris Walshaw, 2011), with the habits of files in ABC 1.6 as abc2midi
reads them. In the order to read them: book (characters, lines, tunes), fields and keys (what fields
say), head, symbols (the music's), voice (what it sounds), tune (whom it is for), assemble, read.

Left out: what is not heard or read (lyrics, layout, grace notes, ornaments, dynamics, symbol lines
`s:`), macros (m:, optional in the standard; `~G3` is G3, and a notice says so), parts (P:) and
repeats: sections and endings are taken once, as written. Voices of percussion keep their time but
have no notes. Of instructions, %%MIDI transpose, %%MIDI channel 10, %%propagate-accidentals and
I:octave are followed; shift=, sound= and score= of later drafts of the standard are not.
"""

from ssc_melody.scores.abc_notation.read import AbcTune, read_abc, read_tunes

__all__ = ["AbcTune", "read_abc", "read_tunes"]
