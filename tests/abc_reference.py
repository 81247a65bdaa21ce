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
from typing import NamedTuple

from ssc_melody.errors import MidiError
from ssc_melody.midi.read import parse_midi
from ssc_melody.scores.abc_notation import book, read_abc
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


WRONG = {
    "0001-0050.abc#25": "a (9 in 3/4 has the time of 3, as if 3/4 were compound",
    "0051-0100.abc#21": "a (5 in 3/4 has the time of 3, as if 3/4 were compound",
    "0051-0100.abc#44": "a (5 and a (9 in 3/4 have the time of 3, as if 3/4 were compound",
    "0101-0200.abc#74": "a (5 and a (9 in 3/4 have the time of 3, as if 3/4 were compound",
    "0811-0899.abc#1": "the chords of ABC 1.6 (+E3A3+) are dropped",
    "MollShurkiesJig.abc#1": "[Ac]<a3 is broken although the lengths differ; its bar was full",
    "MyLadysGoonHasGairsOntStrathspey.abc#1": 'the rest of the line after ["Coda" is one chord',
    "book6.abc#91": "music between two ! (ends of staves in ABC 1.6) is dropped",
    "book6.abc#110": "music between two ! (ends of staves in ABC 1.6) is dropped",
    "reelsd-g.abc#1": "music between two stray + is dropped",
    "jigs.abc#153": "damaged: a chord is never closed; the rest of the tune is one chord",
    "han2.abc#374": "refused: K:H",
    "han2.abc#445": "refused: K:H",
    "Combined_Tunebook.abc#91": 'the rest of the line after ["Coda" is one chord',
}
"""Tunes of music21's corpus and of other books that abc2midi plays wrongly, and why."""


class Comparison(NamedTuple):
    """What both readers make of a tune."""

    name: str
    differences: list[tuple[str, Note]]
    depends_on_marks: bool
    """Whether ours differs between the tune and the plain tune."""


def tunes_of(data: bytes, name: str) -> list[tuple[str, str]]:
    """Returns the texts of the tunes of a file by their names."""
    lines = book.split_lines(book.decode(data))
    _, spans = book.split_tunes(lines)
    texts = ["\n".join(lines[first:end]) + "\n" for first, end in spans]
    return [(f"{name}#{i}", text) for i, text in enumerate(texts, start=1)]


def compare(name: str, tune: str) -> Comparison:
    """Reads a tune with both readers."""
    stripped = plain(tune)
    ours, plainly = (_ours(text) for text in (tune, stripped))
    theirs = notes_of_abc2midi(stripped)
    return Comparison(name, differences(plainly, theirs or []), bool(differences(ours, plainly)))


def _ours(tune: str) -> list[Note]:
    ((_, score),), _ = read_abc(tune.encode(), "tune.abc")
    return notes_of_score(score)
