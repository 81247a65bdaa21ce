"""Music in and out of the studio: a primer from a file, and melodies as files.

A file's kind is told from its bytes. All parts but drums are one line, in which the highest note
wins, as --primer_midi has it; of an ABC book the first tune counts.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable, Sequence
from typing import Any

from ssc_melody.chords.voicing import voiced
from ssc_melody.errors import DataError, OptionError, printable
from ssc_melody.files import looks_like
from ssc_melody.melody import primer as primers
from ssc_melody.melody.melody import Melody
from ssc_melody.melody.score_piece import is_score
from ssc_melody.midi.read import is_midi, parse_midi
from ssc_melody.mixtape.page import to_html
from ssc_melody.mixtape.tape import Mixtape, Run, Song, on_chords
from ssc_melody.render.timeline import timeline

MOST_STEPS = 512
"""Of a primer: 32 bars of 4/4; the rest of a longer piece is left out."""

_LONGEST = 1_000_000


def read_primer(data: bytes, name: str) -> dict[str, Any]:
    """Returns the melody of a MIDI, ABC or MusicXML file.

    Args:
        data: The file.
        name: Its name, for messages.

    Returns:
        "events", "qpm", "metre", "steps_per_bar" and "warnings".

    Raises:
        SscMelodyError: It cannot be read, or has no melody.
    """
    name = printable(name)[:100] or "the file"
    if not is_midi(data) and not is_score(data):
        found = looks_like(data) or "other bytes"
        raise DataError(f"{name}: expected a MIDI, ABC or MusicXML file, found {found}")
    file = io.BytesIO(data)
    file.name = name  # what messages call it
    read = primers.from_midi(file, num_steps=_LONGEST)
    warnings: list[str] = []
    events = read.events[: read.primer_steps]
    if max(events, default=-1) < 0:
        raise DataError(f"{name}: it has no note to begin with")
    if len(events) > MOST_STEPS:
        warnings.append(f"only the first {MOST_STEPS // read.steps_per_bar} bars are taken")
        events = events[: MOST_STEPS // read.steps_per_bar * read.steps_per_bar]
    return {
        "events": events,
        "qpm": read.qpm,
        "metre": list(read.metre),
        "steps_per_bar": read.steps_per_bar,
        "warnings": [printable(text)[:200] for text in (*read.warnings, *warnings)][:5],
    }


@dataclasses.dataclass(frozen=True)
class Take:
    """A melody of the page, and how it sounds.

    Attributes:
        name: What the page calls it.
        melody: Its events.
        qpm: Quarter notes per minute.
        velocity: MIDI velocity.
        program: MIDI program.
        metre: Beats of a bar and what they are.
        render_chords: Whether its MIDI file has the chords, too.
        command: What made it, or "".
    """

    name: str
    melody: Melody
    qpm: float
    velocity: int
    program: int
    metre: tuple[int, int]
    render_chords: bool
    command: str

    def midi(self) -> bytes:
        """Returns the file that ssc_melody_generate writes."""
        return self.melody.midi_bytes(
            self.qpm, self.velocity, self.program, self.metre, self.render_chords
        )

    def abc(self) -> bytes:
        """Returns the melody as a tune of ABC."""
        return self.melody.to_abc(**self._settings()).encode()

    def musicxml(self) -> bytes:
        """Returns the melody as MusicXML."""
        return self.melody.to_musicxml(**self._settings()).encode()

    def _settings(self) -> dict[str, Any]:
        steps, rate = self.melody.steps_per_bar, self.melody.steps_per_quarter
        beats, unit = self.metre
        return {
            "title": self.name,
            "qpm": self.qpm,
            "metre": self.metre if steps * unit == 4 * rate * beats else None,
            "chords": list(enumerate(self.melody.chords)),
        }


Writer = Callable[[Take], bytes]

FORMATS: dict[str, tuple[str, str, Writer]] = {
    "midi": (".mid", "audio/midi", Take.midi),
    "abc": (".abc", "text/vnd.abc", Take.abc),
    "musicxml": (".musicxml", "application/vnd.recordare.musicxml+xml", Take.musicxml),
}
"""What a melody can be saved as: the ending, the type, and what writes it."""


def export(take: Take, kind: object) -> tuple[bytes, str]:
    """Returns a melody as a file, and the file's type.

    Raises:
        OptionError: There is no such format.
        SscMelodyError: The melody cannot be written.
    """
    if not isinstance(kind, str) or kind not in FORMATS:
        raise OptionError(f"expected one of the formats {', '.join(FORMATS)}, got {kind!r:.40}")
    _, mime, writer = FORMATS[kind]
    return writer(take), mime


def backing(symbols: Sequence[str]) -> list[list[int]]:
    """Returns [first step, last step + 1, pitch] of the notes of a melody's chords."""
    return [
        [chord.start, chord.end, pitch]
        for chord in (voiced(symbols) if symbols else ())
        for pitch in sorted(set(chord.pitches))
    ]


def notation(take: Take) -> str:
    """Returns a melody as a tune of ABC; "" for one that cannot be written."""
    try:
        return take.abc().decode()
    except DataError:
        return ""


def mixtape(takes: list[Take], title: str) -> bytes:
    """Returns melodies as a page of their own.

    Raises:
        OptionError: There is no melody.
        SscMelodyError: One cannot be written.
    """
    if not takes:
        raise OptionError("a mixtape needs a melody: keep one")
    commands = list(dict.fromkeys(take.command for take in takes if take.command))
    runs = tuple(Run(command, (("Made in", "ssc_melody_studio"),)) for command in commands)
    songs = []
    for number, take in enumerate(takes, 1):
        midi = take.midi()
        melody = take.melody
        given = melody.start_step + melody.primer_steps if melody.primer_steps else 0
        song = Song(
            title=take.name,
            file_name=f"melody_{number}.mid",
            midi=midi,
            line=timeline(parse_midi(midi, take.name), take.name),
            primer=given / melody.steps_per_quarter,
            run=commands.index(take.command) if take.command else None,
            abc=notation(take),
        )
        chords = [
            ((melody.start_step + step) / melody.steps_per_quarter, symbol)
            for step, symbol in melody.chord_changes()
        ]
        songs.append(on_chords(song, chords) if chords else song)
    return to_html(Mixtape(title or "Melodies", tuple(songs), runs)).encode()
