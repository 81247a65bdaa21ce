"""Our MusicXML reader against music21 (notes, bars, time) and note-seq (chord symbols).

    python -m benchmarks.bench_musicxml --data=FOLDER_WITH_THE_ZIPS [--songs=300] [--seed=0]
        [--cache=FOLDER]

Read are all MusicXML files of music21's corpus, all of openewld.zip and some of
openscore_lieder.zip. Notes are compared at sounding pitch, tied ones as one, to the tick. Where
they differ, the reason is found by undoing it, or by what is equal beside it:
  cue notes    our reader, too, takes cue notes for notes
  <tied>       our reader, too, knows no tie that is only notated (<tied> without <tie>)
  out of step  the notes of each bar are equal, but music21, which lays out each part by itself,
               has the same bar of different parts at different times
  bar lengths  the notes of each bar are equal, but a bar is longer for one of the two
  rounding     equal within two ticks of 10,080 a quarter
  chords       equal but for the length of some notes of chords
  accidentals  equal but for pitches (a sign that <alter> does not know, say)
  two metres   a part in a metre of its own, which we stretch to the bar that it shares
  staves       equal once music21, too, ties notes of different staves of a part
  ties         the notes as written are equal, and so are the bars
Times are CPU seconds of one file after the other in this process, for music21 from the file to the
list of its notes. With --cache, what music21 gave is kept and not read again.
"""

import argparse
import gc
import hashlib
import json
import random
import re
import statistics
import sys
import tempfile
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import print_table
from ssc_melody.errors import DataError
from ssc_melody.scores import mxl, xml_events
from ssc_melody.scores.musicxml import ScoreReader, read_musicxml
from ssc_melody.scores.score import Score
from ssc_melody.scores.xml_bars import Bars
from ssc_melody.scores.xml_text import to_utf8
from tests import music21_reference

UNDO = [
    ("cue notes", re.compile(rb"<cue\s*/>|<cue>\s*</cue>")),
    ("<tied>", re.compile(rb"<tied\s[^>]*/>|<tied\s[^>]*>\s*</tied>")),
]
NEAR = 2  # ticks
PITCHES = 128
ASKED = 5
"""Times as fast as music21, at least."""

Source = tuple[str, str, bytes]
"""Collection, name, content."""


def sources(data: Path, songs: int, seed: int) -> Iterator[Source]:
    from music21 import corpus

    for path in sorted(corpus.getPaths()):
        if path.suffix in (".mxl", ".xml", ".musicxml"):
            yield "music21's corpus", path.name, path.read_bytes()
    yield from _zipped(data / "openewld.zip", "OpenEWLD")
    yield from _zipped(data / "openscore_lieder.zip", "OpenScore Lieder", songs, seed)


def _zipped(path: Path, group: str, most: int = 10**6, seed: int = 0) -> Iterator[Source]:
    if not path.is_file():
        print(f"{group}: left out, there is no {path}", file=sys.stderr)
        return
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".mxl"))
        for name in random.Random(seed).sample(names, min(most, len(names))):
            yield group, name, archive.read(name)


# --- what is compared ----------------------------------------------------------------------------
def reference(data: bytes, cache: Path | None) -> dict[str, Any]:
    """Returns what music21 reads, with its seconds and ours beside them."""
    kept = cache / f"{hashlib.sha256(data).hexdigest()[:20]}.json" if cache else None
    if kept and kept.is_file():
        return json.loads(kept.read_text())
    suffix = ".mxl" if data.startswith(mxl.MAGIC) else ".xml"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"score{suffix}"
        path.write_bytes(data)
        gc.collect()
        start = time.process_time()
        try:
            found = music21_reference.read(path)
        except Exception as error:  # it raises what it likes
            found = {"error": f"{type(error).__name__}: {error}"[:200]}
        found["seconds"] = time.process_time() - start
    gc.collect()  # of music21's objects, which ours would pay for
    start = time.process_time()
    ours(data)
    found["our_seconds"] = time.process_time() - start
    if kept:
        kept.write_text(json.dumps(found))
    return found


def ours(data: bytes) -> Score | str:
    try:
        return read_musicxml(data, "score")
    except DataError as error:
        return str(error)


def heard(score: Score) -> Counter[tuple[int, int, int]]:
    return Counter((note.pitch, note.start, note.end) for note in score.notes)


def heard_by_music21(
    found: dict[str, Any], over_staves: bool = False
) -> Counter[tuple[int, int, int]]:
    """Returns its notes, tied within each of its parts, or within those of the same name."""
    parts: defaultdict[Any, list] = defaultdict(list)
    for index, part in enumerate(found["parts"]):
        parts[part["name"] if over_staves else index] += part["notes"]
    return Counter(row for notes in parts.values() for row in music21_reference.tied(notes))


Written = list[tuple[int, int, int, int]]
"""Sorted (bar, pitch, start in the bar, length) of notes before ties are joined."""


def written(reader: ScoreReader) -> Written:
    return sorted(
        (s.bar, s.pitch, s.start, s.end - s.start) for part in reader.parts for s in part.segments
    )


def written_for_music21(found: dict[str, Any]) -> Written:
    return sorted(
        (bar, pitch, offset, end - start)
        for part in found["parts"]
        for pitch, start, end, _, _, bar, offset in part["notes"]
        if end > start
    )


def near(left: list, right: list) -> bool:
    """Tells whether rows are equal but for NEAR in their times, which are the large numbers."""
    return len(left) == len(right) and all(
        x == y or (min(x, y) > PITCHES and abs(x - y) <= NEAR)
        for a, b in zip(left, right, strict=True)
        for x, y in zip(a, b, strict=True)
    )


def bar_starts(found: dict[str, Any]) -> dict[int, set[int]]:
    """Returns where music21 has each bar in which a note sounds, of all parts."""
    starts: defaultdict[int, set[int]] = defaultdict(set)
    for part in found["parts"]:
        for _, start, _, _, _, bar, offset in part["notes"]:
            starts[bar].add(start - offset)
    return starts


def reasons(data: bytes, score: Score, found: dict[str, Any]) -> list[str]:
    """Returns why the notes of a score differ from music21's; [] where they do not."""
    theirs = heard_by_music21(found)
    if heard(score) == theirs:
        return []
    xml = to_utf8(mxl.unpack(data) if data.startswith(mxl.MAGIC) else data)[0]
    undone: list[str] = []
    for reason, pattern in UNDO:
        before, xml = heard(score), pattern.sub(b"", xml)
        score = read_musicxml(xml, "score")
        undone += [reason] if heard(score) != before else []
        if heard(score) == theirs:
            return undone
    if heard(score) == heard_by_music21(found, over_staves=True):
        return [*undone, "staves"]
    if near(sorted(heard(score).elements()), sorted(theirs.elements())):
        return [*undone, "rounding"]
    reader = ScoreReader()
    xml_events.parse(xml, reader)
    inside, between = difference_in_bars(reader, found), difference_of_bars(reader, found)
    return [*undone, *(inside + between or ["ties"])]


def difference_in_bars(reader: ScoreReader, found: dict[str, Any]) -> list[str]:
    mine, theirs = written(reader), written_for_music21(found)
    if near(mine, theirs):
        return []
    if near([row[:3] for row in mine], [row[:3] for row in theirs]):
        return ["chords"]
    timed = [sorted((bar, 0, start, length) for bar, _, start, length in r) for r in (mine, theirs)]
    return ["accidentals" if near(*timed) else "OTHER"]


def difference_of_bars(reader: ScoreReader, found: dict[str, Any]) -> list[str]:
    bars = Bars(reader.parts, Counter())
    starts = bar_starts(found)
    if any(bars.stretched):
        return ["two metres"]
    if any(max(times) - min(times) > NEAR for times in starts.values()):
        return ["out of step"]
    if any(abs(bars.starts[bar] - time) > NEAR for bar, times in starts.items() for time in times):
        return ["bar lengths"]
    return []


# --- tables --------------------------------------------------------------------------------------
class Tally:
    """What is known of a collection."""

    def __init__(self) -> None:
        self.files = self.notes = self.equal = self.metres = self.pickups = 0
        self.failed: list[str] = []
        self.reasons: Counter[str] = Counter()
        self.theirs: list[float] = []
        self.mine: list[float] = []

    def times(self) -> list[float]:
        """Returns how many times as fast ours is, file by file."""
        return [theirs / mine for theirs, mine in zip(self.theirs, self.mine, strict=True)]

    def add(self, name: str, data: bytes, found: dict[str, Any]) -> list[str]:
        self.files += 1
        score = ours(data)
        if isinstance(score, str) or "error" in found:
            self.failed.append(f"{name}: {score if isinstance(score, str) else found['error']}")
            return []
        self.theirs.append(found["seconds"])
        self.mine.append(found["our_seconds"])
        self.notes += len(score.notes)
        why = reasons(data, score, found)
        self.equal += not why
        self.reasons[" and ".join(why)] += bool(why)
        changes: list[list[int]] = []
        for metre in map(list, found["metres"]):
            if not changes or changes[-1][1:] != metre[1:]:
                changes.append(metre)
        self.metres += changes == [list(metre) for metre in score.metres]
        self.pickups += found["pickup"] == score.pickup
        return why


def compare_chords(data: Path) -> list[str]:
    """Returns a row of the lead sheets whose chord symbols are as note-seq's, text for text."""
    from note_seq import chord_symbols_lib, musicxml_reader

    counts: Counter[str] = Counter()
    for _, _, content in _zipped(data / "openewld.zip", "OpenEWLD"):
        score = read_musicxml(content, "score")
        for chord in score.chords:
            try:
                chord_symbols_lib.chord_symbol_pitches(chord.symbol)
                counts["parsed"] += 1
            except chord_symbols_lib.ChordSymbolError:
                counts["not parsed"] += 1
        with tempfile.NamedTemporaryFile(suffix=".mxl") as file:
            file.write(content)
            file.flush()
            try:
                sequence = musicxml_reader.musicxml_file_to_sequence_proto(file.name)
            except musicxml_reader.MusicXMLConversionError:
                counts["refused"] += 1
                continue
        theirs = dict.fromkeys((round(a.time, 4), a.text) for a in sequence.text_annotations)
        qpm = sequence.tempos[0].qpm if sequence.tempos else 120
        mine = [(round(c.tick / 10080 * 60 / qpm, 4), c.symbol) for c in score.chords]
        in_order = [[symbol for _, symbol in sorted(side)] for side in (theirs, mine)]
        stacked = len({time for time, _ in theirs}) < len(theirs)
        if sorted(theirs) == sorted(mine):
            counts["equal"] += 1
        elif stacked and sorted(in_order[0]) == sorted(in_order[1]):
            counts["shared out"] += 1
        else:
            counts["differ"] += 1
    names = ("equal", "shared out", "differ", "refused", "parsed", "not parsed")
    return [str(counts[name]) for name in names]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--songs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path)
    arguments = parser.parse_args()
    if arguments.cache:
        arguments.cache.mkdir(parents=True, exist_ok=True)
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for group, name, data in sources(arguments.data, arguments.songs, arguments.seed):
        why = tallies[group].add(name, data, reference(data, arguments.cache))
        if why:
            print(f"{group}: {name}: {' and '.join(why)}")
    print_table(
        "Notes as music21's, at sounding pitch",
        ["", "files", "notes", "equal", "metres equal", "pickup equal", "not read by one"],
        [
            [group, *map(str, (t.files, t.notes, t.equal, t.metres, t.pickups, len(t.failed)))]
            for group, t in tallies.items()
        ],
    )
    for group, tally in tallies.items():
        rows = [[why, str(count)] for why, count in tally.reasons.most_common() if count]
        print_table(f"{group}: why not", ["reason", "files"], rows)
        print(*tally.failed, sep="\n")
    print_table(
        "CPU seconds a file",
        ["", "music21, mean", "ours, mean", "times as fast", "median of files", "under five times"],
        [
            [
                group,
                f"{statistics.mean(t.theirs):.3f}",
                f"{statistics.mean(t.mine):.4f}",
                f"{sum(t.theirs) / sum(t.mine):.1f}",
                f"{statistics.median(t.times()):.1f}",
                str(sum(times < ASKED for times in t.times())),
            ]
            for group, t in tallies.items()
        ],
    )
    header = [
        *("files equal", "but for two symbols in one place, which we share out", "differ"),
        *("refused by note-seq", "symbols that note-seq parses", "not"),
    ]
    print_table("OpenEWLD: chord symbols as note-seq's", header, [compare_chords(arguments.data)])


if __name__ == "__main__":
    main()
