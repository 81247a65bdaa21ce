"""Music in and out of the studio: a primer from a file, and melodies as files.

A file's kind is told from its bytes. Of a MIDI file all parts but drums are one line, the highest
note wins, as --primer_midi has it; of a score the first part is taken, of an ABC book its first
tune.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from ssc_melody.errors import DataError, OptionError, printable
from ssc_melody.files import looks_like
from ssc_melody.melody import primer as primers
from ssc_melody.melody.melody import Melody
from ssc_melody.midi.read import parse_midi
from ssc_melody.midi.write import MAX_TEMPO, Metre, MidiTrack, TrackNote, midi_bytes
from ssc_melody.mixtape.page import to_html
from ssc_melody.mixtape.tape import Mixtape, Run, Song
from ssc_melody.render.timeline import timeline
from ssc_melody.scores import abc_notation, musicxml
from ssc_melody.scores.score import TICKS_PER_QUARTER, Score

MOST_STEPS = 512
"""Of a primer: 32 bars of 4/4; the rest of a longer piece is left out."""

_LONGEST = 1_000_000
_QPM = 120.0
_MAX_PER_TICK = 32767


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
    warnings: list[str] = []
    if not data.startswith(b"MThd"):
        score = _score(data, name)
        warnings, data = list(score.warnings), _midi_of_score(score)
    read = primers.from_midi(data, num_steps=_LONGEST)
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


def _score(data: bytes, name: str) -> Score:
    if data.startswith(b"PK") or looks_like(data) == "an XML file":
        return musicxml.read_musicxml(data, name)
    kind = looks_like(data)
    if kind and "ABC" not in kind:
        raise DataError(f"{name}: expected a MIDI, ABC or MusicXML file, found {kind}")
    scores, problems = abc_notation.read_abc(data, name)
    if not scores:
        raise DataError(f"{problems[0][0]}: {problems[0][1]}")
    return scores[0][1]


def _midi_of_score(score: Score) -> bytes:
    """Returns the first part of a score that has notes, on its bars."""
    part = min((note.part for note in score.notes), default=0)
    shift = score.pickup
    notes = [
        TrackNote(pitch, start + shift, end + shift, 100)
        for pitch, start, end, of in score.notes
        if of == part
    ]
    metres = [Metre(m.tick + shift if m.tick else 0, m.numerator, m.denominator)
              for m in score.metres]  # fmt: skip
    qpm = score.tempos[0].qpm if score.tempos else _QPM
    return midi_bytes(
        [MidiTrack(notes)],
        ticks_per_quarter=TICKS_PER_QUARTER,
        microseconds_per_quarter=min(MAX_TEMPO, max(1, round(6e7 / max(qpm, 1e-3)))),
        metres=metres or [Metre(0, 4, 4)],
    )


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
        command: What made it, or "".
    """

    name: str
    melody: Melody
    qpm: float
    velocity: int
    program: int
    metre: tuple[int, int]
    command: str

    def midi(self) -> bytes:
        """Returns the file that ssc_melody_generate writes."""
        return self.melody.midi_bytes(self.qpm, self.velocity, self.program, self.metre)


Writer = Callable[[Take], bytes]

FORMATS: dict[str, tuple[str, str, Writer]] = {"midi": (".mid", "audio/midi", Take.midi)}
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
        songs.append(
            Song(
                title=take.name,
                file_name=f"melody_{number}.mid",
                midi=midi,
                line=timeline(parse_midi(midi, take.name), take.name),
                primer=given / melody.steps_per_quarter,
                run=commands.index(take.command) if take.command else None,
            )
        )
    return to_html(Mixtape(title or "Melodies", tuple(songs), runs)).encode()
