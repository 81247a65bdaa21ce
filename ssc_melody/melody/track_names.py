"""What the name of a MIDI track says about the tune, in a dozen languages.

Whole words decide ("Piano right", "Lead vocals 2", "メロディ"), never parts of words, so that
"Bright piano" is no right hand. Names of instruments say nothing here: a flute may do anything.
Left out: names without spaces between words, except in Chinese and Japanese.
"""

from __future__ import annotations

import re

TUNE_WORDS = (
    "melody melodie mélodie melodia melodía melodi melo tune tema theme thema air "
    "旋律 主旋律 メロディ メロディー мелодия",
    "vocal vocals voice vox singer sing song gesang singstimme stimme voix chant canto voz voce "
    "cantus superius zang 歌 人声 ボーカル ヴォーカル голос вокал",
    "lead solo solist soprano sopran sopranos descant discantus treble dessus discant",
    "right rh upper rechts rechte droite md derecha destra 右手",
)
"""Words of track names that promise the tune, the most reliable row first."""

OTHER_WORDS = (
    "back backing backup background bg harmony harmonies accomp accompaniment begleitung "
    "accompagnement acompañamiento bass basso basse bajo chord chords akkorde accords pad drum "
    "drums percussion left lh lower links linke gauche mg izquierda sinistra alto tenor 左手 伴奏"
)
"""Words of track names that belong to other parts, whatever else the name says."""

_TUNE_ROWS = tuple(frozenset(row.split()) for row in TUNE_WORDS)
_OTHER = frozenset(OTHER_WORDS.split())
_LETTERS = re.compile(r"[^\W\d_]+")
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_ENCODINGS = ("utf-8", "cp932", "gb18030")


def name_rank(name: str) -> int:
    """Returns the row of TUNE_WORDS that a name has a word of, from 0.

    A name without such a word has the rank len(TUNE_WORDS), and one with a word of OTHER_WORDS the
    rank after that ("Backing vocals").

    Args:
        name: a track's name, its bytes read as Latin-1 (as `midi.read` does) or as text.
    """
    words = _words(name)
    if words & _OTHER:
        return len(TUNE_WORDS) + 1
    rows = (i for i, row in enumerate(_TUNE_ROWS) if words & row)
    return next(rows, len(TUNE_WORDS))


def _words(name: str) -> set[str]:
    """Returns the words of a name in each of the encodings that fit its bytes."""
    texts = {name}
    for encoding in _ENCODINGS:
        try:
            texts.add(name.encode("latin1").decode(encoding))
        except UnicodeError:
            continue
    words = {word for text in texts for word in _LETTERS.findall(text.casefold())}
    joined = [word for word in words if _NO_SPACES.search(word)]
    listed = frozenset.union(_OTHER, *_TUNE_ROWS)
    return words | {known for known in listed if _NO_SPACES.search(known) and known in str(joined)}
