"""Music as arrays: piano rolls [bars, 96, 128, tracks], and melodies as one-hot windows.

    roll = pianoroll.from_midi("piece.mid")      # roll.array: bool [bars, 96, 128, tracks]
    roll.to_midi("copy.mid")
    pianoroll.save_npz(roll, "piece.npz")        # pypianoroll.load("piece.npz") reads it
    inputs, targets = pianoroll.one_hot(melodies, 32)

In reading order: `roll` (the tensor and its notes), `midi_bytes` and `piano_roll` (a piece, and its
MIDI file), `midi` (MIDI files in), `npz`, `windows` (one-hot).
"""

from ssc_melody.pianoroll.midi import from_midi, from_piece
from ssc_melody.pianoroll.npz import load_npz, save_npz
from ssc_melody.pianoroll.piano_roll import PianoRoll
from ssc_melody.pianoroll.roll import BAR_STEPS, PITCHES, STEPS_PER_BEAT, Track
from ssc_melody.pianoroll.windows import events_of, one_hot

__all__ = [
    "BAR_STEPS",
    "PITCHES",
    "STEPS_PER_BEAT",
    "PianoRoll",
    "Track",
    "events_of",
    "from_midi",
    "from_piece",
    "load_npz",
    "one_hot",
    "save_npz",
]
