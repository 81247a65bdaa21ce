"""Scores written as ABC or MusicXML: the way back from what the readers of this room read.

In reading order: `keys` (the key of notes that have none), `spelling` (G sharp or A flat), `metre`
(how a length is cut into signs), `sheet` (bars of signs, with ties, accidentals and beams),
`harmony` (chord symbols in MusicXML), `to_abc`, `to_musicxml`.
"""

from ssc_melody.scores.writing.to_abc import to_abc
from ssc_melody.scores.writing.to_musicxml import to_musicxml

__all__ = ["to_abc", "to_musicxml"]
