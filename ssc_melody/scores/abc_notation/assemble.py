"""The voices of an ABC tune as a score: ticks, parts, bars, what is worth a warning."""

from __future__ import annotations

from collections.abc import Iterable

from ssc_melody.scores.abc_notation.layers import Layer
from ssc_melody.scores.abc_notation.notices import Notices
from ssc_melody.scores.abc_notation.rhythm import GRAINS_PER_TICK
from ssc_melody.scores.abc_notation.voice import Voice
from ssc_melody.scores.score import (
    TICKS_PER_QUARTER,
    Score,
    ScoreChord,
    ScoreKey,
    ScoreMetre,
    ScoreNote,
    ScoreTempo,
)


def assemble(
    title: str, voices: Iterable[Voice], tempos: list[tuple[int, float]], notices: Notices
) -> Score:
    """Returns the score of a tune; voices and overlays without a note are not parts.

    Args:
        title: Its title.
        voices: At least one.
        tempos: Quarter notes per minute, by the time in grains.
        notices: They become its warnings.
    """
    voices = list(voices)
    layers = [(voice, i) for voice in voices for i in range(len(voice.layers))]
    layers = [(voice, i) for voice, i in layers if voice.layers[i].sounds]
    notes: list[ScoreNote] = []
    for part, (voice, i) in enumerate(layers):
        notes += _notes(voice.layers[i], part, notices)
    for voice in voices:
        for _ in range(voice.bars.too_long):
            notices.add("a bar is longer than its metre")
    first = layers[0][0] if layers else voices[0]
    metres = _metres(voices)
    return Score(
        title=title,
        notes=notes,
        part_names=[f"{v.name} (overlay)".strip() if i else v.name for v, i in layers],
        metres=metres,
        tempos=[ScoreTempo(_tick(t), qpm) for t, qpm in sorted(dict(tempos).items())],
        keys=[ScoreKey(_tick(t), k.fifths, k.mode) for t, k in sorted(dict(first.keys).items())],
        chords=_chords(voices),
        pickup=_pickup(first, metres),
        end=max(_tick(voice.end) for voice in voices),
        warnings=notices.sentences(),
    )


def _tick(grains: int) -> int:
    return (2 * grains + GRAINS_PER_TICK) // (2 * GRAINS_PER_TICK)


def _notes(layer: Layer, part: int, notices: Notices) -> list[ScoreNote]:
    notes = []
    for sound in layer.sounds:
        note = ScoreNote(sound.pitch, _tick(sound.start), _tick(sound.end), part)
        if note.end > note.start:
            notes.append(note)
        else:
            notices.add("a note is too short to be heard")
    return sorted(notes, key=lambda note: (note.start, note.pitch))


def _metres(voices: list[Voice]) -> list[ScoreMetre]:
    """Returns the metres of all voices; where two have one at a time, that of the earlier voice."""
    at = {time: metre for voice in reversed(voices) for time, metre in voice.metres}
    metres: list[ScoreMetre] = []
    for time, metre in sorted(at.items()):
        if metre and (not metres or metres[-1][1:] != metre):
            metres.append(ScoreMetre(_tick(time), *metre))
    return metres


def _chords(voices: list[Voice]) -> list[ScoreChord]:
    """Returns the chord symbols by time; where several stand at one, the first of them."""
    first: dict[int, str] = {}
    for voice in voices:
        for time, symbol in voice.chord_symbols:
            first.setdefault(_tick(time), symbol)
    return [ScoreChord(tick, symbol) for tick, symbol in sorted(first.items())]


def _pickup(voice: Voice, metres: list[ScoreMetre]) -> int:
    """Returns the ticks that the first bar lacks; a tune of one bar has no pickup."""
    if not metres or metres[0].tick or not 0 < voice.bars.first < voice.end:
        return 0
    bar = 4 * TICKS_PER_QUARTER * metres[0].numerator // metres[0].denominator
    return max(0, bar - _tick(voice.bars.first))
