"""A track that was made: its events, the notes that are heard, and the ways out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

from ssc_melody import files
from ssc_melody.constants import DEFAULT_QPM, MIDI_TICKS_PER_QUARTER
from ssc_melody.midi.moves import Key, Move
from ssc_melody.tracks.midi import to_midi
from ssc_melody.tracks.notes import Note


@dataclass
class Track:
    """Music of Polyphony RNN, Drums RNN or Performance RNN.

    Attributes:
        events: One after another, as the family has them: `PolyphonicEvent`, sets of drum pitches,
            or `PerformanceEvent`.
        notes: All that is heard, the primer's notes too, in seconds.
        log_likelihood: Natural logarithm of the events' probability, the first one given.
        qpm: Quarter notes per minute.
        primer_events: How many of the first events were given, not generated.
        primer_seconds: Where the given notes end.
        ticks_per_quarter: The resolution of its MIDI file.
        metres: (second, numerator, denominator) of its time signatures; 4/4 where it has none.
        names: Of its instruments, by their number.
        moves: Controllers and bends of a primer's file.
        keys: Its key signatures.
    """

    events: list[Any]
    notes: list[Note] = field(repr=False)
    log_likelihood: float | None = None
    qpm: float = DEFAULT_QPM
    primer_events: int = 0
    primer_seconds: float = 0.0
    ticks_per_quarter: int = MIDI_TICKS_PER_QUARTER
    metres: tuple[tuple[float, int, int], ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    moves: Sequence[Move] = field(default=(), repr=False)
    keys: Sequence[Key] = ()

    def __len__(self) -> int:
        return len(self.events)

    def midi_bytes(self) -> bytes:
        """Returns the MIDI file that note-seq writes (see `tracks.midi.to_midi`)."""
        return to_midi(
            self.notes,
            self.qpm,
            ticks_per_quarter=self.ticks_per_quarter,
            metres=self.metres,
            names=self.names,
            moves=self.moves,
            keys=self.keys,
        )

    def to_midi(self, path: str | PathLike[str]) -> None:
        """Writes the MIDI file, whole or not at all."""
        files.write_bytes(files.user_path(path), self.midi_bytes())
