"""Melodies with the chords below them, in twelve keys.

Follows magenta/pipelines/lead_sheet_pipelines.py (`extract_lead_sheet_fragments`) and
`ChordProgression.from_quantized_sequence` of note_seq/chords_lib.py: with stock's options the same
lead sheets in the same order. Kept: two chords on one step cost the melody they are under, and a
symbol that cannot be read costs all lead sheets of its section.

Ours: sections whose melodies do not fit their chords can be left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ssc_melody.chords import NO_CHORD, parse_chord, transpose_chord
from ssc_melody.constants import NOTE_OFF, NOTES_PER_OCTAVE
from ssc_melody.dataset.examples import Tune
from ssc_melody.dataset.sections import Chords, Section
from ssc_melody.errors import ChordError
from ssc_melody.melody import events as melody_events
from ssc_melody.melody.extraction import Extracted

COINCIDENT = "coincident_chords"
NO_CHORDS = "empty_chord_progressions"
BAD_SYMBOL = "chord_symbol_exception"
NOT_ENCODED = "chord_encoding_exception"
NOT_FITTING = "sections_discarded_melody_off_chords"


def with_chords(
    melodies: Sequence[Extracted],
    section: Section,
    semitones: Sequence[int],
    min_chord_fit: float = 0.0,
) -> tuple[list[Tune], Counter[str]]:
    """Returns the lead sheets of a section, each at all transpositions in turn.

    Args:
        melodies: Its melodies.
        section: The section.
        semitones: The transpositions.
        min_chord_fit: Least share (0 to 1) of the sounding steps that are on a note of the chord.

    Returns:
        The lead sheets, and how many were discarded for each reason.
    """
    counts: Counter[str] = Counter()
    bar = int(section.steps_per_bar)
    found: list[Tune] = []
    try:
        for melody in melodies:
            chords = chords_between(
                section.chords, melody.start_step, melody.start_step + len(melody.events)
            )
            if chords is None:
                counts[COINCIDENT] += 1
            elif set(chords) == {NO_CHORD}:
                counts[NO_CHORDS] += 1
            else:
                found.append(Tune(melody.events, section.metre, bar, _read(chords)))
        if found and min_chord_fit and fit(found) < min_chord_fit:
            return [], counts + Counter({NOT_FITTING: 1})
    except ChordError:
        return [], counts + Counter({BAD_SYMBOL: 1})
    return [transposed(tune, amount) for tune in found for amount in semitones], counts


def chords_between(chords: Chords, start: int, end: int) -> tuple[str, ...] | None:
    """Returns a chord symbol for each step; None where two begin on one step.

    Args:
        chords: (step, symbol) by step.
        start: First step.
        end: One after the last step.

    Source: note_seq/chords_lib.py, ChordProgression.from_quantized_sequence.
    """
    symbols: list[str] = []
    current, since = NO_CHORD, -1
    for step, symbol in chords:
        if step >= end:
            break
        if step >= start:
            if step == since:
                if symbol == current:
                    continue
                return None
            symbols += [current] * (step - start - len(symbols))
        current, since = symbol, step
    return tuple(symbols + [current] * (end - start - len(symbols)))


def _read(chords: tuple[str, ...]) -> tuple[str, ...]:
    """Returns chord symbols that can all be read.

    Raises:
        ChordError: One cannot.
    """
    for symbol in dict.fromkeys(chords):
        transpose_chord(symbol, 0)
    return chords


def transposed(tune: Tune, semitones: int) -> Tune:
    """Returns a lead sheet moved up or down; notes that would leave 0..127 by octaves back.

    Source: note_seq/lead_sheets_lib.py, LeadSheet.transpose.
    """
    moved = {symbol: transpose_chord(symbol, semitones) for symbol in dict.fromkeys(tune.chords)}
    return tune._replace(
        events=melody_events.transpose(tune.events, semitones),
        chords=tuple(moved[symbol] for symbol in tune.chords),
    )


def fit(tunes: Iterable[Tune]) -> float:
    """Returns the share, 0..1, of the steps on which a note and a chord sound that fit each other.

    Raises:
        ChordError: A symbol cannot be read.
    """
    fits = steps = 0
    for tune in tunes:
        pitch = NOTE_OFF
        for event, symbol in zip(tune.events, tune.chords, strict=True):
            pitch = event if event >= NOTE_OFF else pitch
            if pitch >= 0 and symbol != NO_CHORD:
                steps += 1
                fits += pitch % NOTES_PER_OCTAVE in parse_chord(symbol).pitches
    return fits / steps if steps else 0.0
