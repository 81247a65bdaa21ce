"""Keys (K:) of ABC, and what K: and V: say about the pitch at which a voice sounds.

Follows sections 3.1.14 and 4.6 of the ABC standard 2.1. Quirks kept, as abc2midi has them: keys of
more than seven sharps or flats are read as the enharmonic ones, `octave=` takes the place of the
octave of a clef (`treble-8`), added accidentals without a tonic replace the signature.
`middle=` and `^8`, `_8` after a clef are of the page, not of the sound.
"""

from __future__ import annotations

import dataclasses
import functools
import re

Signature = dict[str, int]

NO_SIGNATURE: Signature = dict.fromkeys("ABCDEFG", 0)
ALTERATIONS = {"": 0, "=": 0, "^": 1, "^^": 2, "_": -1, "__": -2}
_ORDER = "FCGDAEB"
_MODES = {
    "maj": (0, "major"),
    "ion": (0, "major"),
    "min": (-3, "minor"),
    "aeo": (-3, "minor"),
    "mix": (-1, "mixolydian"),
    "dor": (-2, "dorian"),
    "phr": (-4, "phrygian"),
    "lyd": (1, "lydian"),
    "loc": (-5, "locrian"),
}
_TONIC = re.compile(r"([A-G])([#b\u266f\u266d]?)")
_LOWER_TONIC = re.compile(
    r"([a-g])([#b]?)(?=\s*(?:m|(?:maj|min|mix|dor|phr|lyd|loc|aeo|ion)[a-z]*)?\s*$)"
)
_MODE = re.compile(r"\s*([A-Za-z]+)")
_ACCIDENTAL = re.compile(r"(\^{1,2}|_{1,2}|=)([A-Ga-g])")
_NAMED = r'(\b(?:clef|octave|transpose|name|nm|middle)\s*|\w[\w-]{0,30})=\s*("[^"]*"|\S+)'
_PROPERTY = re.compile(rf'{_NAMED}|("[^"]*"|\S+)')
_CLEFS = "treble|bass|alto|tenor|perc|none|auto|soprano|mezzosoprano|mezzo|baritone"
_CLEF = re.compile(rf"(?:{_CLEFS})\d?(?:[-+^_](?:8|15))?", re.IGNORECASE)
_CLEF_OCTAVE = re.compile(r"([-+])(8|15)$")
_INTEGER = re.compile(r"[-+]?\d{1,3}")


@dataclasses.dataclass(frozen=True)
class Key:
    """A key.

    Attributes:
        signature: Semitones by letter.
        fifths: Sharps, or negative, flats.
        mode: "" where accidentals are listed one by one, "none" for no key.
    """

    signature: Signature
    fifths: int
    mode: str


NO_KEY = Key(NO_SIGNATURE, 0, "none")


@dataclasses.dataclass
class Properties:
    """What K: and V: may say of a voice beside a key; None where they do not.

    Attributes:
        clef_octave: Octaves that the clef moves the sound by.
        octave: Octaves that `octave=` does.
        transpose: Semitones.
        percussion: Whether the clef is one of drums.
        name: The name of the voice.
    """

    clef_octave: int | None = None
    octave: int | None = None
    transpose: int | None = None
    percussion: bool | None = None
    name: str | None = None


@functools.lru_cache(maxsize=256)
def parse_key(text: str) -> tuple[Key | None, Properties]:
    """Returns the key of a K: field, None where it names only a clef or such, and the rest of it.

    Raises:
        ValueError: It says nothing that is understood.
    """
    text = text.strip()
    if not text or re.match(r"none\b", text, re.IGNORECASE):
        return NO_KEY, parse_properties(text[4:])
    if re.match(r"h ?p\b", text, re.IGNORECASE):
        return Key(_signature(2), 2, "mixolydian"), parse_properties(text[2:])
    tonic = _TONIC.match(text) or _LOWER_TONIC.match(text)
    key = None
    if tonic:
        fifths = _ORDER.index(tonic[1].upper()) - 1 + 7 * _sharps(tonic[2])
        shift, mode, end = _mode(text, tonic.end())
        fifths = _fold(fifths + shift)
        key = Key(_signature(fifths), fifths, mode)
        text = text[end:]
    key = _with_accidentals(key, re.sub(_NAMED, " ", text))
    properties = parse_properties(text)
    if key is None and properties == Properties():
        raise ValueError(text)
    return key, properties


def _sharps(sign: str) -> int:
    return 0 if not sign else 1 if sign in "#\u266f" else -1


def _mode(text: str, position: int) -> tuple[int, str, int]:
    """Returns the fifths and the name of the mode written at a position, and where it ends."""
    word = _MODE.match(text, position)
    if word:
        name = word[1].lower()
        mode = _MODES["min"] if name == "m" else _MODES.get(name[:3])
        middle = name == "m" and text[position] == " " and text.startswith("=", word.end())
        if mode and not middle:
            return *mode, word.end()
    return 0, "major", position


def _fold(fifths: int) -> int:
    return fifths - 12 if fifths > 7 else fifths + 12 if fifths < -7 else fifths


def _signature(fifths: int) -> Signature:
    altered = _ORDER[:fifths] if fifths > 0 else _ORDER[7 + fifths :] if fifths < 0 else ""
    return NO_SIGNATURE | dict.fromkeys(altered, 1 if fifths > 0 else -1)


def _with_accidentals(key: Key | None, text: str) -> Key | None:
    """Returns a key with the accidentals that follow it in its field."""
    listed = {letter.upper(): ALTERATIONS[sign] for sign, letter in _ACCIDENTAL.findall(text)}
    explicit = re.search(r"\bexp", text, re.IGNORECASE) is not None
    if explicit or (listed and not key):
        signature = NO_SIGNATURE | listed
        return Key(signature, sum(signature.values()), "")
    if listed and key:
        return dataclasses.replace(key, signature=key.signature | listed)
    return key


def parse_properties(text: str) -> Properties:
    """Returns what `clef=bass octave=-1 transpose=-2 name="Tenor"` and bare clefs say."""
    properties = Properties()
    for before_equals, value, word in _PROPERTY.findall(text):
        if word:
            if _CLEF.fullmatch(word):
                _read_clef(word, properties)
            continue
        name = before_equals.rstrip()
        if name == "clef":
            _read_clef(value, properties)
        elif name in ("octave", "oct", "transpose", "t"):
            number = _INTEGER.match(value)
            if number and name[0] == "o":
                properties.octave = int(number[0])
            elif number:
                properties.transpose = int(number[0])
        elif name in ("name", "nm") and properties.name is None:
            properties.name = value.strip('"').replace("\\n", " ")
    return properties


def _read_clef(word: str, properties: Properties) -> None:
    word = word.strip('"')
    octave = _CLEF_OCTAVE.search(word)
    octaves = {"8": 1, "15": 2}[octave[2]] if octave else 0
    properties.clef_octave = -octaves if octave and octave[1] == "-" else octaves
    properties.percussion = word.lower().startswith("perc") or word == "P"
