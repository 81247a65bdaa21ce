"""abc2midi as a reference for ABC: what it plays of a tune, as notes in quarter notes.

abc2midi plays repeats, ornaments, decorations and accompaniments, and dots hornpipes; `plain` takes
all that out of a tune's text, and both readers get what is left. Fields it does not know (of the
file header, which it does not read at all) are left out, the notes of chords begin together.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from ssc_melody.errors import MidiError
from ssc_melody.midi.read import parse_midi
from ssc_melody.scores.score import TICKS_PER_QUARTER, Score

PROGRAM = shutil.which("abc2midi")
MISSING = "abc2midi is not installed (Debian: apt-get install abcmidi)"
_CLOSE = 0.02  # quarter notes: abc2midi counts 480 ticks in one

_STRING = re.compile(r'"[^"]*"')
_MARKS = re.compile(r"![^!\s|]*!|[.~HLMOPRSTuv](?=[^:]|$)|\{[^}]*\}|(?<![A-Ga-g',])'")
_BAR = re.compile(
    r"(?::*\[?\||(?<!\([0-9])::)[|:\]]*[ \t]*(?:\[?[0-9](?:[,.-][0-9])*)?|\[[0-9](?:[,.-][0-9])*"
)
_FIELD = re.compile(r"[A-Za-z+]:(?![:|])")
_INLINE = re.compile(r"\[[A-Za-z]:[^\]]*\]")

Note = tuple[int, float, float]
"""Pitch, start and end in quarter notes."""


def plain(tune: str) -> str:
    """Returns a tune without what is played but not written, or written but not played."""
    lines = []
    in_body = False
    for line in tune.splitlines():
        if line.startswith("X:"):
            lines += ["X:1", "%%MIDI chordattack 0"]
        elif line.startswith("%"):
            continue
        elif _FIELD.match(line):
            in_body = in_body or line.startswith("K:")
            if line[0] in "MLKQVITU":
                lines.append(line.split("%", maxsplit=1)[0])
        elif in_body:
            lines.append(_plain_music(line))
        elif not line.strip():
            lines.append(line)
    return "\n".join(lines) + "\n"


def _plain_music(line: str) -> str:
    line = _STRING.sub("", line.split("%", maxsplit=1)[0])
    kept, out, position = list(_INLINE.finditer(line)), [], 0
    for field in kept:
        out += [_strip(line[position : field.start()]), field[0]]
        position = field.end()
    return "".join([*out, _strip(line[position:])])


def _strip(music: str) -> str:
    return _BAR.sub("| ", _MARKS.sub("", music))


def notes_of_abc2midi(tune: str) -> list[Note] | None:
    """Returns what abc2midi plays of a tune, None where it makes no file."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "tune.abc"), Path(folder, "tune.mid")
        source.write_text(tune, encoding="utf-8")
        options = ["-o", str(target), "-NFER", "-NGUI", "-silent"]
        subprocess.run([str(PROGRAM), str(source), *options], capture_output=True, check=False)
        if not target.exists():
            return None
        try:
            music = parse_midi(target.read_bytes(), tune[:20])
        except MidiError:
            return None
    quarter = music.ticks_per_quarter
    return sorted(
        {(note.pitch, note.start_tick / quarter, note.end_tick / quarter) for note in music.notes}
    )


def notes_of_score(score: Score) -> list[Note]:
    """Returns the notes of a score, as the other function does."""
    quarter = TICKS_PER_QUARTER
    return sorted({(note.pitch, note.start / quarter, note.end / quarter) for note in score.notes})


def differences(ours: list[Note], theirs: list[Note]) -> list[tuple[str, Note]]:
    """Returns the notes that only one of two readers has ('+' ours, '-' theirs), by time."""
    left = sorted(theirs)
    only = []
    for note in sorted(ours):
        match = next((other for other in left if _same(note, other)), None)
        if match:
            left.remove(match)
        else:
            only.append(("+", note))
    return sorted(only + [("-", note) for note in left], key=lambda item: item[1][1])


def _same(note: Note, other: Note) -> bool:
    return note[0] == other[0] and all(
        abs(a - b) < _CLOSE for a, b in zip(note[1:], other[1:], strict=True)
    )
