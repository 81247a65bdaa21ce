"""What the name of a part says about the tune, in a dozen languages.

Whole words decide ("Piano right", "Lead vocals 2", "メロディ"), never parts of words, so that
"Bright piano" is not a right hand; accents and case do not matter. Names of instruments say nothing
here: a flute may do anything. A singer is known by the kind of voice ("Bariton", "Ténor 1", "S."),
as long as the name is not an instrument's ("Alto sax"). What only the other names of the piece tell
is decided with them: whether a bass sings, and whether S, A, T and B are voices.
Left out: names without spaces between words, except in Chinese and Japanese; characters of operas.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

SINGERS = (
    "soprano sopranos soprani sopran sopranos soprane sop sopr superius tiple",
    "descant discant discantus treble dessus",
    "mezzo mezzosoprano mezzosopran",
    "alto altos alti alt altus contralto contralti contraltos countertenor contratenor",
    "tenor tenors tenore tenori tenores taille quintus quinto",
    "baritone baritones bariton baryton barytons baritono baritoni barytone",
    "bass basses basso bassi basse bajo bassus baixo",
)
"""Kinds of voices from the top of a choir to the bottom."""

TUNE_WORDS = (
    "melody melodie melodia melodi melo tune tema theme thema air hauptstimme oberstimme "
    "旋律 主旋律 メロディ メロディー мелодия",
    "vocal vocals voice voices vox singer sing song gesang singstimme stimme voix chant canto voz "
    "voce voci canta cantante cantus zang sang stemme rost 歌 人声 ボーカル ヴォーカル голос вокал",
    "lead solo solist soliste solista",
    " ".join(SINGERS[:-1]),
    "right rh upper rechts rechte droite md derecha destra 右手",
)
"""Words of names that promise the tune, the most reliable row first."""

OTHER_WORDS = (
    "back backing backup background bg harmony harmonies accomp accompaniment begleitung "
    "accompagnement acompanamiento chord chords akkorde accords pad drum drums percussion "
    "left lh lower links linke gauche mg izquierda sinistra practice rehearsal reduction "
    "klavierauszug ossia cutaway 左手 伴奏"
)
"""Words of names that belong to other parts, whatever else the name says."""

INSTRUMENT_WORDS = (
    "sax saxes saxophone saxophon saxofon saxofono saxello clarinet clarinette klarinette "
    "clarinetto flute flutes flote flauto recorder blockflote horn horns trombone trombones "
    "posaune trumpet trompete cornet tuba euphonium oboe fagott bassoon guitar gitarre guitare "
    "guitarra banjo ukulele viola violin viol gamba drum drums pan steel synth string strings"
)
"""Words beside which a kind of voice is a size of the instrument."""

ACCOMPANISTS = (
    "piano pianoforte fortepiano pno pf klavier clavier cembalo clavecin harpsichord clavicembalo "
    "organ orgel orgue organo harmonium guitar gitarre guitarre guitare guitarra chitarra harp "
    "harfe harpe arpa lute laute luth"
)
"""What a singer may have beside, if a part that is called bass is to be a singer."""

NAMELESS = len(TUNE_WORDS)
OTHER = NAMELESS + 1
SINGER_ROWS = (1, 3)
TOP_OF_FAMILY = 2  # a soprano or descant recorder has the tune of its consort
BASS = len(SINGERS) - 1

_LETTERS = re.compile(r"[^\W\d_]+")
_HUMPS = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z])")
_MARKS = re.compile("[\u0300-\u036f]")
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_STAFF_AND_VOICE = re.compile(r"s(\d)\s*v(\d)")
_ENCODINGS = ("utf-8", "cp932", "gb18030")
_LETTER_VOICES = {"s": 0, "ms": 2, "a": 3, "t": 4, "ten": 4, "bar": 5, "b": BASS, "bs": BASS}
_NUMERALS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}
_ORDINALS = {"primo": 1, "prima": 1, "secondo": 2, "seconda": 2, "second": 2, "seconde": 2,
             "zweite": 2, "zweiter": 2, "deuxieme": 2}  # fmt: skip
_SMALL_WORDS = frozenset(re.findall(r"\w+", "st nd rd th d de er re a or oder ou o e et und and"))


class Role(NamedTuple):
    """What a name says; the smallest of a piece's roles has the tune.

    Attributes:
        row: Of TUNE_WORDS, or NAMELESS, or OTHER.
        kind: Of SINGERS, or -1 for no kind of voice.
        number: 2 for a second tenor; 1 where the name has no number.
    """

    row: int
    kind: int = -1
    number: int = 1


def roles(names: Sequence[str]) -> list[Role]:
    """Returns what the names of a piece's parts say when they are read together.

    Args:
        names: One a part, their bytes read as Latin-1 (as `midi.read` does) or as text.
    """
    found = [_role(name) for name in names]
    letters = [_LETTER_VOICES.get(_bare(name), -1) for name in names]
    kinds = {role.kind for role in found} | set(letters)
    if len(kinds - {-1}) > 1 and kinds - {-1, _LETTER_VOICES["a"], BASS}:  # not for A beside B
        for i, (role, kind) in enumerate(zip(found, letters, strict=True)):
            if kind >= 0:
                found[i] = Role(SINGER_ROWS[-1], kind, role.number)
    if not all(
        role.kind >= 0 or role.row in SINGER_ROWS or _words(name) & _ACCOMPANISTS
        for role, name in zip(found, names, strict=True)
    ):
        found = [Role(OTHER) if role.kind == BASS else role for role in found]
    return found


def name_rank(name: str) -> int:
    """Returns the row of TUNE_WORDS that a name by itself has a word of, from 0.

    A name without such a word has the rank NAMELESS, and one with a word of OTHER_WORDS the rank
    after that ("Backing vocals"), which is a bass's as well.

    Args:
        name: A part's name, its bytes read as Latin-1 (as `midi.read` does) or as text.
    """
    role = _role(name)
    return OTHER if role.kind == BASS else role.row


@functools.lru_cache(maxsize=4096)
def _role(name: str) -> Role:
    """Returns what a name says by itself; a bass is taken for a singer if nothing denies it."""
    words = _words(name)
    if words & _OTHER:
        return Role(OTHER)
    number = _number(name, words)
    staff = _STAFF_AND_VOICE.fullmatch(name.strip().casefold())
    if staff:
        return Role(SINGER_ROWS[0], -1, 10 * int(staff[1]) + int(staff[2]))
    if "clef" in words and words & _INSTRUMENTS:
        return Role(NAMELESS)  # "Horn (bass clef)"
    kind = _kind(words)
    if words & _SINGERS[BASS] and kind in (-1, BASS):
        sings = any(_SINGERS[BASS] & read and read <= _SINGING_WORDS for read in _readings(name))
        row = next((i for i in SINGER_ROWS[:1] if words & _TUNE_ROWS[i]), SINGER_ROWS[-1])
        return Role(row, BASS, number) if sings else Role(OTHER)
    rows = (i for i, row in enumerate(_TUNE_ROWS) if words & row)
    row = next(rows, NAMELESS)
    if row == SINGER_ROWS[-1] and kind < 0:
        row = NAMELESS  # "Alto sax"
    return Role(row, kind, number)


def _kind(words: frozenset[str]) -> int:
    """Returns the highest kind of voice that a name has a word of, or -1."""
    kinds = [i for i, row in enumerate(_SINGERS) if words & row]
    if words & _INSTRUMENTS:
        kinds = [i for i in kinds if i < TOP_OF_FAMILY]
    if 2 in kinds:  # a mezzo-soprano is not a soprano
        return 2
    return min(kinds, default=-1)


def _number(name: str, words: frozenset[str]) -> int:
    digits = re.search(r"\d{1,3}", name)
    if digits:
        return int(digits[0])
    return max((_NUMERALS.get(word) or _ORDINALS.get(word, 1) for word in words), default=1)


def _bare(name: str) -> str:
    """Returns the letters of a name that is one abbreviation and, at most, a number: "S. II"."""
    words = [word for word in _LETTERS.findall(_fold(name)) if word not in _NUMERALS]
    return words[0] if len(words) == 1 else ""


def _fold(text: str) -> str:
    """Returns a text in small letters without accents."""
    plain = _MARKS.sub("", unicodedata.normalize("NFD", text.casefold()))
    return unicodedata.normalize("NFC", plain)


@functools.lru_cache(maxsize=4096)
def _readings(name: str) -> list[frozenset[str]]:
    """Returns the words of a name in each of the encodings that fit its bytes."""
    texts = [name]
    for encoding in _ENCODINGS:
        try:
            texts.append(name.encode("latin1").decode(encoding))
        except UnicodeError:
            continue
    return [_split(text) for text in texts]


def _words(name: str) -> frozenset[str]:
    return frozenset.union(*_readings(name))


def _split(text: str) -> frozenset[str]:
    words = {word for t in (text, _HUMPS.sub(" ", text)) for word in _LETTERS.findall(_fold(t))}
    words |= {word.removesuffix("stimme") for word in words if len(word) > len("stimme") + 2}
    joined = str([word for word in words if _NO_SPACES.search(word)])
    return frozenset(words | {known for known in _UNSPACED if known in joined})


def _set(words: str) -> frozenset[str]:
    return frozenset(map(_fold, words.split()))


_SINGERS = tuple(map(_set, SINGERS))
_TUNE_ROWS = tuple(map(_set, TUNE_WORDS))
_OTHER = _set(OTHER_WORDS)
_INSTRUMENTS = _set(INSTRUMENT_WORDS)
_ACCOMPANISTS = _set(ACCOMPANISTS)
_SINGING_WORDS = frozenset.union(
    *_SINGERS, _TUNE_ROWS[1], _SMALL_WORDS, frozenset(_NUMERALS), frozenset(_ORDINALS)
)
_UNSPACED = [w for w in frozenset.union(_OTHER, *_TUNE_ROWS) if _NO_SPACES.search(w)]
