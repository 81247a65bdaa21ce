"""What a track begins with: notes in seconds, of pitches, of a melody, or of a MIDI file.

Follows the primers of polyphony_rnn_generate.py, drums_rnn_generate.py and
performance_rnn_generate.py (Magenta 2.1.4), and note_seq/midi_io.py for what a file holds.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ssc_melody.constants import DEFAULT_QPM, MIDI_TICKS_PER_QUARTER
from ssc_melody.errors import PrimerError
from ssc_melody.midi.moves import Key, Move
from ssc_melody.midi.piece import MidiPiece
from ssc_melody.tracks.notes import Note

_MAX_PITCH = 127


@dataclass(frozen=True)
class Start:
    """What `generate` is given for a track.

    Attributes:
        notes: In seconds.
        qpm: Quarter notes per minute.
        metre: Numerator and denominator of the first time signature.
        metres: (second, numerator, denominator) of all of them.
        tempos: How many tempos the piece has.
        ticks_per_quarter: The resolution that its MIDI file has.
        names: Of its instruments, by their number.
        moves: Controllers and bends of its instruments.
        keys: Its key signatures.
        warnings: What of a file did not count, one sentence per kind.
    """

    notes: Sequence[Note] = ()
    qpm: float = DEFAULT_QPM
    metre: tuple[int, int] = (4, 4)
    metres: tuple[tuple[float, int, int], ...] = ()
    tempos: int = 1
    ticks_per_quarter: int = MIDI_TICKS_PER_QUARTER
    names: dict[int, str] = field(default_factory=dict)
    moves: Sequence[Move] = ()
    keys: Sequence[Key] = ()
    warnings: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """The end of the last note."""
        return max((note.end for note in self.notes), default=0.0)

    @classmethod
    def from_pitches(cls, pitches: Iterable[int], qpm: float = DEFAULT_QPM) -> Start:
        """Makes a chord of a quarter note, as --primer_pitches does.

        Args:
            pitches: MIDI pitches, 0 to 127.
            qpm: Quarter notes per minute.

        Raises:
            PrimerError: One is no MIDI pitch, or there is none.
        """
        notes = [Note(checked_pitch(pitch), 0.0, 60.0 / qpm) for pitch in pitches]
        if not notes:
            raise PrimerError("the primer has no pitch; a chord is [60, 64, 67]")
        return cls(notes, qpm)

    @classmethod
    def of_piece(cls, piece: MidiPiece) -> Start:
        """Makes a primer of what a file holds."""
        notes = [
            Note(n.pitch, n.start_time, n.end_time, n.velocity, n.program, n.instrument, n.is_drum)
            for n in piece.notes
        ]
        metres = tuple((m.time, m.numerator, m.denominator) for m in piece.time_signatures)
        titles = dict(enumerate(piece.track_names))
        return cls(
            notes,
            qpm=piece.tempos[0].qpm if piece.tempos else DEFAULT_QPM,
            metre=metres[0][1:] if metres else (4, 4),
            metres=metres,
            tempos=max(1, len(piece.tempos)),
            ticks_per_quarter=piece.ticks_per_quarter,
            names={n.instrument: titles.get(n.track, "") for n in piece.notes},
            warnings=(*piece.warnings, *(() if notes else ("it has no notes",))),
        )


def checked_pitch(pitch: int) -> int:
    """Returns a MIDI pitch.

    Raises:
        PrimerError: It is none.
    """
    try:
        value = operator.index(pitch)
    except TypeError:
        value = -1
    if not 0 <= value <= _MAX_PITCH:
        raise PrimerError(f"Primer: expected MIDI pitches, 0 to 127, found {pitch!r}")
    return value


def one_tempo(start: Start, family: str) -> None:
    """Checks that a primer keeps its tempo, so that its steps are of one length.

    Raises:
        PrimerError: It has several.
    """
    if start.tempos > 1:
        raise PrimerError(
            f"Primer: expected one tempo, found {start.tempos}; {family} counts steps of one "
            "length: write the file anew with one tempo"
        )
