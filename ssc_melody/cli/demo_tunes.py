"""What the demo goes on from: openings of tunes in the public domain, typed in for this purpose.

A tune is written as notes with their length in sixteenths, `72/8` for a half note C5 and `-/4` for
a quarter rest; two bars each, in 4/4. Mozart's K. 545 is as printed, note for note and length for
length. K. 525 and the Mountain King are in other octaves than their first time, what is printed in
2/4 is written in 4/4, and ornaments are left out.
"""

from __future__ import annotations

from typing import NamedTuple

from ssc_melody.constants import NO_EVENT, NOTE_OFF


class Tune(NamedTuple):
    """The opening of a tune, and how the demo goes on from there.

    Attributes:
        name: Whose it is, and from what.
        notes: The first two bars.
        key: Its key, as --key takes it.
        qpm: Quarter notes a minute.
        form: What becomes of it, as --form takes it.
        scale: As --scale takes it; "" for the key's own.
    """

    name: str
    notes: str
    key: str
    qpm: int
    form: str = "AABA"
    scale: str = ""

    @property
    def events(self) -> list[int]:
        """The notes as melody events."""
        events: list[int] = []
        for note in self.notes.split():
            pitch, _, length = note.partition("/")
            events += [NOTE_OFF if pitch == "-" else int(pitch)]
            events += [NO_EVENT] * (int(length) - 1)
        return events


TUNES = (
    Tune(
        "W. A. Mozart, Sonata in C, K. 545",
        "72/8 76/4 79/4  71/6 72/1 74/1 72/4 -/4",
        "C", 126,
    ),
    Tune(
        "J. Haydn, Symphony no. 94, the Surprise",
        "72/2 72/2 76/2 76/2 79/2 79/2 76/4  77/2 77/2 74/2 74/2 71/2 71/2 67/4",
        "C", 92,
    ),
    Tune(
        "L. van Beethoven, Symphony no. 9, Ode to Joy",
        "66/4 66/4 67/4 69/4  69/4 67/4 66/4 64/4",
        "D", 120,
    ),
    Tune(
        "P. I. Tchaikovsky, Swan Lake",
        "78/8 71/2 73/2 74/2 76/2  78/6 74/2 78/6 74/2",
        "Bm", 92, scale="melodic_minor",
    ),
    Tune(
        "Drunken Sailor, a shanty",
        "69/2 69/1 69/1 69/2 69/2 69/2 62/2 65/2 69/2  "
        "67/2 67/1 67/1 67/2 67/2 67/2 60/2 64/2 67/2",
        "D", 112, "ABAB", "dorian",
    ),
    Tune(
        "W. A. Mozart, Eine kleine Nachtmusik, K. 525",
        "67/4 -/2 62/2 67/4 -/2 62/2  67/2 62/2 67/2 71/2 74/4 -/4",
        "G", 132, "ABAC",
    ),
    Tune(
        "Ah, vous dirai-je, Maman, a French song",
        "60/4 60/4 67/4 67/4  69/4 69/4 67/8",
        "C", 112,
    ),
    Tune(
        "E. Grieg, In the Hall of the Mountain King",
        "71/2 73/2 74/2 76/2 78/2 74/2 78/4  77/2 73/2 77/4 76/2 72/2 76/4",
        "Bm", 116, scale="melodic_minor",
    ),
    Tune(
        "J. Offenbach, Orpheus in the Underworld, galop",
        "60/8 62/2 65/2 64/2 62/2  67/4 67/4 67/2 69/2 64/2 65/2",
        "C", 138, "ABAC",
    ),
    Tune(
        "A. Dvo\u0159\u00e1k, Symphony no. 9, Largo",
        "65/3 68/1 68/4 65/3 63/1 61/4  63/3 65/1 68/3 65/1 63/8",
        "Db", 58,
    ),
)  # fmt: skip
"""In the order of the tape."""
