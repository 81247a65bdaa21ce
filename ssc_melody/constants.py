"""Numbers of the melody representation, with Magenta's names (note_seq/constants.py)."""

VERSION = "0.1.0"

NO_EVENT = -2
"""Melody event: whatever sounds (a note or silence) goes on for one more step."""

NOTE_OFF = -1
"""Melody event: the sounding note ends here."""

NUM_SPECIAL_EVENTS = 2
"""How many events are not pitches; a one-hot index is shifted by this many."""

MIN_EVENT = -2
MAX_EVENT = 127
MIN_PITCH = 0
NOTES_PER_OCTAVE = 12
MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
BLACK_KEYS = (1, 3, 6, 8, 10)
PITCH_CLASSES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

DEFAULT_QPM = 120.0
DEFAULT_STEPS_PER_QUARTER = 4
DEFAULT_STEPS_PER_BAR = 16

MIDI_TICKS_PER_QUARTER = 220
"""Resolution of the MIDI files that note-seq writes (its STANDARD_PPQ)."""

DEFAULT_VELOCITY = 100

MAX_TICK = 10**10
"""Largest tick of a piece, as note-seq has it."""


def note_name(pitch: int) -> str:
    """Returns a pitch's name; middle C, 60, is C4.

    >>> note_name(60), note_name(70), note_name(0)
    ('C4', 'A#4', 'C-1')
    """
    return f"{PITCH_CLASSES[pitch % NOTES_PER_OCTAVE]}{pitch // NOTES_PER_OCTAVE - 1}"
