"""MusicXML scores built in code: a note is "C4:2", an XML element is passed on as it is."""

import io
import re
import zipfile

from ssc_melody.scores.musicxml import read_musicxml
from ssc_melody.scores.score import TICKS_PER_QUARTER, Score

_NOTE = re.compile(r"([A-G]|r)(##|#|bb|b)?(-?\d)?:([\d.]+)")
_ALTERS = {"##": 2, "#": 1, "": 0, "b": -1, "bb": -2}
CONTAINER = "META-INF/container.xml"


def note(text: str, inside: str = "", before: str = "") -> str:
    """Returns a <note>: "F#4:2" lasts two divisions, "r:4" is a rest.

    Args:
        inside: What follows the duration.
        before: What stands before the pitch: <chord/>, <cue/>, <grace/>.
    """
    step, alter, octave, duration = _NOTE.fullmatch(text).groups()
    what = "<rest/>"
    if step != "r":
        altered = f"<alter>{_ALTERS[alter]}</alter>" if alter else ""
        what = f"<pitch><step>{step}</step>{altered}<octave>{octave}</octave></pitch>"
    length = "" if "<grace" in before else f"<duration>{duration}</duration>"
    return f"<note>{before}{what}{length}{inside}</note>"


def attributes(divisions: int = 1, metre: str = "4/4", more: str = "") -> str:
    beats, _, unit = metre.partition("/")
    time = f"<time><beats>{beats}</beats><beat-type>{unit}</beat-type></time>" if metre else ""
    return f"<attributes><divisions>{divisions}</divisions>{time}{more}</attributes>"


def bar(*content: str, start: str = "<measure>") -> str:
    """Returns a <measure> of notes in letters and of elements as they are."""
    inside = "".join(item if item.startswith("<") else _notes(item) for item in content)
    return f"{start}{inside}</measure>"


def _notes(text: str) -> str:
    return "".join(note(item) for item in text.split())


def score_of(*parts: list[str], head: str = "", names: tuple[str, ...] = ()) -> str:
    """Returns a score of parts, each a list of bars."""
    names = names or ("",) * len(parts)
    listed = "".join(
        f'<score-part id="P{i}"><part-name>{name}</part-name></score-part>'
        for i, name in enumerate(names)
    )
    body = "".join(f'<part id="P{i}">{"".join(bars)}</part>' for i, bars in enumerate(parts))
    return f"<score-partwise>{head}<part-list>{listed}</part-list>{body}</score-partwise>"


def read(xml: str | bytes) -> Score:
    return read_musicxml(xml if isinstance(xml, bytes) else xml.encode(), "a.xml")


def read_bars(*bars: str) -> Score:
    """Reads a score of one part."""
    return read(score_of(list(bars)))


def sounds(score: Score, part: int | None = None) -> str:
    """Returns the notes as "60@0+1 62@1+1": pitch, start and length in quarters."""
    return " ".join(
        f"{n.pitch}@{n.start / TICKS_PER_QUARTER:.5g}+{(n.end - n.start) / TICKS_PER_QUARTER:.5g}"
        for n in sorted(score.notes, key=lambda n: (n.start, n.pitch, n.end))
        if part is None or n.part == part
    )


def archive(members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


def container(*paths: str) -> str:
    files = "".join(f'<rootfile full-path="{path}"/>' for path in paths)
    return f"<container><rootfiles>{files}</rootfiles></container>"
