"""What music21 reads in a MusicXML score, as plain values: a reference for tests, benchmarks."""

import warnings
from pathlib import Path
from typing import Any

from ssc_melody.scores.score import TICKS_PER_QUARTER


def read(path: Path) -> dict[str, Any]:
    """Returns a score's parts, metres, pickup and chord symbols, at sounding pitch, in ticks.

    A note is [pitch, start, end, tie, voice, bar, start in the bar]; tied ones are apart.
    """
    from music21 import converter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score = converter.parse(path, format="musicxml", forceSource=True)
    return _values(score)


def _values(score: Any) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score = score.toSoundingPitch(inPlace=True) or score
    parts = list(score.parts)
    metres = {
        (_ticks(m.getOffsetInHierarchy(score)), m.numerator, m.denominator)
        for m in score.recurse().getElementsByClass("TimeSignature")
        if hasattr(m, "numerator")
    }
    return {
        "parts": [{"name": part.partName or "", "notes": _notes(part)} for part in parts],
        "metres": sorted(metres),
        "pickup": _pickup(parts),
        "chords": [
            [_ticks(chord.getOffsetInHierarchy(score)), chord.figure]
            for chord in score.recurse().getElementsByClass("ChordSymbol")
        ],
    }


def _ticks(quarters: Any) -> int:
    return round(quarters * TICKS_PER_QUARTER)


def _notes(part: Any) -> list[list[Any]]:
    notes: list[list[Any]] = []
    for number, bar in enumerate(part.getElementsByClass("Measure")):
        for voice in list(bar.voices) or [bar]:
            origin = bar.offset + (voice.offset if voice is not bar else 0)
            name = str(voice.id) if voice is not bar else ""
            for element in voice.notes:
                if "ChordSymbol" not in element.classes and not element.duration.isGrace:
                    start = origin + element.offset
                    rows = _rows(element, start, name)
                    notes += [[*row, number, _ticks(start - bar.offset)] for row in rows]
    return notes


def _rows(element: Any, start: Any, voice: str) -> list[list[Any]]:
    end = start + element.quarterLength
    return [
        [note.pitch.midi, _ticks(start), _ticks(end), note.tie.type if note.tie else "", voice]
        for note in getattr(element, "notes", (element,))
        if hasattr(note, "pitch")
    ]


def _pickup(parts: list[Any]) -> int:
    """Returns the ticks that the longest first bar lacks to be full."""
    missing = []
    for part in parts:
        bars = list(part.getElementsByClass("Measure"))
        if len(bars) > 1 and bars[0].timeSignature is not None:
            full = bars[0].timeSignature.barDuration.quarterLength
            missing.append(_ticks(full - bars[0].highestTime))
    return max(0, min(missing, default=0))


def tied(notes: list[list[Any]]) -> list[tuple[int, int, int]]:
    """Returns (pitch, start, end) with tied notes as one: within a voice, else within the part."""
    joined: list[list[Any]] = []
    held: dict[int, list[int]] = {}
    for pitch, start, end, tie, voice, *_ in sorted(notes, key=lambda note: note[1]):
        if end <= start:
            continue
        open_ones = [i for i in held.get(pitch, []) if abs(joined[i][2] - start) <= 2]
        same = [i for i in open_ones if joined[i][3] == voice]
        i = (same or open_ones or [-1])[0]
        if tie in ("stop", "continue") and i >= 0:
            joined[i][2:] = [end, voice]
            held[pitch].remove(i)
        else:
            i = len(joined)
            joined.append([pitch, start, end, voice])
        if tie in ("start", "continue"):
            held.setdefault(pitch, []).append(i)
    return [(pitch, start, end) for pitch, start, end, _ in joined]
