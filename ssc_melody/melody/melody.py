"""A melody: its events, what is known of them, and the ways out of this library.

The functions on events are in `melody.events`, the MIDI file is made in `melody.midi`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

from ssc_melody import files
from ssc_melody.constants import (
    DEFAULT_QPM,
    DEFAULT_STEPS_PER_BAR,
    DEFAULT_STEPS_PER_QUARTER,
    DEFAULT_VELOCITY,
    MIDI_TICKS_PER_QUARTER,
)
from ssc_melody.errors import SscMelodyError
from ssc_melody.melody import midi as melody_midi
from ssc_melody.melody.events import MelodyNote, melody_notes, note_times


@dataclass
class Melody:
    """A melody and what is known of it; the events are taken as they are (see `clean`).

    Attributes:
        log_likelihood: Natural logarithm, first event given, at the temperature; None if unknown.
        start_step: Step of the source piece on which the first event falls.
        steps_per_quarter: Steps in a quarter note.
        steps_per_bar: Steps in a bar.
        primer_steps: How many of the first events were given, not generated.
        chords: A chord symbol per step that the melody goes with; empty for none.
    """

    events: list[int]
    log_likelihood: float | None = None
    start_step: int = 0
    steps_per_quarter: int = DEFAULT_STEPS_PER_QUARTER
    steps_per_bar: int = DEFAULT_STEPS_PER_BAR
    primer_steps: int = 0
    chords: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[int]:
        return iter(self.events)

    def notes(self) -> list[MelodyNote]:
        """Lists the notes (see `melody_notes`)."""
        return melody_notes(self.events)

    def chord_changes(self) -> list[tuple[int, str]]:
        """Lists (step, symbol) where a chord begins, counted from the first event."""
        before = ("N.C.", *self.chords)
        return [(step, symbol) for step, symbol in enumerate(self.chords) if symbol != before[step]]

    def _repr_html_(self) -> str:
        """Returns what a notebook shows: the piano roll, and a player of the sound."""
        from ssc_melody.melody import show  # noqa: PLC0415 (drawing is for notebooks alone)

        return show.to_html(
            self.events,
            self.steps_per_quarter,
            self.steps_per_bar,
            self.primer_steps,
            self.chord_changes(),
        )

    def midi_bytes(
        self,
        qpm: float = DEFAULT_QPM,
        velocity: int = DEFAULT_VELOCITY,
        program: int = 0,
        metre: tuple[int, int] = (4, 4),
        render_chords: bool = False,
    ) -> bytes:
        """Returns the MIDI file of `melody.midi.melody_to_midi` (see there)."""
        return melody_midi.melody_to_midi(
            self.events,
            qpm=qpm,
            steps_per_quarter=self.steps_per_quarter,
            start_step=self.start_step,
            velocity=velocity,
            program=program,
            metre=metre,
            chords=self.chords if render_chords else (),
        )

    def to_midi(
        self,
        path: str | PathLike[str],
        qpm: float = DEFAULT_QPM,
        velocity: int = DEFAULT_VELOCITY,
        program: int = 0,
        render_chords: bool = False,
    ) -> None:
        """Writes the MIDI file, whole or not at all; with its chords as held notes, if asked."""
        data = self.midi_bytes(qpm, velocity, program, render_chords=render_chords)
        files.write_bytes(files.user_path(path), data)

    def to_abc(self, number: int = 1, **settings: Any) -> str:
        """Returns the score as a tune of ABC notation.

        Args:
            number: The tune's number in its book.
            **settings: See `melody.notation.to_score`: title, qpm, metre, key, chords.

        Raises:
            OptionError: A setting cannot be used.
            DataError: It cannot be written as a score.
        """
        from ssc_melody.scores import writing  # noqa: PLC0415 (scores are not always asked for)

        return writing.to_abc(self._score(settings), number)

    def to_musicxml(self, **settings: Any) -> str:
        """Returns the score as MusicXML; see `to_abc` for the arguments and what is raised."""
        from ssc_melody.scores import writing  # noqa: PLC0415 (as above)

        return writing.to_musicxml(self._score(settings))

    def _score(self, settings: dict[str, Any]) -> Any:
        from ssc_melody.melody import notation  # noqa: PLC0415 (as above)

        return notation.to_score(
            self.events,
            steps_per_quarter=self.steps_per_quarter,
            steps_per_bar=self.steps_per_bar,
            start_step=self.start_step,
            **{"chords": self.chord_changes(), **settings},
        )

    def to_note_sequence(
        self, qpm: float = DEFAULT_QPM, velocity: int = DEFAULT_VELOCITY, program: int = 0
    ) -> Any:
        """Returns a note_seq NoteSequence, equal to stock's Melody.to_sequence.

        With chords it is equal to LeadSheet.to_sequence: they are text annotations.

        Raises:
            SscMelodyError: The package note-seq is not installed.
        """
        try:
            from note_seq.protobuf import music_pb2  # noqa: PLC0415 (the core runs without it)
        except ImportError as error:
            raise SscMelodyError(
                f"to_note_sequence needs note-seq: {error}; pip install note-seq, or use to_midi"
            ) from error
        sequence = music_pb2.NoteSequence()
        sequence.tempos.add().qpm = qpm
        sequence.ticks_per_quarter = MIDI_TICKS_PER_QUARTER
        times = note_times(self.events, qpm, self.steps_per_quarter, self.start_step)
        for pitch, start, end in times:
            sequence.notes.add(
                pitch=pitch, start_time=start, end_time=end, velocity=velocity, program=program
            )
            sequence.total_time = end
        seconds_per_step = 60.0 / qpm / self.steps_per_quarter
        for step, symbol in self.chord_changes():
            sequence.text_annotations.add(
                time=(self.start_step + step) * seconds_per_step,
                text=symbol,
                annotation_type=music_pb2.NoteSequence.TextAnnotation.CHORD_SYMBOL,
            )
        return sequence
